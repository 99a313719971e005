"""Titles, populations, samples and labels."""

import itertools

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.charts import frames, looking
from vsmlib.charts.frame import nothing, population, spread, thin


@given(st.lists(st.floats(0, 500), max_size=12), st.floats(1, 20))
def test_labels_with_room_lie_apart_in_order_and_within(wanted, gap):
    placed = spread(wanted, gap, 0, 500)
    inner = sorted(zip(wanted, placed, strict=True))
    assert all(b - a >= gap - 1e-6 for (_, a), (_, b) in itertools.pairwise(inner))
    assert all(-1e-6 <= place <= 500 + 1e-6 for place in placed)


def test_labels_that_are_apart_stay_where_they_belong():
    assert spread([300, 10, 100], 14, 0, 400) == [300, 10, 100]


def test_a_sample_is_small_the_same_and_keeps_the_extremes():
    table = frames.items(20_000)
    made = thin(table, "lead_time_s", 5000)
    assert len(made) == 5000
    assert made.equals(thin(table, "lead_time_s", 5000))
    assert made["item_id"].is_unique
    assert made["lead_time_s"].min() == table["lead_time_s"].min()
    assert set(table.nlargest(500, "lead_time_s")["item_id"]) <= set(made["item_id"])
    below = table["lead_time_s"].nsmallest(19_500).median()
    assert made["lead_time_s"].nsmallest(4500).median() == pytest.approx(below, rel=0.01)


def test_few_rows_are_no_sample():
    table = pd.DataFrame({"a": [3, 1, 2]})
    assert thin(table, "a", 3) is table


def test_a_population_names_its_window_where_there_is_one():
    assert population({"delivered": 1, "window": {}}) == "1 item delivered"
    moments = {"from": "2026-01-05T09:00:00+01:00", "to": "2026-02-01T00:00:00+01:00"}
    assert population({"delivered": 2, "window": moments}) == (
        "2 items delivered, 2026-01-05 to 2026-02-01"
    )


def test_nothing_is_a_chart_too():
    chart = nothing("What?", "No item in\nthis window")
    assert looking.texts(chart) == ["No item in this window", "What?"]
    assert looking.spec(chart)["description"] == "What?: No item in this window."

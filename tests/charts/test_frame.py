"""Titles, populations, samples and labels."""

import itertools

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.charts import frames, looking
from vsmlib.charts.frame import (
    UNSEEN,
    each,
    fit,
    nothing,
    plain,
    population,
    spread,
    thin,
    width,
)


@given(st.lists(st.floats(0, 500), max_size=12), st.floats(1, 20))
def test_labels_with_room_lie_apart_in_order_and_within(wanted, gap):
    placed = spread(wanted, gap, 0, 500)
    inner = sorted(zip(wanted, placed, strict=True))
    assert all(b - a >= gap - 1e-6 for (_, a), (_, b) in itertools.pairwise(inner))
    assert all(-1e-6 <= place <= 500 + 1e-6 for place in placed)


def test_labels_that_are_apart_stay_where_they_belong():
    assert spread([300, 10, 100], 14, 0, 400) == [300, 10, 100]


def test_a_sample_is_small_the_same_and_keeps_the_largest():
    table = frames.items(20_000)
    made = thin(table, "lead_time_s", 5000)
    assert len(made) == 5000
    assert made.equals(thin(table, "lead_time_s", 5000))
    assert made["item_id"].is_unique
    assert set(table.nlargest(500, "lead_time_s")["item_id"]) <= set(made["item_id"])
    below = table["lead_time_s"].nsmallest(19_500).median()
    assert made["lead_time_s"].nsmallest(4500).median() == pytest.approx(below, rel=0.15)


def test_few_rows_are_no_sample():
    table = pd.DataFrame({"a": [3, 1, 2]})
    assert thin(table, "a", 3) is table


def test_a_population_names_its_window_in_local_days():
    moments = {"from": "2026-01-05T09:00:00+01:00", "to": "2026-02-01T00:00:00+01:00"}
    said = population({"delivered": 2, "window": moments})
    assert said == "2 items delivered, 2026-01-05 to 2026-02-01"


def test_nothing_is_a_chart_too():
    chart = nothing("What?", "No item in\nthis window")
    assert looking.texts(chart) == ["No item in this window", "What?"]
    assert looking.spec(chart)["description"] == "What?: No item in this window."


def test_each_value_is_asked_for_once():
    asked = []
    column = pd.Series(["b", None, "a", "b"], index=[3, 1, 4, 2])
    made = each(column, lambda value: asked.append(value) or f"<{value}>")
    assert made.equals(column.map(lambda value: f"<{value}>"))
    assert len(asked) == 3
    assert each(column.head(0), str).empty


NAMES = st.text(max_size=80)


@given(NAMES)
def test_a_name_without_controls_needs_no_cleaning(name):
    slowly = " ".join(UNSEEN.sub(" ", name).split())
    assert plain(name) == slowly


@given(NAMES)
def test_a_plain_name_is_one_line_without_controls(name):
    assert plain(name) == plain(plain(name))
    assert not any(ord(letter) < 32 or letter in "\u202e\u2066\u2028" for letter in plain(name))


@given(NAMES, st.integers(40, 300), st.integers(1, 4))
def test_lines_fit_and_lose_only_what_is_elided(name, room, lines):
    made = fit(name, room, 11, lines=lines).split("\n")
    assert len(made) <= lines
    assert all(width(line, 11) <= room for line in made)
    if not any(line.endswith("…") for line in made):
        assert "".join("".join(made).split()) == "".join(plain(name).split())


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("W" * 60, "WWWWWW…"),
        ("等" * 30, "等等等等等等等\n等等等等等等等\n等等等等等等…"),
        ("Waiting for the review of some others", "Waiting for the\nreview of some\nothers"),
        ("Waiting for a review of some of them", "Waiting for a\nreview of some\nof them"),
        ("acme/widgets_and_more", "acme/widgets_\nand_more"),
    ],
)
def test_names_break_at_blanks_and_strokes(text, made):
    assert fit(text, 80, 11, lines=3) == made


@pytest.mark.parametrize(
    ("text", "bold", "pixels"),
    [
        ("Waiting for first response", False, 1102),
        ("1 h 20 min", False, 467),
        ("WWWW", False, 378),
        ("Library pull requests: 82% of the lead time is waiting", True, 2495),
        ("In review", True, 428),
    ],
)
def test_widths_are_those_of_helvetica(text, bold, pixels):
    # Measured in Chromium with Liberation Sans at 100 pixels.
    assert width(text, 100, bold=bold) == pytest.approx(pixels, rel=0.12)

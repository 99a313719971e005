"""Axes in units that people read."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsmlib.charts.axes import counts, durations, local, span, ticks

DAY = 86400.0


@given(st.floats(1e-3, 1e9))
def test_ticks_are_round_few_and_within(most):
    made = ticks(most)
    assert made[0] == 0
    assert made[-1] <= most * 1.00001
    assert 2 <= len(made) <= 7
    assert ticks(0) == [0.0]


def test_even_data_has_a_linear_axis_in_its_unit():
    axis = durations(pd.Series([1 * DAY, 4 * DAY, 9 * DAY]), 300)
    assert not axis.log
    made = axis.axis("Lead time").to_dict()
    assert made["title"] == "Lead time, days"
    assert made["values"] == [0, 2 * DAY, 4 * DAY, 6 * DAY, 8 * DAY]
    assert '"172800": "2"' in made["labelExpr"]


def test_spread_data_has_a_log_axis_that_says_so():
    axis = durations(pd.Series([30.0, DAY, 900 * DAY]), 300)
    assert axis.log
    made = axis.axis("Lead time").to_dict()
    assert made["title"] == "Lead time (log scale, under 1 min drawn there)"
    for words in ("1 h", "1 day", "1 week", "1 month", "1 year"):
        assert f'"{words}"' in made["labelExpr"]


def test_marks_far_below_the_data_make_a_log_axis():
    old = pd.Series([900 * DAY, 1000 * DAY])
    assert not durations(old, 300).log
    assert durations(old, 300, [5 * DAY, 9 * DAY]).log


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=20))
def test_every_value_has_a_place_on_the_axis(values):
    axis = durations(pd.Series(values), 300)
    places = [axis.place(value) for value in sorted(values)]
    assert all(0 <= place <= 300.0001 for place in places)
    assert places == sorted(places)


def test_times_are_the_streams_own_whatever_the_readers_zone():
    moments = pd.Series(pd.to_datetime(["2026-03-28T23:30Z", "2026-03-29T01:30Z"]))
    shown = local(moments, "Europe/Berlin")
    assert [str(t) for t in shown] == ["2026-03-29 00:30:00+00:00", "2026-03-29 03:30:00+00:00"]


def test_one_moment_still_has_a_day_on_either_side():
    low, high = span(pd.Series(pd.to_datetime(["2026-03-28T12:00Z"])))
    assert high - low == 2 * DAY * 1000


@pytest.mark.parametrize(
    ("top", "values"), [(1, [0, 1]), (3, [0, 1, 2, 3]), (40, [0, 10, 20, 30, 40])]
)
def test_counts_have_whole_ticks(top, values):
    assert counts("n", top, "Items").to_dict()["axis"]["values"] == values

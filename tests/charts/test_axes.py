"""Axes in units that people read."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from vsmlib.charts.axes import STEPS, binned, days, durations, iso, lasted, ticks

DAY = 86400.0


@given(st.floats(1e-3, 1e9))
def test_ticks_are_round_few_and_within(most):
    made = ticks(most)
    assert made[0] == 0
    assert made[-1] <= most * 1.00001
    assert 2 <= len(made) <= 7


@given(st.lists(st.one_of(st.floats(0, 1e9), st.sampled_from([*STEPS])), max_size=9))
def test_many_durations_have_the_bins_of_each(seconds):
    assert binned(pd.Series(seconds, dtype=float)) == [lasted(s) for s in seconds]


def test_even_data_has_a_linear_axis_in_its_unit():
    axis = durations(pd.Series([1 * DAY, 4 * DAY, 9 * DAY]))
    assert not axis.log
    made = axis.y("s", "Lead time").to_dict()["axis"]
    assert made["title"] == "Lead time, days"
    assert made["values"] == [0, 2 * DAY, 4 * DAY, 6 * DAY, 8 * DAY]
    assert '"172800": "2"' in made["labelExpr"]


def test_spread_data_has_a_log_axis_that_says_so():
    axis = durations(pd.Series([30.0, DAY, 900 * DAY]))
    assert axis.log
    made = axis.y("s", "Lead time").to_dict()["axis"]
    assert made["title"] == "Lead time (log scale, under 1 min drawn there)"
    for words in ("1 h", "1 day", "1 week", "1 month", "1 year"):
        assert f'"{words}"' in made["labelExpr"]


def test_marks_far_below_the_data_make_a_log_axis():
    old = pd.Series([900 * DAY, 1000 * DAY])
    assert not durations(old).log
    assert durations(old, [5 * DAY, 9 * DAY]).log


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=20))
def test_every_value_has_a_place_on_the_axis(values):
    axis = durations(pd.Series(values))
    places = [axis.place(value, 300) for value in sorted(values, reverse=True)]
    assert all(0 <= place <= 300.0001 for place in places)
    assert places == sorted(places)


def test_times_are_marked_as_utc_so_that_every_reader_sees_the_same_day():
    moments = pd.Series(pd.to_datetime(["2026-03-28T23:30Z"])).dt.tz_convert("Europe/Berlin")
    assert iso(moments).tolist() == ["2026-03-29T00:30:00Z"]


def test_an_axis_of_days_states_no_ends():
    # Vega-Lite writes stated ends as expressions that Vega's interpreter does not know.
    times = pd.Series(pd.to_datetime(["2026-03-01", "2026-03-28"]))
    made = days("when", times).to_dict()
    assert "domain" not in made["scale"]
    assert made["axis"]["tickCount"] == {"interval": "day", "step": 4}

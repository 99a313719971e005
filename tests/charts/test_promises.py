"""Forecasts, their record and the expectation: what is drawn is what was made."""

import re

import pandas as pd
import pytest

from tests.charts import frames, looking
from tests.evidence.test_forecast import steady
from vsmlib import charts
from vsmlib.charts.promises import draw_forecast, draw_kept_expectation
from vsmlib.charts.record import draw_track_record
from vsmlib.errors import ParameterError


def test_chances_are_drawn_with_the_three_answers():
    made = frames.forecast()
    chart = draw_forecast(made)
    assert {f"{q}% {made[f'p{q}']}" for q in (50, 85, 95)} <= set(looking.texts(chart))
    drawn = pd.DataFrame(looking.rows(chart, "at", "chance"))
    assert drawn["chance"].is_monotonic_increasing
    assert drawn["at"].is_unique


def test_numbers_of_items_are_drawn_as_dates_are():
    chart = charts.forecast(steady(), until="2027-05-01")
    assert "Items or more" in looking.texts(chart)
    assert looking.size(chart)[0] <= 864


def test_windows_in_which_p85_was_not_met_stand_out():
    made = frames.forecast()
    rows = pd.DataFrame(looking.rows(draw_track_record(made), "came", "p85"))
    late = rows["came"] > rows["p85"]
    assert late.sum() == 20
    assert (rows.loc[late, "colour"] != rows.loc[~late, "colour"].iloc[0]).all()
    assert "p85: met in 86%" in looking.texts(draw_track_record(made))


def test_promises_far_above_all_that_came_are_told_from_those_that_are_cut():
    made = frames.forecast()
    made.past.loc[:6, ["p50", "p85", "p95"]] = 900.0
    made.past.loc[7:9, ["p85", "p95"]] = 900.0
    drawn = looking.svg(draw_track_record(made))
    layer = r'<g class="mark-{} role-mark concat_0_layer_{}_marks".*?</g>'
    seen = [
        len(re.findall("<path|<line", re.search(layer.format(mark, i), drawn)[0]))
        for i, mark in enumerate(("rule", "rect", "symbol", "symbol"))
    ]
    assert seen == [53, 50, 7, 60]


def test_periods_below_what_is_promised_stand_out():
    chart = draw_kept_expectation(frames.expectation())
    rows = pd.DataFrame(looking.rows(chart, "kept by", "size"))
    assert rows.groupby("kept")["colour"].nunique().tolist() == [1, 1]
    assert rows["colour"].nunique() == 2
    assert "In 75% of 300 items" in looking.title(chart)


def test_too_little_is_said_and_a_bad_question_is_an_error():
    few = steady(days=10)
    assert any("too little" in t for t in looking.texts(charts.forecast(few)))
    with pytest.raises(ParameterError, match="no date"):
        charts.track_record(steady(days=60), until="soon")

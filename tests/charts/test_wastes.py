"""Causes of waits, opportunities, and wastes over time."""

import pandas as pd
import pytest

from tests.charts import frames, looking
from tests.worlds import HAND, flow_of
from vsmlib import charts
from vsmlib.charts.wastes import draw_opportunities, draw_wait_causes, draw_waste_over_time

ROWS = frames.PULL_REQUESTS
NAMES, SUMMARY = [row[0] for row in ROWS], frames.summary(ROWS)


def test_the_parts_of_a_wait_fill_it_without_a_gap():
    chart = draw_wait_causes(frames.causes(ROWS), SUMMARY, NAMES)
    bars = pd.DataFrame(looking.rows(chart, "start", "cause"))
    assert bars["stage"].drop_duplicates().tolist() == [r[0] for r in ROWS if r[1] == "wait"]
    for _, parts in bars.groupby("place"):
        assert parts["start"].tolist() == pytest.approx([0, *parts["end"][:-1]])
        assert len(parts) == 6
    found = looking.texts(chart)
    assert {"batching", "unexplained", "8.3 days an item"} <= set(found)
    assert "batching 41%" in looking.title(chart)


def test_an_opportunity_has_its_interval_and_its_owner():
    table = frames.opportunities(ROWS).assign(owner="reviewers")
    chart = draw_opportunities(table, SUMMARY)
    bars = looking.rows(chart, "length", "low")
    assert [bar["length"] for bar in bars] == table["days_per_item"].head(10).tolist()
    assert all(bar["low"] < bar["length"] < bar["high"] for bar in bars)
    assert bars[0]["talk to"] == "reviewers"
    assert "the largest 10 of 28" in looking.subtitle(chart)
    assert looking.title(chart) == (
        "What would an item gain? 3.4 days without batching in Waiting for re-review"
    )


def test_one_item_has_bars_without_lines():
    chart = charts.opportunities(flow_of(HAND))
    assert all(bar["low"] == bar["high"] for bar in looking.rows(chart, "length", "low"))
    assert "interval" not in looking.subtitle(chart)


def test_a_trend_says_both_its_halves():
    chart = draw_waste_over_time(frames.wastes(), SUMMARY)
    assert len(looking.rows(chart, "month", "share")) == 120
    assert "waiting 7" in looking.title(chart)
    assert " → " in looking.title(chart)


def test_few_people_have_no_line_of_switching():
    chart = charts.waste_over_time(flow_of(HAND))
    assert {row["waste"] for row in looking.rows(chart, "month", "share")} == {"waiting", "rework"}

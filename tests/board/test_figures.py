"""Figures beside the board: the same as `vsm.measure` says, whichever way the tags are changed."""

import json

import pandas as pd
import pytest

from tests.charts import looking
from tests.worlds import BLOCKED, HAND, STAGES, make_log, make_stream
from vsmlib import measure
from vsmlib.board.figures import KEPT, Figures
from vsmlib.charts.canvas import drawing
from vsmlib.charts.map import draw_value_stream_map
from vsmlib.flow import Flow

STREAM = make_stream(blocked=BLOCKED)
CHANGES = {
    "work waits": STREAM.replace_stage("Work", kind="wait"),
    "the clock stops in review": STREAM.replace_stage("Review", kind="excluded"),
    "live is work": STREAM.replace_stage("Live", kind="active"),
    "renamed": STREAM.replace_stage("Queue", name="Backlog"),
    "another order": make_stream([STAGES[2], *STAGES[:2], *STAGES[3:]], blocked=BLOCKED),
}


@pytest.fixture(scope="module")
def figures():
    return Figures(make_log(HAND), STREAM)


@pytest.mark.parametrize("change", CHANGES)
def test_tables_equal_those_measured_anew(figures, change):
    made, flow = figures.tables(CHANGES[change]), Flow(make_log(HAND), CHANGES[change])
    pd.testing.assert_frame_equal(made.stages, measure.stages(flow))
    pd.testing.assert_frame_equal(made.transitions, measure.transitions(flow))
    fresh = measure.summary(flow)
    assert made.summary.pop("flow_efficiency") == pytest.approx(fresh.pop("flow_efficiency"))
    assert made.summary.pop("mean_flow_efficiency") == pytest.approx(
        fresh.pop("mean_flow_efficiency")
    )
    assert made.summary == fresh


def test_a_change_of_tags_measures_nothing(figures, monkeypatch):
    figures.tables(STREAM)
    monkeypatch.setattr("vsmlib.board.figures.Flow", None)
    words = {"cause": "review", "owner": "us", "waste": "waiting", "note": "so it is"}
    figures.look(STREAM.replace_stage("Work", kind="wait", **words))


def test_few_structures_are_remembered(figures):
    for change in CHANGES.values():
        figures.tables(change)
    assert len(figures._sums) == KEPT


def test_before_and_after_in_words(figures):
    cards = figures.look(STREAM.replace_stage("Work", kind="wait"))["cards"]
    assert [(card["before"], card["value"]) for card in cards] == [
        ("27%", "0%"),
        ("73%", "100%"),
        ("Review", "Work"),
    ]
    assert cards[2]["note"] == "45% of the lead time, 5 h an item in the mean"


def test_the_map_is_the_chart_as_plain_data(figures):
    look = figures.look(STREAM)
    json.dumps(look, allow_nan=False)
    flow = Flow(make_log(HAND), STREAM)
    tables = measure.stages(flow), measure.transitions(flow), measure.summary(flow)
    chart = draw_value_stream_map(*tables, STREAM.name)
    assert look["map"]["title"] == looking.title(chart)
    drawn = {text["text"] for text in look["map"]["texts"]}
    assert {"Queue", "flow efficiency", "time ladder,\nmean per\ndelivered item"} <= drawn
    assert len(look["map"]["shapes"]) == len(looking.rows(chart, "path", "fill"))
    assert drawing(chart) == look["map"]


def test_nothing_delivered_is_said():
    look = Figures(make_log(HAND[-2:]), STREAM).look(STREAM)
    assert look["map"] is None
    assert look["cards"][0]["value"] == "–"

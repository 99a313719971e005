"""Process behaviour and run charts: limits, signals and the change are where the table has them."""

import pandas as pd
import pytest

from tests.charts import frames, looking
from tests.evidence.worlds import world
from vsmlib import charts
from vsmlib.charts.behaviour import draw_process_behaviour, draw_run_chart
from vsmlib.errors import ParameterError


def points(chart):
    return pd.DataFrame(looking.rows(chart, "begins", "figure"))


def test_signals_are_large_and_the_limits_are_named():
    table = frames.behaviour()
    chart = draw_process_behaviour(table)
    large = [row["seen"] > 50 for row in looking.rows(chart, "begins", "figure")]
    assert large[: len(table)] == table["signal"].tolist()
    assert large[len(table) :] == table["moving_beyond"].iloc[1:].tolist()
    marks = {row["text"].split()[0]: row["value"] for row in looking.rows(chart, "text", "value")}
    last = table.iloc[-1]
    assert marks["upper"] == last["upper"]
    assert marks["mean"] == last["mean"]
    assert marks["limit"] == last["moving_upper"]
    tops = [part["layer"][-2]["encoding"]["y"]["scale"]["domain"][1] for part in
            chart.to_dict()["vconcat"]]  # fmt: skip
    assert tops[0] > table["value"].max()
    assert tops[1] > table["moving_range"].max()


def test_the_change_is_drawn_on_its_day():
    chart = draw_process_behaviour(frames.behaviour())
    assert "change of 2025-05-26" in looking.texts(chart)
    assert not any("change" in text for text in looking.texts(draw_run_chart(
        frames.behaviour(at=None))))  # fmt: skip


def test_a_run_chart_has_its_median_and_no_limits():
    table = frames.behaviour(unit="share", noun="flow efficiency")
    chart = draw_run_chart(table)
    (mark,) = looking.rows(chart, "text", "value")
    assert mark["value"] == table["median"].iloc[0]
    assert [row["seen"] > 50 for row in looking.rows(chart, "begins", "figure")] == (
        table["shift"] | table["trend"]
    ).tolist()


def test_too_few_periods_are_said_and_a_wrong_metric_is_an_error():
    flow, at = world(1, side=20, weekly=5)
    assert any("too few" in t for t in looking.texts(charts.run_chart(flow, weeks=4, at=at)))
    with pytest.raises(ParameterError, match="unknown metric"):
        charts.process_behaviour(flow, "velocity")

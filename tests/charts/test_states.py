"""Current and future state on one scale of time."""

import pytest

from tests.charts import frames, looking
from vsmlib.charts.colours import INK
from vsmlib.charts.line import GUTTER
from vsmlib.charts.states import State, draw_current_and_future


def state(delivered=944, faster=1.0):
    rows = [(name, kind, days / faster, n) for name, kind, days, n in frames.PULL_REQUESTS]
    tables = frames.stages(rows, delivered), frames.transitions(rows, delivered)
    return State(*tables, frames.summary(rows, delivered), "Pulls")


def ladder(chart, which):
    """How long one map's ladder is, in pixels."""
    layers = looking.spec(chart)["vconcat"][which]["layer"]
    shapes = looking.spec(chart)["datasets"][layers[0]["data"]["name"]]
    outline = next(row["path"] for row in shapes if row["thick"] == 1.2 and row["stroke"] == INK)
    return float(outline.rsplit("H", 1)[1]) - GUTTER


def test_both_ladders_have_one_scale():
    chart = draw_current_and_future(state(), state(faster=4))
    assert ladder(chart, 0) == pytest.approx(4 * ladder(chart, 1), rel=0.03)


def test_the_title_says_what_becomes_of_the_whole():
    chart = draw_current_and_future(state(), state())
    assert looking.spec(chart)["title"]["text"][0].startswith(
        "Current and future state: mean lead time 16 days → 16 days, flow efficiency"
    )
    assert "Current: Pulls" in looking.spec(chart)["description"]


def test_a_state_without_delivered_items_says_so():
    chart = draw_current_and_future(state(), state(delivered=0))
    assert any(text.startswith("No delivered item") for text in looking.texts(chart))
    assert any("→ –" in text for text in looking.texts(chart))

"""Before and after: both curves, medians, the effect within its interval; any metric."""

import json

import pandas as pd
import pytest

from tests.charts import frames, looking
from tests.evidence.test_compare import METRICS
from tests.evidence.worlds import world
from vsmlib import charts
from vsmlib.charts.verdicts import draw_before_and_after


@pytest.mark.parametrize("metric", METRICS)
def test_any_metric_can_be_drawn(metric):
    flow, at = world(1, cut=0.5)
    chart = charts.before_and_after(flow, at, metric)
    assert looking.size(chart)[0] <= 864
    assert (
        looking.title(chart).lower().startswith(("lead", "cycle", "flow", "thr", "share", "time"))
    )


def test_curves_reach_their_share_and_the_effect_its_interval():
    made = frames.comparison()
    chart = draw_before_and_after(made)
    steps = pd.DataFrame(looking.rows(chart, "value", "share"))
    assert steps["share"].max() == made.curves["share"].max()
    (row,) = looking.rows(chart, "low", "estimate", "high")
    assert (row["low"], row["estimate"], row["high"]) == (-0.6, -0.5, -0.3)
    words = looking.texts(chart)
    assert "before: median 10 days" in words
    assert "change against before: −50%, 95% interval −60% to −30%" in words
    assert "it improved" in looking.title(chart)


def test_an_interval_without_end_is_drawn_to_the_edge():
    made = frames.comparison()
    made["relative"] = {"estimate": None, "low": None, "high": 3.0}
    made["verdict"], made["lacks"] = "too_little_data", "even a change by half could be missed"
    assert any("no limit" in text for text in looking.texts(draw_before_and_after(made)))


@pytest.mark.parametrize(("high", "arrows"), [(-0.3, 0), (None, 1), (40.0, 1)])
def test_an_interval_that_goes_on_beyond_the_axis_ends_in_an_arrow(high, arrows):
    made = frames.comparison()
    made["relative"] = {"estimate": -0.5, "low": -0.6, "high": high}
    drawn = draw_before_and_after(made)
    assert json.dumps(drawn.to_dict()).count("triangle-right") == arrows
    assert looking.nameless(drawn) == []

"""The headline figures."""

import pytest

from tests.worlds import HAND, flow_of, make_log, make_stream
from vsmlib import measure
from vsmlib.flow import Flow


def test_summary_of_the_hand_worked_log():
    summary = measure.summary(flow_of(HAND))
    assert summary["delivered"] == 1
    assert summary["in_progress"] == 1
    assert summary["lead_time_s"] == dict.fromkeys(("p50", "p85", "p95", "mean"), 11 * 3600)
    assert summary["flow_efficiency"] == pytest.approx(3 / 11)
    assert summary["window"]["days"] == 30 / 24
    assert summary["throughput_per_week"] == pytest.approx(7 / (30 / 24))
    assert summary["arrived"] == 2
    assert summary["arrivals_per_week"] == pytest.approx(2 * 7 / (30 / 24))
    late = measure.summary(Flow(make_log(HAND), make_stream(), start="2026-03-03"))
    assert late["arrived"] == 0, "both began before the window"
    assert summary["largest_wait"] == {"stage": "Review", "share_of_lead_time": 4 / 11}
    assert summary["rework_share"] == 1
    assert summary["rolled_percent_complete_accurate"] == 0


def test_stated_window_counts_local_days():
    calendar = {"timezone": "Europe/Berlin"}
    flow = Flow(
        make_log(HAND), make_stream(calendar=calendar), start="2026-03-01", end="2026-04-01"
    )
    window = measure.summary(flow)["window"]
    assert window["days"] == 31, "the clock change takes no hour off a month"
    assert (window["from"], window["to"]) == ("2026-03-01", "2026-04-01")


def test_the_headline_is_the_summary_without_what_stages_and_the_log_tell():
    flow = flow_of(HAND)
    headline, summary = measure.headline(flow), measure.summary(flow)
    staged = {"rolled_percent_complete_accurate", "largest_wait", "quality"}
    assert headline == {name: summary[name] for name in summary if name not in staged}
    assert staged < set(summary)
    spread = {"lead_time_s", "cycle_time_s", "wip_age_p85_s"}
    assert measure.totals(flow) == {name: headline[name] for name in headline if name not in spread}
    summed = {"flow_efficiency", "mean_flow_efficiency", "rework_share"} | spread
    assert measure.counts(flow) == {name: headline[name] for name in headline if name not in summed}
    assert measure.window(flow) == headline["window"]
    headline["window"]["days"] = None
    assert measure.headline(flow)["window"]["days"] == 30 / 24, "who changes it has a copy"

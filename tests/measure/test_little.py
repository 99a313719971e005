"""Little's law, against a walk over the items."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests import oracle
from tests.worlds import (
    BLOCKED,
    DAY,
    HAND,
    STAGES,
    START,
    close,
    flow_of,
    known,
    logs,
    make_log,
    make_stream,
    quick,
)
from vsmlib import measure
from vsmlib.flow import Flow


def read(events, begin, end):
    """Figures of the window from begin to end, by looking at every half hour in between."""
    found = oracle.flow_of(events, STAGES, blocked=BLOCKED).values()
    met = [(f["first"], f["ended"] if f["ended"] is not None else end) for f in found]
    ticks = range(begin, end, DAY // 48)
    levels = [sum(a <= t < b for a, b in met) for t in ticks]
    gone = [f for f in found if f["ended"] is not None and f["ended"] >= begin]
    return {
        "arrived": sum(f["first"] >= begin for f in found),
        "departed": len(gone),
        "mean_wip": oracle.mean(levels),
        "mean_lead_time_s": oracle.mean([f["lead"] / 1e6 for f in gone if f["lead"] is not None]),
        "wip_before": sum(a < begin <= b for a, b in met),
    }


@quick
@given(events=logs(), weeks=st.sampled_from([None, 1]))
def test_the_reading_equals_a_walk_along_the_clock(events, weeks):
    assume(known(events))
    reading = measure.littles_law(flow_of(events), weeks=weeks)
    found = oracle.flow_of(events, STAGES, blocked=BLOCKED).values()
    first, end = min(f["first"] for f in found), max(e[1] for e in events)
    begin = first if weeks is None else max(first, end - 7 * weeks * DAY)
    for name, value in read(events, begin, end).items():
        assert close(reading[name], value), name
    assert reading["days"] == (end - begin) / DAY
    assert reading["wip_after"] == sum(f["status"] == "in_progress" for f in found)


def test_the_law_holds_for_a_steady_stream():
    events = [
        (f"i{n:03}", START + n * DAY + stay, 2 * n, event, None)
        for n in range(120)
        for stay, event in ((0, "work"), (5 * DAY, "done"))
    ]
    reading = measure.littles_law(flow_of(events), weeks=8)
    assert reading["mean_wip"] == pytest.approx(5, rel=0.07)
    assert reading["departures_per_week"] == pytest.approx(7, rel=0.03)
    assert reading["mean_time_in_stream_s"] == pytest.approx(5 * 86_400, rel=0.1)
    assert reading["mean_lead_time_s"] == 5 * 86_400


def test_a_window_with_dates_begins_at_its_start():
    flow = Flow(make_log(HAND), make_stream(), start="2026-03-02", end="2026-03-03")
    reading = measure.littles_law(flow)
    assert reading["window"]["to"] == "2026-03-03T00:00:00+00:00"
    assert (reading["days"], reading["arrived"], reading["departed"]) == (1.0, 2, 1)
    assert reading["mean_wip"] == pytest.approx((11 + 23) / 24)


def test_a_single_moment_has_no_rates():
    reading = measure.littles_law(flow_of([("A", START, 0, "done", None)]))
    assert reading["mean_wip"] is None
    assert reading["departures_per_week"] is None
    assert reading["mean_time_in_stream_s"] is None

"""Flow: windows, order of rows, and what it refuses."""

import random

import pandas as pd
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
    known,
    logs,
    make_log,
    make_stream,
    quick,
)
from vsmlib import measure
from vsmlib.errors import ParameterError, StreamError
from vsmlib.flow import Flow


@quick
@given(events=logs(), shuffle=st.randoms())
def test_row_order_changes_nothing(events, shuffle):
    assume(known(events))
    mixed = list(events)
    shuffle.shuffle(mixed)
    one = Flow(make_log(events), make_stream(blocked=BLOCKED)).visits
    other = Flow(make_log(mixed), make_stream(blocked=BLOCKED)).visits
    pd.testing.assert_frame_equal(one, other)


@quick
@given(events=logs(), days=st.tuples(st.integers(0, 9), st.integers(0, 9)))
def test_window_equals_the_oracle(events, days):
    first, last = min(days), max(days) + 1
    start, end = START + first * DAY, START + last * DAY
    expected = (
        oracle.flow_of(events, STAGES, blocked=BLOCKED, start=start, end=end)
        if [e for e in events if e[1] < end]
        else {}
    )
    assume(expected)
    assume(start <= max(event[1] for event in events))
    dates = [str(pd.Timestamp(t, unit="us").date()) for t in (start, end)]
    flow = Flow(make_log(events), make_stream(blocked=BLOCKED), start=dates[0], end=dates[1])
    table = measure.items(flow).set_index("item_id")
    assert sorted(table.index) == sorted(expected)
    for item, facts in expected.items():
        assert table.loc[item, "status"] == facts["status"]
        assert close(table.loc[item, "age_s"], None if facts["age"] is None else facts["age"] / 1e6)


def test_no_event_enters_a_stage():
    log = make_log([("A", START, 0, "note", None)])
    with pytest.raises(
        StreamError, match=r"no event of the log enters any stage.*log events are note"
    ):
        Flow(log, make_stream())


def test_empty_window():
    with pytest.raises(ParameterError, match="no item was under way in this window"):
        Flow(make_log(HAND), make_stream(), end="2020-01-01")


def test_a_window_after_all_events():
    with pytest.raises(ParameterError, match="--from 2030-01-01 is after the last event, on 2026"):
        Flow(make_log(HAND), make_stream(), start="2030-01-01")


def test_window_the_wrong_way_round():
    with pytest.raises(ParameterError, match="--from 2026-04-01 is not before --to 2026-03-01"):
        Flow(make_log(HAND), make_stream(), start="2026-04-01", end="2026-03-01")


def test_ten_million_events_would_not_overflow():
    """Sums of microseconds are doubles: 40,000 items of 30 years each exceed int64."""
    decades = 30 * 365 * DAY
    events = []
    for n in range(40_000):
        events += [(f"{n}", 0, 2 * n, "work", None), (f"{n}", decades, 2 * n + 1, "done", None)]
    random.Random(1).shuffle(events)
    table = measure.stages(Flow(make_log(events), make_stream())).set_index("stage")
    assert table.loc["Work", "total_s"] == pytest.approx(40_000 * decades / 1e6)

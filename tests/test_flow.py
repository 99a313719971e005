"""Flow: windows, order of rows, and what it refuses."""

import random
import re

import narwhals as nw
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
from vsmlib import measure, saved, visits
from vsmlib.engine import default, size
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


WIDE = "summary", "visits", "items", "stages", "transitions", "wip", "variants", "throughput"


def windowed(log, dates):
    """All tables of a window, or how it is refused."""
    return told(lambda: Flow(log, make_stream(blocked=BLOCKED), start=dates[0], end=dates[1]))


def told(make):
    """All tables of a flow, or how it is refused."""
    try:
        flow = make()
    except ParameterError as error:
        return str(error)
    tables = {name: getattr(measure, name)(flow) for name in WIDE}
    return {
        **tables,
        "teams": measure.items(flow, by="team"),
        "groups": measure.stages(flow, "team"),
    }


def same(made, expected):
    """Compare what `told` says of two flows."""
    if isinstance(expected, str):
        assert made == expected
        return
    assert made["summary"] == expected["summary"]
    for name in [*made][1:]:
        pd.testing.assert_frame_equal(made[name], expected[name], obj=name)


@quick
@given(events=logs(), days=st.tuples(st.integers(0, 9), st.integers(0, 9)), shut=st.booleans())
def test_a_window_leaves_out_at_once_only_what_does_not_matter(events, days, shut):
    assume(known(events))
    log = make_log(events, items={f"item-{n}": {"team": "ab"[n % 2]} for n in range(6)})
    dates = [str(pd.Timestamp(START + n * DAY, unit="us").date()) for n in (min(days), max(days))]
    dates[1] = str(pd.Timestamp(dates[1]) + pd.Timedelta(days=1))[:10] if shut else None
    made = windowed(log, dates)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(visits, "lasting", lambda reached, start_us: reached.select("item"))
        whole = windowed(log, dates)
    same(made, whole)


def test_items_that_were_over_do_not_reach_the_windows(monkeypatch):
    old = [(f"old-{n}", START + n, n, ("work", "done")[n % 2], None) for n in range(10)]
    old += [("old-0", START + 20, 20, "done", None), ("old-9", START + 5, 21, "work", None)]
    straddling = [("B", START, 30, "work", None), ("B", START + 9 * DAY, 31, "done", None)]
    tied = [("C", START, 40, "done", None), ("C", START, 41, "work", None)]
    tied += [("D", START, 42, "work", None), ("D", START, 43, "done", None)]
    log, make, seen = make_log([*old, *straddling, *tied]), visits.visits, set()

    def spied(codes, *more):
        met = codes.join(log.items_frame.select("item", "item_id"), on="item").collect()
        seen.update(met["item_id"])
        return make(codes, *more)

    monkeypatch.setattr(visits, "visits", spied)
    flow = Flow(log, make_stream(), start="2026-03-05")
    # those still in work, the one across the window, those that only the order in the source ends
    alive = {"old-2", "old-4", "old-6", "old-8", "B", "C"}
    assert seen == {*alive, "D"}
    assert set(flow.visits["item_id"]) == alive
    assert flow.unmapped_items == 0


def test_a_saved_log_is_read_no_further_than_its_window_and_columns(tmp_path):
    log = make_log(HAND, items={"A": {"team": "red", "size": "S"}, "B": {"team": "blue"}})
    log = saved.opened(saved.save(log, tmp_path / "log"), default())
    flow = Flow(log, make_stream(), end="2026-03-03")
    plan = nw.to_native(flow.codes().select("item", "t")).explain()
    assert "PARQUET_SCAN" in plan
    assert f"Filters: t < {START + DAY}" in plan
    assert not {"seq", "actor", "source"} & {*re.findall(r"\w+", plan)}
    plan = nw.to_native(log.items_frame.select("item", "team")).explain()
    assert "size" not in re.findall(r"\w+", plan)
    assert size(flow.ends) == 2


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

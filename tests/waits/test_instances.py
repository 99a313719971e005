"""Logs with activities in parallel: each instance waits from when it was possible."""

import pandas as pd
import pytest

import vsmlib as vsm
from tests.worlds import HAND, flow_of
from vsmlib.errors import StreamError
from vsmlib.waits import causes, instances


def log_of(cases):
    """Flow of cases: lists of (activity, start hour, end hour)."""
    day = pd.Timestamp("2026-01-05", tz="UTC")
    rows = [
        (f"c{n}", name, f"p-{name}", *(day + pd.Timedelta(hours=t + 100 * n) for t in hours))
        for n, case in enumerate(cases)
        for name, *hours in case
    ]
    table = pd.DataFrame(rows, columns=["case", "activity", "who", "start", "end"])
    log = vsm.read(table, actor="who")
    return vsm.Flow(log, vsm.suggest(log).stream)


def waits(flow):
    table = flow.visits.query("kind == 'wait'")
    return {(i, s): hours for i, s, hours in zip(
        table["item_id"], table["stage"], table["elapsed_s"] / 3600, strict=True)}  # fmt: skip


def test_parallel_activities_do_not_wait_for_each_other():
    case = [("A", 0, 1), ("B", 2, 6), ("C", 5, 7), ("D", 9, 10)]
    found = waits(instances(log_of([case] * 6)))
    assert found["c0/2", "Before B"] == 1
    assert found["c0/3", "Before C"] == 4  # since A, though B ran meanwhile
    assert found["c0/4", "Before D"] == 2


def test_both_orders_are_parallel_and_turns_are_not():
    one, other = [("A", 0, 1), ("B", 2, 3), ("C", 5, 6)], [("A", 0, 1), ("C", 2, 3), ("B", 5, 6)]
    found = waits(instances(log_of([one, other] * 3)))
    assert found["c0/3", "Before C"] == found["c1/3", "Before B"] == 4
    turns = [("A", 0, 1), *(("BC"[n % 2], 2 * n, 2 * n + 1) for n in range(1, 12))]
    assert set(waits(instances(log_of([turns] * 3))).values()) == {1}


def test_first_instances_wait_for_nothing_and_sums_hold():
    flow = instances(log_of([[("A", 0, 1), ("B", 2, 6)]] * 3))
    assert {stage for _, stage in waits(flow)} == {"Before B"}
    assert causes(flow)["seconds"].sum() == pytest.approx(3 * 3600)


def test_a_log_of_states_has_no_instances():
    with pytest.raises(StreamError, match="no activity has a start and an end"):
        instances(flow_of(HAND))

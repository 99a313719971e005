"""Logs with activities in parallel: each instance waits from when it was possible."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vsmlib as vsm
from tests.worlds import HAND, flow_of
from vsmlib.errors import StreamError
from vsmlib.waits import causes, instances


def log_of(cases, who="p-{}", order=None):
    """Flow of cases: lists of (activity, start hour, end hour)."""
    day = pd.Timestamp("2026-01-05", tz="UTC")
    rows = [
        (f"c{n}", name, who.format(name), *(day + pd.Timedelta(hours=t + 100 * n) for t in hours))
        for n, case in enumerate(cases)
        for name, *hours in case
    ]
    table = pd.DataFrame(rows, columns=["case", "activity", "who", "start", "end"])
    table = table if order is None else table.sample(frac=1, random_state=order)
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


@st.composite
def one_case(draw):
    """Activities, each once; starts at even hours and ends at odd ones, in parallel or not."""
    names, start, made = draw(st.permutations("ABCD")), 0, []
    for name in names[: draw(st.integers(1, 4))]:
        start += 2 * draw(st.integers(1, 5))
        made.append((name, start, start + 1 + 2 * draw(st.integers(0, 8))))
    return made


@settings(max_examples=12)
@given(st.lists(one_case(), min_size=1, max_size=8), st.integers(0, 99))
def test_rows_in_any_order_and_people_of_any_name_wait_alike(cases, order):
    flow = instances(log_of(cases))
    found = waits(flow)
    assert waits(instances(log_of(cases, order=order))) == found
    assert waits(instances(log_of(cases, who="x{}y"))) == found
    assert all(hours > 0 for hours in found.values())
    parts = causes(flow)
    parts = parts[parts["seconds"] > 0].groupby("item_id")["seconds"].sum()
    waited = pd.Series(found).groupby(level=0).sum() * 3600 if found else pd.Series(dtype=float)
    assert parts.to_dict() == pytest.approx(waited.to_dict(), abs=1e-6)

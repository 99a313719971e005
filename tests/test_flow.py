"""Flow against the plain-Python oracle, hand-worked streams and invariants."""

import random

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests import oracle
from tests.worlds import BLOCKED, DAY, EVENTS, HOUR, STAGES, START, logs, make_log, make_stream
from vsmlib import calendar, measure
from vsmlib.errors import ParameterError, StreamError
from vsmlib.flow import Flow
from vsmlib.stream import CalendarSpec

quick = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)


def known(events):
    return any(e[3] in EVENTS for e in events)


def close(one, other):
    if one is None or other is None:
        return other is None and (one is None or pd.isna(one))
    return abs(one - other) <= 1e-9 * max(1.0, abs(other))


HAND = [
    ("A", START, 0, "queue", "ada"),
    ("A", START + 2 * HOUR, 1, "work", "bob"),
    ("A", START + 3 * HOUR, 2, "flag", None),
    ("A", START + 4 * HOUR, 3, "flag", None),
    ("A", START + 5 * HOUR, 4, "unflag", None),
    ("A", START + 6 * HOUR, 5, "review", "bob"),
    ("A", START + 7 * HOUR, 6, "again", "eve"),
    ("A", START + 10 * HOUR, 7, "work", "bob"),
    ("A", START + 11 * HOUR, 8, "done", "bob"),
    ("A", START + 12 * HOUR, 9, "live", "bob"),
    ("B", START + 1 * HOUR, 10, "work", None),
    ("B", START + 30 * HOUR, 11, "note", None),
]


def test_hand_worked_item():
    flow = Flow(make_log(HAND), make_stream(blocked=BLOCKED))
    item = measure.items(flow).set_index("item_id").loc["A"]
    assert item["status"] == "delivered"
    assert item["delivered_at"] == pd.Timestamp(START + 11 * HOUR, unit="us", tz="UTC")
    assert item["lead_time_s"] == 11 * 3600
    assert item["process_time_s"] == (4 - 2 + 1) * 3600
    assert item["wait_time_s"] == (2 + 4 + 2) * 3600
    assert item["blocked_s"] == 2 * 3600
    assert item["rework_visits"] == 1
    assert item["flow_efficiency"] == pytest.approx(3 / 11)


def test_hand_worked_visits():
    visits = Flow(make_log(HAND), make_stream(blocked=BLOCKED)).visits
    a = visits[visits["item_id"] == "A"]
    assert a["stage"].tolist() == ["Queue", "Work", "Review", "Work", "Done", "Live"]
    assert a["visit"].tolist() == [1, 1, 1, 2, 1, 1]
    assert a["entered_by"].tolist()[:3] == ["ada", "bob", "bob"]
    assert a["left_by"].tolist()[:3] == ["bob", "bob", "bob"]
    assert a["left_at"].isna().tolist() == [False] * 5 + [True]
    b = visits[visits["item_id"] == "B"].iloc[0]
    assert b["elapsed_s"] == 29 * 3600, "open visits run to observed_until"


def test_reopened_clock_stops_in_done():
    events = [
        ("A", START, 0, "work", None),
        ("A", START + DAY, 1, "done", None),
        ("A", START + 10 * DAY, 2, "work", None),
        ("A", START + 11 * DAY, 3, "done", None),
    ]
    item = measure.items(Flow(make_log(events), make_stream())).iloc[0]
    assert item["lead_time_s"] == 2 * 86_400
    assert item["reopened"] == 1
    assert item["rework_visits"] == 1


@quick
@given(events=logs(), commitment=st.sampled_from([0, 1, 2]))
def test_items_equal_the_oracle(events, commitment):
    assume(known(events))
    stream = make_stream(blocked=BLOCKED, commitment=STAGES[commitment]["name"])
    flow = Flow(make_log(events), stream)
    expected = oracle.flow_of(events, STAGES, commitment=commitment, blocked=BLOCKED)
    table = measure.items(flow).set_index("item_id")
    assert sorted(table.index) == sorted(expected)
    for item, facts in expected.items():
        row = table.loc[item]
        assert row["status"] == facts["status"]
        assert row["rework_visits"] == facts["rework"]
        assert row["reopened"] == facts["reopened"]
        for column, key in {
            "lead_time_s": "lead",
            "cycle_time_s": "cycle",
            "process_time_s": "process",
            "wait_time_s": "wait",
            "blocked_s": "blocked",
            "age_s": "age",
        }.items():
            value = None if facts[key] is None else facts[key] / 1e6
            assert close(row[column], value), (item, column)


@quick
@given(events=logs())
def test_visits_equal_the_oracle(events):
    assume(known(events))
    visits = Flow(make_log(events), make_stream(blocked=BLOCKED)).visits
    expected = oracle.flow_of(events, STAGES, blocked=BLOCKED)
    for item, facts in expected.items():
        rows = visits[visits["item_id"] == item]
        assert rows["stage"].tolist() == [v["stage"] for v in facts["visits"]]
        assert rows["position"].tolist() == [v["position"] for v in facts["visits"]]
        assert rows["visit"].tolist() == [v["visit"] for v in facts["visits"]]
        assert rows["elapsed_s"].tolist() == [(v["t1"] - v["t0"]) / 1e6 for v in facts["visits"]]
        assert rows["blocked_s"].tolist() == [v["blocked"] / 1e6 for v in facts["visits"]]
        by = [None if pd.isna(a) else a for a in rows["entered_by"]]
        assert by == [v["by"] for v in facts["visits"]]


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
@given(events=logs())
def test_lead_time_is_process_plus_wait(events):
    assume(known(events))
    items = measure.items(Flow(make_log(events), make_stream(blocked=BLOCKED)))
    done = items[items["status"] == "delivered"]
    assert ((done["lead_time_s"] - done["process_time_s"] - done["wait_time_s"]).abs() < 1e-6).all()
    share = done["flow_efficiency"].dropna()
    assert share.between(0, 1).all()


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


BERLIN = {"timezone": "Europe/Berlin", "hours": {"mon-fri": ["09:00-12:30", "13:00-17:30"]}}
NIGHTS = {"timezone": "America/New_York", "hours": {"sun-thu": ["22:00-06:00"]}}


@quick
@given(events=logs())
def test_working_time_equals_the_calendars(events):
    """Each stage by its own calendar; blocked working time is the union, clipped to the visit."""
    assume(known(events))
    stages = [dict(s, **({"calendar": NIGHTS} if s["name"] == "Review" else {})) for s in STAGES]
    flow = Flow(make_log(events), make_stream(stages, blocked=BLOCKED, calendar=BERLIN))
    first, last = min(e[1] for e in events), max(e[1] for e in events)
    tables = {
        name: calendar.day_table(CalendarSpec(**spec), first, last)
        for name, spec in (("Review", NIGHTS), ("", BERLIN))
    }
    visits = flow.visits.set_index(["item_id", "position"])
    for item, facts in oracle.flow_of(events, STAGES, blocked=BLOCKED).items():
        marks = [tuple(e[1:]) for e in events if e[0] == item]
        spans = oracle.blocked_spans(marks, BLOCKED, last)
        for v in facts["visits"]:
            table = tables["Review" if v["stage"] == "Review" else ""]
            clipped = [(max(a, v["t0"]), min(b, v["t1"])) for a, b in spans]
            blocked = [c for c in clipped if c[0] < c[1]]
            row = visits.loc[(item, v["position"])]
            assert row["working_s"] == worked_s(table, [(v["t0"], v["t1"])])
            assert row["blocked_working_s"] == worked_s(table, blocked)
            assert 0 <= row["blocked_working_s"] <= row["working_s"] <= row["elapsed_s"]


def worked_s(table, spans):
    return sum(int(np.diff(calendar.worked(table, np.array(s)))[0]) for s in spans) / 1e6

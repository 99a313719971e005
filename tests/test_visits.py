"""The kernels that make visits, against the plain-Python oracle."""

import numpy as np
import pandas as pd
from hypothesis import assume, given

from tests import oracle
from tests.worlds import BLOCKED, HAND, STAGES, known, logs, make_log, make_stream, quick
from vsmlib import calendar
from vsmlib.flow import Flow
from vsmlib.stream import CalendarSpec

BERLIN = {"timezone": "Europe/Berlin", "hours": {"mon-fri": ["09:00-12:30", "13:00-17:30"]}}
NIGHTS = {"timezone": "America/New_York", "hours": {"sun-thu": ["22:00-06:00"]}}


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

"""Work in progress by day."""

from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from tests import oracle
from tests.worlds import BLOCKED, STAGES, flow_of, known, logs, quick
from vsmlib import measure


@quick
@given(events=logs(), zone=st.sampled_from(["UTC", "America/New_York", "Asia/Kolkata"]))
def test_wip_equals_the_oracle(events, zone):
    assume(known(events))
    flow = flow_of(events, calendar={"timezone": zone})
    table = measure.wip(flow)
    expected_flow = oracle.flow_of(events, STAGES, blocked=BLOCKED)
    begins = [v["t0"] for f in expected_flow.values() for v in f["visits"]]
    first = oracle.local_date(min(begins), ZoneInfo(zone))
    last = oracle.local_date(max(e[1] for e in events), ZoneInfo(zone))
    expected = oracle.wip_of(expected_flow, STAGES, ZoneInfo(zone), first, last)
    got = {
        (r["date"].date(), r["stage"]): (r["arrived"], r["left"], r["wip"])
        for r in table.to_dict("records")
    }
    assert got == expected


@quick
@given(events=logs())
def test_arrivals_minus_departures_are_wip(events):
    assume(known(events))
    flow = flow_of(events)
    table = measure.wip(flow)
    sums = table.groupby("stage")[["arrived", "left"]].sum()
    last = table[table["date"] == table["date"].max()].set_index("stage")["wip"]
    assert ((sums["arrived"] - sums["left"]) == last[sums.index]).all()
    flowing = [s["name"] for s in STAGES if s["kind"] not in ("done", "cancelled")]
    assert last[flowing].sum() == measure.summary(flow)["wip"]

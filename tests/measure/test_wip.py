"""Work in progress by day, throughput by week."""

from datetime import date
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from tests import oracle
from tests.worlds import BLOCKED, DAY, STAGES, START, flow_of, known, logs, quick
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


def test_throughput_counts_weeks():
    events = [
        ("A", START, 0, "work", None),
        ("A", START + DAY, 1, "done", None),
        ("B", START + 8 * DAY, 2, "work", None),
        ("B", START + 15 * DAY, 3, "drop", None),
    ]
    table = measure.throughput(flow_of(events))
    assert table["week"].dt.date.tolist() == [date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16)]
    assert table["arrived"].tolist() == [1, 1, 0]
    assert table["delivered"].tolist() == [1, 0, 0]
    assert table["cancelled"].tolist() == [0, 0, 1]
    assert table["complete"].tolist() == [True, True, False]
    pairs = measure.throughput(flow_of(events), weeks=2)
    assert pairs["week"].dt.date.tolist() == [date(2026, 3, 2), date(2026, 3, 9)]
    assert pairs["arrived"].tolist() == [1, 1]
    assert pairs["complete"].tolist() == [False, False], "one week only, and one seen in part"


@quick
@given(events=logs(), weeks=st.integers(1, 5))
def test_weeks_in_a_row_sum_to_the_weeks(events, weeks):
    assume(known(events))
    flow = flow_of(events)
    single, blocks = measure.throughput(flow), measure.throughput(flow, weeks=weeks)
    columns = ["arrived", "delivered", "cancelled"]
    assert blocks[columns].sum().equals(single[columns].sum())
    assert blocks["week"].iloc[0] == single["week"].iloc[0]
    assert (blocks["week"].diff().iloc[2:].dt.days == 7 * weeks).all()
    assert single["arrived"].sum() == measure.summary(flow)["arrived"]

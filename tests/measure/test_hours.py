"""When waits accrue and end, against a walk along the clock."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests import oracle
from tests.worlds import BLOCKED, DAY, HOUR, STAGES, flow_of, known, logs, quick
from vsmlib import measure

MINUTE = HOUR // 60
ZONES = ["UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]


def at(t, zone):
    local = (oracle.EPOCH + timedelta(microseconds=t)).astimezone(zone)
    return local.weekday() + 1, local.hour


def walked(events, zone, step=MINUTE):
    """Minutes and ends by local weekday and hour, minute by minute."""
    waited, ended = Counter(), Counter()
    for f in oracle.flow_of(events, STAGES, blocked=BLOCKED).values():
        for v in f["visits"] if f["status"] == "delivered" else []:
            if v["kind"] == "wait":
                ended[at(v["t1"], zone)] += 1
                for t in range(v["t0"], v["t1"], step):
                    waited[at(t, zone)] += step
    return waited, ended


def check(events, zone, step=MINUTE):
    table = measure.wait_hours(flow_of(events, calendar={"timezone": zone}))
    waited, ended = walked(events, ZoneInfo(zone), step)
    assert len(table) == 168
    for row in table.to_dict("records"):
        key = row["weekday"], row["hour"]
        assert row["wait_s"] == pytest.approx(waited[key] / 1e6, abs=1e-6), key
        assert row["ended"] == ended[key]


@quick
@given(events=logs(max_items=3, max_events=6), zone=st.sampled_from(ZONES))
def test_hours_equal_a_walk_along_the_clock(events, zone):
    assume(known(events))
    check(events, zone, step=30 * MINUTE)  # random events are on the half hours, as are all zones


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
@pytest.mark.parametrize(
    ("begins", "days"),
    [
        ((2025, 3, 8, 21, 17), 2),  # New York puts its clock forward
        ((2025, 3, 29, 20, 5), 1),  # Berlin likewise
        ((2025, 10, 25, 22, 41), 1),  # Berlin puts it back
        ((2025, 4, 5, 13, 59), 1),  # Lord Howe puts it back, by half an hour
        ((2024, 9, 1, 6, 3), 500),  # several changes, and many weeks
    ],
)
def test_changes_of_the_clock_within_a_wait(zone, begins, days):
    start = int((datetime(*begins, tzinfo=UTC) - oracle.EPOCH) / timedelta(microseconds=1))
    events = [
        ("A", start, 0, "queue", None),
        ("A", start + days * DAY + 77 * MINUTE, 1, "done", None),
        ("B", start + 3 * HOUR, 2, "review", None),
        ("B", start + 3 * HOUR + 11 * MINUTE, 3, "work", None),
        ("B", start + 9 * HOUR, 4, "live", None),
    ]
    check(events, zone)


@quick
@given(events=logs(), zone=st.sampled_from(ZONES))
def test_hours_sum_to_all_waits(events, zone):
    assume(known(events))
    flow = flow_of(events, calendar={"timezone": zone})
    stages = measure.stages(flow)
    waits = stages[stages["kind"] == "wait"]
    table = measure.wait_hours(flow)
    assert table["wait_s"].sum() == pytest.approx(waits["total_s"].sum(), abs=1e-6)
    assert table["ended"].sum() == waits["visits"].sum()

"""Throughput, efficiency and distribution by week."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from zoneinfo import ZoneInfo

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
    flow_of,
    known,
    logs,
    make_log,
    make_stream,
    quick,
)
from vsmlib import measure
from vsmlib.flow import Flow


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


def by_week(events, zone, weeks):
    """Delivered items of the oracle by the Monday of the first week of their period."""
    found = oracle.flow_of(events, STAGES, blocked=BLOCKED)
    first = oracle.local_date(min(f["first"] for f in found.values()), zone)
    last = oracle.local_date(max(e[1] for e in events), zone)
    first, last = (day - timedelta(days=day.weekday()) for day in (first, last))
    made = defaultdict(dict)
    for item, f in found.items():
        if f["status"] == "delivered":
            day = oracle.local_date(f["ended"], zone)
            back = (last - (day - timedelta(days=day.weekday()))).days // 7 // weeks
            begins = last - timedelta(weeks=(back + 1) * weeks - 1)
            made[max(first, begins)][item] = f
    return made


@quick
@given(
    events=logs(max_items=8),
    zone=st.sampled_from(["UTC", "America/New_York", "Pacific/Auckland"]),
    weeks=st.integers(1, 3),
)
def test_efficiency_by_week_equals_the_oracle(events, zone, weeks):
    assume(known(events))
    table = measure.efficiency(flow_of(events, calendar={"timezone": zone}), weeks=weeks)
    expected = by_week(events, ZoneInfo(zone), weeks)
    rows = {row["week"].date(): row for row in table.to_dict("records")}
    assert set(expected) <= set(rows)
    for week, row in rows.items():
        met = expected.get(week, {}).values()
        process, lead = (sum(f[c] for f in met) / 1e6 for c in ("process", "lead"))
        assert row["delivered"] == len(met)
        assert close(process, row["process_time_s"])
        assert close(row["flow_efficiency"], process / lead if lead else None)


@quick
@given(events=logs(max_items=8), weeks=st.integers(1, 3))
def test_distribution_by_week_equals_the_oracle(events, weeks):
    assume(known(events))
    items = {e[0]: {"item_type": ["bug", "feature", None][int(e[0][5:]) % 3]} for e in events}
    flow = Flow(make_log(events, items), make_stream(blocked=BLOCKED))
    expected = {
        week: Counter(items[item]["item_type"] or "(none)" for item in met)
        for week, met in by_week(events, ZoneInfo("UTC"), weeks).items()
    }
    for row in measure.distribution(flow, weeks=weeks).to_dict("records"):
        counts = expected.get(row["week"].date(), Counter())
        assert row["delivered"] == counts[row["item_type"]]
        whole = counts.total()
        assert close(row["share"], row["delivered"] / whole if whole else None)
    table = measure.distribution(flow, weeks=weeks)
    assert table["delivered"].sum() == sum(c.total() for c in expected.values())
    sums = table.groupby("item_type", sort=False)["delivered"].sum()
    assert sums.is_monotonic_decreasing


def test_efficiency_by_group_pools_to_the_whole():
    events = [*HAND, ("B", START + 30 * DAY, 12, "review", None)]
    events.append(("B", START + 31 * DAY, 13, "done", None))
    items = {"A": {"team": "red"}, "B": {"team": "blue"}}
    flow = Flow(make_log(events, items), make_stream(blocked=BLOCKED))
    parts, whole = measure.efficiency(flow, by="team"), measure.efficiency(flow)
    assert parts.columns[0] == "team"
    assert len(parts) == 2 * len(whole)
    columns = ["delivered", "process_time_s", "lead_time_s"]
    pd.testing.assert_frame_equal(
        parts.groupby("week")[columns].sum(), whole.set_index("week")[columns]
    )
    summary = measure.summary(flow)
    pooled = whole["process_time_s"].sum() / whole["lead_time_s"].sum()
    assert pooled == pytest.approx(summary["flow_efficiency"])

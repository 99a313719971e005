"""The measures against the plain-Python oracle, and their invariants."""

import json
from datetime import date
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests import oracle
from tests.test_flow import HAND, close, known, quick
from tests.worlds import BLOCKED, DAY, HOUR, STAGES, START, logs, make_log, make_stream
from vsmlib import measure
from vsmlib.errors import ParameterError, RunError
from vsmlib.flow import Flow

UTC = ZoneInfo("UTC")


def flow_of(events, **keys):
    return Flow(make_log(events), make_stream(blocked=BLOCKED, **keys))


@quick
@given(events=logs())
def test_stages_equal_the_oracle(events):
    assume(known(events))
    table = measure.stages(flow_of(events)).set_index("stage")
    expected = oracle.stages_of(oracle.flow_of(events, STAGES, blocked=BLOCKED), STAGES)
    assert list(table.index) == [s["name"] for s in STAGES]
    for stage, figures in expected.items():
        for column, value in figures.items():
            assert close(table.loc[stage, column], value), (stage, column)


@quick
@given(events=logs())
def test_shares_sum_to_one(events):
    assume(known(events))
    table = measure.stages(flow_of(events))
    share = table["share_of_lead_time"].dropna()
    assert share.empty or share.sum() == pytest.approx(1)


@quick
@given(events=logs())
def test_transitions_equal_the_oracle(events):
    assume(known(events))
    table = measure.transitions(flow_of(events))
    expected = oracle.transitions_of(oracle.flow_of(events, STAGES, blocked=BLOCKED))
    assert len(table) == len(expected)
    order = [s["name"] for s in STAGES]
    for row in table.to_dict("records"):
        figures = expected[row["from_stage"], row["to_stage"]]
        assert all(close(row[c], v) for c, v in figures.items())
        assert row["backward"] == (order.index(row["to_stage"]) < order.index(row["from_stage"]))


@quick
@given(events=logs())
def test_variants_equal_the_oracle(events):
    assume(known(events))
    table = measure.variants(flow_of(events))
    expected = oracle.variants_of(oracle.flow_of(events, STAGES, blocked=BLOCKED))
    got = {r["path"]: (r["items"], r["median_lead_time_s"]) for r in table.to_dict("records")}
    assert got.keys() == expected.keys()
    assert all(got[p][0] == n and close(got[p][1], m) for p, (n, m) in expected.items())
    assert table["items"].is_monotonic_decreasing
    assert table.empty or table["share"].sum() == pytest.approx(1)


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


@quick
@given(events=logs(max_items=8))
def test_parts_sum_to_the_whole(events):
    assume(known(events))
    ids = sorted({e[0] for e in events})
    items = {k: {"team": ["red", "blue", None][n % 3]} for n, k in enumerate(ids)}
    flow = Flow(make_log(events, items), make_stream(blocked=BLOCKED))
    for table in (measure.stages, measure.transitions, measure.wip, measure.throughput):
        parts, whole = table(flow, by="team"), table(flow)
        assert parts.columns[0] == "team"
        numbers = ["visits", "items", "count", "arrived", "left", "wip", "delivered"]
        for column in [c for c in numbers if c in whole]:
            assert parts[column].sum() == whole[column].sum(), (table.__name__, column)
    summary = measure.summary(flow, by="team")
    parts = summary["by"].values()
    assert sum(p["delivered"] for p in parts) == summary["delivered"]
    assert set(summary["by"]) <= {"red", "blue", "(none)"}


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


def test_aging_and_pace():
    flow = flow_of(HAND)
    aging = measure.aging(flow)
    assert aging[["item_id", "stage", "position", "age_s"]].values.tolist() == [
        ["B", "Work", 2, 29 * 3600.0]
    ]
    pace = measure.pace(flow).set_index("stage")
    assert pace.loc["Queue", "p50_s"] == 2 * 3600
    assert pace.loc["Work", "p50_s"] == 11 * 3600, "the last leaving counts"


def test_summary_of_the_hand_worked_log():
    summary = measure.summary(flow_of(HAND))
    assert summary["delivered"] == 1
    assert summary["in_progress"] == 1
    assert summary["lead_time_s"] == dict.fromkeys(("p50", "p85", "p95", "mean"), 11 * 3600)
    assert summary["flow_efficiency"] == pytest.approx(3 / 11)
    assert summary["window"]["days"] == 30 / 24
    assert summary["throughput_per_week"] == pytest.approx(7 / (30 / 24))
    assert summary["arrived"] == 2
    assert summary["arrivals_per_week"] == pytest.approx(2 * 7 / (30 / 24))
    late = measure.summary(Flow(make_log(HAND), make_stream(), start="2026-03-03"))
    assert late["arrived"] == 0, "both began before the window"
    assert summary["largest_wait"] == {"stage": "Review", "share_of_lead_time": 4 / 11}
    assert summary["rework_share"] == 1
    assert summary["rolled_percent_complete_accurate"] == 0


def test_stated_window_counts_local_days():
    calendar = {"timezone": "Europe/Berlin"}
    flow = Flow(
        make_log(HAND), make_stream(calendar=calendar), start="2026-03-01", end="2026-04-01"
    )
    window = measure.summary(flow)["window"]
    assert window["days"] == 31, "the clock change takes no hour off a month"
    assert (window["from"], window["to"]) == ("2026-03-01", "2026-04-01")


def test_calendar_gives_working_time():
    calendar = {"timezone": "UTC", "hours": {"mon-fri": ["09:00-17:00"]}}
    events = [
        ("A", START + 16 * HOUR, 0, "work", None),
        ("A", START + DAY + 10 * HOUR, 1, "flag", None),
        ("A", START + DAY + 20 * HOUR, 2, "unflag", None),
        ("A", START + 2 * DAY + 10 * HOUR, 3, "done", None),
    ]
    flow = flow_of(events, calendar=calendar)
    visit, item = flow.visits.iloc[0], measure.items(flow).iloc[0]
    assert visit["working_s"] == (1 + 8 + 1) * 3600
    assert visit["blocked_working_s"] == 7 * 3600
    assert item["working_lead_time_s"] == 10 * 3600
    assert item["working_process_time_s"] == 3 * 3600
    assert measure.stages(flow).set_index("stage").loc["Work", "working_total_s"] == 10 * 3600


def test_without_a_calendar_working_time_is_null():
    flow = flow_of(HAND)
    assert flow.visits["working_s"].isna().all()
    assert measure.items(flow)["working_lead_time_s"].isna().all()
    assert measure.stages(flow)["working_total_s"].isna().all()


def test_write_leaves_all_files(tmp_path):
    flow = Flow(make_log(HAND, {"A": {"team": "red"}, "B": {"team": None}}), make_stream())
    summary = measure.write(flow, tmp_path / "new" / "out", by="team")
    out = tmp_path / "new" / "out"
    names = ["items", "stages", "transitions", "variants", "visits", "wip"]
    assert sorted(p.name for p in out.iterdir()) == sorted(
        [*(f"{n}.parquet" for n in names), "summary.json"]
    )
    assert json.loads((out / "summary.json").read_text()) == summary
    for name in names:
        assert pd.read_parquet(out / f"{name}.parquet").columns[0] == "team", name
    visits = pd.read_parquet(out / "visits.parquet")
    assert str(visits["entered_at"].dtype) == "datetime64[us, UTC]"
    assert {str(visits[c].dtype) for c in ("position", "visit")} == {"int64"}
    pd.testing.assert_frame_equal(
        visits.sort_values(["item_id", "position"], ignore_index=True),
        measure.visits(flow, "team").sort_values(["item_id", "position"], ignore_index=True),
        check_dtype=False,
    )


def test_write_into_a_file_is_refused(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(RunError, match="cannot write the tables"):
        measure.write(flow_of(HAND), tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_unknown_group():
    with pytest.raises(ParameterError, match=r"unknown item column 'tem'.*did you mean 'team'"):
        measure.stages(flow_of(HAND), by="tem")
    with pytest.raises(ParameterError, match="have a column of that name already"):
        measure.stages(flow_of(HAND), by="item_id")

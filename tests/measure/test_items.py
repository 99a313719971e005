"""Items: hand-worked, against the oracle, and lead = process + wait."""

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests import oracle
from tests.worlds import (
    BLOCKED,
    DAY,
    HAND,
    HOUR,
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
def test_lead_time_is_process_plus_wait(events):
    assume(known(events))
    items = measure.items(Flow(make_log(events), make_stream(blocked=BLOCKED)))
    done = items[items["status"] == "delivered"]
    assert ((done["lead_time_s"] - done["process_time_s"] - done["wait_time_s"]).abs() < 1e-6).all()
    share = done["flow_efficiency"].dropna()
    assert share.between(0, 1).all()


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


def test_a_sample_has_rows_of_the_items_table_and_the_slowest():
    events = [
        (f"i{n:03}", START + (t * (n % 97) * HOUR), 3 * n + t, event, None)
        for n in range(300)
        for t, event in enumerate(["queue", "work", "done"][: 2 if n % 10 == 0 else 3])
    ]
    flow = flow_of(events)
    whole, made = measure.items(flow), measure.sample(flow, 50)
    delivered = whole[whole["status"] == "delivered"]
    assert len(made) == 50
    pd.testing.assert_frame_equal(
        made.drop(columns="weight"),
        whole[whole["item_id"].isin(made["item_id"])].reset_index(drop=True),
    )
    assert made["weight"].sum() == pytest.approx(len(delivered))
    assert (made.nlargest(5, "lead_time_s")["weight"] == 1).all()
    slowest = delivered.nlargest(5, "lead_time_s")["lead_time_s"].tolist()
    assert made.nlargest(5, "lead_time_s")["lead_time_s"].tolist() == slowest
    assert len(measure.sample(flow)) == len(delivered)

"""Changes, deployments and incidents, found in one log."""

import pandas as pd
import pytest

import vsmlib as vsm
from tests.worlds import DAY, HOUR, START, make_log, make_stream
from vsmlib import measure
from vsmlib.flow import Flow

PULL, DEPLOY, INCIDENT = ({"item_type": t} for t in ("pull_request", "deployment", "incident"))
BARE = dict.fromkeys(("item_type", "team", "environment"))
ROWS = [
    ("o/r#1", 0, "queue"), ("o/r#1", 0, "opened"), ("o/r#1", 2, "merged"),
    ("o/r#2", 3, "opened"), ("o/r#2", 5, "merged"),
    ("d1", 1, "success"), ("d2", 4, "success"), ("d3", 6, "success"),
    ("i1", 6.5, "triggered"), ("i1", 7, "resolved"),
]  # fmt: skip
ITEMS = {
    "o/r#1": PULL, "o/r#2": PULL, "i1": INCIDENT | {"team": "shop"},
    **{d: DEPLOY | {"team": "o/r", "environment": "production"} for d in ("d1", "d2", "d3")},
}  # fmt: skip


def world(*leave_out, more=(), **items):
    rows = [row for row in ROWS if row[0] not in leave_out] + list(more)
    rows = [(i, START + round(d * DAY), n, event, None) for n, (i, d, event) in enumerate(rows)]
    known = {key: BARE | ITEMS.get(key, PULL) | items.get(key, {}) for key, *_ in rows}
    return make_log(rows, known)


def keys(log, by=None, **window):
    table = measure.five_keys(Flow(log, make_stream(), **window), by)
    return table.set_index("key")["value"].dropna().to_dict()


def test_all_in_one_log():
    log = world()
    found = measure.delivery(log)
    assert found.changed.set_index("item_id")["deployment"].to_dict() == {
        "o/r#1": "d2", "o/r#2": "d3"}  # fmt: skip
    assert found.incident["deployment"].tolist() == ["d3"]
    assert found.told == [
        "Deployments are those to production.",
        "Incidents and deployments share no team by name, so they are joined by time alone.",
        "An incident belongs to the last deployment before it began.",
    ]  # fmt: skip
    assert keys(log) == {
        "change_lead_time": 3.5 * 86_400, "deployment_frequency": 3 / (6 / 7),
        "failed_deployment_recovery_time": 86_400.0, "change_fail_rate": 1 / 3,
        "deployment_rework_rate": 0.0,
    }  # fmt: skip
    assert "item_id" in found.columns


def test_only_production_counts_where_it_is_named():
    staging = DEPLOY | {"environment": "staging"}
    log = world(d1=staging, d2=staging | {"environment": "prod-eu"})
    assert measure.delivery(log).deploys["item_id"].tolist() == ["d2", "d3"]
    log = world(d1=staging, d2=staging, d3=staging)
    assert len(measure.delivery(log).deploys) == 3


def test_merging_deploys_where_there_are_incidents_and_no_deployments():
    log = world("d1", "d2", "d3", more=[("o/r#3", 6, "opened"), ("o/r#3", 6, "merged")])
    found = measure.delivery(log)
    assert found.told[:2] == [
        "Deployments are the merges: this source tells of no others.",
        "1 changes were squashed: when they were begun is not known.",
    ]
    assert len(found.deploys) == 3
    assert keys(log)["change_lead_time"] == 2 * 86_400, "the first one's start is unknown"
    assert measure.delivery(world("d1", "d2", "d3", "i1")).deploys is None
    assert measure.delivery(world("i1"), style="merges").deploys["succeeded"].all()


def test_nothing_to_measure():
    log = world("d1", "d2", "d3", "i1")
    flow = Flow(log, make_stream())
    assert measure.five_keys(flow).empty
    assert measure.dora_times(flow).empty
    assert measure.dora_periods(flow).empty
    assert measure.delivery(log).columns == []
    assert "no deployments or releases" in str(vsm.sentences.dora(measure.five_keys(flow)))


def test_a_window_without_deployments_is_empty_not_an_error():
    log = world(more=[("o/r#1", 30, "queue")])
    assert keys(log, start="2026-03-20") == {"deployment_frequency": 0.0}
    assert keys(log, end="2026-03-03") == {"deployment_frequency": 0.0}


def test_what_stands_behind_the_keys():
    flow = Flow(world(more=[("d4", 7.5, "success")], d4=ITEMS["d3"]), make_stream())
    times = measure.dora_times(flow)
    assert times["item_id"].tolist() == ["o/r#1", "o/r#2", "i1"]
    assert times["seconds"].div(86_400).tolist() == [4, 3, 1]
    assert times["at"].tolist()[2].timestamp() == (START + 6.5 * DAY) / 1e6
    table = measure.dora_periods(flow, weeks=1)
    assert table["week"].unique().tolist() == [pd.Timestamp("2026-03-03")]
    assert table.set_index("outcome")["deployments"].to_dict() == {"failed": 1, "fine": 3}


def test_a_fix_is_rework_and_within_limits_blame():
    log = world(more=[("d4", 6.8, "success")], d4=ITEMS["d3"])
    flow = Flow(log, make_stream())
    assert measure.dora_periods(flow).set_index("outcome")["deployments"].to_dict() == {
        "failed": 1, "fine": 2, "rework": 1}  # fmt: skip
    late = measure.delivery(log, within=pd.Timedelta(HOUR, unit="us"))
    assert late.incident["deployment"].isna().all()
    assert "at most 0 days 01:00:00 earlier" in late.told[-1]


def test_the_sample_by_team():
    log = vsm.read("sample")
    flow = Flow(log, vsm.ValueStream.load("github-pull-requests"), start="2023-01-01")
    table = measure.five_keys(flow, by="team").set_index("key")
    assert table["team"].unique().tolist() == ["bitcoin-core/secp256k1"]
    assert table.loc["change_lead_time", "n"] == 396
    assert round(table.loc["change_lead_time", "p50"] / 86_400, 1) == pytest.approx(65.3)

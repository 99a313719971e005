"""The five DORA keys, and what belongs to what."""

import pandas as pd
import pytest

import vsmlib as vsm
from tests.worlds import DAY, HOUR, START, make_log
from vsmlib import measure
from vsmlib.errors import ParameterError

AT = pd.Timestamp("2026-01-05T09:00Z")


def when(days):
    return AT + pd.to_timedelta(pd.Series(days, dtype="float64"), unit="D")


def deploys(**more):
    return pd.DataFrame({
        "item_id": ["d1", "d2", "d3", "d4"], "team": ["a", "a", "b", "a"],
        "deployed_at": when([1, 3, 4, 6]), "succeeded": [True, True, True, False], **more,
    })  # fmt: skip


def changed():
    return pd.DataFrame({
        "item_id": ["c1", "c2", "c3", "c4"], "team": ["a", "a", "a", "b"],
        "commit": ["x1", "x2", "x3", "x4"], "begun_at": when([-900, 1, 4, 1]),
        "opened_at": when([0, 0, 5, 2]), "first_response_at": when([0, 2, None, 2]),
        "merged_at": when([0.5, 2.5, 5, 3]),
    })  # fmt: skip


def failing():
    return pd.DataFrame({
        "item_id": ["i1", "i2", "i3"], "team": ["a", "a", "b"],
        "started_at": when([1.5, 3.2, 2]), "resolved_at": when([3.5, None, 3]),
    })  # fmt: skip


def test_a_change_comes_with_the_next_deployment_of_its_team():
    made = measure.deployed(changed(), deploys()).set_index("item_id")
    assert made["deployment"].fillna("").to_dict() == {"c1": "d1", "c2": "d2", "c3": "", "c4": "d3"}
    assert made["unknown_start"].fillna("").to_dict() == {
        "c1": True, "c2": False, "c3": "", "c4": True}  # fmt: skip
    parts = measure.lead_time_parts(made)
    assert parts["lead_time_s"].dropna().to_dict() == {"c2": 2 * 86_400.0}
    assert parts.loc["c2", ["pickup_s", "review_s", "deploy_s"]].tolist() == [
        2 * 86_400.0, 0.5 * 86_400, 0.5 * 86_400]  # fmt: skip
    assert pd.isna(parts.loc["c2", "coding_s"]), "begun after the opening"


def test_by_what_a_deployment_contains():
    contents = pd.DataFrame({"deployment": ["d2", "d2", "d4"], "commit": ["x3", "x2", "x1"]})
    made = measure.deployed(changed(), deploys(), contents).set_index("item_id")
    assert made["deployment"].fillna("").to_dict() == {"c1": "", "c2": "d2", "c3": "d2", "c4": ""}


def test_an_incident_belongs_to_the_deployment_before_it():
    made = measure.blamed(failing(), deploys()).set_index("item_id")
    assert made["deployment"].fillna("").to_dict() == {"i1": "d1", "i2": "d2", "i3": ""}
    late = measure.blamed(failing(), deploys(), within=pd.Timedelta("6h")).set_index("item_id")
    assert late["deployment"].fillna("").to_dict() == {"i1": "", "i2": "d2", "i3": ""}
    known = failing().assign(deployment="d1")
    assert measure.blamed(known, deploys()) is known


def test_the_five_keys():
    table = measure.dora(
        measure.deployed(changed(), deploys()), deploys(), measure.blamed(failing(), deploys()),
        start="2026-01-05", end="2026-01-19",
    ).set_index("key")  # fmt: skip
    assert table["value"].to_dict() == {
        "change_lead_time": 2 * 86_400.0, "deployment_frequency": 1.5,
        "failed_deployment_recovery_time": 2.5 * 86_400, "change_fail_rate": 2 / 3,
        "deployment_rework_rate": 1 / 3,
    }  # fmt: skip
    assert table.loc["change_lead_time", "bucket"] == "one day to one week (2025)"
    assert table.loc["deployment_frequency", "bucket"] == "once a day to once a week (2025)"
    assert table.loc["deployment_frequency", "p50"] == 1.5, "days with one: 3 and 0"


def test_by_team_and_by_a_mark():
    marked = deploys(unplanned=[True, False, False, True])
    table = measure.dora(measure.deployed(changed(), marked), marked,
                         measure.blamed(failing(), marked), by="team")  # fmt: skip
    assert table.columns[:2].tolist() == ["team", "key"]
    rework = table[table["key"] == "deployment_rework_rate"].set_index("team")["value"]
    assert rework.to_dict() == {"a": 0.5, "b": 0.0}
    with pytest.raises(ParameterError, match="unknown column 'tem'"):
        measure.dora(changed(), marked, measure.blamed(failing(), marked), by="tem")


def test_nothing_in_the_window_and_nothing_at_all():
    table = measure.dora(measure.deployed(changed(), deploys()), deploys(),
                         measure.blamed(failing(), deploys()), start="2027-01-01",
                         end="2027-02-01").set_index("key")  # fmt: skip
    assert table["n"].tolist() == [0] * 5 or table["n"].sum() == 0
    assert table.loc["deployment_frequency", "value"] == 0
    with pytest.raises(ParameterError, match="no deployment to measure"):
        measure.dora(changed(), deploys().iloc[:0], failing())


def test_tables_from_logs():
    rows = [("d1", START, 0, "created", None), ("d1", START + HOUR, 1, "failure", None),
            ("d1", START + 2 * HOUR, 2, "success", None), ("d2", START, 3, "failed", None),
            ("d3", START, 4, "success", None), ("d4", START, 5, "created", None)]  # fmt: skip
    place = {key: {"environment": "production", "team": "a"} for key in ("d1", "d2", "d4")}
    log = make_log(rows, {**place, "d3": {"environment": "staging", "team": "a"}})
    made = measure.deployments(log, where={"environment": ["production"]})
    assert made["item_id"].tolist() == ["d1", "d2"]
    assert made["succeeded"].tolist() == [True, False]
    assert made["deployed_at"].tolist()[0].timestamp() == (START + 2 * HOUR) / 1e6

    log = make_log([("i", START, 0, "started", None), ("i", START - DAY, 1, "resolved", None),
                    ("k", START, 2, "triggered", None)])  # fmt: skip
    table = measure.incidents(log).set_index("item_id")
    assert table["backwards"].to_dict() == {"i": True, "k": False}
    assert table["resolved_at"].isna().all()


def test_pull_requests_with_tags_as_releases():
    """The sample says by itself what was released; its tags are the deployments."""
    log = vsm.read("sample")
    made, tags = measure.released(measure.changes(log))
    none = pd.DataFrame({"item_id": [], "deployment": [], "deployed_at": when([]),
                         "started_at": when([]), "resolved_at": when([])})  # fmt: skip
    table = measure.dora(made, tags, none).set_index("key")
    first = made["released_at"].eq(tags["deployed_at"].min())
    assert table.loc["change_lead_time", "n"] == made["released_at"].notna().sum() - first.sum()
    assert table.loc["deployment_frequency", "n"] == len(tags) == 12
    assert table.loc["change_fail_rate", "value"] == 0

"""DevLake's tables of changes and incidents, and Jenkins' production.

DevLake rounds minutes up, and its cycle time adds coding, opening to merge, and deploying, each
negative part as nothing; ours are seconds, and the lead time has both ends or none.
"""

import math

import numpy as np
import pandas as pd
import pytest

import vsmlib as vsm
from tests.sources.devlake import table
from vsmlib import measure
from vsmlib.sources.history import _rows
from vsmlib.sources.unpack import unpacked


@pytest.fixture(scope="module")
def devlake(shared_data):
    with unpacked(shared_data("devlake-e2e.tar.xz")) as folder:
        yield folder


def utc(values):
    return pd.to_datetime(pd.Series(values), utc=True, format="mixed")


def minutes(seconds):
    return "" if pd.isna(seconds) else str(math.ceil(seconds / 60))


def test_change_lead_time(devlake):
    def rows(name):
        return pd.DataFrame(table(devlake, "dora", "change_lead_time", f"{name}.csv"))

    pulls, commits, notes = rows("pull_requests"), rows("pull_request_commits"), rows(
        "pull_request_comments")  # fmt: skip
    commits["t"], notes["t"] = utc(commits["commit_authored_date"]), utc(notes["created_date"])
    notes = notes.merge(pulls[["id", "author_id"]], left_on="pull_request_id", right_on="id")
    notes = notes[notes["account_id"] != notes["author_id"]]
    changed = pd.DataFrame({
        "item_id": pulls["id"], "commit": pulls["merge_commit_sha"],
        "begun_at": pulls["id"].map(commits.groupby("pull_request_id")["t"].min()),
        "opened_at": utc(pulls["created_date"]), "merged_at": utc(pulls["merged_date"]),
        "first_response_at": pulls["id"].map(notes.groupby("pull_request_id")["t"].min()),
    })  # fmt: skip
    raw = rows("cicd_deployment_commits")
    deploys = pd.DataFrame({
        "item_id": raw["id"], "deployed_at": utc(raw["finished_date"]), "commit": raw["commit_sha"],
        "team": raw["repo_url"] + raw["cicd_scope_id"], "succeeded": raw["result"] == "SUCCESS",
    })[raw["environment"] == "PRODUCTION"]  # fmt: skip
    diffs = rows("commits_diffs").merge(deploys, left_on="new_commit_sha", right_on="commit")
    contents = diffs[["item_id", "commit_sha"]].set_axis(["deployment", "commit"], axis=1)

    made = measure.deployed(changed.dropna(subset="merged_at"), deploys, contents)
    parts = measure.lead_time_parts(made)
    opened = (parts["merged_at"] - parts["opened_at"]).dt.total_seconds()
    added = zip(parts["coding_s"], opened, parts["deploy_s"], strict=True)
    cycle = [sum(math.ceil(s / 60) for s in part if not pd.isna(s)) for part in added]
    expected = table(devlake, "dora", "change_lead_time", "project_pr_metrics.csv")
    names = {"coding_s": "pr_coding_time", "pickup_s": "pr_pickup_time",
             "review_s": "pr_review_time", "deploy_s": "pr_deploy_time"}  # fmt: skip
    assert len(expected) == len(parts) == 6
    for n, row in enumerate(expected):
        assert parts["item_id"].iloc[n] == row["id"]
        got = {theirs: minutes(parts[ours].iloc[n]) for ours, theirs in names.items()}
        assert got == {name: row[name] for name in got}
        assert str(cycle[n]) == row["pr_cycle_time"]


def test_incidents(devlake):
    folder = "connect_incident_to_deployment"
    scopes = table(devlake, "dora", folder, "raw_tables", "project_mapping.csv")
    projects = {(row["table"], row["row_id"]): row["project_name"] for row in scopes}
    raw = table(devlake, "dora", folder, "prev_success_deployment_commit",
                "cicd_deployment_commits_after.csv")  # fmt: skip
    raw = [row for row in raw if row["environment"] == "PRODUCTION"]
    deploys = pd.DataFrame({
        "item_id": [row["cicd_deployment_id"] for row in raw],
        "team": [projects.get(("cicd_scopes", row["cicd_scope_id"])) for row in raw],
        "deployed_at": utc([row["finished_date"] for row in raw]),
        "succeeded": [row["result"] == "SUCCESS" for row in raw],
    })  # fmt: skip
    found = table(devlake, "dora", folder, "raw_tables", "incidents.csv")
    incidents = pd.DataFrame({
        "item_id": [row["id"] for row in found],
        "team": [projects.get((row["table"], row["scope_id"])) for row in found],
        "started_at": utc([row["created_date"] for row in found]),
    }).dropna(subset="team")  # fmt: skip
    made = measure.blamed(incidents, deploys).set_index("item_id")["deployment"].to_dict()
    expected = table(devlake, "dora", folder, "snapshot_tables",
                     "project_incident_deployment_relationships.csv")  # fmt: skip
    assert len(expected) == 6
    assert made == {row["id"]: row["deployment_id"] for row in expected}


def test_jenkins_where_merging_deploys(shared_data):
    """Production is what is on the main line; a pull request's head says when it was written."""
    folder = shared_data("jenkins")
    heads = {row[0].split("/")[2]: row for row in _rows(folder / "pull_heads.tsv.xz", 4)}
    main = set((folder / "first_parent.txt").read_text().split())
    commits = [row for row in _rows(folder / "commits.tsv.xz", 8) if row[0] in main]
    made = pd.DataFrame({
        "item_id": [row[0] for row in commits], "deployed_at": utc([row[3] for row in commits]),
        "succeeded": True, "unplanned": [row[7].startswith("Revert") for row in commits],
    })  # fmt: skip
    assert (len(made), made["unplanned"].sum()) == (7_706, 108)
    numbers = pd.Series([row[7] for row in commits]).str.extract(r"\(#(\d+)\)$")[0]
    authored = utc([heads[n][2] if n in heads else None for n in numbers])
    changed = made.assign(begun_at=authored, merged_at=made["deployed_at"], deployment=made[
        "item_id"]).dropna(subset="begun_at")  # fmt: skip
    keys = measure.dora(changed, made, None).set_index("key")
    hours = (changed["deployed_at"] - changed["begun_at"]).dt.total_seconds() / 3600
    assert np.percentile(hours, [25, 50, 75]).round(2).tolist() == [0.13, 0.52, 3.52]
    assert (len(hours), keys.loc["change_lead_time", "n"]) == (7_171, 7_168)  # 3 are negative
    assert keys.loc["change_lead_time", "p50"] / 3600 == np.percentile(hours[hours >= 0], 50)
    assert keys.loc["deployment_rework_rate", "value"] == 108 / 7_706


def test_jenkins_incidents(shared_data):
    """Incidents that are no notice, blamed on the last change of the day before each."""
    folder = shared_data("jenkins")
    main = set((folder / "first_parent.txt").read_text().split())
    commits = [row for row in _rows(folder / "commits.tsv.xz", 8) if row[0] in main]
    deploys = pd.DataFrame({"item_id": [row[0] for row in commits], "succeeded": True,
                            "deployed_at": utc([row[3] for row in commits])})  # fmt: skip
    log = vsm.read(folder / "incidents.tar.xz", timezone="UTC")
    found = measure.incidents(log).drop(columns="team")
    assert (len(found), found["backwards"].sum()) == (297, 8)
    severity = found["item_id"].map(log.items.set_index("item_id")["priority"])
    blamed = measure.blamed(found[severity != "notice"], deploys, within=pd.Timedelta("1D"))
    assert (len(blamed), blamed["deployment"].notna().sum()) == (242, 209)
    keys = measure.dora(None, deploys, blamed, start="2025-01-01", end="2026-01-01")
    assert keys["n"].tolist() == [0, 1_271, 33, 1_271, 1_271]
    assert keys["value"].tolist()[2:] == [27_932, 33 / 1_271, 20 / 1_271]


def test_jenkins_as_one_folder(shared_data):
    """Git facts and incident pages side by side, as docs/sources/together.md tells it."""
    log = vsm.read(shared_data("jenkins"), timezone="UTC")
    assert log.source_names == ["git", "status page", "stitch"]
    found = measure.delivery(log)
    assert found.told == [
        "Deployments are the merges: this source tells of no others.",
        "5,954 changes were squashed: when they were begun is not known.",
        "An incident belongs to the last deployment before it began.",
    ]
    keys = measure.five_keys(vsm.Flow(log, vsm.suggest(log).stream), found=found).set_index("key")
    # 7,706 merges at 7,680 moments
    assert keys["n"].tolist() == [1_752, 7_680, 289, 7_680, 7_680]
    assert round(keys.loc["change_lead_time", "p50"] / 60) == 23
    assert round(keys.loc["deployment_frequency", "value"], 1) == 16.9
    assert keys.loc["deployment_frequency", "bucket"] == "once an hour to once a day (2025)"
    assert round(keys.loc["failed_deployment_recovery_time", "p50"] / 3600) == 10
    assert keys["value"].tolist()[3:] == pytest.approx([0.04, 0.02], abs=0.005)


@pytest.mark.parametrize("week", ["20240812-20240818", "20240819-20240825", "20240826-20240902"])
def test_heartbeat(shared_data, week):
    """Heartbeat's means of its pipeline; it leaves out weekends, as its own column says."""
    with unpacked(shared_data("heartbeat.tar.xz")) as folder:
        weeks = folder / "frontend" / "e2e" / "fixtures" / "create-new"
        runs = pd.read_csv(weeks / f"pipeline-{week}.csv")
        metric = pd.read_csv(weeks / f"metric-{week}.csv").set_index("Metrics")["Value"]
    runs = runs[runs["Valid"]].reset_index(drop=True)
    made = pd.DataFrame({
        "item_id": runs["Build Number"].astype(str),
        "deployed_at": utc(runs["Pipeline Finish Time"]),
        "begun_at": utc(runs["First Code Committed Time In PR"]),
        "merged_at": utc(runs["PR Merged Time"]), "succeeded": runs["Status"] == "passed",
    })  # fmt: skip
    made["deployment"] = made["item_id"]
    parts, off = measure.lead_time_parts(made), runs["Non-Workdays (Hours)"].mean()
    hours = {"Total": parts["lead_time_s"].mean() / 3600 - off,
             "Pipeline": parts["deploy_s"].mean() / 3600}  # fmt: skip
    hours["PR"] = hours["Total"] - hours["Pipeline"]
    printed = {name: float(metric[f"Heartbeat / Deploy prod / {name} Lead Time"]) for name in hours}
    assert {name: round(value, 2) for name, value in hours.items()} == printed
    keys = measure.dora(made, made, None).set_index("key")
    times = metric["Heartbeat / Deploy prod / Deployment frequency(Deployment times)"]
    assert keys.loc["deployment_frequency", "n"] == int(times)

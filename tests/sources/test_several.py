"""Several sources side by side in one folder."""

import json
import subprocess

import pytest

import vsmlib as vsm
from vsmlib.errors import SourceError
from vsmlib.sources import load
from vsmlib.sources.several import parts

REPO = "https://api.github.com/repos/o/r"
ISSUE = {"id": 1, "number": 1, "url": f"{REPO}/issues/1", "state": "open", "title": "Idea",
         "created_at": "2026-01-05T09:00:00Z", "user": {"login": "ada"}}  # fmt: skip
DEPLOYMENT = {"id": 9, "url": f"{REPO}/deployments/9", "sha": "abc", "ref": "main",
              "environment": "production", "original_environment": "production",
              "created_at": "2026-01-07T09:00:00Z"}  # fmt: skip
STATUS = {"id": 3, "deployment_url": f"{REPO}/deployments/9", "state": "success",
          "created_at": "2026-01-07T09:05:00Z"}  # fmt: skip
INCIDENT = {"id": "9", "incident_number": 4, "created_at": "2026-01-08T09:00:00Z",
            "status": "resolved", "last_status_change_at": "2026-01-08T10:00:00Z",
            "service": {"summary": "shop"}}  # fmt: skip


def folder(tmp_path, **files):
    for name, things in files.items():
        path = tmp_path / f"{name.replace('__', '/')}.json"
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(json.dumps(things))
    return tmp_path


def test_files_side_by_side(tmp_path):
    where = folder(tmp_path, issues=[ISSUE], deploys=[DEPLOYMENT], statuses=[STATUS],
                   pages=[INCIDENT])  # fmt: skip
    assert {part.origin.title: [p.name for p in part.paths] for part in parts(where)} == {
        "deployments": ["deploys.json", "statuses.json"], "GitHub objects": ["issues.json"],
        "incidents": ["pages.json"],
    }  # fmt: skip
    log = vsm.read(where)
    assert log.source_names == ["deployments", "github", "incidents"]
    items = log.items.set_index("item_id")
    assert items["item_type"].to_dict() == {
        "9": "deployment", "incidents 9": "incident", "o/r#1": "issue"}  # fmt: skip
    assert log.events["event"].tolist() == ["created", "success", "triggered", "resolved", "opened"]
    assert log.events["seq"].is_unique
    assert log.name == tmp_path.name
    assert sum(f.code == "items_read" for f in log.findings) == 3


def test_folders_in_it_may_be_mixed_too(tmp_path):
    where = folder(tmp_path, github__issues=[ISSUE], github__deploys=[DEPLOYMENT],
                   pager__a=[INCIDENT], pager__b=[INCIDENT | {"id": "10"}])  # fmt: skip
    found = {part.origin.title: [p.name for p in part.paths] for part in parts(where)}
    assert found["incidents"] == ["pager"]
    assert found["deployments"] == ["deploys.json"]
    assert len(vsm.read(where).items) == 4


def test_what_is_known_only_beside_others_is_read_with_them(tmp_path):
    comment = {"id": 5, "event": "labeled", "created_at": "2026-01-06T09:00:00Z"}
    where = folder(tmp_path, deploys=[DEPLOYMENT], issues=[ISSUE], loose=[comment])
    found = {part.origin.title: len(part.paths) for part in parts(where)}
    assert found == {"deployments": 2, "GitHub objects": 2}
    other = [f.examples for f in vsm.read(where).findings if f.code == "other_objects"]
    assert other == [("'loose.json'",)] * 2


def test_every_file_counts_where_there_are_several_sources(tmp_path):
    many = {f"issue_{n:03}": [ISSUE | {"number": n, "url": f"{REPO}/issues/{n}"}]
            for n in range(1, 131)}  # fmt: skip
    log = vsm.read(folder(tmp_path, deploys=[DEPLOYMENT], **many))
    assert (log.items["item_type"] == "issue").sum() == 130


def test_one_source_stays_one(tmp_path):
    assert len(parts(folder(tmp_path, a=[ISSUE], b=[ISSUE | {"number": 2}]))) == 1
    (tmp_path / "stream.yaml").write_text("x")
    assert load(tmp_path).name == tmp_path.name


def test_options_go_to_those_that_know_them(tmp_path):
    where = folder(tmp_path, issues=[ISSUE], deploys=[DEPLOYMENT])
    assert vsm.read(where, bots=["ada"]).bots == ["bot-001"]
    with pytest.raises(SourceError, match=r"--timezone means nothing for deployments, GitHub obj"):
        load(where, timezone="UTC")


def test_a_clone_beside_github_objects_tells_their_releases(tmp_path):
    clone = tmp_path / "clone"
    git = ["git", "-c", "user.name=n", "-c", "user.email=e@x.org", "-C", str(clone)]
    clone.mkdir()
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "Fix (#2)"], check=True)
    sha = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    subprocess.run([*git, "tag", "v1"], check=True)
    merged = {"merged_at": "2026-01-06T09:00:00Z", "merge_commit_sha": sha.stdout.strip()}
    pull = ISSUE | {"number": 2, "url": f"{REPO}/pulls/2", "pull_request": merged, **merged}
    log = vsm.read(folder(tmp_path, issues=[ISSUE, pull], deploys=[DEPLOYMENT]))
    assert "git" not in log.source_names
    assert "released" in log.event_names


def test_tables_of_deployments_and_incidents_are_joined(tmp_path):
    merged = {"merged_at": "2026-01-06T09:00:00Z", "merge_commit_sha": "abc"}
    pull = ISSUE | {"number": 2, "url": f"{REPO}/pulls/2", "pull_request": merged, **merged}
    where = folder(tmp_path, issues=[ISSUE, pull])
    (where / "live.csv").write_text(
        "id,deployed_at,service,status\n1,2026-01-01T09:00:00Z,shop,success\n"
        "2,2026-01-08T09:00:00Z,shop,success\n3,2026-01-09T09:00:00Z,shop,failed\n"
    )
    (where / "outages.csv").write_text(
        "incident;started_at;resolved_at;severity;service\n"
        "1;2026-01-10T09:00:00Z;2026-01-10T11:00:00Z;high;shop\n"
    )
    (where / "odd.csv").write_text("a,b\n1,2\n")
    log = vsm.read(where)
    assert log.source_names == ["deployments", "github", "incidents", "stitch"]
    assert [f.examples for f in log.findings if f.code == "tables_left_out"] == [("odd.csv",)]
    found = vsm.measure.delivery(log)
    assert found.deploys["succeeded"].tolist() == [True, True, False]
    assert found.changed["deployment"].tolist() == ["2"]
    assert found.incident[["item_id", "deployment"]].to_numpy().tolist() == [["incidents 1", "2"]]
    keys = vsm.measure.five_keys(vsm.Flow(log, vsm.suggest(log).stream)).set_index("key")
    assert keys.loc["failed_deployment_recovery_time", "value"] == 50 * 3600
    assert keys.loc["change_fail_rate", "value"] == 0.5


def test_a_clone_beside_deployments_tells_what_they_brought_in(tmp_path):
    """The second deployment is of the first commit again: only the third one has the second."""
    clone = tmp_path / "clone"
    git = ["git", "-c", "user.name=n", "-c", "user.email=e@x.org", "-C", str(clone)]
    clone.mkdir()
    subprocess.run([*git, "init", "-q"], check=True)
    shas = []
    for day in (1, 2, 3):
        when = f"2026-01-0{day}T09:00:00+00:00"
        subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", f"Fix (#{day})"], check=True,
                       env={"GIT_COMMITTER_DATE": when, "GIT_AUTHOR_DATE": when,
                            "PATH": "/usr/bin:/bin"})  # fmt: skip
        done = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True,
                              text=True)  # fmt: skip
        shas.append(done.stdout.strip())
    (tmp_path / "deployments.csv").write_text("deployment,deployed_at,commit\n" + "".join(
        f"d{n},2026-01-{n:02}T12:00:00Z,{sha}\n"
        for n, sha in [(1, shas[0]), (4, shas[1]), (5, shas[1]), (6, shas[2])]))  # fmt: skip
    log = vsm.read(tmp_path)
    brought = vsm.measure.delivery(log).changed.set_index("item_id")["deployment"]
    assert brought.to_dict() == {"#1": "d1", "#2": "d4", "#3": "d6"}
    assert any("brought its commit in" in text for text in vsm.measure.delivery(log).told)
    # by time alone, the third would have come with the deployment after its merge
    alone = vsm.measure.delivery(vsm.read(tmp_path, stitch=False)).changed.set_index("item_id")
    assert alone["deployment"].to_dict() == {"#1": "d1", "#2": "d4", "#3": "d4"}

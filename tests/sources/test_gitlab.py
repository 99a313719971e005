"""GitLab: issues and merge requests, their notes, states and labels."""

import json

import pytest

import vsmlib as vsm
from tests.sources.test_jira import codes, names, rows
from vsmlib.errors import SourceError
from vsmlib.sources import load

SITE = "https://gitlab.example/g/sub/p/-"
ADA, BOB = {"id": 1, "username": "ada"}, {"id": 2, "username": "bob"}


def at(day):
    return f"2026-03-{day:02}T09:00:00.000Z"


def merge(number=1, **more):
    return {"id": 900 + number, "iid": number, "project_id": 5, "state": "merged",
            "web_url": f"{SITE}/merge_requests/{number}", "created_at": at(1), "author": ADA,
            "draft": False, "updated_at": at(9), **more}  # fmt: skip


def issue(number=1, **more):
    return {"id": 100 + number, "iid": number, "state": "opened", "issue_type": "issue",
            "web_url": f"{SITE}/issues/{number}", "created_at": at(1), "author": ADA,
            "severity": "UNKNOWN", "labels": ["a", "workflow::doing"], **more}  # fmt: skip


def note(day, body, who=BOB, system=True, number=901, kind="MergeRequest"):
    return {"id": day * 10 + len(body), "body": body, "author": who, "system": system,
            "created_at": at(day), "noteable_id": number, "noteable_type": kind}  # fmt: skip


def changed(day, number=101, **more):
    return {"id": day, "user": BOB, "created_at": at(day), "resource_type": "Issue",
            "resource_id": number, **more}  # fmt: skip


def read(tmp_path, *things, **options):
    (tmp_path / "a.json").write_text(json.dumps(things))
    return load(tmp_path, **options)


def commit(sha, day, **more):
    return {"id": sha, "short_id": sha, "authored_date": at(day), "committed_date": at(day + 1),
            "author_name": "Ada", "web_url": f"{SITE}/commit/{sha}", **more}  # fmt: skip


def test_commits_begin_a_merge_request(tmp_path):
    """In files named by its number, or with the merge request itself, each once."""
    (tmp_path / "1-commits.json").write_text(json.dumps([commit("aa", 1), commit("bb", 3)]))
    (tmp_path / "merge_requests_9").mkdir()
    (tmp_path / "merge_requests_9" / "commits.json").write_text(json.dumps([commit("cc", 1)]))
    (tmp_path / "commits.json").write_text(json.dumps([commit("dd", 1)]))
    more = {"created_at": at(2), "merged_at": at(6), "commits": [commit("bb", 3)]}
    extract = read(tmp_path, merge(**more))
    assert rows(extract, "event", "actor") == [
        ("authored", None), ("opened", "ada"), ("ready_for_review", "ada"), ("committed", None),
        ("authored", None), ("committed", None), ("merged", None)]  # fmt: skip
    assert codes(extract)["events_without_item"] == 2
    changed = vsm.measure.changes(vsm.read(tmp_path))
    assert changed["begun_at"].iat[0].isoformat() == "2026-03-01T09:00:00+00:00"


def test_a_merge_request_and_whose_turn_it_is(tmp_path):
    notes = [
        note(5, "approved this merge request"), note(3, "please explain", system=False),
        note(4, "added 2 commits\n\n<ul>", ADA), note(2, "requested review from @bob", ADA),
        note(6, "merged", BOB), note(7, "approved this merge request"),
    ]  # fmt: skip
    extract = read(tmp_path, *notes, merge(merged_at=at(6), merged_by=BOB), notes[0])
    assert rows(extract, "event", "actor") == [
        ("opened", "ada"), ("ready_for_review", "ada"), ("review_requested", "ada"),
        ("commented", "bob"), ("first_response", "bob"), ("responded", "bob"), ("pushed", "ada"),
        ("pushed_after_review", "ada"), ("approved", "bob"), ("re_reviewed", "bob"),
        ("merged", "bob"), ("reviewed", "bob"),
    ]  # fmt: skip
    assert set(extract.events["item_id"].to_pylist()) == {"g/sub/p!1"}
    stream = vsm.suggest(vsm.read(tmp_path)).stream
    assert stream.name == "GitHub pull requests"
    flow = vsm.Flow(vsm.read(tmp_path), stream)
    assert vsm.measure.items(flow)["status"].tolist() == ["delivered"]


def test_drafts(tmp_path):
    notes = [note(2, "marked this merge request as **ready**", ADA),
             note(3, "marked this merge request as **draft**", ADA)]  # fmt: skip
    assert names(read(tmp_path, merge(state="opened"), *notes)) == [
        "opened", "converted_to_draft", "ready_for_review", "converted_to_draft"]  # fmt: skip


def test_an_issue_with_labels_and_states(tmp_path):
    things = [
        issue(closed_at=at(8), closed_by=BOB, state="closed"),
        changed(2, label={"name": "workflow::doing"}, action="add"),
        changed(3, label={"name": "bug"}, action="add"),
        changed(4, label={"name": "workflow::doing"}, action="remove"),
        changed(5, state="closed"), changed(6, state="reopened"), changed(8, state="closed"),
        note(7, "changed the description", kind="Issue", number=101),
    ]  # fmt: skip
    extract = read(tmp_path, *things)
    assert names(extract) == [
        "opened", "workflow::doing", "labeled bug", "unlabeled workflow::doing", "closed",
        "reopened", "edited", "closed",
    ]  # fmt: skip
    [item] = extract.items.to_pylist()
    known = {"item_id": "g/sub/p#1", "item_type": "issue", "team": "g/sub/p", "priority": None}
    assert item.items() >= {**known, "labels": "a, workflow::doing"}.items()


def test_what_does_not_fit_is_counted(tmp_path):
    things = [issue(updated_at=at(2)), issue(updated_at=at(1), closed_at=at(2)), {"odd": 1},
              changed(2, number=7, state="closed"),
              changed(3, state="closed", created_at=None)]  # fmt: skip
    extract = read(tmp_path, *things)
    assert names(extract) == ["opened"]
    assert codes(extract) == {"items_read": 1, "met_twice": 1, "other_objects": 1,
                              "events_without_item": 1, "events_without_time": 1}  # fmt: skip
    with pytest.raises(SourceError, match="no item with events in it"):
        read(tmp_path, changed(2, state="closed"))

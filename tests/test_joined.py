"""Several tools in one log: who flows, who decides while a change is open, what production says."""

import json

import pandas as pd
import pytest

import vsmlib as vsm
from tests.worlds import DAY, START, make_log
from vsmlib.errors import SourceError

BARE = dict.fromkeys(("item_type", "team", "commit", "mentions", "trigger", "environment",
                      "head"))  # fmt: skip
PULL = [("ready_for_review", 2), ("responded", 3), ("approved", 5), ("merged", 6)]
STORY = [("To do", 0), ("In progress", 1), ("In review", 2.5), ("Done", 6.5)]


def world(*, story=STORY, pull=PULL, rest=(), mentions="K-1"):
    rows = [("K-1", day, event) for event, day in story]
    rows += [("o/r#1", day, event) for event, day in [("opened", pull[0][1]), *pull]]
    rows += [(item, day, event) for item, event, day in rest]
    kinds = {"K-1": "Story", "o/r#1": "pull_request", "run": "run", "nightly": "run",
             "check": "run", "d1": "deployment", "d2": "deployment", "i": "incident"}  # fmt: skip
    items = {key: BARE | {"item_type": kinds[key]} for key, *_ in rows}
    items["o/r#1"] |= {"mentions": mentions, "commit": "abc", "head": "def"}
    for key in {"run", "nightly"} & {*items}:
        items[key] |= {"commit": "abc", "trigger": "push" if key == "run" else "schedule"}
    if "check" in items:
        items["check"] |= {"commit": "def", "trigger": "pull_request"}
    made = [(i, START + round(d * DAY), n, e, None) for n, (i, d, e) in enumerate(rows)]
    return make_log(made, items, source="jira")


def path(log, item="K-1"):
    """The stages that an item goes through, with the day it enters each."""
    flow = vsm.Flow(log, vsm.suggest(log).stream)
    visits = flow.visits[flow.visits["item_id"] == item]
    days = (visits["entered_at"] - pd.Timestamp(START, unit="us", tz="UTC")) / pd.Timedelta("1D")
    return list(zip(visits["stage"], days.round(2), strict=True))


def names(log, item="K-1"):
    events = log.events
    return events.loc[events["item_id"] == item, "event"].tolist()


LIVE = [("d1", "success", 1), ("d2", "success", 8)]


def test_while_a_change_is_open_the_change_decides():
    log = vsm.stitched(world(rest=LIVE))
    assert names(log) == [
        "To do", "In progress", "change waiting", "meanwhile In review", "change active",
        "change waiting", "change ended", "closed before deployment", "deployed",
    ]  # fmt: skip
    assert path(log) == [
        ("To do", 0), ("In progress", 1), ("Waiting for review", 2), ("In work", 3),
        ("Waiting for review", 5), ("Waiting for release", 6), ("In production", 8),
    ]  # fmt: skip


def test_the_draft_has_the_trackers_states_where_items_pass_them():
    log = vsm.stitched(world(story=[*STORY[:2], ("QA", 6.2), ("Done", 8.5)], rest=LIVE))
    draft = vsm.suggest(log)
    assert draft.stream.stage_names == [
        "To do", "In progress", "In work", "Waiting for review", "Waiting for release", "QA",
        "In production", "Done",
    ]  # fmt: skip
    assert draft.evidence["state"].tolist() == draft.stream.stage_names
    assert draft.stream.applies_to == {"role": ("item",)}


def test_without_deployments_closing_ends_it():
    log = vsm.stitched(world())
    assert path(log)[-2:] == [("Waiting for release", 6), ("Done", 6.5)]
    # closed by the merge itself, or a moment before: no wait in between
    for day in (6, 5.99):
        log = vsm.stitched(world(story=[*STORY[:3], ("Done", day)]))
        assert path(log)[-2:] == [("Waiting for review", 5), ("Done", 6)]


def test_a_change_that_is_dropped_leaves_the_issue_where_it_was():
    log = vsm.stitched(world(story=STORY[:3], pull=[*PULL[:2], ("closed", 6)]))
    assert names(log)[-2:] == ["change active", "In review"]
    assert path(log)[-1] == ("In review", 6)


def test_the_first_deployment_is_an_unknown_start():
    log = vsm.stitched(world(rest=[("d2", "success", 8)]))
    assert "deployed" not in names(log)
    assert path(log)[-1] == ("Done", 6.5)


def test_not_yet_in_production():
    log = vsm.stitched(world(rest=LIVE[:1]))
    assert path(log)[-1] == ("Waiting for release", 6)


def test_builds_and_incidents_are_in_the_timeline():
    build = [("run", "queued", 6), ("run", "in_progress", 6.1), ("run", "success", 6.2),
             ("nightly", "in_progress", 7), ("nightly", "failure", 7.1)]  # fmt: skip
    failing = [("i", "triggered", 9), ("i", "resolved", 10)]
    log = vsm.stitched(world(story=STORY[:2], rest=[*LIVE, *build, *failing]))
    assert path(log)[-6:] == [
        ("Waiting for build", 6), ("Build", 6.1), ("Waiting for release", 6.2),
        ("In production", 8), ("Incident", 9), ("In production", 10),
    ]  # fmt: skip
    assert log.items.set_index("item_id")["role"].to_dict() == {
        "K-1": "item", "o/r#1": "change", "run": "build", "nightly": "build", "d1": "deployment",
        "d2": "deployment", "i": "incident"}  # fmt: skip
    assert len(vsm.measure.five_keys(vsm.Flow(log, vsm.suggest(log).stream))) == 5


def test_checks_of_what_is_to_be_merged_are_marks_in_the_timeline():
    ran = [("check", "queued", 3), ("check", "in_progress", 3.1), ("check", "failure", 3.2),
           ("check", "in_progress", 3.5), ("check", "success", 3.6)]  # fmt: skip
    log = vsm.stitched(world(rest=[*LIVE, *ran]))
    told = log.events[log.events["item_id"] == "K-1"].set_index("event")["timestamp"]
    days = told[["check started", "check ended"]] - pd.Timestamp(START, unit="us", tz="UTC")
    assert (days / pd.Timedelta("1D")).round(2).tolist() == [3.1, 3.6]
    assert path(log) == path(vsm.stitched(world(rest=LIVE)))


def test_without_issues_changes_flow_to_production():
    log = world(rest=LIVE).only("item_type", ["pull_request", "deployment"])
    log = vsm.stitched(log)
    assert path(log, "o/r#1")[-2:] == [("Waiting for release", 6), ("Released", 8)]


def test_what_is_not_linked_is_reported():
    log = vsm.stitched(world(mentions="K-9"))
    check = vsm.check(log).table.set_index("code")
    assert check.loc["changes_linked", "what"] == "0 of 1 changes belong to an issue (0%)"
    assert check.loc["changes_of_unknown_issues", "examples"] == "o/r#1"
    assert "items_out_of_scope" in check.index
    assert path(log)[-1] == ("Done", 6.5)
    log = vsm.stitched(world(mentions="o/r#1"))
    assert "names other changes only" in str(vsm.check(log))


def test_nothing_to_stitch():
    with pytest.raises(SourceError, match="nothing to stitch; accepted: pull requests"):
        vsm.stitched(world().only("item_type", ["Story"]))


def test_a_folder_with_a_tracker_and_changes_is_stitched(tmp_path):
    repo = "https://api.github.com/repos/o/r"
    move = {"field": "status", "from": "1", "fromString": "Open", "to": "2", "toString": "Done"}
    closed = {"id": "7", "created": "2026-01-08T09:00:00.000+0000", "items": [move]}
    fields = {"created": "2026-01-05T09:00:00.000+0000", "status": {"id": "2", "name": "Done"},
              "issuetype": {"name": "Bug"}, "project": {"key": "K"}}  # fmt: skip
    issue = {"id": "1", "key": "K-1", "fields": fields, "changelog": {"histories": [closed]}}
    merged = {"merged_at": "2026-01-07T09:00:00Z", "merge_commit_sha": "abc"}
    pull = {"id": 1, "number": 2, "url": f"{repo}/pulls/2", "state": "closed", "title": "K-1: fix",
            "created_at": "2026-01-06T09:00:00Z", "closed_at": merged["merged_at"], **merged,
            "user": {"login": "ada"}, "pull_request": merged}  # fmt: skip
    (tmp_path / "jira.json").write_text(json.dumps({"issues": [issue]}))
    (tmp_path / "pulls.json").write_text(json.dumps([pull]))
    log = vsm.read(tmp_path)
    assert "change ended" in names(log)
    assert "stitch" not in vsm.read(tmp_path, stitch=False).source_names
    stream, reason = vsm.stream_for(log, None, tmp_path)
    assert stream.name == "Idea to cash"
    assert "suggested" in reason
    vsm.anonymise(log, tmp_path / "a.parquet", keep=["item_type", "role"])
    again = vsm.read(tmp_path / "a.parquet")
    assert vsm.suggest(again).stream.stage_names == stream.stage_names

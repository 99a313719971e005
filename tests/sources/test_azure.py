"""Azure DevOps: work items by their updates, and pull requests."""

import json

from tests.sources.test_jira import codes, names, rows
from vsmlib.sources import load

ADA = {"displayName": "Ada", "uniqueName": "ada@example.org"}


def at(day):
    return f"2026-03-{day:02}T09:00:00.1234567Z"


def update(rev, day, number=7, **fields):
    changed = {name.replace("__", "."): {"newValue": new} for name, new in fields.items()}
    if rev > 1:
        changed = {name: {"oldValue": "x", **change} for name, change in changed.items()}
    changed["System.ChangedDate"] = {"newValue": at(day)}
    return {"id": rev, "rev": rev, "workItemId": number, "revisedBy": ADA,
            "revisedDate": "9999-01-01T00:00:00Z", "fields": changed}  # fmt: skip


def item(rev=4, number=7, **fields):
    known = {"System.WorkItemType": "User Story", "System.State": "Closed", "System.Parent": 3,
             "System.AreaPath": "P\\Team", "Microsoft.VSTS.Common.Priority": 2,
             "System.ChangedDate": at(9)}  # fmt: skip
    return {"id": number, "rev": rev, "fields": {**known, **fields}}


def read(tmp_path, *things):
    (tmp_path / "a.json").write_text(json.dumps({"count": len(things), "value": things}))
    return load(tmp_path)


def test_a_work_item(tmp_path):
    blocked = {"Microsoft__VSTS__CMMI__Blocked": "Yes"}
    updates = [
        update(1, 1, System__State="New", System__WorkItemType="Story", System__Title="secret"),
        update(2, 2, System__State="Active", System__BoardColumn="Doing", System__AssignedTo=ADA),
        update(3, 3, System__Title="secret", **blocked),
        update(4, 4, System__State="Closed", System__History="secret"),
    ]  # fmt: skip
    extract = read(tmp_path, *updates[::-1], item(), updates[0])
    assert names(extract) == ["New", "Active", "column Doing", "assigned", "edited", "blocked",
                              "Closed", "commented"]  # fmt: skip
    assert rows(extract, "item_id", "actor", "t")[0] == (
        "7", "ada@example.org", 1_772_355_600_123_456)  # fmt: skip
    [row] = extract.items.to_pylist()
    known = {"item_type": "Story", "team": "P\\Team", "priority": "2", "parent_id": "3"}
    assert row.items() >= known.items()
    assert codes(extract) == {"items_read": 1}
    assert "secret" not in str(extract.events.to_pylist() + extract.items.to_pylist())


def test_updates_that_are_missing(tmp_path):
    extract = read(tmp_path, update(1, 1, System__State="New"), item(), item(number=8))
    assert rows(extract, "item_id", "event") == [("7", "New"), ("8", "Closed")]
    assert codes(extract) == {"items_read": 2, "incomplete_updates": 1, "no_updates": 1}


def test_the_year_9999_is_no_time(tmp_path):
    late = update(2, 2, System__State="Active")
    del late["fields"]["System.ChangedDate"]
    extract = read(tmp_path, update(1, 1, System__State="New"), late)
    assert names(extract) == ["New"]
    assert codes(extract)["events_without_time"] == 1


def test_pull_requests(tmp_path):
    pull = {"pullRequestId": 1, "status": "completed", "creationDate": at(1), "createdBy": ADA,
            "closedDate": at(2), "repository": {"name": "r"}, "sourceRefName": "refs/heads/x",
            "labels": [{"name": "feature"}]}  # fmt: skip
    extract = read(tmp_path, pull, pull)
    assert rows(extract, "item_id", "event") == [("!1", "created"), ("!1", "completed")]
    assert codes(extract) == {"items_read": 1, "met_twice": 1}

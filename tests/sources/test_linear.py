"""Linear: GraphQL objects with their history."""

import json

from tests.sources.test_jira import codes, names, rows
from vsmlib.sources import load

ADA = {"id": "u1", "name": "Ada"}


def at(day):
    return f"2026-03-{day:02}T09:00:00.000Z"


def moved(day, before, after):
    return {"id": f"h{day}", "createdAt": at(day), "actor": ADA,
            "fromState": {"name": before}, "toState": {"name": after}}  # fmt: skip


def issue(key="ENG-1", history=(), more=False, **facts):
    known = {"id": key, "identifier": key, "createdAt": at(1), "creator": ADA,
             "state": {"name": "Done", "type": "completed"}, "team": {"key": "ENG"},
             "priorityLabel": "Urgent", "labels": {"nodes": [{"name": "api"}]}}  # fmt: skip
    if history is not None:
        known["history"] = {"nodes": list(history), "pageInfo": {"hasNextPage": more}}
    return {**known, **facts}


def read(tmp_path, *things):
    page = {"data": {"issues": {"nodes": things, "pageInfo": {"hasNextPage": False}}}}
    (tmp_path / "a.json").write_text(json.dumps(page))
    return load(tmp_path)


def test_an_issue(tmp_path):
    history = [
        moved(5, "In Progress", "Done"), moved(2, "Todo", "In Progress"),
        {"createdAt": at(3), "botActor": {"name": "GitHub", "id": "b"}, "toCycle": {"number": 4}},
        {"createdAt": at(3), "actor": ADA, "toAssignee": ADA},
        {"createdAt": at(6), "archived": True}, {"createdAt": at(4), "addedLabelIds": ["x"]},
    ]  # fmt: skip
    comments = {"nodes": [{"createdAt": at(4), "user": {"name": "Bob"}, "body": "secret"}]}
    extract = read(tmp_path, issue(history=history, comments=comments, parent={
        "identifier": "ENG-9"}))  # fmt: skip
    assert rows(extract, "event", "actor") == [
        ("Todo", "Ada"), ("In Progress", "Ada"), ("sprint_changed", "GitHub"), ("assigned", "Ada"),
        ("edited", None), ("commented", "Bob"), ("Done", "Ada"), ("archived", None),
    ]  # fmt: skip
    [row] = extract.items.to_pylist()
    known = {"item_id": "ENG-1", "team": "ENG", "parent_id": "ENG-9", "labels": "api"}
    assert row.items() >= {**known, "status": "Done"}.items()


def test_what_is_missing(tmp_path):
    outline = issue("ENG-2", None, startedAt=at(2), completedAt=at(3))
    extract = read(tmp_path, issue(more=True), outline, issue(updatedAt=at(9)))
    assert rows(extract, "item_id", "event") == [
        ("ENG-1", "Done"), ("ENG-2", "created"), ("ENG-2", "started"), ("ENG-2", "completed"),
    ]  # fmt: skip
    assert codes(extract) == {
        "items_read": 2, "no_history": 1, "incomplete_history": 1, "met_twice": 1}  # fmt: skip


def test_another_object(tmp_path):
    assert codes(read(tmp_path, issue(), {"id": "x"}))["other_objects"] == 1
    assert names(read(tmp_path, issue(createdAt="?"), issue("ENG-2"))) == ["Done"]

"""Deployments: GitHub's with their statuses, GitLab's with their jobs."""

import json

from tests.sources.test_jira import codes, rows
from vsmlib.sources import load

API = "https://api.github.com/repos/o/r/deployments"


def at(minute):
    return f"2026-03-01T09:{minute:02}:00Z"


def read(tmp_path, *things):
    (tmp_path / "a.json").write_text(json.dumps(things))
    return load(tmp_path)


def status(number, minute, state):
    return {"id": minute, "deployment_url": f"{API}/{number}", "state": state,
            "created_at": at(minute), "creator": {"login": "bot", "type": "Bot"}}  # fmt: skip


def test_github(tmp_path):
    one = {"id": 1, "url": f"{API}/1", "sha": "abc", "ref": "main", "environment": "production",
           "original_environment": "production", "created_at": at(0),
           "creator": {"login": "ada"}}  # fmt: skip
    extract = read(tmp_path, status(1, 5, "success"), one, status(1, 1, "in_progress"),
                   {**one, "id": 2, "url": f"{API}/2"}, status(9, 3, "success"), one)  # fmt: skip
    assert rows(extract, "item_id", "event", "actor_type") == [
        ("1", "created", "user"), ("1", "in_progress", "bot"), ("1", "success", "bot"),
        ("2", "created", "user"),
    ]  # fmt: skip
    item = extract.items.to_pylist()[0]
    assert (item["team"], item["environment"], item["commit"]) == ("o/r", "production", "abc")
    assert codes(extract) == {
        "items_read": 2, "no_statuses": 1, "events_without_item": 1, "met_twice": 1}  # fmt: skip


def test_gitlab(tmp_path):
    job = {"started_at": at(1), "finished_at": at(2), "web_url": "https://x.example/g/p/-/jobs/7"}
    one = {"id": 1, "sha": "abc", "ref": "main", "created_at": at(0), "status": "failed",
           "environment": {"name": "staging"}, "deployable": job}  # fmt: skip
    running = {**one, "id": 2, "status": "running", "deployable": None}
    extract = read(tmp_path, one, running, {"odd": 1})
    assert rows(extract, "item_id", "event") == [
        ("1", "created"), ("1", "running"), ("1", "failed"), ("2", "created")]  # fmt: skip
    assert extract.items["team"].to_pylist() == ["g/p", None]

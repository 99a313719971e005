"""Runs of CI: attempts, duplicates, and three services' own words."""

import json

from tests.sources.test_jira import codes, names, rows
from vsmlib.sources import load


def run(number=1, attempt=1, conclusion="success", minute=0, **more):
    url = f"https://github.com/o/r/actions/runs/{number}/attempts/{attempt}"
    times = {name: f"2026-03-01T09:{minute + add:02}:00Z"
             for name, add in (("run_started_at", 1), ("updated_at", 5))}  # fmt: skip
    known = {"id": number, "run_attempt": attempt, "html_url": url, "conclusion": conclusion}
    return {**known, **times, "created_at": "2026-03-01T09:00:00Z", "name": "Build",
            "actor": {"login": "ada", "type": "User"}, **more}  # fmt: skip


def read(tmp_path, *things):
    (tmp_path / "a.json").write_text(json.dumps({"total_count": 1, "workflow_runs": things}))
    return load(tmp_path)


def test_attempts_in_any_order_and_a_duplicate(tmp_path):
    again = run(attempt=2, minute=10, triggering_actor={"login": "eve[bot]"})
    extract = read(tmp_path, again, run(conclusion="failure"), again)
    assert rows(extract, "item_id", "event", "actor") == [
        ("1", "queued", "ada"), ("1", "in_progress", "ada"), ("1", "failure", None),
        ("1", "in_progress", "eve[bot]"), ("1", "success", None),
    ]  # fmt: skip
    assert codes(extract) == {"items_read": 1, "met_twice": 1}
    [item] = extract.items.to_pylist()
    assert (item["team"], item["workflow"], item["attempts"]) == ("o/r", "Build", 2)


def test_earlier_attempts_and_ends_that_are_missing(tmp_path):
    extract = read(tmp_path, run(attempt=2, conclusion=None, status="in_progress"))
    assert names(extract) == ["in_progress"]
    assert codes(extract) == {"items_read": 1, "attempts_missing": 1, "runs_without_end": 1}


def test_a_run_that_ends_before_it_begins(tmp_path):
    extract = read(tmp_path, run(updated_at="2026-03-01T08:00:00Z"))
    assert codes(extract)["ends_before_it_begins"] == 1


def test_what_actions_make_of_it(tmp_path):
    row = {"run_id": 7, "created_at": "2026-03-01T09:00:00+00:00", "duration": 60.0,
           "conclusion": "cancelled"}  # fmt: skip
    (tmp_path / "runs.jsonl").write_text(json.dumps(row) + "\n")
    extract = load(tmp_path / "runs.jsonl")
    assert names(extract) == ["queued", "in_progress", "cancelled"]
    times = extract.events["t"].to_pylist()
    assert times[2] - times[0] == 60_000_000


def test_the_newest_pipeline_counts(tmp_path):
    one = {"id": 5, "status": "running", "created_at": "2026-03-01T09:00:00Z", "ref": "main",
           "web_url": "https://gitlab.com/g/p/-/pipelines/5"}  # fmt: skip
    done = {**one, "status": "failed", "started_at": "2026-03-01T09:01:00Z",
            "finished_at": "2026-03-01T09:09:00Z"}  # fmt: skip
    (tmp_path / "a.json").write_text(json.dumps([one, done]))
    extract = load(tmp_path)
    assert names(extract) == ["created", "running", "failed"]
    assert codes(extract)["met_twice"] == 1

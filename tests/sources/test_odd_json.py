"""Whatever stands where a reader expects something else is counted or left out: no crash."""

import copy
import json
import random

import pytest

from tests.sources import (
    test_azure,
    test_deployments,
    test_gitlab,
    test_incidents,
    test_jira,
    test_linear,
    test_runs,
    test_trello,
)
from vsmlib.errors import SourceError
from vsmlib.log import EventLog
from vsmlib.sources import azure, deployments, gitlab, incidents, jira, linear, runs, trello

CHANGE = test_jira.change(2, "status", "Open", "Done")
PAGE = {"self": f"{test_jira.SITE}/issue/101/changelog", "values": [CHANGE]}
DEPLOYMENT = {"id": 1, "url": f"{test_deployments.API}/1", "sha": "a", "environment": "p",
              "created_at": test_deployments.at(0), "creator": {"login": "ada"}}  # fmt: skip
CASES = {
    jira.read_jira: [
        test_jira.issue(histories=[CHANGE], comment={"total": 1, "comments": [{"created": "x"}]},
                        issuelinks=[{"type": {"inward": "i"}, "inwardIssue": {"key": "K-9"}}],
                        parent={"key": "K-3"}, labels=["a"], components=[{"name": "c"}]),
        test_jira.issue("K-2", histories=None, resolutiondate=test_jira.at(3)), PAGE],
    gitlab.read_gitlab: [
        test_gitlab.merge(merged_at=test_gitlab.at(6)), test_gitlab.issue(),
        test_gitlab.note(3, "approved this merge request"),
        test_gitlab.changed(2, label={"name": "a::b"}, action="add"),
        test_gitlab.changed(3, state="closed")],
    azure.read_azure: [
        test_azure.item(), test_azure.update(1, 1, System__State="New"),
        {"pullRequestId": 1, "creationDate": test_azure.at(1), "labels": [{"name": "x"}]}],
    linear.read_linear: [test_linear.issue(history=[test_linear.moved(2, "a", "b")]),
                         test_linear.issue("ENG-2", None, startedAt=test_linear.at(2))],
    trello.read_trello: [*test_trello.ACTIONS, test_trello.card(), *test_trello.LISTS,
                         {"id": "b", "cards": [test_trello.card("c2")]}],
    runs.read_runs: [test_runs.run(), test_runs.run(attempt=2), {
        "run_id": 7, "created_at": "2026-03-01T09:00:00Z", "conclusion": "x", "duration": 3},
        {"id": 5, "status": "failed", "web_url": "https://x.example/g/-/pipelines/5"},
        {"buildNumber": 1, "queueTime": "2026-03-01T09:00:00Z", "id": 4}],
    incidents.read_incidents: [
        test_incidents.incident(log_entries=[test_incidents.entry("resolve", 8)]),
        test_incidents.entry("trigger", 1), {"id": "o", "tinyId": "1", "status": "closed",
                                             "createdAt": test_incidents.at(1)}],
    deployments.read_deployments: [
        DEPLOYMENT, test_deployments.status(1, 5, "success"),
        {**DEPLOYMENT, "id": 2, "status": "failed", "deployable": {"web_url": "x"}}],
}  # fmt: skip
ODD = [None, 7, -1.5, "x", "", True, [], {}, [None], [[]], [7], {"id": None}, {"name": 7},
       "9999-12-31T23:59:59Z", "\ud800", 10**30, {"nodes": 3}, {"total": "x"}]  # fmt: skip


def places(value, path=()):
    """Paths of everything inside a value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(
        value, list) else ()  # fmt: skip
    for key, part in inside:
        yield (*path, key)
        yield from places(part, (*path, key))


@pytest.mark.parametrize("read", CASES, ids=lambda read: read.source)
def test_odd_values_anywhere(read, tmp_path):
    rng = random.Random(read.source)
    file = tmp_path / "a.json"
    paths = list(places(CASES[read]))
    for turn in range(200):
        things = copy.deepcopy(CASES[read])
        for _ in range(1 + turn % 3):
            *way, last = rng.choice(paths)
            part = things
            try:
                for key in way:
                    part = part[key]
                part[last] = copy.deepcopy(rng.choice(ODD))
            except (KeyError, TypeError, IndexError):  # replaced above already
                continue
        file.write_text(json.dumps(things))
        try:
            extract = read(file)
        except SourceError:
            continue
        if turn % 50 == 0:
            EventLog(extract)
        assert extract.events.num_rows, things

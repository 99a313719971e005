"""Every page about a source: its snippets run on a small export, and it says what it must."""

import json
import re
import subprocess

import pytest

from tests.conftest import ROOT
from tests.sources import (
    test_azure,
    test_gitlab,
    test_jira,
    test_linear,
    test_runs,
    test_several,
    test_trello,
    test_xes,
)

PAGES = sorted((ROOT / "docs" / "sources").glob("*.md"))
MOVES = [test_jira.change(2, "status", "Open", "Doing"),
         test_jira.change(4, "status", "Doing", "Done")]  # fmt: skip
MERGED = {"merged_at": "2026-01-07T09:00:00Z", "merge_commit_sha": "abc", "state": "closed"}
PULL = test_several.ISSUE | MERGED | {"number": 2, "title": "K-1: fix", "pull_request": MERGED}
PULL["url"] = f"{test_several.REPO}/pulls/2"
APPROVED = test_gitlab.note(2, "approved this merge request")
BOARD = {"id": "b", "lists": test_trello.LISTS, "cards": [test_trello.card()],
         "actions": test_trello.ACTIONS}  # fmt: skip
DEPLOYMENTS = [test_several.DEPLOYMENT, test_several.STATUS]
FILES = {
    "tables": {"export.csv": "item,when,state\nA,2026-01-01 09:00,To do\nA,2026-01-02 09:00,Done"},
    "github": {"github/pulls.json": [PULL]},
    "jira": {"jira/issues.json": [test_jira.issue(histories=MOVES)]},
    "gitlab": {"gitlab/a.json": [test_gitlab.merge(), APPROVED]},
    "azure": {"azure/a.json": [
        test_azure.item(), test_azure.update(1, 1, System__State="New"),
        test_azure.update(2, 2, System__State="Closed")]},
    "linear": {"linear.json": [test_linear.issue(history=[test_linear.moved(3, "Todo", "Done")])]},
    "trello": {"board.json": BOARD},
    "deployments": {"deployments/a.json": DEPLOYMENTS},
    "runs": {"runs.json": [test_runs.run()]},
    "incidents": {"incidents/a.md": "---\ndate: 2026-01-01 09:00\nresolved: true\n"
                  "resolvedWhen: 2026-01-01 10:00\nseverity: down\n---\n"},
    "xes": {"log.xes": test_xes.HEAD + test_xes.trace(
        "1", test_xes.event("Check", 1), test_xes.event("Done", 2)) + "</log>"},
    "together": {
        "ours/jira/a.json": [test_jira.issue(histories=MOVES)], "ours/pulls/a.json": [PULL],
        "ours/deployments.json": DEPLOYMENTS, "jenkins/pulls.json": [PULL],
        "jenkins/incidents/a.md": "---\ndate: 2026-01-09 09:00\nseverity: down\n---\n"},
}  # fmt: skip


def blocks(page, language):
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.S)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_the_snippets_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, content in FILES.get(page.stem, {}).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    if page.stem == "xes":
        subprocess.run(["gzip", "log.xes"], check=True)
    if page.stem == "git":
        git = ["git", "-c", "user.name=n", "-c", "user.email=e@x.org", "-C", "clone"]
        subprocess.run(["git", "init", "-q", "clone"], check=True)
        subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "start"], check=True)
    found = blocks(page, "python")
    assert found
    for code in found:
        exec(compile(code, str(page), "exec"), {})


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_each_says_how_to_get_and_how_to_read_it(page):
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert "\n## How to get it\n" in text
    assert "\n## Read it\n" in text


def test_every_page_is_listed():
    listed = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    assert all(f"sources/{page.name}" in listed for page in PAGES)
    assert set(FILES) | {"git"} == {page.stem for page in PAGES}

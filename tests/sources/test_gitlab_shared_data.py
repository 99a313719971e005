"""DevLake's GitLab tables: creation and end of its merge requests and issues."""

import json

import pytest

from tests.sources.devlake import sent, table
from tests.sources.test_jira import rows
from vsmlib.sources import load
from vsmlib.sources.extract import iso_micros
from vsmlib.sources.unpack import unpacked

DATES = {"authored": "authored_date", "committed": "committed_date"}
SENT = ("issues", "merge_requests", "merge_request_notes")


@pytest.fixture(scope="module")
def folder(shared_data):
    with unpacked(shared_data("devlake-e2e.tar.xz")) as folder:
        yield folder


@pytest.fixture(scope="module")
def times(folder, tmp_path_factory):
    """Times of the events of each item, by its address."""
    made = {}
    extract = load(sent(folder, tmp_path_factory.mktemp("gitlab"), "gitlab", *SENT))
    for item, event, t in rows(extract, "item_id", "event", "t"):
        made.setdefault(item, {}).setdefault(event, t)
    return made


def test_merge_requests(folder, times):
    made = table(folder, "gitlab", "snapshot_tables", "_tool_gitlab_merge_requests.csv")
    assert len(made) == 18
    for row in made:
        told = times[f"gitlab-data/snowflake_spend!{row['iid']}"]
        expected = [iso_micros(row[name]) for name in ("gitlab_created_at", "merged_at")]
        assert [told["opened"], told.get("merged")] == expected
        if not expected[1]:
            assert told.get("closed") == iso_micros(row["closed_at"])


def test_commits_of_merge_requests(folder, tmp_path):
    """Each commit of each merge request, at its own dates, from files named as we say."""
    raw = table(folder, "gitlab", "raw_tables", "_raw_gitlab_api_merge_request_commits.csv")
    sent(folder, tmp_path, "gitlab", "merge_requests")
    made = {}
    for row in raw:
        made.setdefault(json.loads(row["input"])["Iid"], []).append(json.loads(row["data"]))
    for number, commits in made.items():
        (tmp_path / f"{number}-commits.json").write_text(json.dumps(commits))
    extract = load(tmp_path)
    got = {row for row in rows(extract, "item_id", "event", "t") if row[1] in DATES}
    merges = set(extract.items["item_id"].to_pylist())
    expected = {
        (f"gitlab-data/snowflake_spend!{number}", event, iso_micros(commit[name]))
        for number, commits in made.items() for commit in commits for event, name in DATES.items()
        if f"gitlab-data/snowflake_spend!{number}" in merges
    }  # fmt: skip
    assert len(raw) == 37
    assert got == expected
    assert len(got) > 0


def test_issues(folder, times):
    made = table(folder, "gitlab", "snapshot_tables", "issues.csv")
    assert len(made) == 16
    for row in made:
        told = times[f"gitlab-data/snowflake_spend#{row['issue_key']}"]
        assert told["opened"] == iso_micros(row["created_date"])
        assert told.get("closed") == iso_micros(row["resolution_date"])

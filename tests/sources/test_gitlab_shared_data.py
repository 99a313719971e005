"""DevLake's GitLab tables: creation and end of its merge requests and issues."""

import pytest

from tests.sources.devlake import sent, table
from tests.sources.test_jira import rows
from vsmlib.sources import load
from vsmlib.sources.extract import iso_micros
from vsmlib.sources.unpack import unpacked

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


def test_issues(folder, times):
    made = table(folder, "gitlab", "snapshot_tables", "issues.csv")
    assert len(made) == 16
    for row in made:
        told = times[f"gitlab-data/snowflake_spend#{row['issue_key']}"]
        assert told["opened"] == iso_micros(row["created_date"])
        assert told.get("closed") == iso_micros(row["resolution_date"])

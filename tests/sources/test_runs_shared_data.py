"""Runs of Pulumi and Autoware, and those of DevLake's fixtures."""

from collections import Counter
from datetime import datetime

from tests.sources.devlake import sent, table
from tests.sources.test_jira import codes, rows
from vsmlib.sources import load
from vsmlib.sources.unpack import unpacked


def test_pulumi(shared_data):
    extract = load(shared_data("ci-pulumi-on-merge.tar.xz"))
    events = Counter(event for (event,) in rows(extract, "event"))
    assert events["in_progress"] == 2_241
    assert codes(extract)["met_twice"] == 2_254 - 2_241


def test_autoware(shared_data):
    extract = load(shared_data("ci-autoware.tar.xz"))
    assert extract.items.num_rows == 970
    assert codes(extract) == {"items_read": 970}


def test_devlake(shared_data, tmp_path):
    with unpacked(shared_data("devlake-e2e.tar.xz")) as folder:
        extract = load(sent(folder, tmp_path / "gitlab", "gitlab", "pipeline_details"))
        expected = {
            row["gitlab_id"]: (row["started_at"], row["finished_at"])
            for row in table(folder, "gitlab", "snapshot_tables",
                             "_tool_gitlab_pipeline_projects_details.csv")
            if row.get("started_at")
        }  # fmt: skip
        made = load(sent(folder, tmp_path / "azure", "azuredevops_go", "builds"))
    assert extract.items.num_rows == 16
    got = {}
    for item, event, t in rows(extract, "item_id", "event", "t"):
        got.setdefault(item, {})[event] = t
    for item, (start, end) in expected.items():
        spans = got[item]
        wanted = (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
        assert abs((max(spans.values()) - spans["running"]) / 1e6 - wanted) < 1
    assert Counter(event for (event,) in rows(made, "event")) == {
        "queued": 7, "inProgress": 6, "succeeded": 4, "canceled": 1}  # fmt: skip

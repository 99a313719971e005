"""DevLake's linker, and the real issues and pull requests of secp256k1."""

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

import vsmlib as vsm
from tests.sources.devlake import table
from tests.worlds import START, make_log
from vsmlib.flow import Flow
from vsmlib.log import EventLog
from vsmlib.measure import changes, deployed, items
from vsmlib.sources.extract import mentions
from vsmlib.sources.github import read_github
from vsmlib.sources.history import read_history
from vsmlib.sources.unpack import unpacked
from vsmlib.stitch import contents, links, timelines
from vsmlib.stream import ValueStream


def linked(folder, prefix, mine, **options):
    """Pairs of pull request and issue, both by number, that our linking finds."""
    facts = {
        row["url"].partition("github.com/")[2].replace("/issues/", "#"): {
            "item_type": "issue", "mentions": None}
        for row in table(folder, "linker", "snapshot_tables", f"{prefix}issues.csv")
        if row["id"] in mine
    }  # fmt: skip
    for row in table(folder, "linker", "snapshot_tables", f"{prefix}pull_requests.csv"):
        found = mentions(row["title"], branch=row["head_ref"], home="apache/incubator-devlake")
        facts[row["pull_request_key"]] = {"item_type": "pull_request", "mentions": found}
    log = make_log([(key, START, n, "opened", None) for n, key in enumerate(facts)], facts)
    made = links(log, log, **options).dropna(subset="item_id")
    return {(row.change_id, row.item_id.rpartition("#")[2]) for row in made.itertuples()}


def expected(folder, name):
    rows = table(folder, "linker", "snapshot_tables", f"{name}.csv")
    return {(row["pull_request_key"], row["issue_key"]) for row in rows}


@pytest.mark.parametrize("prefix", ["", "cross_project_"])
def test_devlake(shared_data, prefix):
    """All links; the second project keeps its issues in another repository.

    In the latter table, ``7318, 1884`` is a row of an earlier run that DevLake does not touch.
    """
    with unpacked(shared_data("devlake-e2e.tar.xz")) as folder:
        board = table(folder, "linker", "snapshot_tables", f"{prefix}board_issues.csv")
        mine = {row["issue_id"] for row in board}
        got = linked(folder, prefix, mine, anywhere=bool(prefix))
        after = expected(folder, f"{prefix}pull_request_issues{'_after' if prefix else ''}")
    assert got == after - ({("7318", "1884")} if prefix else set())
    assert len(got) == 3


def test_secp256k1(shared_data):
    log = EventLog(read_github(shared_data("github-secp256k1")))
    flow = Flow(log, ValueStream.load("github-pull-requests"))
    joined = timelines(log, flow)
    told = {f.code: f.count for f in joined.findings if f.code.startswith("changes_")}
    assert told == {"changes_linked": 102, "changes_without_key": 1_131,
                    "changes_of_changes": 23, "changes_of_unknown_issues": 52}  # fmt: skip
    assert (joined.items["changes"] > 0).sum() == 96
    stream = ValueStream.from_dict({"version": 1, "name": "Idea to merge", "stages": [
        {"name": "Waiting", "kind": "wait", "enter": ["opened", "reopened", "change waiting"]},
        {"name": "In work", "kind": "active", "enter": ["change active"]},
        {"name": "Closed", "kind": "done", "enter": ["closed"]}]})  # fmt: skip
    table = items(Flow(joined, stream))
    assert (table["process_time_s"] > 0).sum() > 0


def test_secp256k1_from_idea_to_production(shared_data):
    """Issues, pull requests and releases by tag, with the stream that is drafted for them."""
    log = vsm.read(shared_data("github-secp256k1"), stitch=True)
    assert log.items["role"].value_counts().to_dict() == {"change": 1_308, "item": 517}
    draft = vsm.suggest(log).stream
    assert draft.stage_names == ["Idea", "In discussion", "In work", "Waiting for review",
                                 "Waiting for release", "In production", "Closed"]  # fmt: skip
    summary = vsm.measure.summary(Flow(log, draft))
    assert (summary["delivered"], summary["in_progress"]) == (436, 81)
    ends = Flow(log, draft).visits.drop_duplicates("item_id", keep="last")["stage"]
    assert ends.value_counts()[["Closed", "In production"]].tolist() == [407, 29]
    keys = vsm.measure.five_keys(Flow(log, draft, start="2023-01-01")).set_index("key")
    assert keys.loc["change_lead_time", "n"] == 396
    assert keys.loc["change_lead_time", "p50"] / 86_400 == pytest.approx(65.3, abs=0.05)


def test_tags_as_deployments(shared_data):
    """Containment in git says what `released` of the reader says, by other means."""
    folder = shared_data("github-secp256k1")
    log = EventLog(read_github(folder))
    history = read_history(folder)
    tags = pd.DataFrame({
        "item_id": [tag.name for tag in history.tags], "commit": [t.sha for t in history.tags],
        "deployed_at": pd.to_datetime([t.t for t in history.tags], unit="us", utc=True),
        "succeeded": True,
    })  # fmt: skip
    changed = changes(log).dropna(subset=["merged_at", "commit"])
    made = deployed(changed, tags, contents(tags, folder))
    both = made.dropna(subset=["deployed_at", "released_at"])
    assert len(both) == 716  # of the others GitHub's merge commit is not in git, or in no tag
    assert (both["deployed_at"] == both["released_at"]).all()


def test_deployments_as_a_table_beside_git(shared_data, tmp_path):
    """The same by the folder alone: the table says which commit, git what came with it."""
    folder = shared_data("github-secp256k1")
    for file in filter(Path.is_file, folder.iterdir()):
        (tmp_path / file.name).symlink_to(file)
    rows = [(tag.name, datetime.fromtimestamp(tag.t / 1e6, UTC).isoformat(), tag.sha)
            for tag in read_history(folder).tags]  # fmt: skip
    table = pd.DataFrame(rows, columns=["id", "deployed_at", "commit"])
    table.to_csv(tmp_path / "deployments.csv", index=False)
    found = vsm.measure.delivery(vsm.read(tmp_path))
    assert found.told == ["A change came with the deployment that brought its commit in."]
    both = found.changed.dropna(subset=["deployed_at", "released_at"])
    assert len(both) == found.changed["deployment"].notna().sum() == 716
    assert (both["deployed_at"] == both["released_at"]).all()

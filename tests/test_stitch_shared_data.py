"""DevLake's linker, and the real issues and pull requests of secp256k1."""

from tests.sources.devlake import table
from tests.worlds import START, make_log
from vsmlib.flow import Flow
from vsmlib.log import EventLog
from vsmlib.measure import items
from vsmlib.sources.extract import mentions
from vsmlib.sources.github import read_github
from vsmlib.sources.unpack import unpacked
from vsmlib.stitch import links, timelines
from vsmlib.stream import ValueStream


def test_devlake(shared_data):
    with unpacked(shared_data("devlake-e2e.tar.xz")) as folder:
        issues, pulls, expected = (
            table(folder, "linker", "snapshot_tables", f"{name}.csv")
            for name in ("issues", "pull_requests", "pull_request_issues")
        )
        mine = {row["issue_id"] for row in table(
            folder, "linker", "snapshot_tables", "board_issues.csv")}  # fmt: skip
    home = "apache/incubator-devlake"
    facts = {f"{home}#{row['issue_key']}": {"item_type": "issue", "mentions": None}
             for row in issues if row["id"] in mine}  # fmt: skip
    facts |= {
        row["pull_request_key"]: {"item_type": "pull_request", "mentions": mentions(
            row["title"], branch=row["head_ref"], home=home)}
        for row in pulls
    }  # fmt: skip
    log = make_log([(key, START, n, "opened", None) for n, key in enumerate(facts)], facts)
    made = links(log, log).dropna(subset="item_id")
    got = {(row.change_id, row.item_id.rpartition("#")[2]) for row in made.itertuples()}
    assert len(expected) == 3
    assert got == {(row["pull_request_key"], row["issue_key"]) for row in expected}


def test_secp256k1(shared_data):
    log = EventLog(read_github(shared_data("github-secp256k1")))
    flow = Flow(log, ValueStream.load("github-pull-requests"))
    joined = timelines(log, flow)
    told = {f.code: f.count for f in joined.findings if f.code.startswith("changes_")}
    assert told == {"changes_linked": 102, "changes_without_key": 1_131,
                    "changes_of_unknown_issues": 75}  # fmt: skip
    assert (joined.items["changes"] > 0).sum() == 96
    stream = ValueStream.from_dict({"version": 1, "name": "Idea to merge", "stages": [
        {"name": "Waiting", "kind": "wait", "enter": ["opened", "reopened", "change waiting"]},
        {"name": "In work", "kind": "active", "enter": ["change active"]},
        {"name": "Closed", "kind": "done", "enter": ["closed"]}]})  # fmt: skip
    table = items(Flow(joined, stream))
    assert (table["process_time_s"] > 0).sum() > 0

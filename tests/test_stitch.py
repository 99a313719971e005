"""One timeline across tools: what belongs together, and how several changes add up."""

import pandas as pd
import pytest

from tests.worlds import DAY, START, make_log, make_stream
from vsmlib import measure
from vsmlib.flow import Flow
from vsmlib.sources.extract import mentions
from vsmlib.stitch import builds, links, timelines

STREAM = make_stream([
    {"name": "Coding", "kind": "active", "enter": ["draft"]},
    {"name": "Review", "kind": "wait", "enter": ["ready"]},
    {"name": "Merged", "kind": "done", "enter": ["merged"]},
])  # fmt: skip


def at(day):
    return START + day * DAY


def changes(*, commits=None, **mentioned):
    """Two changes that overlap, c2 three days after c1."""
    rows = [("c1", at(1), 0, "draft", None), ("c1", at(3), 1, "ready", None),
            ("c1", at(9), 2, "merged", None), ("c2", at(4), 3, "draft", None),
            ("c2", at(6), 4, "ready", None), ("c2", at(10), 5, "merged", None)]  # fmt: skip
    items = {key: {"item_type": "pull_request", "mentions": mentioned.get(key)}
             | ({"commit": commits[key]} if commits else {}) for key in ("c1", "c2")}  # fmt: skip
    return make_log(rows, items)


def issues():
    rows = [("K-1", at(0), 0, "Open", "Ada"), ("K-1", at(11), 1, "Closed", "Ada"),
            ("K-2", at(2), 2, "Open", "Bob")]  # fmt: skip
    return make_log(rows, {key: {"item_type": "Story"} for key in ("K-1", "K-2")})


def told(log):
    events = log.events
    days = (events["timestamp"] - pd.Timestamp(START, unit="us", tz="UTC")).dt.days
    return list(zip(events["item_id"], days, events["event"], strict=True))


def test_several_changes_of_one_issue():
    log = timelines(issues(), Flow(changes(c1="K-1", c2="K-1, K-9"), STREAM))
    assert told(log) == [
        ("K-1", 0, "Open"), ("K-1", 1, "change active"), ("K-1", 3, "change waiting"),
        ("K-1", 4, "change active"), ("K-1", 6, "change waiting"), ("K-1", 10, "change ended"),
        ("K-1", 11, "Closed"), ("K-2", 2, "Open"),
    ]  # fmt: skip
    assert log.items["changes"].tolist() == [2, 0]
    assert log.events["source"].unique().tolist() == ["test", "stitch"]
    [finding] = [f for f in log.findings if f.code == "changes_linked"]
    assert finding.what == "2 of 2 changes belong to an issue (100%)"


def test_several_issues_of_one_change_and_none():
    linked = links(issues(), changes(c1="K-1, K-2"))
    assert linked.fillna("").values.tolist() == [
        ["c1", "K-1", "mentioned"], ["c1", "K-2", "mentioned"], ["c2", "", "names no issue"],
    ]  # fmt: skip
    log = timelines(issues(), Flow(changes(c1="K-1, K-2", c2="K-9"), STREAM))
    assert [e for i, _, e in told(log) if i == "K-2"] == [
        "change active", "Open", "change waiting", "change ended"]  # fmt: skip
    lost = next(f for f in log.findings if f.code == "changes_of_unknown_issues")
    assert (lost.count, lost.examples) == (1, ("c2",))
    assert "has issues that are not in the data" in lost.what


def test_from_idea_to_feedback():
    flow = Flow(changes(c1="K-1", c2="K-1"), STREAM)
    deploys = pd.DataFrame({"item_id": ["d0", "d1", "d2"], "succeeded": True, "deployed_at": [
        pd.Timestamp(at(day), unit="us", tz="UTC") for day in (1, 9, 12)]})  # fmt: skip
    came = measure.deployed(measure.changes(flow.log, begun=["draft"]), deploys)
    failing = pd.DataFrame({"item_id": ["i"], "started_at": [deploys["deployed_at"][2] +
        pd.Timedelta("1D")], "resolved_at": [pd.NaT]})  # fmt: skip
    log = timelines(issues(), flow, deployed=came, incidents=measure.blamed(failing, deploys))
    assert told(log)[5:9] == [
        ("K-1", 10, "change ended"), ("K-1", 11, "Closed"), ("K-1", 12, "deployed"),
        ("K-1", 13, "incident started"),
    ]  # fmt: skip


def runs():
    """Two runs of c1's merge, one of c2's that goes on, one of a commit that is no merge."""
    rows = [("r1", at(9), 0, "queued", None), ("r1", at(10), 1, "failure", None),
            ("r2", at(11), 2, "queued", None), ("r2", at(12), 3, "success", None),
            ("r3", at(13), 4, "queued", None), ("r4", at(2), 5, "queued", None),
            ("r4", at(3), 6, "cancelled", None)]  # fmt: skip
    facts = {"r1": ("aa", "failure"), "r2": ("aa", "success"), "r3": ("bb", None),
             "r4": ("cc", "cancelled")}  # fmt: skip
    return make_log(rows, {run: {"item_type": "run", "commit": sha, "conclusion": end}
                           for run, (sha, end) in facts.items()})  # fmt: skip


def test_builds_by_commit():
    own = changes(c1="K-1", c2="K-1, K-2", commits={"c1": "aa", "c2": "bb"})
    found = builds(runs(), own)
    assert found[["change_id", "build", "event"]].fillna("").to_numpy().tolist() == [
        ["c1", "r1", "build failed"], ["c1", "r2", "build succeeded"], ["c2", "r3", ""],
    ]  # fmt: skip
    log = timelines(issues(), Flow(own, STREAM), built=found)
    mine = [(day, event) for item, day, event in told(log) if item == "K-1" and "build" in event]
    assert mine == [(9, "build started"), (10, "build failed"), (11, "build started"),
                    (12, "build succeeded"), (13, "build started")]  # fmt: skip
    assert ("K-2", 13, "build started") in told(log)


def test_builds_without_commits():
    assert builds(runs(), changes()).empty
    assert builds(changes(), changes()).empty


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"title": "EE-12 and [ee-13] fix"}, "EE-12, EE-13"),
        ({"title": "See #4, o/r#5 and !6", "home": "a/b"}, "a/b#4, o/r#5, a/b!6"),
        ({"branch": "feature/fix#7275", "home": "a/b"}, "a/b#7275"),
        ({"body": "Relates to #1. Fixes #2, closes: K-3", "home": "a/b"}, "a/b#2, K-3"),
        ({"title": "K-1", "branch": "k-1-more", "body": "fixes K-1"}, "K-1"),
        ({"title": None, "body": 7}, None),
    ],
)
def test_what_texts_name(said, found):
    assert mentions(**said) == found

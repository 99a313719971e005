"""Jira issues as events: what the changelog says, and what is said of its gaps."""

import json

import pytest

from vsmlib.errors import SourceError
from vsmlib.sources import load
from vsmlib.sources.extract import EVENT_COLUMNS
from vsmlib.sources.jira import read_jira
from vsmlib.sources.origins import recognised

SITE = "https://x.atlassian.net/rest/api/3"
ADA = {"accountId": "1:ada", "displayName": "Ada", "accountType": "atlassian"}
BOT = {"accountId": "1:auto", "displayName": "Automation for Jira", "accountType": "app"}
NUMBERS = {"Open": "1", "Doing": "3", "Done": "6", "Review": "7"}


def at(day):
    return f"2026-03-{day:02}T09:00:00.000+0100"


def change(day, field, before, after, author=ADA, ident=None):
    numbers = {"from": NUMBERS.get(before, before), "to": NUMBERS.get(after, after)}
    item = {"field": field, "fromString": before, "toString": after, **numbers}
    known = {"id": ident or f"{day}{field}", "created": at(day), "items": [item]}
    return {**known, "author": author} if author else known


def issue(key="K-1", histories=(), status="Done", **fields):
    number = fields.pop("number", "10" + key[2:])
    total = fields.pop("total", len(histories or ()))
    body = {
        "created": at(1), "creator": ADA, "project": {"key": key.split("-")[0]},
        "issuetype": {"name": "Story"}, "priority": {"name": "High"},
        "status": {"id": NUMBERS.get(status, "9"), "name": status}, **fields,
    }  # fmt: skip
    made = {"id": number, "key": key, "self": f"{SITE}/issue/{number}", "fields": body}
    if histories is not None:
        made["changelog"] = {"startAt": 0, "total": total, "histories": list(histories)}
    return made


def read(tmp_path, *things, **options):
    (tmp_path / "a.json").write_text(json.dumps(things))
    return read_jira(tmp_path, **options)


def rows(extract, *columns):
    return [tuple(row[c] for c in columns) for row in extract.events.to_pylist()]


def names(extract):
    return [name for (name,) in rows(extract, "event")]


def codes(extract):
    return {f.code: f.count for f in extract.findings}


def test_an_issue_from_creation_to_its_end(tmp_path):
    log = [
        change(9, "status", "Doing", "Done"),  # the newest first, as Cloud has it
        change(8, "Flagged", "Impediment", "", BOT),
        change(5, "Flagged", None, "Impediment"),
        change(4, "Sprint", "", "Sprint 7"),
        change(4, "assignee", None, "ada"),
        change(4, "Rank", None, "Ranked higher"),
        change(3, "status", "Open", "Doing"),
    ]
    log[0]["items"].append({"field": "resolution", "from": None, "to": "1", "toString": "Fixed"})
    comment = {"author": {"displayName": "Bob"}, "created": at(6)}
    extract = read(
        tmp_path, issue(histories=log, comment={"total": 1, "comments": [comment]}, labels=["a b"])
    )
    assert rows(extract, "event", "actor") == [
        ("Open", "1:ada"), ("Doing", "1:ada"), ("sprint_changed", "1:ada"), ("assigned", "1:ada"),
        ("flagged", "1:ada"), ("commented", "Bob"), ("unflagged", "1:auto"), ("Done", "1:ada"),
        ("resolved", "1:ada"),
    ]  # fmt: skip
    assert rows(extract, "actor_type")[6] == ("bot",)
    assert extract.events.column_names == list(EVENT_COLUMNS)
    assert extract.events["t"][0].as_py() == 1_772_352_000_000_000
    [row] = extract.items.to_pylist()
    known = {"item_id": "K-1", "item_type": "Story", "team": "K", "priority": "High"}
    assert row.items() >= {**known, "status": "Done", "labels": "a b", "number": "101"}.items()
    assert codes(extract) == {"items_read": 1}


def test_nothing_ever_changed(tmp_path):
    assert names(read(tmp_path, issue(status="Open"))) == ["Open"]


def test_a_resolution_that_the_changelog_does_not_tell(tmp_path):
    extract = read(tmp_path, issue(resolutiondate=at(4), status="Done"))
    assert rows(extract, "event", "actor")[1:] == [("resolved", None)]


def test_resolved_again_and_changed(tmp_path):
    log = [
        change(2, "resolution", None, "Fixed"),
        change(3, "resolution", "Fixed", "Duplicate"),
        change(4, "resolution", "Duplicate", None),
    ]
    assert names(read(tmp_path, issue(histories=log))) == [
        "Done", "resolved", "resolved", "unresolved"]  # fmt: skip


def test_missing_pages_are_told_by_issue(tmp_path):
    log = [change(5, "status", "Doing", "Done")]
    extract = read(tmp_path, issue(histories=log, total=3), issue("K-2"))
    found = next(f for f in extract.findings if f.code == "incomplete_changelog")
    assert (found.level, found.examples) == ("error", ("K-1: 1 of 3 changes",))
    assert names(extract)[-2:] == ["Doing", "Done"]


@pytest.mark.parametrize("first", [True, False])
def test_pages_beside_complete_it(tmp_path, first):
    page = {"self": f"{SITE}/issue/101/changelog?startAt=1", "total": 2, "isLast": True,
            "values": [change(2, "status", "Open", "Doing")]}  # fmt: skip
    whole = issue(histories=[change(5, "status", "Doing", "Done")], total=2)
    extract = read(tmp_path, *([page, whole] if first else [whole, page]))
    assert names(extract) == ["Open", "Doing", "Done"]
    assert codes(extract) == {"items_read": 1}


def test_the_bulk_changelog_of_cloud(tmp_path):
    bulk = {"issueChangeLogs": [{"issueId": "101", "changeHistories": [
        change(2, "status", "Open", "Done")]}]}  # fmt: skip
    assert names(read(tmp_path, issue(histories=None), bulk)) == ["Open", "Done"]


def test_without_changelog(tmp_path):
    ended = issue(histories=None, resolutiondate=at(4))
    open_ = issue("K-2", histories=None, status="Doing", statuscategorychangedate=at(3))
    extract = read(tmp_path, ended, open_, issue("K-3", histories=None))
    assert rows(extract, "item_id", "event") == [
        ("K-1", "created"), ("K-1", "resolved"), ("K-1", "Done"),
        ("K-2", "created"), ("K-2", "Doing"), ("K-3", "created"),
    ]  # fmt: skip
    assert codes(extract)["no_changelog"] == 3


def test_the_newest_copy_counts(tmp_path):
    old = issue(status="Open", updated=at(2))
    new = issue("L-7", [change(4, "status", "Open", "Done")], updated=at(5), number="101")
    for pair in ((old, new), (new, old)):
        extract = read(tmp_path, *pair)
        assert rows(extract, "item_id", "event") == [("L-7", "Open"), ("L-7", "Done")]
        assert codes(extract)["met_twice"] == 1


def test_statuses_by_number(tmp_path):
    log = [change(2, "status", "Open", "Doing"), change(4, "status", "Doing", "Done")]
    log[1]["items"][0]["fromString"] = "In Progress"
    extract = read(tmp_path, issue(histories=log))
    assert names(extract) == ["Open", "Doing", "Done"]
    found = next(f for f in extract.findings if f.code == "renamed_statuses")
    assert found.examples == ("'Doing' = 'In Progress'",)
    assert "broken_history" not in codes(extract)


def test_a_change_is_missing_in_between(tmp_path):
    log = [change(2, "status", "Open", "Doing"), change(4, "status", "Review", "Done")]
    found = {f.code: f for f in read(tmp_path, issue(histories=log)).findings}
    assert found["broken_history"].examples == ("K-1: 'Doing', then from 'Review'",)


def test_people_who_are_gone_and_clocks_that_run_backwards(tmp_path):
    extract = read(tmp_path, issue(histories=[change(2, "status", "Open", "Done", None)],
                                   created=at(3)))  # fmt: skip
    assert rows(extract, "event", "actor") == [("Done", None), ("Open", "1:ada")]
    assert codes(extract) == {"items_read": 1, "nobody": 1, "before_creation": 1}


def test_parents(tmp_path):
    epic = issue("K-3", [change(2, "Epic Link", None, "K-9")])
    things = [issue("K-1", parent={"key": "K-2"}), issue("K-2", parent={"key": "K-1"}), epic]
    extract = read(tmp_path, *things, issue("K-4", customfield_10014="K-3"))
    assert extract.items["parent_id"].to_pylist() == ["K-2", "K-1", "K-9", "K-3"]
    assert codes(extract)["parent_cycles"] == 2
    assert codes(extract)["parents_missing"] == 1


def test_links_by_their_words(tmp_path):
    blocks = {"name": "Blocks", "inward": "is blocked by", "outward": "blocks"}
    links = [{"type": blocks, "inwardIssue": {"key": "K-2"}},
             {"type": blocks, "outwardIssue": {"key": "K-3"}}]  # fmt: skip
    extract = read(tmp_path, issue(issuelinks=links))
    assert extract.items["links"].to_pylist() == ["is blocked by K-2, blocks K-3"]


ODD = [
    {"errorMessages": ["Issue does not exist or you do not have permission to see it."]},
    issue("K-2", created=None),
    issue("K-3", [{"id": "1", "items": [{"field": "status", "toString": "Done"}]}]),
    issue("K-4", [{"id": "1", "created": at(2), "items": None}, {"items": ["?"], "created": "x"}]),
    issue("K-5", status=None) | {"fields": {"created": at(1)}},
]


def test_odd_objects_are_counted(tmp_path):
    extract = read(tmp_path, issue(), *ODD)
    counts = codes(extract)
    assert counts["refused_answers"] == 1
    assert counts["events_without_time"] >= 3
    assert set(extract.items["item_id"].to_pylist()) == {"K-1", "K-2", "K-3", "K-4", "K-5"}


def test_nothing_to_read(tmp_path):
    with pytest.raises(SourceError, match="no issue with events in it"):
        read(tmp_path, {"errorMessages": []})


def test_it_is_told_from_other_sources(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps({"issues": [issue()]}))
    assert recognised(tmp_path).title == "Jira issues"
    assert load(tmp_path, bots=["1:ADA"]).events["actor_type"].to_pylist() == ["bot"]
    with pytest.raises(SourceError, match="--git means nothing for Jira issues"):
        load(tmp_path, git="x")

"""Jira's CSV export: repeated columns, and what cannot be known from it."""

import csv
import gzip

import pytest

from tests.sources.test_jira import codes
from vsmlib.errors import SourceError
from vsmlib.sources import load

HEADER = ["Summary", "Issue key", "Issue id", "Issue Type", "Status", "Project key", "Priority",
          "Reporter", "Creator", "Creator Id", "Created", "Resolved", "Labels", "Labels", "Sprint",
          "Sprint", "Parent", "Inward issue link (Blocks)", "Comment", "Comment", "Log Work",
          "Status Category Changed"]  # fmt: skip
ONE = ["secret, with\nline break", "K-1", "101", "Story", "Done", "K", "High", "Rita", "Ada",
       "5:ada", "22/Nov/26 9:15 AM", "24/Nov/26 1:00 PM", "api", "ui", "Sprint 1",
       "Sprint 2", "102", "K-9",
       "23/Nov/26 9:15 AM;5:bob;secret; really", "23/Nov/26 9:15 AM;5:bob;secret; really",
       "secret;23/Nov/26 10:00 AM;5:ada;3600", "24/Nov/26 1:01 PM"]  # fmt: skip
TWO = ["x", "K-2", "102", "Epic", "To Do", "K", "", "Rita", "", "", "1/Nov/26 9:00 AM", *[""] * 11]


def write(tmp_path, *rows, header=HEADER, delimiter=","):
    path = tmp_path / "Jira.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file, delimiter=delimiter).writerows([header, *rows])
    return path


def rows(extract, *columns):
    frame = extract.events.sort("t", "seq").collect()
    return [tuple(row[c] for c in columns) for row in frame.rows(named=True)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_what_a_row_tells(tmp_path, delimiter):
    extract = load(write(tmp_path, ONE, TWO, delimiter=delimiter), timezone="Europe/Berlin")
    assert rows(extract, "item_id", "event", "actor") == [
        ("K-2", "created", "Rita"), ("K-1", "created", "5:ada"), ("K-1", "commented", "5:bob"),
        ("K-1", "commented", "5:bob"), ("K-1", "worklog_added", "5:ada"),
        ("K-1", "resolved", None), ("K-1", "Done", None),
    ]  # fmt: skip
    assert rows(extract, "t", "source")[0] == (1_793_520_000_000_000, "jira")
    items = {row["item_id"]: row for row in extract.items.collect().rows(named=True)}
    assert items["K-1"].items() >= {
        "item_type": "Story", "team": "K", "priority": "High", "parent_id": "K-2",
        "status": "Done", "labels": "api, ui", "sprints": "Sprint 1, Sprint 2",
        "links": "inward blocks K-9",
    }.items()  # fmt: skip
    assert codes(extract) == {"items_read": 2, "no_changelog": 2, "status_without_time": 1}
    assert "secret" not in str(rows(extract, "event") + list(items.values()))


def test_data_center_says_the_status_at_the_resolution(tmp_path):
    header = [name for name in HEADER if name != "Status Category Changed"]
    path = write(tmp_path, ONE[:-1], header=header)
    with path.open("rb") as plain, gzip.open(tmp_path / "a.csv.gz", "wb") as packed:
        packed.write(plain.read())
    extract = load(tmp_path / "a.csv.gz", timezone="UTC", bots=["5:BOB"])
    assert [event for (event,) in rows(extract, "event")][-2:] == ["resolved", "Done"]
    assert ("5:bob", "bot") in rows(extract, "actor", "actor_type")


def test_what_is_wrong_is_told(tmp_path):
    path = write(tmp_path, ONE, ["too", "short"], TWO)
    with pytest.raises(SourceError, match="times without offset, such as '22/Nov/26 9:15 AM'"):
        load(path)
    assert codes(load(path, timezone="UTC"))["malformed_row"] == 1
    with pytest.raises(SourceError, match="--event means nothing for a CSV export of Jira"):
        load(path, event="Status")
    with pytest.raises(SourceError, match="no issue with a key and a time"):
        load(write(tmp_path), timezone="UTC")

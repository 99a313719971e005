"""Incidents: what the log tells, what the incident itself does, and pages written by hand."""

import json

import pytest

from tests.sources.test_jira import codes, names, rows
from vsmlib.errors import SourceError
from vsmlib.sources import load

ADA = {"id": "PA", "summary": "Ada", "type": "user_reference"}


def at(minute):
    return f"2026-03-01T09:{minute:02}:00Z"


def entry(kind, minute, **more):
    return {"id": f"{kind}{minute}", "type": f"{kind}_log_entry", "created_at": at(minute),
            "agent": ADA, "incident": {"id": "Q1"}, **more}  # fmt: skip


def incident(**more):
    return {"id": "Q1", "incident_number": 7, "created_at": at(0), "status": "resolved",
            "last_status_change_at": at(9), "urgency": "high",
            "service": {"id": "S", "summary": "Shop"}, **more}  # fmt: skip


def read(tmp_path, *things):
    (tmp_path / "a.json").write_text(json.dumps(things))
    return load(tmp_path)


def test_the_log_of_pagerduty(tmp_path):
    log = [entry("resolve", 8), entry("notify", 1), entry("acknowledge", 2), entry("trigger", 0)]
    extract = read(tmp_path, {"incidents": [incident(log_entries=log[:2])]}, *log[2:], log[0])
    assert rows(extract, "event", "actor") == [
        ("triggered", "Ada"), ("acknowledged", "Ada"), ("resolved", "Ada")]  # fmt: skip
    [item] = extract.items.to_pylist()
    assert (item["team"], item["priority"], item["number"]) == ("Shop", "high", "7")
    assert "created_at" not in item


def test_without_a_log(tmp_path):
    assert names(read(tmp_path, incident())) == ["triggered", "resolved"]
    extract = read(tmp_path, incident(status="acknowledged"), entry("trigger", 3) | {"incident": {
        "id": "Q9"}})  # fmt: skip
    assert names(extract) == ["triggered"]
    assert codes(extract) == {"items_read": 1, "not_resolved": 1, "events_without_item": 1}


def test_opsgenie(tmp_path):
    known = {"tinyId": "3", "priority": "P1", "impactedServices": ["pay"], "createdAt": at(1)}
    ended = {"id": "a", "status": "closed", "updatedAt": at(0), **known}
    extract = read(tmp_path, {"data": [ended, {"id": "b", "status": "open", **known}]})
    assert rows(extract, "item_id", "event") == [("a", "closed"), ("a", "open"), ("b", "open")]
    assert codes(extract) == {"items_read": 2, "not_resolved": 1, "ends_before_it_begins": 1}


PAGE = """---
title: secret
date: 2026-03-01T9:00:00-00:00
resolved: true
resolvedWhen: 2026-03-01T10:30:00+00:00
severity: down
affected:
  - shop
  - api
---
secret
"""


def pages(tmp_path, **texts):
    for name, text in texts.items():
        (tmp_path / f"{name}.md").write_text(text)
    return tmp_path


def test_a_status_page(tmp_path):
    later = PAGE.replace("resolvedWhen: 2026-03-01T10:30:00+00:00\n", "")
    (tmp_path / "package.json").write_text("{}")
    extract = load(pages(tmp_path, one=PAGE, two=later, about="# About\n"))
    assert rows(extract, "item_id", "event") == [
        ("one", "started"), ("one", "resolved"), ("two", "started")]  # fmt: skip
    first, second, _ = extract.events["t"].to_pylist()
    assert second - first == 5_400_000_000
    item = extract.items.to_pylist()[0]
    assert (item["team"], item["affected"], item["priority"]) == ("shop", "shop, api", "down")
    assert codes(extract) == {"items_read": 2, "other_objects": 1, "not_resolved": 1}
    assert "secret" not in str(extract.items.to_pylist())


def test_pages_that_are_no_good(tmp_path):
    bad = {"yaml": PAGE.replace("title: secret", "title: [secret"), "undated": "---\na: b\n---\n",
           "backwards": PAGE.replace("T10:30", "T08:30")}  # fmt: skip
    extract = load(pages(tmp_path, one=PAGE, **bad))
    assert codes(extract) == {
        "items_read": 2, "damaged_front_matter": 2, "ends_before_it_begins": 1}  # fmt: skip
    local = PAGE.replace("+00:00", "")
    with pytest.raises(SourceError, match="times without offset"):
        load(pages(tmp_path, one=local))
    assert load(tmp_path, timezone="UTC").events.num_rows == 4

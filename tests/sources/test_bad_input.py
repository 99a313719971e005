"""Bad input is reported, counted and never silently wrong: each kind once, in Jira's objects."""

import json

import pytest

import vsmlib as vsm
from tests.sources.test_jira import at, change, issue
from vsmlib.sources import load

MOVED = [change(2, "status", "Open", "Doing"), change(4, "status", "Doing", "Done")]
GONE = [change(2, "status", "Open", "Deleted status", author=None)]
RENAMED = [change(2, "status", "Open", "Doing"),
           change(4, "status", "In Progress", "Done") | {"items": [
               {"field": "status", "from": "3", "fromString": "In Progress", "to": "6",
                "toString": "Done"}]}]  # fmt: skip
DENIED = {"errorMessages": ["Issue does not exist or you do not have permission to see it."]}
CASES = {
    "truncated": ('{"issues": [' + json.dumps(issue()) + ', {"key": "K-', "unreadable_files"),
    "not utf-8": (json.dumps(issue(labels=["caf\xe9"]), ensure_ascii=False).encode("latin-1"),
                  "not_utf8"),
    "pages are missing": ([issue(histories=MOVED[1:], total=9)], "incomplete_changelog"),
    "no permission": ([issue(), DENIED], "refused_answers"),
    "deleted users": ([issue(histories=GONE)], "nobody"),
    "renamed statuses": ([issue(histories=RENAMED)], "renamed_statuses"),
    "a status in between is gone": ([issue(histories=[*GONE, MOVED[1]])], "broken_history"),
    "cycles": ([issue("K-1", parent={"key": "K-2"}), issue("K-2", parent={"key": "K-1"})],
               "parent_cycles"),
    "clocks that run backwards": ([issue(histories=MOVED, created=at(3))], "before_creation"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_counted_and_the_rest_is_read(tmp_path, name):
    content, code = CASES[name]
    raw = json.dumps(content).encode() if isinstance(content, list) else content
    (tmp_path / "a.json").write_bytes(raw if isinstance(raw, bytes) else raw.encode())
    found = {finding.code: finding for finding in load(tmp_path).findings}
    assert found["items_read"].count >= 1
    assert found[code].count >= 1
    assert found[code].examples
    assert code in vsm.check(vsm.read(tmp_path)).table["code"].tolist()
    if name == "pages are missing":
        assert found[code].examples[0].startswith("K-1")


def test_services_say_no_in_their_own_ways(tmp_path):
    from vsmlib.sources.objects import left_out

    answers = [{"message": "Not Found", "documentation_url": "https://docs.github.com"},
               {"message": "403 Forbidden"}, {"errors": [{"message": "x"}], "data": None},
               {"error": "invalid_token"}]  # fmt: skip
    assert {left_out(answer) for answer in answers} == {"refused_answers"}
    assert left_out({"id": 7, "message": "Fix it"}) == "other_objects"

"""One person at a board: any message is data, and gets one answer."""

import json

import pytest

from tests.board.test_tags import TEXT
from vsmlib.board.desk import Desk
from vsmlib.board.store import Store
from vsmlib.board.tags import Board
from vsmlib.stream import ValueStream

HOSTILE = [
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "👩‍🚀 \u202e",
    "x" * 10_000,
    "{{7*7}}",
]


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path / "board.sqlite")
    Board(made, ValueStream.parse(TEXT))
    return made


def first(desk):
    return desk.state()["rows"][0]


def test_nobody_without_a_name_changes_anything(store):
    desk = Desk(store)
    answer = desk.hear({"re": 1, "do": "tag", "id": first(desk)["id"], "seen": 1, "fields": {}})
    assert answer == {
        "re": 1,
        "error": "nobody knows who you are yet; next: give your name first",
    }
    assert desk.hear({"re": 2, "do": "join", "name": "  "})["error"].startswith("a name is needed")
    assert desk.hear({"re": 3, "do": "join", "name": " Ana\n B. "}) == {"re": 3, "ok": None}
    assert desk.state()["who"] == "Ana B."


@pytest.mark.parametrize("text", HOSTILE)
def test_every_text_is_only_text(store, tmp_path, text):
    desk = Desk(store, "Ana", tmp_path / "stream.yaml")
    tag = {"do": "tag", "id": first(desk)["id"], "seen": 1, "fields": {"note": text}}
    assert "error" not in desk.hear(tag)
    assert first(desk)["note"] == text
    assert "error" not in desk.hear({"do": "save"})
    assert ValueStream.load(desk.path).stages[0].note == text


@pytest.mark.parametrize(
    "message",
    [
        None,
        [],
        "tag",
        {},
        {"do": "__init__"},
        {"do": ["tag"]},
        {"do": "tag", "id": 7, "seen": "one", "fields": 3},
        {"do": "tag", "id": "nowhere", "seen": 0, "fields": {}},
        {"do": "tag", "id": "nowhere", "seen": 0, "fields": {"name": {}}},
        {"do": "move", "id": "x", "before": {}, "seen": None},
        {"do": "merge", "id": "a", "into": "b", "seen": []},
        {"do": "split", "id": "a", "events": 5, "name": None, "seen": {}},
        {"do": "add", "name": None, "seen": 1},
        {"do": "save", "path": "/etc/passwd"},
    ],
)
def test_nonsense_gets_an_answer_and_does_nothing(store, message):
    desk, before = Desk(store, "Ana"), store.step
    answer = desk.hear(message)
    json.dumps(answer)
    assert len(answer["error"].splitlines()) == 1
    assert store.step == before


def test_the_slower_one_is_told_what_is_there(store):
    ana, ben = Desk(store, "Ana"), Desk(store, "Ben")
    row = first(ana)
    tag = {"do": "tag", "id": row["id"], "seen": row["version"]}
    assert ana.hear({**tag, "fields": {"note": "hers"}})["ok"]
    answer = ben.hear({**tag, "fields": {"note": "his"}})
    assert (answer["who"], answer["sheet"], answer["id"]) == ("Ana", "stage", row["id"])
    assert (answer["current"]["data"]["note"], answer["current"]["version"]) == ("hers", 2)
    assert ben.hear({**tag, "seen": 2, "fields": {"note": "his"}})["ok"]
    assert "Ben changed this first" in ana.hear({"do": "undo"})["error"]
    assert ben.hear({"do": "undo"})["ok"]
    assert first(ben)["note"] == "hers"
    assert ben.state()["can"] == {"undo": False, "redo": True, "save": False}


def test_without_a_file_nothing_is_saved(store):
    assert "no file" in Desk(store, "Ana").hear({"do": "save"})["error"]

"""Trello: a board's export, or cards and actions one by one."""

import json

from tests.sources.test_jira import codes, rows
from vsmlib.sources import load

CARD, OTHER = "69a2b8800000000000000001", "69a2b8800000000000000002"
LISTS = [
    {"id": "l1", "name": "To do", "idBoard": "b"},
    {"id": "l2", "name": "Done", "idBoard": "b"},
]
ADA = {"id": "m", "username": "ada"}


def act(day, kind, **data):
    about = {"card": {"id": CARD, **data.pop("card", {})}, **data}
    return {"id": f"{kind}{day}{sorted(data)}", "type": kind, "memberCreator": ADA,
            "date": f"2026-03-{day:02}T09:00:00.000Z", "data": about}  # fmt: skip


def card(number=CARD, place="l2"):
    return {"id": number, "idBoard": "b", "idList": place, "idShort": 4, "name": "secret",
            "labels": [{"name": "bug"}]}  # fmt: skip


ACTIONS = [
    act(9, "updateCard", old={"closed": False}, card={"closed": True}),
    act(5, "updateCard", listBefore={"name": "Doing"}, listAfter={"name": "Done"}),
    act(4, "commentCard", text="secret"), act(4, "addMemberToCard"), act(3, "unknownAction"),
    act(2, "updateCard", listBefore={"name": "To do"}, listAfter={"name": "Doing"}),
    act(2, "updateCard", old={"pos": 1}), act(1, "createCard", list={"name": "To do"}),
]  # fmt: skip


def test_a_board(tmp_path):
    board = {"id": "b", "name": "secret", "idOrganization": None, "actions": ACTIONS,
             "cards": [card(), card(OTHER, "l1")], "lists": LISTS}  # fmt: skip
    (tmp_path / "board.json").write_text(json.dumps(board))
    extract = load(tmp_path / "board.json")
    assert rows(extract, "item_id", "event", "actor") == [
        (CARD, "To do", "ada"), (CARD, "Doing", "ada"), (CARD, "commented", "ada"),
        (CARD, "assigned", "ada"), (CARD, "Done", "ada"), (CARD, "archived", "ada"),
        (OTHER, "To do", None),
    ]  # fmt: skip
    assert codes(extract) == {"items_read": 2, "cards_without_history": 1}
    assert extract.events["t"].to_pylist()[-1] == int(OTHER[:8], 16) * 1_000_000
    item = extract.items.to_pylist()[0]
    assert (item["status"], item["labels"], item["number"]) == ("Done", "bug", "4")
    assert "secret" not in str(extract.items.to_pylist())


def test_objects_of_the_api(tmp_path):
    for name, things in {"a": ACTIONS, "c": [card()], "l": [*LISTS, {"odd": 1}]}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(things))
    extract = load(tmp_path)
    assert [event for (event,) in rows(extract, "event")][:2] == ["To do", "Doing"]
    assert codes(extract) == {"items_read": 1, "other_objects": 1}

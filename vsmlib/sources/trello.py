"""Trello cards as events: a board's export, or its cards, lists and actions of the API.

An item is a card, by its id. Events: each list that it is in, by its name of the day; ``archived,
unarchived, commented, assigned, unassigned, attached, edited, deleted``.
"""

from __future__ import annotations

import re

from vsmlib.findings import Kind
from vsmlib.sources.gathered import Gathered, Reader, listed, named
from vsmlib.sources.objects import Found, Json, at

__all__ = ["read_trello"]

TELLING = re.compile(rb'"(?:idBoard|idMemberCreator|idOrganization|shortLink)"\s*:')
# Actions that bring a card to the list they name.
BEGINNINGS = {"createCard", "copyCard", "emailCard", "convertToCardFromCheckItem",
              "moveCardToBoard"}  # fmt: skip
EVENTS = {"commentCard": "commented", "addMemberToCard": "assigned", "deleteCard": "deleted",
          "removeMemberFromCard": "unassigned", "updateCheckItemStateOnCard": "edited",
          "addAttachmentToCard": "attached"}  # fmt: skip
ID = re.compile(r"[0-9a-f]{24}")
KINDS: tuple[Kind, ...] = (
    ("cards_without_history", "error",
     "{n} cards have no action that says when they came to their list: a board's export has the"
     " last 1,000 actions", "kept in their list since their creation, which their id tells"),
)  # fmt: skip


def _take(gathered: Gathered, found: Found) -> bool:
    return _add(gathered, found.thing)


def _add(gathered: Gathered, thing: Json) -> bool:
    if isinstance(thing.get("cards"), list):  # a board
        for part in ("lists", "cards", "actions"):
            for inner in listed(thing.get(part)):
                _add(gathered, inner)
    elif "idList" in thing:
        gathered.item(
            str(thing["id"]), item_type="card", team=thing.get("idBoard"),
            number=str(thing.get("idShort")), labels=named(thing.get("labels")),
            status=thing["idList"],
        )  # fmt: skip
    elif "idBoard" in thing or "memberCreator" in thing:  # a list; an action
        gathered.waiting.append(thing)
    else:
        return False
    return True


def _finish(gathered: Gathered) -> None:
    lists = {str(part.get("id")): str(part.get("name")) for part in gathered.waiting
             if "memberCreator" not in part}  # fmt: skip
    actions = {str(part.get("id")): part for part in gathered.waiting if "memberCreator" in part}
    # exports have the newest first
    for action in sorted(actions.values(), key=lambda part: str(part.get("date"))):
        card = at(action, "data", "card", "id")
        event = _event(action)
        if card and event:
            gathered.item(str(card))
            gathered.mark(str(card), action.get("date"), event, action.get("memberCreator"))
    for ident, facts in gathered.items.items():
        facts["status"] = lists.get(str(facts.get("status")), facts.get("status"))
        told = {mark.event for mark in gathered.marks.get(ident, ())}
        if facts["status"] and not told & {*lists.values(), facts["status"]}:
            gathered.met["cards_without_history"].append(ident)
            if (t := _created(ident)) is not None:
                gathered.put(ident, t, facts["status"])


def _event(action: Json) -> str:
    kind, data = str(action.get("type")), action.get("data")
    if kind in BEGINNINGS:
        return str(at(data, "list", "name") or "")
    if kind == "updateCard":
        if to := at(data, "listAfter", "name"):
            return str(to)
        if at(data, "old", "closed") is not None:
            return "archived" if at(data, "card", "closed") else "unarchived"
        return "" if at(data, "old", "pos") is not None else "edited"
    return EVENTS.get(kind, "")


def _created(ident: str) -> int | None:
    """Tell when a card was made: its id begins with the second of it."""
    return int(ident[:8], 16) * 1_000_000 if ID.fullmatch(ident) else None


read_trello = Reader("Trello cards", "trello", "card", TELLING, _take, _finish, KINDS)

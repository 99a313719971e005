"""Workshops of the tests: a store with a small stream, and people who come in."""

import hashlib
import secrets

from vsmlib.board.room import Room
from vsmlib.board.store import Store
from vsmlib.board.tags import Board
from vsmlib.stream import ValueStream

LEAD = "the facilitator's key"
TEXT = """\
# what we know
name: Small
stages:
  - {name: Ready, kind: wait, enter: [queue]}
  - {name: Coding, kind: active, enter: [work]}
  - {name: Review, kind: wait, enter: [review, again]}
  - {name: Paused, kind: excluded, enter: [pause]}
  - {name: Done, kind: done, enter: [done]}
  - {name: Live, kind: done, enter: [live]}
  - {name: Dropped, kind: cancelled, enter: [drop]}
blocked: {set: [flag], clear: [unflag]}
"""


def new(folder, text=TEXT):
    """A store with a board and the facilitator's key."""
    store = Store(folder / "board.sqlite")
    Board(store, ValueStream.parse(text))
    store.show(lead=hashlib.sha256(LEAD.encode()).hexdigest(), evidence={}, wish=None)
    return store


def enter(store, name, lead=""):
    """Somebody who came in, each with a connection of their own."""
    room = Room(Store(store.path))
    answer = room.hear({"do": "join", "name": name, "id": secrets.token_hex(16), "lead": lead})
    assert "error" not in answer, answer
    return room


def ask(room, do, **message):
    """Ask for something that must be done."""
    answer = room.hear({"do": do, **message})
    assert "error" not in answer, answer
    return answer["ok"]


def refused(room, do, **message):
    """Ask for something that must not be done; the one line why."""
    return room.hear({"do": do, **message})["error"]


def stage(room, name):
    return next(row["id"] for row in room.state()["rows"] if row["name"] == name)

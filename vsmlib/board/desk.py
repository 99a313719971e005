"""One person at a board: what they may ask for, answered in plain data whatever they send."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from vsmlib.board.store import Conflict, Store
from vsmlib.board.tags import Board
from vsmlib.errors import ParameterError, VsmError

__all__ = ["Desk"]

LONGEST_NAME = 60
Message = Mapping[str, Any]


class Desk:
    """Hears one person's wishes, which are data and never code, and answers each.

    Parameters
    ----------
    store : Store
        With a board in it, or empty for one that `begin` makes.
    who : str
        The person's name, as they gave it; empty until they have.
    path : path, optional
        Where ``stream.yaml`` is saved; without it, nothing can be.
    """

    def __init__(self, store: Store, who: str = "", path: Path | None = None) -> None:
        self.store, self.board, self.path = store, Board(store), path
        self.who = ""
        if who:
            self._join({"name": who})
        self.verbs: dict[str, Callable[[Message], Any]] = {
            "join": self._join,
            "tag": lambda m: self.board.tag(self.me, m["id"], m["seen"], m["fields"]),
            "move": lambda m: self.board.move(self.me, m["id"], m["before"], m["seen"]),
            "merge": lambda m: self.board.merge(self.me, m["id"], m["into"], m["seen"]),
            "split": lambda m: self.board.split(
                self.me, m["id"], m["events"], m["name"], m["seen"]
            ),
            "add": lambda m: self.board.add(self.me, m["name"], m["seen"]),
            "undo": lambda m: self.store.undo(self.me),
            "redo": lambda m: self.store.redo(self.me),
            "save": self._save,
        }

    @property
    def me(self) -> str:
        """The person's name; an error before they gave one."""
        if not self.who:
            raise ParameterError("nobody knows who you are yet", hint="give your name first")
        return self.who

    def _join(self, message: Message) -> None:
        name = " ".join(str(message["name"]).split())[:LONGEST_NAME]
        if not name:
            raise ParameterError("a name is needed", hint="give the one that others know you by")
        self.who = name

    def _save(self, _: Message) -> list[str]:
        if self.path is None:
            raise ParameterError("this board has no file to save to", hint="ask the facilitator")
        return self.board.save(self.path, self.me)

    def hear(self, message: Any) -> dict[str, Any]:
        """Do what a message asks for.

        Returns
        -------
        dict
            ``re`` (the message's number), and ``ok`` with what came of it, or ``error`` in one
            line; after a conflict also ``who`` was first and the ``current`` data and version.
        """
        number = message.get("re") if isinstance(message, Mapping) else None
        try:
            return {"re": number, "ok": self.verbs[message["do"]](message)}
        except Conflict as error:
            now = {"data": error.current.data, "version": error.current.version}
            first = {"who": error.who, "sheet": error.change.sheet, "id": error.change.id}
            return {"re": number, "error": str(error), **first, "current": now}
        except VsmError as error:
            return {"re": number, "error": str(error)}
        except (KeyError, TypeError, ValueError, AttributeError):
            return {"re": number, "error": "this was not understood; next: load the page again"}

    def state(self) -> dict[str, Any]:
        """Return all that this person may see."""
        undo, redo = self.store.steps_of(self.who) if self.who else (False, False)
        can = {"undo": undo, "redo": redo, "save": self.path is not None}
        return {"who": self.who, "can": can, **self.board.state()}

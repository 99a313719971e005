"""The tags of a value stream on a board: each state a row, their order a row as well."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from vsmlib.board.store import Change, Row, Store, now
from vsmlib.errors import ParameterError, StreamError, one_of
from vsmlib.stream import ValueStream

__all__ = ["CAUSES", "FIELDS", "WASTES", "Board", "outline"]

FIELDS = ("name", "kind", "cause", "waste", "owner", "note")
# Mary and Tom Poppendieck's seven wastes of software development.
WASTES = (
    "partially done work",
    "extra features",
    "relearning",
    "handoffs",
    "task switching",
    "delays",
    "defects",
)
CAUSES = ("queue", "review", "merge", "testing", "release", "input", "blocked", "batching")
STATE, ORDER, HEAD = "stage", ("stream", "order"), ("stream", "head")
NEW = "new state"
WORDS = ("cause", "waste", "owner", "note", "tagged_by", "tagged_at")


class Board:
    """A value stream that several people tag at once, kept in a store.

    Every change names the versions its author saw (see `Store.edit`) and must leave a stream that
    is valid: two states of one name, or none that is done, are refused in one line.

    Parameters
    ----------
    store : Store
        Empty, or with a board already, which then goes on.
    stream : ValueStream, optional
        What an empty board begins with.
    who : str
        Who begins it, for the journal.

    Examples
    --------
    >>> import tempfile
    >>> store = Store(Path(tempfile.mkdtemp()) / "board.sqlite")
    >>> board = Board(store, ValueStream.load("git"))
    >>> [row["name"] for row in board.rows()]
    ['Coding', 'Waiting for merge', 'Merged']
    >>> first = board.rows()[0]
    >>> board.tag("Ana", first["id"], first["version"], {"kind": "wait", "owner": "us"})
    2
    >>> board.differences()
    ['“Coding”: kind active → wait, owner author → us']
    """

    def __init__(
        self, store: Store, stream: ValueStream | None = None, who: str = "vsmlib"
    ) -> None:
        self.store = store
        if stream and not store.rows("stream"):
            self._begin(stream, who)

    def _begin(self, stream: ValueStream, who: str) -> None:
        data = stream.to_dict()
        stages = {_id(): stage for stage in data.pop("stages")}
        names = {stage["name"]: key for key, stage in stages.items()}
        data["commitment"] = names.get(data.get("commitment"))
        self.store.show(base=stream.to_yaml(), saved={"order": [*stages], "rows": stages})
        changes = [Change(STATE, key, 0, stage) for key, stage in stages.items()]
        order = Change(*ORDER, 0, {"ids": [*stages]})
        self.store.edit([Change(*HEAD, 0, data), order, *changes], who, "began")

    def _order(self) -> Row:
        return self.store.rows(ORDER[0])[ORDER[1]]

    def _ids(self) -> list[str]:
        data = self._order().data or {}
        return list(data["ids"])

    def rows(self) -> list[dict[str, Any]]:
        """Return the states in order: ``id, version`` and what the stage says."""
        found = self.store.rows(STATE)
        return [
            {"id": key, "version": found[key].version, **(found[key].data or {})}
            for key in self._ids()
            if key in found
        ]

    def stream(self) -> ValueStream:
        """Return the stream as it is tagged now; comments of the text it began with stay."""
        head = dict(self.store.rows(HEAD[0])[HEAD[1]].data or {})
        rows = self.rows()
        names = {row["id"]: row.get("name") for row in rows}
        if not head.get("commitment"):
            head.pop("commitment", None)
        else:
            head["commitment"] = names[head["commitment"]]
        stages = [{k: v for k, v in row.items() if k not in ("id", "version")} for row in rows]
        made = ValueStream.from_dict({**head, "stages": stages})
        return made.like(self.store.shown()["base"])

    def tag(self, who: str, key: str, seen: int, fields: Mapping[str, Any]) -> int:
        """Change fields of a state; empty ones are taken away; the step's number."""
        for name in fields:
            if name not in FIELDS:
                what, accepted, hint = one_of("field", name, FIELDS)
                raise ParameterError(what, accepted=accepted, hint=hint)
        data = self._data(key) | {k: str(v).strip() for k, v in fields.items()}
        data |= {"tagged_by": who, "tagged_at": now()}
        kept = {k: v for k, v in data.items() if v not in ("", None)}
        return self._edit([Change(STATE, key, seen, kept)], who, str(fields.get("note", "")))

    def _data(self, key: str) -> dict[str, Any]:
        row = self.store.rows(STATE).get(key)
        if row is None:
            raise ParameterError("this state is no longer there", hint="undo, or take another one")
        return dict(row.data or {})

    def _edit(self, changes: Sequence[Change], who: str, why: str) -> int:
        return self.store.edit(changes, who, why, check=self.stream)

    def move(self, who: str, key: str, before: str | None, seen: int) -> int:
        """Put a state before another one, or last; ``seen`` is the version of the order."""
        ids = [each for each in self._ids() if each != key]
        place = ids.index(before) if before in ids else len(ids)
        self._data(key)
        ids.insert(place, key)
        return self._edit([Change(*ORDER, seen, {"ids": ids})], who, "moved")

    def merge(self, who: str, key: str, into: str, seen: Mapping[str, int]) -> int:
        """Make two states one, under the name and tags of the second.

        ``seen`` has the versions of both, and of the ``order``.
        """
        if key == into:
            raise ParameterError("a state cannot be merged with itself", hint="take another one")
        one, other = self._data(key), self._data(into)
        joined = {**other, "enter": [*other["enter"], *one["enter"]]}
        joined |= {"tagged_by": who, "tagged_at": now()}
        changes = [Change(STATE, key, seen[key], None), Change(STATE, into, seen[into], joined)]
        ids = [each for each in self._ids() if each != key]
        changes.append(Change(*ORDER, seen["order"], {"ids": ids}))
        head = self.store.rows(HEAD[0])[HEAD[1]]
        if head.data and head.data["commitment"] == key:
            changes.append(Change(*HEAD, head.version, head.data | {"commitment": into}))
        return self._edit(changes, who, f"merged {one['name']} into {other['name']}")

    def split(
        self, who: str, key: str, events: Iterable[str], name: str, seen: Mapping[str, int]
    ) -> int:
        """Let some of a state's events enter a new state behind it instead.

        ``seen`` has the version of the state, and of the ``order``.
        """
        data, out = self._data(key), [*dict.fromkeys(events)]
        stay = [event for event in data["enter"] if event not in out]
        if not out or not stay or not {*out} <= {*data["enter"]}:
            raise ParameterError(
                "a split needs events for both states",
                accepted=", ".join(data["enter"]),
                hint="choose some of them, but not all",
            )
        tagged = {"tagged_by": who, "tagged_at": now()}
        new, fresh = _id(), {"name": name.strip(), "kind": data["kind"], "enter": out, **tagged}
        ids = self._ids()
        ids.insert(ids.index(key) + 1, new)
        changes = [
            Change(STATE, key, seen[key], data | {"enter": stay} | tagged),
            Change(STATE, new, 0, fresh),
            Change(*ORDER, seen["order"], {"ids": ids}),
        ]
        return self._edit(changes, who, f"split {name.strip()} off {data['name']}")

    def add(self, who: str, name: str, seen: int) -> int:
        """Add a wait state that no data shows yet; an event of its name enters it."""
        name, new, ids = name.strip() or NEW, _id(), self._ids()
        stage = {"name": name, "kind": "wait", "enter": [name]}
        stage |= {"tagged_by": who, "tagged_at": now()}
        kinds = [row["kind"] for row in self.rows()]
        flowing = [i for i, kind in enumerate(kinds) if kind not in ("done", "cancelled")]
        ids.insert(flowing[-1] + 1 if flowing else 0, new)
        changes = [Change(STATE, new, 0, stage), Change(*ORDER, seen, {"ids": ids})]
        return self._edit(changes, who, f"added {name}")

    def differences(self) -> list[str]:
        """Say what is not as it was when the board was last saved, a state a line."""
        saved, rows = self.store.shown()["saved"], {row["id"]: row for row in self.rows()}
        old, told = saved["rows"], []
        for key, row in rows.items():
            if key not in old:
                told.append(f"“{row['name']}” is new")
                continue
            words = [
                f"{field} {_word(old[key].get(field))} → {_word(row.get(field))}"
                for field in (*FIELDS, "enter")
                if _word(old[key].get(field)) != _word(row.get(field))
            ]
            told += [f"“{old[key]['name']}”: {', '.join(words)}"] if words else []
        told += [f"“{stage['name']}” is gone" for key, stage in old.items() if key not in rows]
        both = [[key for key in keys if key in rows and key in old] for keys in (rows, old)]
        if both[0] != [key for key in saved["order"] if key in both[1]]:
            told.append("order: " + ", ".join(row["name"] for row in rows.values()))
        return told

    def save(self, path: str | Path, who: str) -> list[str]:
        """Write ``stream.yaml``, comments kept, and return what changed since it was last saved.

        Raises
        ------
        StreamError
            If somebody else wrote the file meanwhile, or it cannot be written.
        """
        path, text = Path(path), self.stream().to_yaml()
        shown = self.store.shown()
        if path.is_file() and path.read_text(encoding="utf-8") not in (shown["base"], text):
            raise StreamError(
                "was changed outside the board since",
                where=path.name,
                hint="move that file away, then save again",
            )
        changed = self.differences()
        ValueStream.parse(text).save(path)
        rows = {row["id"]: row for row in self.rows()}
        saved = {"order": [*rows], "rows": rows, "by": who, "at": now()}
        self.store.show(base=text, saved=saved)
        return changed

    def state(self) -> dict[str, Any]:
        """Return all that is shown of the tags: rows, versions, what changed, when it was saved."""
        saved = self.store.shown()["saved"]
        return {
            "rows": self.rows(),
            "order": self._order().version,
            "differences": self.differences(),
            "saved": {name: saved.get(name) for name in ("by", "at")},
        }


def outline(stream: ValueStream) -> dict[str, Any]:
    """Return what the figures of a stream depend on: all of it but words about its stages."""
    data = stream.to_dict()
    for stage in data["stages"]:
        for word in WORDS:
            stage.pop(word, None)
    return data


def _id() -> str:
    return secrets.token_hex(4)


def _word(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value or "none")

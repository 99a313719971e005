"""What the readers of trackers gather: marks by item, item columns, and what was met."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pyarrow as pa

from vsmlib.errors import SourceError, shown
from vsmlib.findings import Finding, Kind, Met, found
from vsmlib.sources.extract import (
    EPOCH,
    MICROSECOND,
    NOBODY,
    EventRow,
    Extract,
    Person,
    event_table,
    is_bot,
)
from vsmlib.sources.objects import OBJECT_KINDS, Found, Json, left_out, objects
from vsmlib.sources.times import check_zone

__all__ = ["Gathered", "Mark", "Reader", "gathering", "listed", "lowered", "named", "plainly"]

PLAIN = (str, int, float)
TEXTS = ("item_id", "item_type", "team", "priority", "parent_id")
# Where accounts say who they are, what does not change before what does.
PERSON = ("accountId", "login", "username", "name", "key", "uniqueName", "displayName", "email",
          "summary", "id")  # fmt: skip
KINDS: tuple[Kind, ...] = (
    *OBJECT_KINDS,
    ("other_objects", "note", "{n} objects are of another kind", "left out"),
    ("events_without_time", "warning", "{n} events have no time that can be read", "refused"),
    ("events_without_name", "warning", "{n} events do not say what happened", "refused"),
    ("events_without_item", "error", "{n} events belong to items not in the data", "refused"),
    ("met_twice", "note", "{n} items stand in the data more than once",
     "repaired: the newest is taken"),
    ("before_creation", "warning", "{n} items have events older than their creation", "kept"),
    ("ends_before_it_begins", "error", "{n} items end before they begin",
     "kept; their durations mislead"),
    ("parent_cycles", "warning", "{n} items are their own ancestors", "kept"),
)  # fmt: skip


def gathering(source: str, bots: Iterable[str] = (), timezone: str | None = None) -> Gathered:
    """Begin to gather; refuse a zone that there is not."""
    if timezone:
        check_zone(timezone, source)
    zone = ZoneInfo(timezone) if timezone else None
    return Gathered(source, lowered(bots), zone=zone)


class Mark(NamedTuple):
    """One event of an item; sorted by time and, at the same time, by the order it was told in."""

    t: int
    event: str
    who: Person = NOBODY


@dataclass(slots=True)
class Gathered:
    """Marks and facts by item, in order of first appearance."""

    source: str
    bots: frozenset[str] = frozenset()  # in lower case
    marks: dict[str, list[Mark]] = field(default_factory=dict)
    items: dict[str, Json] = field(default_factory=dict)
    until: datetime | None = None
    people: dict[str, Person] = field(default_factory=dict)  # by name
    raw: dict[str, Json] = field(default_factory=dict)  # objects of items, where they are needed
    waiting: list[Json] = field(default_factory=list)  # objects that others must come before
    zone: ZoneInfo | None = None  # of times without offset
    naive: str = ""  # the first such time
    met: Met = field(default_factory=lambda: defaultdict(list))

    def item(self, ident: str, **facts: Any) -> str:
        """Add facts of an item; what was known and is not told again stays, odd values are none."""
        known = self.items.setdefault(ident, {})
        plain = {name: plainly(value) for name, value in facts.items()}
        known.update((name, value) for name, value in plain.items() if value is not None)
        return ident

    def mark(self, ident: str, when: Any, event: Any, who: Any = None) -> int | None:
        """Add an event at an ISO time or a datetime; None if it is no time."""
        t = self.micros(when)
        if t is None:
            self.met["events_without_time"].append(f"{ident}: {plainly(event)} {plainly(when)}")
            return None
        return self.put(ident, t, event, who)

    def put(self, ident: str, t: int, event: Any, who: Any = None) -> int | None:
        """Add an event at microseconds since 1970 UTC; None if it has no name."""
        if not (name := plainly(event)):
            self.met["events_without_name"].append(ident)
            return None
        person = who if isinstance(who, tuple) else self.person(who)
        self.marks.setdefault(ident, []).append(Mark(t, str(name), person))
        return t

    def micros(self, when: Any) -> int | None:
        """Read an ISO time or a datetime; one without offset is local time of the zone."""
        try:
            moment = when if isinstance(when, datetime) else datetime.fromisoformat(when)
            if moment.tzinfo is None:
                self.naive = self.naive or str(when)
                moment = moment.replace(tzinfo=self.zone or UTC)
            return (moment - EPOCH) // MICROSECOND
        except (TypeError, ValueError, OverflowError):
            return None

    def person(self, who: Any) -> Person:
        """Name an account by what does not change, and tell whether it is a bot."""
        if not isinstance(who, dict):
            return (who, is_bot(who, bots=self.bots)) if isinstance(who, str) and who else NOBODY
        name = next((str(n) for key in PERSON if (n := plainly(who.get(key)))), "")
        # accounts come again and again: what they are is found out once
        if name and name not in self.people:
            kind = "Bot" if who.get("accountType") == "app" or who.get("bot") is True else None
            names = [str(n) for key in PERSON if (n := plainly(who.get(key)))]
            bot = any(is_bot(n, kind or who.get("type"), self.bots) for n in names)
            self.people[name] = (name, bot)
        return self.people.get(name, NOBODY)

    def extract(
        self,
        path: Path,
        noun: str,
        kinds: Iterable[Kind] = (),
        columns: Mapping[str, pa.DataType] | None = None,
    ) -> Extract:
        """Hand over what was gathered; columns that are in no schema are texts."""
        if self.naive and not self.zone:
            accepted = "times that end in Z or +hh:mm, or the name of their zone"
            what = f"times without offset, such as {shown(self.naive)}"
            raise SourceError(what, where=str(path), accepted=accepted,
                              hint="--timezone Europe/Berlin")  # fmt: skip
        if not self.marks:
            what = f"no {noun} with events in it"
            hint = "see docs/sources.md for what is read; --item --time --event read it as a table"
            raise SourceError(what, where=str(path), hint=hint)
        events = event_table(self._rows(), self.source)
        self._parents()
        name = path.resolve().name if path.is_dir() else path.name.split(".")[0]
        schema = _schema(self.items.values(), columns or {})
        items = [
            {name: value if name in (columns or {}) else _text(str(value))
             for name, value in {"item_id": ident, **facts}.items()}
            for ident, facts in self.items.items()
        ]  # fmt: skip
        read = Finding("items_read", "note", len(items), f"{len(items):,} {noun}s were read")
        findings = [read, *found(self.met, (*KINDS, *kinds))]
        return Extract(events, pa.Table.from_pylist(items, schema), findings, self.until, name)

    def _rows(self) -> Iterator[EventRow]:
        for ident in [*self.items, *(i for i in self.marks if i not in self.items)]:
            marks = sorted(self.marks.get(ident, []), key=lambda mark: mark.t)
            for t, event, (name, bot) in marks:
                yield _text(ident), t, _text(event), _text(name), bot

    def _parents(self) -> None:
        for ident in self.items:
            seen, above = {ident}, self.items[ident].get("parent_id")
            while above is not None and above not in seen:
                seen.add(above)
                above = self.items.get(str(above), {}).get("parent_id")
            if above == ident:
                self.met["parent_cycles"].append(ident)


@dataclass(frozen=True, eq=False)
class Reader:
    """Reads the JSON objects of one kind of source.

    Attributes
    ----------
    title : str
        What messages call the source.
    source, noun : str
        Value of the events' column ``source``; what an item is.
    json : pattern
        What tells it, in the first kilobytes of a file.
    take : callable
        Takes an object; False if it is of another kind, which is counted.
    finish : callable
        Does what has to wait until all objects were met.
    kinds, columns
        Further findings; the types of item columns that are no texts.
    gathered : type
        What is gathered, where a source needs more than usual.
    """

    title: str
    source: str
    noun: str
    json: re.Pattern[bytes]
    take: Callable[[Any, Found], bool]
    finish: Callable[[Any], None] = lambda _: None
    kinds: tuple[Kind, ...] = ()
    columns: Mapping[str, pa.DataType] = field(default_factory=dict)
    gathered: type[Gathered] = Gathered

    def __call__(self, path: str | os.PathLike[str], *, bots: Iterable[str] = ()) -> Extract:
        """Read a file, a folder or an archive; ``bots`` are further accounts that are bots.

        Raises
        ------
        SourceError
            If there is no such item in it, or an archive cannot be read.
        """
        gathered = self.gathered(self.source, lowered(bots))
        for one in objects(Path(path), gathered.met):
            if not self.take(gathered, one):
                gathered.met[left_out(one.thing)].append(shown(one.place))
        self.finish(gathered)
        return gathered.extract(Path(path), self.noun, self.kinds, self.columns)


def lowered(bots: Iterable[str]) -> frozenset[str]:
    """Give names of accounts as they are compared."""
    return frozenset(name.lower() for name in bots)


def listed(value: Any) -> list[Json]:
    """Give the objects in a list; none if it is no list.

    Examples
    --------
    >>> listed([{"id": 1}, None]), listed(None)
    ([{'id': 1}], [])
    """
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def plainly(value: Any) -> str | int | float | None:
    """Give a value that is a text or a number; none of anything else.

    Examples
    --------
    >>> plainly("a"), plainly(7), plainly({"a": 1}), plainly(True)
    ('a', 7, None, None)
    """
    return value if isinstance(value, PLAIN) and not isinstance(value, bool) else None


def named(values: Any, key: str = "name") -> str | None:
    """Join the names of a list of objects (or of texts), as item columns hold them.

    Examples
    --------
    >>> named([{"name": "api"}, {"name": "ui"}]), named(["a"]), named([])
    ('api, ui', 'a', None)
    """
    parts = values if isinstance(values, list) else []
    texts = [plainly(part.get(key) if isinstance(part, dict) else part) for part in parts]
    return ", ".join(str(text) for text in texts if text) or None


def _text(text: str) -> str:
    # JSON may hold halves of characters, which UTF-8 cannot say
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _schema(items: Iterable[Json], columns: Mapping[str, pa.DataType]) -> pa.Schema:
    names = dict.fromkeys([*TEXTS, *(name for item in items for name in item)])
    return pa.schema([(name, columns.get(name, pa.string())) for name in names])

"""XES, the exchange format of process mining: plain or compressed, read as a stream."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from xml.parsers import expat

from vsmlib.errors import SourceError, shown
from vsmlib.findings import Kind
from vsmlib.sources.extract import Extract
from vsmlib.sources.gathered import Gathered, gathering
from vsmlib.sources.unpack import BROKEN, opener, refuse

__all__ = ["is_xes", "read_xes"]

NAME, TIME, WHO, GROUP, STEP = (
    "concept:name", "time:timestamp", "org:resource", "org:group", "lifecycle:transition"
)  # fmt: skip
LOOK_BYTES, LOG = 65_536, re.compile(rb"<(?:\w+:)?log[\s>]")
DAMAGED: tuple[type[Exception], ...] = (expat.ExpatError, *BROKEN)
COMPLETE = "+COMPLETE"
KINDS: tuple[Kind, ...] = (
    ("damaged_xml", "error", "the file is damaged", "refused from the fault on"),
    ("traces_without_name", "warning", "{n} traces have no name", "kept as case 1, case 2, …"),
    ("traces_met_twice", "warning", "{n} traces have the name of one before",
     "kept as the same item"),
    ("attributes_left_out", "note", "{n} attributes of events are not read", "left out"),
)  # fmt: skip


def is_xes(path: Path) -> bool:
    """Whether a file is XES, by its beginning."""
    try:
        with opener(path)(path, "rb") as file:
            head = file.read(LOOK_BYTES)
    except BROKEN:
        return False
    return bool(head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") and LOG.search(head))


def read_xes(
    path: str | os.PathLike[str], *, timezone: str | None = None, bots: Iterable[str] = ()
) -> Extract:
    """Read an XES log.

    Parameters
    ----------
    path : path
        ``.xes``, plain or compressed (gzip, bzip2, xz). Documents that declare entities are
        refused: no log needs them, and some are made to fill the memory.
    timezone : str, optional
        The zone of times without offset.
    bots : iterable of str
        Resources that are bots.

    Returns
    -------
    Extract
        A trace is an item. Events are called by their ``concept:name``; if there are other
        lifecycle steps than ``complete``, ``name+START``, ``name+COMPLETE`` and so on. Item columns
        are the trace's attributes, and ``team``, the last ``org:group``.

    Raises
    ------
    SourceError
        If it is no XES, or has times without offset and no `timezone` is given.
    """
    path = Path(path)
    reader = _Reader(gathering("xes", bots, timezone))
    met = reader.gathered.met
    try:
        with opener(path)(path, "rb") as file:
            reader.parser.ParseFile(file)
    except SourceError:  # what was refused
        raise
    except DAMAGED as error:
        met["damaged_xml"].append(str(error))
    _plain_names(reader.gathered)
    met["attributes_left_out"] = sorted(map(shown, reader.others))
    return reader.gathered.extract(path, "trace", KINDS)


class _Reader:
    """What the parser calls at each element."""

    def __init__(self, gathered: Gathered) -> None:
        self.gathered = gathered
        self.path: list[str] = [""]
        self.traces = 0
        self.case: dict[str, str] = {}
        self.event: dict[str, str] = {}
        self.events: list[dict[str, str]] = []
        self.others: set[str] = set()
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler, self.parser.EndElementHandler = self.begin, self.end
        self.parser.StartDoctypeDeclHandler = self.doctype

    def doctype(self, *_: Any) -> None:
        """Refuse a document type: it declares entities."""
        refuse("it has a document type", "XES", "remove the DOCTYPE", "XES without entities")

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        inside = self.path[-1]
        self.path.append(tag)
        if tag == "event":
            self.event = {}
        elif inside in ("event", "trace") and "key" in attributes:
            part = self.event if inside == "event" else self.case
            part[attributes["key"]] = attributes.get("value", "")

    def end(self, _: str) -> None:
        tag = self.path.pop()
        if tag == "event":
            self.events.append(self.event)
            if self.path[-1] != "trace":
                self.gathered.met["events_without_item"].append(shown(self.event.get(NAME)))
                self.events.clear()
        elif tag == "trace":
            self.trace()
            self.case, self.events = {}, []

    def trace(self) -> None:
        """Add a trace that is complete."""
        self.traces += 1
        met, ident = self.gathered.met, self.case.pop(NAME, "")
        if not ident:
            ident = f"case {self.traces}"
            met["traces_without_name"].append(ident)
        elif ident in self.gathered.items:
            met["traces_met_twice"].append(ident)
        groups = [event[GROUP] for event in self.events if event.get(GROUP)]
        self.gathered.item(ident, **{"team": groups[-1] if groups else None, **self.case})
        for event in self.events:
            name, step = event.get(NAME, ""), event.get(STEP, "").upper()
            name += f"+{step}" if name and step else ""
            self.gathered.mark(ident, event.get(TIME), name, event.get(WHO))
            self.others |= event.keys() - {NAME, TIME, WHO, GROUP, STEP}


def _plain_names(gathered: Gathered) -> None:
    """Drop the step from all names where there is no other than complete."""
    names = {mark.event for marks in gathered.marks.values() for mark in marks}
    if all(name.endswith(COMPLETE) or "+" not in name for name in names):
        for ident, marks in gathered.marks.items():
            gathered.marks[ident] = [m._replace(event=m.event.removesuffix(COMPLETE))
                                     for m in marks]  # fmt: skip

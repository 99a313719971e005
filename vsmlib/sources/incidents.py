"""Incidents as events: PagerDuty, Opsgenie, and status pages written in Markdown.

PagerDuty's are JSON of ``/incidents`` and, with or beside them, ``/log_entries``: ``triggered,
acknowledged, escalated, assigned, annotated, resolved``, …. Opsgenie's are JSON of
``/v1/incidents``: ``open, resolved, closed``. ``team`` is the service.
"""

from __future__ import annotations

import os
import re
from itertools import islice
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from vsmlib.errors import SourceError, shown
from vsmlib.findings import Kind
from vsmlib.sources.extract import Extract
from vsmlib.sources.gathered import Gathered, Reader, gathering, listed, named
from vsmlib.sources.objects import Found, at, files

__all__ = ["is_status_page", "read_incidents", "read_status_page"]

TELLING = re.compile(rb'"(?:incident_number|tinyId)"\s*:|"\w+_log_entry"')
MARKDOWN = re.compile(r"(?:.*/)?[^./][^/]*\.(?:md|markdown)", re.I)
FRONT = re.compile(r"---[ \t]*\r?\n(.*?\n)---", re.S)
LOOK_FILES, LOOK_BYTES = 20, 4096
LOG_ENTRY = "_log_entry"
# What PagerDuty's log entries are called as events; others (notify) pass by.
ENTRIES = {"trigger": "triggered", "acknowledge": "acknowledged", "resolve": "resolved",
           "unacknowledge": "unacknowledged", "escalate": "escalated", "assign": "assigned",
           "reassign": "assigned", "snooze": "snoozed", "annotate": "annotated"}  # fmt: skip
KINDS: tuple[Kind, ...] = (
    ("damaged_front_matter", "error", "{n} pages have a head that cannot be read", "refused"),
    ("not_resolved", "note", "{n} incidents are not resolved, or do not say when", "kept as open"),
)  # fmt: skip


def _take(gathered: Gathered, found: Found) -> bool:
    thing = found.thing
    ident = str(thing.get("id"))
    if "incident_number" in thing:
        gathered.item(
            ident, item_type="incident", team=at(thing, "service", "summary"),
            priority=at(thing, "priority", "summary") or thing.get("urgency"),
            number=str(thing["incident_number"]), status=thing.get("status"),
            created_at=thing.get("created_at"), ended_at=thing.get("last_status_change_at"),
        )  # fmt: skip
        gathered.waiting += [{"incident": thing} | entry for entry in
                             listed(thing.get("log_entries"))]  # fmt: skip
    elif str(thing.get("type")).endswith(LOG_ENTRY) and at(thing, "incident", "id"):
        gathered.waiting.append(thing)
    elif "tinyId" in thing:
        _opsgenie(gathered, ident, thing)
    else:
        return False
    return True


def _opsgenie(gathered: Gathered, ident: str, thing: Any) -> None:
    team = thing.get("ownerTeam") or named(thing.get("impactedServices"))
    status = thing.get("status")
    gathered.item(ident, item_type="incident", team=team, priority=thing.get("priority"),
                  number=thing["tinyId"], status=status)  # fmt: skip
    begun = gathered.mark(ident, thing.get("impactStartDate") or thing.get("createdAt"), "open")
    ended = thing.get("impactEndDate") or thing.get("updatedAt")
    _end(gathered, ident, status, ended if status in ("resolved", "closed") else None, begun)


def _finish(gathered: Gathered) -> None:
    """Make PagerDuty's events: of the log where there is one, else of the incident itself."""
    for entry in {str(entry.get("id")): entry for entry in gathered.waiting}.values():
        ident = str(at(entry, "incident", "id"))
        event = ENTRIES.get(str(entry.get("type")).removesuffix(LOG_ENTRY))
        if ident not in gathered.items:
            gathered.met["events_without_item"].append(f"{ident}: {entry.get('type')}")
        elif event:
            gathered.mark(ident, entry.get("created_at"), event, entry.get("agent"))
    for ident, facts in gathered.items.items():
        begun, ended = facts.pop("created_at", None), facts.pop("ended_at", None)
        told = {mark.event for mark in gathered.marks.get(ident, ())}
        if begun and "triggered" not in told:
            gathered.mark(ident, begun, "triggered")
        if begun and "resolved" not in told:
            ended = ended if facts.get("status") == "resolved" else None
            _end(gathered, ident, "resolved", ended, gathered.micros(begun))


def _end(gathered: Gathered, ident: str, event: str | None, when: Any, begun: int | None) -> None:
    if when is None:
        gathered.met["not_resolved"].append(ident)
        return
    ended = gathered.mark(ident, when, event)
    if ended is not None and begun is not None and ended < begun:
        gathered.met["ends_before_it_begins"].append(ident)


read_incidents = Reader("incidents", "incidents", "incident", TELLING, _take, _finish, KINDS)


# --- status pages -------------------------------------------------------------------------------


def is_status_page(path: Path) -> bool:
    """Whether a folder or an archive holds incident pages, by the heads of its Markdown files."""
    try:
        first = islice(files(path, MARKDOWN), LOOK_FILES)
        heads = [content.read(LOOK_BYTES) for _, content in first]
    except SourceError:
        return False
    return any(b"resolvedWhen" in head or b"\nseverity:" in head for head in heads)


def read_status_page(path: str | os.PathLike[str], *, timezone: str | None = None) -> Extract:
    """Read the incidents of a status page kept as Markdown with front matter (cState and kin).

    Parameters
    ----------
    path : path
        A folder or an archive of pages whose heads have ``date``, ``resolvedWhen``, ``severity``
        and ``affected``.
    timezone : str, optional
        The zone of times without offset.

    Returns
    -------
    Extract
        ``started`` and ``resolved``; an item is a page, by its name; ``severity`` is the priority,
        what is affected first is the team.

    Raises
    ------
    SourceError
        If there is no incident in it, or an archive cannot be read.
    """
    gathered = gathering("status page", timezone=timezone)
    for place, content in files(Path(path), MARKDOWN):
        head = FRONT.match(content.read().decode("utf-8-sig", "replace"))
        if not head:
            gathered.met["other_objects"].append(shown(place))
            continue
        try:
            _page(gathered, re.split(r"[/:\\]", place)[-1].rpartition(".")[0],
                  YAML(typ="base", pure=True).load(head[1]))  # fmt: skip
        except (YAMLError, ValueError) as error:
            gathered.met["damaged_front_matter"].append(f"{shown(place)}: {str(error)[:60]}")
    return gathered.extract(Path(path), "incident", KINDS)


def _page(gathered: Gathered, ident: str, head: Any) -> None:
    if not isinstance(head, dict) or "date" not in head:
        raise ValueError("no date")
    affected = named(head.get("affected"))
    gathered.item(ident, item_type="incident", priority=head.get("severity"), affected=affected,
                  team=affected.split(", ")[0] if affected else None)  # fmt: skip
    begun = gathered.mark(ident, _padded(head["date"]), "started")
    if begun is not None:
        _end(gathered, ident, "resolved", _padded(head.get("resolvedWhen")), begun)


def _padded(time: Any) -> str | None:
    """Write an hour with two digits: people leave the zero out."""
    return re.sub(r"(?<=[T ])(?=\d:)", "0", str(time)) if time else None

"""Jira's CSV export: columns that repeat, and no changelog."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from vsmlib.findings import Finding, Kind, found
from vsmlib.sources.delimited import header_of
from vsmlib.sources.extract import Extract, is_bot
from vsmlib.sources.table import read_table, texts
from vsmlib.sources.unpack import refuse

__all__ = ["is_jira_csv", "read_jira_csv"]

HEADER, EITHER = {"Issue key", "Created"}, {"Issue Type", "Status"}
# Item columns and the columns they come from; several values are joined.
FACTS: dict[str, tuple[str, ...]] = {
    "item_type": ("issue type",), "team": ("project key",), "priority": ("priority",),
    "status": ("status",), "resolution": ("resolution",), "number": ("issue id",),
    "labels": ("labels",), "components": ("component/s", "components"),
    "fix_versions": ("fix version/s", "fix versions"), "sprints": ("sprint",),
    "due_date": ("due date",), "flagged": ("custom field (flagged)", "flagged"),
}  # fmt: skip
PARENTS = ("parent key", "parent", "parent id", "custom field (epic link)", "epic link")
LINK = re.compile(r"((?:in|out)ward) issue link \((.*)\)")
# People by what does not change, where the export has it beside the name.
CREATORS = ("creator id", "creator", "reporter id", "reporter")
KINDS: tuple[Kind, ...] = (
    ("items_read", "note", "{n} issues were read", "kept"),
    ("no_changelog", "error", "{n} issues come without changelog: a CSV export has none",
     "kept as `created`, `resolved` and the last status; fetch REST objects with expand=changelog"
     " for the stages in between"),
    ("status_without_time", "warning", "{n} issues do not say since when the status holds",
     "status left out"),
)  # fmt: skip
AGAIN = re.compile(r"_\d+$")
Row = dict[str, list[str]]


def is_jira_csv(path: Path) -> bool:
    """Whether a file is Jira's CSV export, by its header."""
    names = {*header_of(path)}
    return names >= HEADER and not names.isdisjoint(EITHER)


def read_jira_csv(
    path: str | os.PathLike[str],
    *,
    timezone: str | None = None,
    time_format: str | None = None,
    bots: Iterable[str] = (),
) -> Extract:
    """Read the CSV that Jira's issue search exports.

    Parameters
    ----------
    path : path
        A CSV file with Jira's English column names; columns may repeat (Sprint, Comment, Labels).
    timezone, time_format : str, optional
        The zone of its times, which is that of the profile of who exported it; their format.
    bots : iterable of str
        Accounts that are bots.

    Returns
    -------
    Extract
        ``created``, ``commented``, ``worklog_added``, ``resolved``, and the last status: since its
        category changed (Cloud) or at the resolution. The changes in between are not in the export.

    Raises
    ------
    SourceError
        If there is no issue in it, or its times need a zone.
    """
    path, listed = Path(path), frozenset(name.lower() for name in bots)
    table, told = texts(path)
    rows = [_row(table.columns, cells) for cells in table.itertuples(index=False)]
    keys = {_first(row, "issue id"): _first(row, "issue key") for row in rows}
    events = [event for row in rows for event in _events(row, keys, listed)]
    if not events:
        refuse("no issue with a key and a time", str(path), "export the columns Key and Created")
    frame = pd.DataFrame(events).assign(source="jira", seq=range(len(events)))
    extract = read_table(frame, item="item_id", time="timestamp", event="event", actor="actor",
                         timezone=timezone, time_format=time_format,
                         name=path.name.split(".")[0])  # fmt: skip
    told = [finding for finding in told if finding.code != "column_renamed"]
    findings = [*_receipt(rows), *told, *extract.findings[1:]]
    return Extract(extract.events, extract.items, findings, None, extract.name)


def _row(names: Iterable[str], cells: Iterable[str | None]) -> Row:
    """Put the values of columns that repeat (Labels, Labels_2, …) together."""
    row: Row = {}
    for name, cell in zip(names, cells, strict=True):
        if isinstance(cell, str):
            row.setdefault(AGAIN.sub("", name).lower(), []).append(cell)
    return row


def _first(row: Row, *names: str) -> str | None:
    return next((row[name][0] for name in names if name in row), None)


def _events(row: Row, keys: dict[str | None, str | None], bots: frozenset[str]) -> Iterator[Any]:
    """Give the events of an issue, each with what is known of the issue."""
    parent = _first(row, *PARENTS)
    links = [f"{kind[1]} {kind[2]} {key}" for name, cells in row.items()
             for kind in [LINK.fullmatch(name)] if kind for key in cells]  # fmt: skip
    facts = {column: ", ".join(v for name in names for v in row.get(name, ())) or None
             for column, names in FACTS.items()}  # fmt: skip
    facts |= {"parent_id": keys.get(parent, parent), "links": ", ".join(links) or None}
    ended = _first(row, "resolved")
    since = _first(row, "status category changed") or ended
    told: list[tuple[str | None, ...]] = [
        (_first(row, "created"), "created", _first(row, *CREATORS))
    ]
    told += [(when, "commented", who) for when, who in _parts(row.get("comment", ()), 0)]
    told += [(when, "worklog_added", who) for when, who in _parts(row.get("log work", ()), 1)]
    told += [(ended, "resolved", None), (since, _first(row, "status"), None)]
    for when, event, who in told:
        if when and event and "issue key" in row:
            kind = ("bot" if is_bot(who, bots=bots) else "user") if who else None
            yield {"item_id": row["issue key"][0], "timestamp": when, "event": event,
                   "actor": who, "actor_type": kind, **facts}  # fmt: skip


def _parts(cells: Iterable[str], place: int) -> Iterator[tuple[str, str | None]]:
    """Give time and author of comments (time;author;text) and work (text;time;author;seconds)."""
    for cell in cells:
        parts = cell.split(";")
        at = place if place == 0 else len(parts) - 3
        if len(parts) >= 3 and at >= 0:
            yield parts[at].strip(), parts[at + 1].strip() or None


def _receipt(rows: list[Row]) -> list[Finding]:
    keys = [row["issue key"][0] for row in rows if "issue key" in row]
    unknown = [row["issue key"][0] for row in rows if "issue key" in row
               and not _first(row, "status category changed", "resolved")]  # fmt: skip
    return found({"items_read": keys, "no_changelog": keys, "status_without_time": unknown}, KINDS)

"""Deployments or incidents in a table: one row each, as spreadsheets and services export them.

Which of them it is, its columns say: ``deployed_at`` (or a deployment's time, date) tells
deployments; a begin and an end beside ``severity`` or ``incident…`` tell incidents. Deployments
have their status as event, ``deployed`` without one; incidents ``started`` and ``resolved``. Item
columns: ``team`` (else the service), ``service, environment, commit, priority``, of incidents
``deployment`` (the one to blame, if the table knows it), of deployments ``unplanned``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from vsmlib.findings import Finding
from vsmlib.sources.delimited import header_of
from vsmlib.sources.extract import Extract, as_arrow
from vsmlib.sources.table import read_table, texts

__all__ = ["is_deployments", "is_incidents", "read_deployment_table", "read_incident_table"]

# Names of columns without signs and capitals, the better ones first.
DEPLOYED = "deployedat deploymenttime deploytime deploymentdate deploydate".split()
BEGUN = "startedat started starttime begunat begin triggeredat detectedat openedat".split()
OVER = "resolvedat resolved endedat endtime recoveredat restoredat closedat".split()
INCIDENT = "incidentid incident incidentnumber severity".split()
STATUS = "status result outcome state conclusion".split()
FACTS = {
    "team": "team service application app".split(),
    "service": "service application app component".split(),
    "environment": "environment env".split(),
    "commit": "commit commitsha sha revision".split(),
    "priority": "severity priority urgency".split(),
}
IDS = {"deployment": "deploymentid deployment id number".split(),
       "incident": "incidentid incident incidentnumber id number".split()}  # fmt: skip
OWN = {"deployment": {"unplanned": "unplanned hotfix rework".split()},
       "incident": {"deployment": "deploymentid deployment causedby".split()}}  # fmt: skip


def is_deployments(path: Path) -> bool:
    """Whether a file is a table of deployments, by its header."""
    return _has(_plain(header_of(path)), DEPLOYED)


def is_incidents(path: Path) -> bool:
    """Whether a file is a table of incidents, by its header."""
    names = _plain(header_of(path))
    return _has(names, INCIDENT) and _has(names, BEGUN) and _has(names, OVER)


def _plain(names: Iterable[str]) -> list[str]:
    return [re.sub(r"[\W_]+", "", name).casefold() for name in names]


def _has(names: Iterable[str], wanted: Iterable[str]) -> bool:
    return not {*names}.isdisjoint(wanted)


def read_deployment_table(
    path: Path, *, timezone: str | None = None, time_format: str | None = None
) -> Extract:
    """Read tables with one row a deployment: a file, or a folder of them."""
    table, told = _rows(path, "deployment")
    status = _column(table, STATUS).str.lower().fillna("deployed")
    events = _facts(table, "deployment").assign(
        timestamp=_column(table, DEPLOYED), event=status, source="deployments"
    )
    return _read(events, path, told, timezone, time_format)


def read_incident_table(
    path: Path, *, timezone: str | None = None, time_format: str | None = None
) -> Extract:
    """Read tables with one row an incident: a file, or a folder of them."""
    table, told = _rows(path, "incident")
    facts = _facts(table, "incident").assign(source="incidents")
    events = pd.concat(
        facts.assign(timestamp=_column(table, names), event=event)
        for names, event in ((BEGUN, "started"), (OVER, "resolved"))
    ).dropna(subset="timestamp")
    extract = _read(events, path, told, timezone, time_format)
    made = as_arrow(extract.events).select(["item_id", "t", "event"]).to_pandas()
    wide = made.pivot_table(index="item_id", columns="event", values="t", aggfunc="min")
    if back := [str(i) for i in wide.index[wide.get("resolved") < wide.get("started")]]:
        what = f"{len(back):,} items end before they begin"
        done, first = "kept; their durations mislead", tuple(back[:3])
        extract.findings.append(
            Finding("ends_before_it_begins", "error", len(back), what, done, first)
        )
    return extract


def _rows(path: Path, kind: str) -> tuple[pd.DataFrame, list[Finding]]:
    """Give the rows as texts under plain names, and what was met."""
    files = sorted(filter(Path.is_file, path.rglob("*"))) if path.is_dir() else [path]
    parts = [texts(file) for file in files]
    tables = [part.set_axis(_plain(part.columns), axis=1) for part, _ in parts]
    table = pd.concat([part.loc[:, ~part.columns.duplicated()] for part in tables])
    table = table.reset_index(drop=True)
    numbers = pd.Series(table.index + 1, table.index).map(lambda n: f"{kind} {n}")
    return table.assign(item=_column(table, IDS[kind]).fillna(numbers)), [
        finding for _, told in parts for finding in told
    ]


def _column(table: pd.DataFrame, names: Sequence[str]) -> pd.Series[str]:
    """Give the first column of these that there is, or one of nothing."""
    found = next((table[name] for name in names if name in table), None)
    return pd.Series(None, table.index, dtype="str") if found is None else found


def _facts(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    columns = {name: _column(table, names) for name, names in (FACTS | OWN[kind]).items()}
    return pd.DataFrame({"item_id": table["item"], "item_type": kind, **columns})


def _read(
    events: pd.DataFrame, path: Path, told: list[Finding], timezone: str | None, style: str | None
) -> Extract:
    name = path.resolve().name.split(".")[0]
    extract = read_table(events, item="item_id", time="timestamp", event="event",
                         timezone=timezone, time_format=style, name=name)  # fmt: skip
    count, noun = events["item_id"].nunique(), events["item_type"].iat[0]
    read = Finding("items_read", "note", count, f"{count:,} {noun}s were read")
    return Extract(extract.events, extract.items, [read, *told, *extract.findings[1:]], None, name)

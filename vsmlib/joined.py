"""Reading, with what belongs together put together: one timeline an item across tools."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from vsmlib.errors import SourceError
from vsmlib.flow import Flow
from vsmlib.log import EventLog
from vsmlib.log import read as read_log
from vsmlib.measure import Delivery, delivery, deployments
from vsmlib.measure.delivery import CHANGES
from vsmlib.sources.several import clone_in
from vsmlib.stitch import contents, in_production, links, timelines
from vsmlib.stream import ValueStream
from vsmlib.waits import suggest

__all__ = ["read", "stitched"]

STITCH = "stitch"
ROLES = dict.fromkeys(CHANGES, "change") | {"run": "build", "deployment": "deployment",
                                            "incident": "incident"}  # fmt: skip
STARTS, CALM = ("in_progress", "running", "inProgress"), ("schedule", "scheduled")
Frame = pd.DataFrame


def read(
    source: Any,
    *,
    stitch: bool | None = None,
    pseudonymous: bool = True,
    engine: str | None = None,
    **options: Any,
) -> EventLog:
    """Read any source to an event log.

    Parameters
    ----------
    source : path, str or dataframe
        A file, a folder (also of several sources side by side, or one of `vsmlib.save`), an
        archive, a git clone,
        ``duckdb:///f.duckdb?table=events``, a dataframe of any engine Narwhals knows, or
        ``sample``.
    stitch : bool, optional
        Join issues, changes, builds, deployments and incidents to one timeline an item, by
        `stitched`; by default where a folder holds several sources.
    pseudonymous : bool, default True
        Show people as ``person-001``, …; ``False`` keeps their names.
    engine : str, optional
        ``duckdb``, on this machine; or ``spark``, which reads Parquet files where they are: each
        measure of the log then runs there. What other readers give passes through this machine.
    **options
        As for `vsmlib.sources.load`: ``item, time, event, actor, start, end, timezone,
        time_format`` for tables; ``bots``, ``git`` for GitHub objects.

    Returns
    -------
    EventLog

    Raises
    ------
    SourceError
        If the source is not there, cannot be read, or says nothing usable.

    Examples
    --------
    >>> read("sample").event_names[:3]
    ['approved', 'assigned', 'changes_requested']
    """
    log = read_log(source, pseudonymous=pseudonymous, engine=engine, **options)
    if stitch is None and len(log.source_names) > 1 and STITCH not in log.source_names:
        types = set(log.items["item_type"].dropna())
        stitch = bool(types & {*CHANGES}) and bool(types - {*CHANGES})
    return stitched(log, _brought_in(log, clone_in(source))) if stitch else log


def _brought_in(log: EventLog, clone: Path | None) -> Frame | None:
    """Tell from a clone that stands beside deployments which commits came with which of them."""
    if clone is None or "commit" not in log.item_columns:
        return None
    deploys = deployments(log, where={"item_type": ["deployment"]})
    found = contents(deploys, clone) if len(deploys) else deploys
    return found if len(found) else None


def stitched(log: EventLog, brought: Frame | None = None) -> EventLog:
    """Put issues, changes, builds, deployments and incidents of one log into one timeline an issue.

    Parameters
    ----------
    log : EventLog
        Of all of them.
    brought : DataFrame, optional
        Of `vsmlib.stitch.contents`: which commits came with which deployment. The column
        ``deployment`` of the changes then says so.

    Returns
    -------
    EventLog
        All items of the log, with the column ``role``: ``item`` (an issue, which flows), ``change,
        build, deployment, incident``. Items have the events of `vsmlib.stitch.timelines`, changes
        ``deployed`` and their incidents. The ready-made stream ``idea-to-cash`` reads it, and
        `vsmlib.suggest` drafts one with the states of any tracker.

    Raises
    ------
    SourceError
        If there is no change in it.
    """
    items = log.items
    role = items["item_type"].map(ROLES).fillna("item")
    items = items.assign(role=role)
    if not (role == "change").any():
        what, accepted = "nothing to stitch", "pull requests, merge requests or commits, and issues"
        raise SourceError(what, where=log.name, accepted=accepted, hint="put them into one folder")
    found, events, findings = delivery(log, contents=brought), log.events, log.findings
    if brought is not None and found.changed is not None:
        with_what = items["item_id"].map(found.changed.set_index("item_id")["deployment"])
        items["deployment"] = with_what.fillna(items.get("deployment", with_what))
    came = _known(found)
    if (role == "item").any():
        changes = log.only("item_type", CHANGES)
        issues = log.only("item_id", items.loc[role == "item", "item_id"])
        flow = Flow(changes, _stream(changes))
        joined = timelines(
            issues, flow, links(issues, changes, anywhere="git" in log.source_names),
            deployed=came, incidents=found.incident if came is not None else None,
            builds=_runs(log, "commit"), checks=_runs(log, "head"), own=suggest(issues).stream,
        )  # fmt: skip
        counted = joined.items.set_index("item_id")["changes"]
        items = items.assign(changes=items["item_id"].map(counted).astype("Int64"))
        others = events[~events["item_id"].isin(counted.index)]
        events, findings = pd.concat([joined.events, others]), [*findings, *joined.findings]
    if came is not None:
        parts = in_production(came, found.incident)
        events = pd.concat([events, *(part.assign(source=STITCH) for part in parts)])
    return log.remade(events, items, findings)


def _stream(changes: EventLog) -> ValueStream:
    """Say when changes are worked on and when they wait; a merge ends them."""
    told = {"authored": "git", "ready_for_review": "github-pull-requests"}
    name = next((told[event] for event in told if event in changes.event_names), None)
    return ValueStream.load(name) if name else suggest(changes).stream


def _known(found: Delivery) -> Frame | None:
    """Give when changes came into production; those of a first deployment nobody knows."""
    if found.deploys is None or found.changed is None:
        return None
    return found.changed[found.changed["unknown_start"].ne(True)]


def _runs(log: EventLog, column: str) -> Frame | None:
    """Give the runs of CI on the commit that a column of the changes names, not those by the clock.

    One row a change: from the first start to the last end.
    """
    items, events = log.items, log.events
    if not {column, "commit", "trigger"} <= {*items}:
        return None
    runs = items[items["item_type"].eq("run") & ~items["trigger"].isin(CALM)]
    mine = items.loc[items["item_type"].isin(CHANGES), ["item_id", column]].dropna()
    pairs = mine.merge(runs[["item_id", "commit"]].dropna(), left_on=column, right_on="commit",
                       suffixes=("", "_of_run"))  # fmt: skip
    if pairs.empty:
        return None
    begun = events["event"].isin(STARTS)
    first = events[begun].groupby("item_id")["timestamp"].min()
    last = events[~begun].groupby("item_id")["timestamp"].max()
    spans = pairs.assign(started_at=pairs["item_id_of_run"].map(first),
                         ended_at=pairs["item_id_of_run"].map(last))  # fmt: skip
    return spans.groupby("item_id").agg({"started_at": "min", "ended_at": "max"}).reset_index()

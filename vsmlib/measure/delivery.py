"""What a log says about delivery: its changes, deployments and incidents, put together."""

from __future__ import annotations

from typing import Literal, NamedTuple

import pandas as pd

from vsmlib.flow import Flow
from vsmlib.log import EventLog, from_us
from vsmlib.measure.deployed import (
    blamed,
    by_team,
    changes,
    deployed,
    deployments,
    incidents,
    released,
)
from vsmlib.measure.dora import Window, dora, lead_times, outcomes, recoveries, window

__all__ = ["CHANGES", "Delivery", "delivery", "dora_periods", "dora_times", "five_keys"]

CHANGES = ("pull_request", "merge_request", "commit")
PRODUCTION = r"(?i)(?:^|\W|_)(?:prod|production|live)(?:$|\W|_)"
TELLS = {
    "releases": "Deployments are the releases by tag that carry the changes.",
    "merges": "Deployments are the merges: this source tells of no others.",
}
BY_COMMIT = "A change came with the deployment that brought its commit in."
HOME = r"^(.+)[#!]\d+$"  # the repository in the id of a change
Frame = pd.DataFrame
Style = Literal["deployments", "releases", "merges"]


class Delivery(NamedTuple):
    """Tables for `vsmlib.measure.dora`; None of what the log does not have.

    Attributes
    ----------
    changed, deploys, incident : DataFrame or None
        Of `deployed` (or `released`), `deployments` and `blamed`.
    told : list of str
        How they were found and joined, a sentence each.
    """

    changed: Frame | None
    deploys: Frame | None
    incident: Frame | None
    told: list[str]

    @property
    def columns(self) -> list[str]:
        """What the keys can be split by: columns that deployments have values in."""
        return [] if self.deploys is None else [*self.deploys.dropna(axis=1, how="all").columns]


def delivery(
    log: EventLog,
    *,
    style: Style | None = None,
    contents: Frame | None = None,
    within: pd.Timedelta | None = None,
) -> Delivery:
    """Find changes, deployments and incidents in a log, and what belongs to what.

    Parameters
    ----------
    log : EventLog
        Of all of them, as `vsmlib.read` gives it for a folder that holds several sources.
    style : {"deployments", "releases", "merges"}, optional
        What counts as a deployment: items of that type, in the environments that are called
        production or live where any is; the releases that changes tell themselves (tags); or
        merging (trunk-based). By default the first of them that the log has; the last only where
        it has incidents.
    contents : DataFrame, optional
        Of `vsmlib.stitch.contents`: which commits came with which deployment.
    within : Timedelta, optional
        Incidents that began later than this after a deployment are not its.

    Returns
    -------
    Delivery

    Examples
    --------
    >>> import vsmlib as vsm
    >>> len(delivery(vsm.read("sample")).deploys)
    12
    """
    types = set(log.items["item_type"].dropna())
    mine = [name for name in CHANGES if name in types]
    changed = _homed(changes(log, where={"item_type": mine})) if mine else None
    style, told = style or _style(types, changed), list[str]()
    deploys = None
    if style == "deployments":
        deploys = _deployments(log, told)
        if changed is not None:
            told += [BY_COMMIT] if contents is not None or "deployment" in changed else []
            changed = deployed(_teams(changed, deploys, told, "Changes"), deploys, contents)
    elif style and changed is not None:
        changed = changed if style == "releases" else _merging(changed, told)
        changed, deploys = released(changed)
        told.insert(0, TELLS[style])
    if deploys is None or not len(deploys):
        return Delivery(changed, None, None, told)
    incident = _incidents(log, deploys, within, told) if "incident" in types else None
    return Delivery(changed, deploys, incident, told)


def _incidents(
    log: EventLog, deploys: Frame, within: pd.Timedelta | None, told: list[str]
) -> Frame:
    found = incidents(log, where={"item_type": ["incident"]})
    late = f" at most {within} earlier" if within is not None else ""
    made = blamed(_teams(found, deploys, told, "Incidents"), deploys, within)
    told.append(f"An incident belongs to the last deployment before it began{late}.")
    return made


def _style(types: set[str], changed: Frame | None) -> Style | None:
    if "deployment" in types:
        return "deployments"
    if changed is None or not changed["merged_at"].notna().any():
        return None
    if changed["released_at"].notna().any():
        return "releases"
    return "merges" if "incident" in types else None


def _merging(changed: Frame, told: list[str]) -> Frame:
    """Let each merge release; a change begun at its very merge was squashed or rebased."""
    squashed = changed["begun_at"].eq(changed["merged_at"])
    if squashed.any():
        told.append(f"{squashed.sum():,} changes were squashed: when they were begun is not known.")
    begun = changed["begun_at"].mask(squashed)
    return changed.assign(released_at=changed["merged_at"], begun_at=begun)


def _homed(changed: Frame) -> Frame:
    """Name the repository of a change as its team, where nothing else is said."""
    home = changed["item_id"].str.extract(HOME, expand=False)
    return changed.assign(team=changed["team"].fillna(home))


def _deployments(log: EventLog, told: list[str]) -> Frame:
    where = {"item_type": ["deployment"]}
    places = log.items["environment"].dropna() if "environment" in log.item_columns else None
    if places is not None:
        live = sorted(set(places[places.str.contains(PRODUCTION)]))
        if live:
            where["environment"] = live
            told.append(f"Deployments are those to {', '.join(live)}.")
    return deployments(log, where=where)


def _teams(table: Frame, deploys: Frame, told: list[str], what: str) -> Frame:
    """Leave the teams of a table out where it shares none with the deployments."""
    if not by_team(table, deploys) or set(table["team"]) & set(deploys["team"]):
        return table
    told.append(f"{what} and deployments share no team by name, so they are joined by time alone.")
    return table.assign(team=None)


def _window(flow: Flow, deploys: Frame) -> Window:
    zone = flow.stream.zone
    days = [None if t is None else from_us(t).astimezone(zone).date()
            for t in (flow.start_us, flow.end_us)]  # fmt: skip
    return window(deploys, *days, timezone=str(zone))


def five_keys(flow: Flow, by: str | None = None, found: Delivery | None = None) -> Frame:
    """Measure the five DORA keys of a flow's log in its window.

    Parameters
    ----------
    flow : Flow
        Its log and its window count, not its visits.
    by : str, optional
        A column of the deployments, such as ``team`` or ``service``.
    found : Delivery, optional
        By default what `delivery` finds.

    Returns
    -------
    pandas.DataFrame
        As `vsmlib.measure.dora`; without rows if the log tells of no deployment.

    Examples
    --------
    >>> import vsmlib as vsm
    >>> flow = vsm.Flow(vsm.read("sample"), vsm.ValueStream.load("github-pull-requests"))
    >>> five_keys(flow)["bucket"][1]
    'once a month to once in six months (2025)'
    """
    found = found or delivery(flow.log)
    if found.deploys is None:
        return Frame(columns=["key", "value", "unit", "n", "p50", "p85", "p95", "mean", "bucket"])
    first, last, zone = _window(flow, found.deploys)
    days = {"start": first.date(), "end": last.date()}
    return dora(found.changed, found.deploys, found.incident, by=by, timezone=zone, **days)


def dora_times(flow: Flow, found: Delivery | None = None) -> Frame:
    """List what stands behind the two keys that are times.

    Returns
    -------
    pandas.DataFrame
        One row a change or incident: ``key, item_id, at`` (UTC: of the deployment that brought
        the change in; of the incident's begin)``, seconds``.
    """
    found = found or delivery(flow.log)
    parts = [Frame(columns=["key", "item_id", "at", "seconds"])]
    if found.deploys is not None:
        good = _window(flow, found.deploys).of(found.deploys)
        if found.changed is not None:
            parts.append(lead_times(found.changed, good).assign(key="change_lead_time"))
        if found.incident is not None:
            known = recoveries(found.incident, good)
            parts.append(known.assign(key="failed_deployment_recovery_time"))
    full = [part for part in parts if len(part)]
    return pd.concat(full, ignore_index=True)[parts[0].columns] if full else parts[0]


def dora_periods(flow: Flow, *, weeks: int = 1, found: Delivery | None = None) -> Frame:
    """Count deployments by period and by how they went.

    Returns
    -------
    pandas.DataFrame
        ``week`` (the first local day of so many weeks, from the window's first on), ``outcome``
        (``failed``: with an incident, ``rework``: a fix or unplanned, ``fine``), ``deployments``.
    """
    found = found or delivery(flow.log)
    if found.deploys is None:
        return Frame(columns=["week", "outcome", "deployments"])
    seen = _window(flow, found.deploys)
    good = seen.of(found.deploys)
    days = good["deployed_at"].dt.tz_convert(seen.timezone).dt.tz_localize(None)
    begin, span = seen.first.tz_localize(None), pd.Timedelta(weeks=weeks)
    week = begin + (days - begin) // span * span
    made = good.assign(week=week, outcome=outcomes(found.incident, good))
    return made.groupby(["week", "outcome"]).size().rename("deployments").reset_index()

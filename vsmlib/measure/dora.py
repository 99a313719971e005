"""The five DORA keys, as dora.dev defines them (January 2026)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

import pandas as pd

from vsmlib.errors import ParameterError, one_of
from vsmlib.measure.deployed import by_team, even, lead_time_parts

__all__ = ["Window", "dora", "lead_times", "outcomes", "recoveries", "window"]

WEEK, DAY, HOUR = 7 * 86_400, 86_400, 3_600
# Upper ends in seconds, as DORA's quick check offers them since 2024; the year belongs to the name.
BUCKETS_YEAR = 2025
TIMES: dict[float, str] = {
    HOUR: "less than one hour", DAY: "less than one day", WEEK: "one day to one week",
    30 * DAY: "one week to one month", 182 * DAY: "one to six months",
}  # fmt: skip
OFTEN = {1 / 26: "less than once in six months", 7 / 30: "once a month to once in six months",
         1: "once a week to once a month", 7: "once a day to once a week",
         168: "once an hour to once a day"}  # fmt: skip
Frame = pd.DataFrame


def dora(
    changed: Frame | None,
    deploys: Frame,
    incident: Frame | None,
    *,
    start: date | str | None = None,
    end: date | str | None = None,
    by: str | None = None,
    timezone: str = "UTC",
) -> Frame:
    """Measure the five keys.

    Parameters
    ----------
    changed, deploys, incident : DataFrame
        Of `deployed` (or `released`), `deployments` and `blamed`. Without changes or incidents
        their keys have no value.
    start, end : date, optional
        Half-open window of local dates; by default from the first deployment to the last one's day.
    by : str, optional
        A column of the deployments, such as ``team``, that becomes the first key.
    timezone : str
        Whose days these are.

    Returns
    -------
    pandas.DataFrame
        One row a key: ``key, value, unit, n, p50, p85, p95, mean, bucket, population``.

        - ``change_lead_time`` (s, p50): from a change's begin to its deployment in the window;
          changes of a first deployment (unknown start) and negative times are left out.
        - ``deployment_frequency`` (per week): successful deployments / weeks of the window;
          percentiles are of days with a deployment, over the full weeks.
        - ``failed_deployment_recovery_time`` (s, p50): from a deployment to the end of its
          incident.
        - ``change_fail_rate``: deployments with an incident / deployments.
        - ``deployment_rework_rate``: deployments marked ``unplanned`` / deployments; without that
          column, those that came last before an incident ended, while it lasted.

        Percentiles are linear-interpolated. ``bucket`` is DORA's of the year that it names.
    """
    seen = window(deploys, start, end, timezone=timezone)
    good = seen.of(deploys)
    if by is None:
        return _keys(good, changed, incident, seen)
    if by not in good:
        what, accepted, hint = one_of("column", by, good.columns)
        raise ParameterError(what, where="by", accepted=accepted, hint=hint)
    groups = [*good.fillna({by: "(none)"}).groupby(by)] or [("(none)", good)]
    tables = [_keys(part, changed, incident, seen).assign(**{by: name}) for name, part in groups]
    made = pd.concat(tables, ignore_index=True)
    return made[[by, *made.columns.drop(by)]]


class Window(NamedTuple):
    """A half-open span of local days."""

    first: pd.Timestamp
    last: pd.Timestamp
    timezone: str

    def of(self, deploys: Frame) -> Frame:
        """Give the successful deployments in it."""
        at = deploys["deployed_at"]
        return deploys[deploys["succeeded"] & (at >= self.first) & (at < self.last)]


def window(
    deploys: Frame, start: date | str | None, end: date | str | None, *, timezone: str
) -> Window:
    """Take the given days, else those from the first deployment to the last."""
    if not len(deploys):
        raise ParameterError("no deployment to measure", hint="see vsmlib.measure.deployments")
    zone = deploys["deployed_at"].dt.tz_convert(timezone)
    first = pd.Timestamp(start or zone.min().date(), tz=timezone)
    last = pd.Timestamp(end or zone.max().date() + pd.Timedelta(days=1), tz=timezone)
    if first >= last:
        if start and end:
            raise ParameterError(f"the window ends on {last:%Y-%m-%d}, not after {first:%Y-%m-%d}")
        last = first + pd.Timedelta(days=1) if end is None else last
        first = last - pd.Timedelta(days=1) if start is None else first
    return Window(first, last, timezone)


def lead_times(changed: Frame, good: Frame) -> Frame:
    """Give ``item_id, at, seconds`` of the changes that came with these deployments."""
    mine = changed[changed["deployment"].isin(set(good["item_id"]))]
    made = lead_time_parts(mine).rename(columns={"deployed_at": "at", "lead_time_s": "seconds"})
    return made.dropna(subset="seconds")[["item_id", "at", "seconds"]]


def recoveries(incident: Frame, good: Frame) -> Frame:
    """Give ``item_id, at, seconds`` of the resolved incidents of these deployments."""
    hit = incident[incident["deployment"].isin(set(good["item_id"]))]
    seconds = (hit["resolved_at"] - hit["deployed_at"]).dt.total_seconds()
    made = hit.assign(at=hit["started_at"], seconds=seconds)
    return made.dropna(subset="seconds")[["item_id", "at", "seconds"]]


def outcomes(incident: Frame | None, good: Frame) -> Any:
    """Say of each deployment whether it ``failed``, was ``rework``, or went ``fine``."""
    hit = set() if incident is None else set(incident["deployment"].dropna())
    again = good["item_id"].isin(_fixes(incident, good) if incident is not None else set())
    if "unplanned" in good:
        again = good["unplanned"].astype(bool)
    named = again.map({True: "rework", False: "fine"})
    return named.mask(good["item_id"].isin(hit), "failed")


def _keys(good: Frame, changed: Frame | None, incident: Frame | None, seen: Window) -> Frame:
    ids = set(good["item_id"])
    lead = recovery = pd.Series(dtype="float64")
    failed = rework = None
    if changed is not None:
        lead = lead_times(changed, good)["seconds"]
    if incident is not None and ids:
        hit = incident[incident["deployment"].isin(ids)]
        recovery = recoveries(incident, good)["seconds"]
        failed, rework = hit["deployment"].nunique() / len(ids), len(_fixes(hit, good)) / len(ids)
    if "unplanned" in good and ids:
        rework = good["unplanned"].mean()
    rows = [
        _row("change_lead_time", lead, "s", TIMES, "changes deployed in the window"),
        _frequency(good, seen),
        _row("failed_deployment_recovery_time", recovery, "s", TIMES, "resolved incidents"),
    ]
    rows += [
        {"key": key, "value": value, "n": len(ids), "unit": "share",
         "population": "successful deployments in the window"}
        for key, value in (("change_fail_rate", failed), ("deployment_rework_rate", rework))
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["key", "value", "unit", "n", "p50", "p85", "p95", "mean",
                                       "bucket", "population"])  # fmt: skip


def _fixes(hit: Frame, good: Frame) -> set[str]:
    """Deployments that ended an incident: the last one of its team while it lasted."""
    ended = even(hit).dropna(subset="resolved_at").sort_values("resolved_at")
    if not len(ended):
        return set()
    deploys = even(good).sort_values("deployed_at")
    deploys = deploys.rename(columns={"item_id": "fix", "deployed_at": "t"})
    by = by_team(deploys, ended)
    fixed = pd.merge_asof(ended, deploys[[*by, "fix", "t"]], left_on="resolved_at", right_on="t",
                          by=by or None)  # fmt: skip
    return set(fixed.loc[fixed["t"] > fixed["started_at"], "fix"])


def _frequency(good: Frame, seen: Window) -> dict[str, Any]:
    first, last, timezone = seen
    days = good["deployed_at"].dt.tz_convert(timezone).dt.tz_localize(None).dt.normalize()
    bins = pd.date_range(first.tz_localize(None), last.tz_localize(None), freq="7D")
    full = pd.cut(pd.Series(days.unique()), bins, right=False).value_counts() if len(bins) > 1 \
        else pd.Series(dtype="float64")  # fmt: skip
    row = _row("deployment_frequency", full, "per week", {}, "successful deployments in the window")
    value = len(good) / ((last - first).total_seconds() / WEEK)
    named = next((b for most, b in OFTEN.items() if value < most),
                 "on demand, several a day")  # fmt: skip
    return row | {"value": value, "n": len(good), "bucket": f"{named} ({BUCKETS_YEAR})"}


def _row(
    key: str, values: Any, unit: str, buckets: Mapping[float, str], who: str
) -> dict[str, Any]:
    known = len(values) > 0
    quantiles: list[Any] = (
        values.quantile([0.5, 0.85, 0.95]).tolist() if known else [None, None, None]
    )
    named = next((b for most, b in buckets.items() if known and quantiles[0] < most),
                 "more than six months" if known else None)  # fmt: skip
    return {
        "key": key, "value": quantiles[0], "unit": unit, "n": len(values), "p50": quantiles[0],
        "p85": quantiles[1], "p95": quantiles[2], "mean": values.mean() if known else None,
        "bucket": f"{named} ({BUCKETS_YEAR})" if named and buckets else None, "population": who,
    }  # fmt: skip

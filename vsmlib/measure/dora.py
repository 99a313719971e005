"""The five DORA keys, as dora.dev defines them (January 2026)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from vsmlib.errors import ParameterError, one_of
from vsmlib.measure.deployed import by_team, even, lead_time_parts

__all__ = ["dora"]

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
    changed: Frame,
    deploys: Frame,
    incident: Frame,
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
        Of `deployed` (or `released`), `deployments` and `blamed`.
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
    zone = _zoned(deploys, "deployed_at", timezone)
    if not len(zone):
        raise ParameterError("no deployment to measure", hint="see vsmlib.measure.dora.deployments")
    first = pd.Timestamp(start or zone.min().date(), tz=timezone)
    last = pd.Timestamp(end or zone.max().date() + pd.Timedelta(days=1), tz=timezone)
    if first >= last:
        raise ParameterError(f"the window ends on {last:%Y-%m-%d}, not after {first:%Y-%m-%d}")
    good = deploys[deploys["succeeded"] & (zone >= first) & (zone < last)]
    if by and by not in good:
        what, accepted, hint = one_of("column", by, good.columns)
        raise ParameterError(what, where="by", accepted=accepted, hint=hint)
    groups = [(None, good)] if by is None else list(good.fillna({by: "(none)"}).groupby(by))
    tables = [_keys(part, changed, incident, first, last).assign(group=name)
              for name, part in groups]  # fmt: skip
    made = pd.concat(tables, ignore_index=True)
    return made.drop(columns="group") if by is None else \
        made.rename(columns={"group": by})[[by, *made.columns[:-1]]]  # fmt: skip


def _zoned(table: Frame, column: str, timezone: str) -> Any:
    return table[column].dt.tz_convert(timezone)


def _keys(good: Frame, changed: Frame, incident: Frame, first: Any, last: Any) -> Frame:
    ids = set(good["item_id"])
    weeks = (last - first).total_seconds() / WEEK
    mine = changed[changed["deployment"].isin(ids)]
    lead = lead_time_parts(mine)["lead_time_s"].dropna()
    hit = incident[incident["deployment"].isin(ids)]
    recovery = (hit["resolved_at"] - hit["deployed_at"]).dt.total_seconds().dropna()
    failed = hit["deployment"].nunique() / len(ids) if ids else None
    if "unplanned" in good:
        rework = good["unplanned"].mean() if ids else None
    else:
        rework = len(_fixes(hit, good)) / len(ids) if ids else None
    rows = [
        _row("change_lead_time", lead, "s", TIMES, "changes deployed in the window"),
        _frequency(good, first, last, weeks),
        _row("failed_deployment_recovery_time", recovery, "s", TIMES, "resolved incidents"),
        {"key": "change_fail_rate", "value": failed, "n": len(ids)},
        {"key": "deployment_rework_rate", "value": rework, "n": len(ids)},
    ]
    for row in rows[3:]:
        row |= {"unit": "share", "population": "successful deployments in the window"}
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


def _frequency(good: Frame, first: Any, last: Any, weeks: float) -> dict[str, Any]:
    days = _zoned(good, "deployed_at", str(first.tz)).dt.tz_localize(None).dt.normalize()
    bins = pd.date_range(first.tz_localize(None), last.tz_localize(None), freq="7D")
    full = pd.cut(pd.Series(days.unique()), bins, right=False).value_counts() if len(bins) > 1 \
        else pd.Series(dtype="float64")  # fmt: skip
    row = _row("deployment_frequency", full, "per week", {}, "successful deployments in the window")
    value = len(good) / weeks
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

"""Headline figures that items alone tell, of all items or of each group of them."""

from __future__ import annotations

import math
from typing import Any

import narwhals as nw
import pandas as pd

from vsmlib.engine import records
from vsmlib.flow import Flow
from vsmlib.kept import kept
from vsmlib.log import from_us
from vsmlib.measure.groups import DELIVERED, finished, grouped, keys, total
from vsmlib.measure.items import facts
from vsmlib.visits import DAY_US

__all__ = ["by_group", "counts", "headline", "totals", "window"]

Frame = nw.LazyFrame[Any]
ALL, UNDER_WAY = "all", 0
PERCENTILES = 50, 85, 95
SPREAD = "lead_time_s", "cycle_time_s", "wip_age_p85_s"
SUMMED = "flow_efficiency", "mean_flow_efficiency", "rework_share"


@kept
def headline(flow: Flow) -> dict[str, Any]:
    """Headline figures that items alone tell.

    Returns
    -------
    dict
        `measure.summary` without what is read off stages (``rolled_percent_complete_accurate,
        largest_wait``) and without ``quality``; for who draws, a part of its cost.
    """
    return by_group(flow, None)[ALL]


@kept
def totals(flow: Flow) -> dict[str, Any]:
    """Headline figures that need no percentiles, at half the cost of all.

    Returns
    -------
    dict
        `headline` without ``lead_time_s, cycle_time_s, wip_age_p85_s``.
    """
    made = _figure(_ended(_sums(flow, None, [])), {}, window(flow))
    return {name: value for name, value in made.items() if name not in SPREAD}


@kept
def counts(flow: Flow) -> dict[str, Any]:
    """How many items began and ended how, at half the cost of `totals`.

    Returns
    -------
    dict
        `totals` without ``flow_efficiency, mean_flow_efficiency, rework_share``.
    """
    told = flow.lives.select("status", arrived=_arrived(flow))
    rows = told.group_by("status").agg(total("arrived"), items=nw.len())
    made = _figure(_ended(finished(rows, None)), {}, window(flow))
    return {name: value for name, value in made.items() if name not in SPREAD + SUMMED}


def by_group(flow: Flow, by: str | None) -> dict[str, dict[str, Any]]:
    """Return `headline` of each value of an item column, or of all items as ``all``."""
    cycle = "cycle_s" if flow.stream.commitment_index else "lead_s"  # else all time counts
    return _figures(flow, by, {"lead_time_s": "lead_s", "cycle_time_s": cycle})


def _figures(flow: Flow, by: str | None, times: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Word the figures of each group, with percentiles of these columns of times."""
    spanned, sums = window(flow), _sums(flow, by, sorted({*times.values()}))
    groups = sums.groupby("group") if by else [(ALL, sums)]
    return {str(group): _figure(_ended(rows), times, spanned) for group, rows in groups}


def _ended(rows: pd.DataFrame) -> dict[int, dict[str, Any]]:
    return {row["status"]: row for row in records(rows)}


def _arrived(flow: Flow) -> nw.Expr:
    """Count an item, 0 or 1, that began in the window."""
    start = -(2**62) if flow.start_us is None else flow.start_us
    return nw.when(nw.col("first_us") >= start).then(1).otherwise(0)


def _sums(flow: Flow, by: str | None, times: list[str]) -> pd.DataFrame:
    """Sum items up by how they ended."""
    made = {"items": nw.len(), "share": nw.col("share").mean()}
    made |= {f"{name}_sum": nw.col(f"{name}_s").sum() for name in ("lead", "process")}
    for name in times:
        made[f"{name}_mean"] = nw.col(name).mean()
        for q in PERCENTILES:
            made[f"{name}_p{q}"] = nw.col(name).quantile(q / 100, interpolation="linear")
    told = _told(flow, grouped(flow, facts(flow), by), by)
    sums = told.group_by(*keys(by), "status").agg(total("arrived"), total("reworked"), **made)
    return finished(sums, None)


def _told(flow: Flow, sums: Frame, by: str | None) -> Frame:
    """Say of each item what is summed up over items, in one step: an engine reads each anew."""
    lead, process, cycle = (
        nw.col(name).cast(nw.Float64) / 1e6 for name in ("flow_us", "process_us", "cycle_us")
    )
    return sums.select(
        *keys(by),
        "status",
        lead_s=lead,
        process_s=process,
        cycle_s=nw.when(~nw.col("committed_us").is_null()).then(cycle),
        share=nw.when(nw.col("flow_us") > 0).then(process / lead),
        arrived=_arrived(flow),
        reworked=nw.when(nw.col("rework_visits") > 0).then(1).otherwise(0),
    )


def _figure(
    ended: dict[int, dict[str, Any]], times: dict[str, str], window: dict[str, Any]
) -> dict[str, Any]:
    """Word what is known of items by how they ended."""
    items, arrived = (sum(int(row[c]) for row in ended.values()) for c in ("items", "arrived"))
    done, under_way = ended.get(DELIVERED, {}), ended.get(UNDER_WAY, {})
    delivered, in_progress = (int(row.get("items", 0)) for row in (done, under_way))
    weeks = window["days"] / 7
    return {
        "items": items,
        "arrived": arrived,
        "delivered": delivered,
        "cancelled": items - delivered - in_progress,
        "in_progress": in_progress,
        "window": window,
        **{name: _spread(done, column) for name, column in times.items()},
        "flow_efficiency": _ratio(done.get("process_sum"), done.get("lead_sum")),
        "mean_flow_efficiency": _number(done.get("share")),
        "throughput_per_week": _ratio(delivered, weeks),
        "arrivals_per_week": _ratio(arrived, weeks),
        "wip": in_progress,
        "wip_age_p85_s": _number(under_way.get("lead_s_p85")),
        "rework_share": _ratio(done.get("reworked", 0), delivered),
    }


def _spread(row: dict[str, Any], column: str) -> dict[str, float | None]:
    return {at: _number(row.get(f"{column}_{at}")) for at in ("p50", "p85", "p95", "mean")}


def _number(value: float | None) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def _ratio(part: float | None, whole: float | None) -> float | None:
    if part is None or whole is None or pd.isna(part) or not 0 < whole < math.inf:
        return None
    return float(part) / float(whole)


def window(flow: Flow) -> dict[str, Any]:
    """Say what the window is: stated local dates, or else the log's own first and last moments.

    Returns
    -------
    dict
        ``from, to`` (ISO), ``days, observed_until, timezone``, as in `measure.summary`.
    """
    start = flow.first_us if flow.start_us is None else flow.start_us
    end = flow.observed_us if flow.end_us is None else flow.end_us
    zone = flow.stream.zone
    shown = {
        "from": from_us(start).astimezone(zone),
        "to": from_us(end).astimezone(zone),
    }
    days = (end - start) / DAY_US
    if flow.start_us is not None and flow.end_us is not None:
        # Local dates: a month with a clock change is not an hour shorter.
        days = float((shown["to"].date() - shown["from"].date()).days)
    stated = {"from": flow.start_us is not None, "to": flow.end_us is not None}
    return {
        **{k: v.date().isoformat() if stated[k] else v.isoformat() for k, v in shown.items()},
        "days": days,
        "observed_until": from_us(flow.observed_us).isoformat(),
        "timezone": str(zone),
    }

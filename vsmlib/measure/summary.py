"""The headline figures of a flow, as they stand in ``summary.json``."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import narwhals as nw
import pandas as pd

from vsmlib.engine import records
from vsmlib.flow import KINDS, Flow
from vsmlib.kept import kept
from vsmlib.log import from_us
from vsmlib.measure.groups import DELIVERED, finished, grouped, total
from vsmlib.measure.items import facts
from vsmlib.measure.stages import stages
from vsmlib.visits import DAY_US

__all__ = ["headline", "summary"]

Frame = nw.LazyFrame[Any]
ALL = "all"


@kept
def summary(flow: Flow, by: str | None = None) -> dict[str, Any]:
    """Headline figures over the delivered items of the window, and of what is in progress.

    Parameters
    ----------
    flow : Flow
        The visits.
    by : str, optional
        An item column; the summary then has ``by``: the same figures for each of its values.

    Returns
    -------
    dict
        ``items, arrived`` (in the window), ``delivered, cancelled, in_progress, window,
        lead_time_s`` and ``cycle_time_s`` (each ``p50, p85, p95, mean``), ``flow_efficiency``
        (pooled), ``mean_flow_efficiency`` (mean over items), ``throughput_per_week,
        arrivals_per_week, wip, wip_age_p85_s, rework_share,
        rolled_percent_complete_accurate, largest_wait`` (``stage, share_of_lead_time``),
        ``quality``. Figures that do not exist are None.
    """
    made = headline(flow) | _staged(stages(flow)) | {"quality": _quality(flow)}
    if by:
        table = stages(flow, by)
        made["by"] = {
            group: figures | _staged(table[table[by] == group])
            for group, figures in _figures(flow, by).items()
        }
        made["by_column"] = by
    return made


@kept
def headline(flow: Flow) -> dict[str, Any]:
    """Headline figures that items alone tell.

    Returns
    -------
    dict
        `summary` without what is read off stages (``rolled_percent_complete_accurate,
        largest_wait``) and without ``quality``; for who draws, a part of its cost.
    """
    return _figures(flow, None)[ALL]


def _figures(flow: Flow, by: str | None) -> dict[str, dict[str, Any]]:
    window = _window(flow)
    return {str(row["group"]): _figure(row, window) for row in records(_sums(flow, by))}


def _staged(table: pd.DataFrame) -> dict[str, Any]:
    return {
        "rolled_percent_complete_accurate": rolled(table),
        "largest_wait": largest_wait(table),
    }


def _sums(flow: Flow, by: str | None) -> pd.DataFrame:
    made = _told(flow, grouped(flow, facts(flow), by), nw.col("group") if by else nw.lit(ALL))
    spread = [
        nw.col(f"{name}_s").quantile(q / 100, interpolation="linear").alias(f"{name}_p{q}")
        for name in ("lead", "cycle", "age")
        for q in (50, 85, 95)
    ]
    means = [nw.col(f"{name}_s").mean().alias(f"{name}_mean") for name in ("lead", "cycle")]
    counts = [total(name) for name in ("arrived", "delivered", "cancelled", "reworked")]
    sums = [nw.col(f"{name}_s").sum().alias(f"{name}_sum") for name in ("lead", "process")]
    made = made.group_by("group").agg(
        nw.len().alias("items"), *counts, *spread, *means, *sums, nw.col("share").mean()
    )
    return finished(made.sort("group") if by else made, None)


def _told(flow: Flow, sums: Frame, group: nw.Expr) -> Frame:
    """Say of each item what is summed up over items, in one step: an engine reads each anew."""
    status, done = nw.col("status"), nw.col("status") == DELIVERED
    start = -(2**62) if flow.start_us is None else flow.start_us
    lead, process, cycle = (
        us.cast(nw.Float64) / 1e6
        for us in (
            nw.col("process_us") + nw.col("wait_us"),
            nw.col("process_us"),
            nw.col("cycle_us"),
        )
    )
    counted = {
        "arrived": nw.col("first_us") >= start,
        "delivered": done,
        "cancelled": status == KINDS.index("cancelled"),
        "reworked": done & (nw.col("rework_visits") > 0),
    }
    return sums.select(
        group=group,
        lead_s=nw.when(done).then(lead),
        cycle_s=nw.when(done & ~nw.col("committed_us").is_null()).then(cycle),
        process_s=nw.when(done).then(process),
        age_s=nw.when(status == 0).then(lead),
        share=nw.when(done & (lead > 0)).then(process / lead),
        **{name: nw.when(here).then(1).otherwise(0) for name, here in counted.items()},
    )


def _figure(row: dict[str, Any], window: dict[str, Any]) -> dict[str, Any]:
    items, delivered, cancelled = (int(row[c]) for c in ("items", "delivered", "cancelled"))
    spread = {
        f"{name}_time_s": {q: _number(row[f"{name}_{q}"]) for q in ("p50", "p85", "p95", "mean")}
        for name in ("lead", "cycle")
    }
    weeks = window["days"] / 7
    in_progress = items - delivered - cancelled
    return {
        "items": items,
        "arrived": int(row["arrived"]),
        "delivered": delivered,
        "cancelled": cancelled,
        "in_progress": in_progress,
        "window": window,
        **spread,
        "flow_efficiency": _ratio(row["process_sum"], row["lead_sum"]),
        "mean_flow_efficiency": _number(row["share"]),
        "throughput_per_week": _ratio(delivered, weeks),
        "arrivals_per_week": _ratio(row["arrived"], weeks),
        "wip": in_progress,
        "wip_age_p85_s": _number(row["age_p85"]),
        "rework_share": _ratio(row["reworked"], delivered),
    }


def _number(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def _ratio(part: float, whole: float) -> float | None:
    known = not (pd.isna(part) or pd.isna(whole)) and whole > 0
    return float(part) / float(whole) if known and math.isfinite(whole) else None


def rolled(table: pd.DataFrame) -> float | None:
    """Multiply the %C&A of the active stages of `measure.stages`; None without any."""
    active = table.loc[table["kind"] == "active", "percent_complete_accurate"].dropna()
    return float(active.to_numpy().prod()) if len(active) else None


def largest_wait(table: pd.DataFrame) -> dict[str, Any] | None:
    """Find the wait of `measure.stages` with the largest share of the lead time, if any."""
    waits = table[(table["kind"] == "wait") & (table["share_of_lead_time"] > 0)]
    if waits.empty:
        return None
    row = records(waits.nlargest(1, "share_of_lead_time"))[0]
    return {name: row[name] for name in ("stage", "share_of_lead_time")}


def _window(flow: Flow) -> dict[str, Any]:
    """Say what the window is: stated local dates, or else the log's own first and last moments."""
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


def _quality(flow: Flow) -> dict[str, Any]:
    levels = Counter(finding.level for finding in flow.log.findings)
    counts = {finding.code: finding.count for finding in flow.log.findings}
    return {
        "items_without_mapped_event": flow.unmapped_items,
        "warnings": levels["warning"],
        "errors": levels["error"],
        "findings": counts,
    }

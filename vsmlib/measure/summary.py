"""The headline figures of a flow, as they stand in ``summary.json``."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import narwhals as nw
import pandas as pd

from vsmlib.engine import records
from vsmlib.flow import Flow
from vsmlib.kept import kept
from vsmlib.log import from_us
from vsmlib.measure.groups import finished, grouped, total
from vsmlib.measure.items import facts
from vsmlib.measure.stages import stages
from vsmlib.visits import DAY_US

__all__ = ["summary"]

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
    made = _figures(flow, None, stages(flow))[ALL]
    made["quality"] = _quality(flow)
    if by:
        table = stages(flow, by)
        made["by"] = _figures(flow, by, table)
        made["by_column"] = by
    return made


def _figures(flow: Flow, by: str | None, table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    window = _window(flow)
    rows = _sums(flow, by)
    made = {}
    for row in records(rows):
        group = str(row["group"])
        part = table[table[by] == group] if by else table
        made[group] = _figure(row, part, window)
    return made


def _sums(flow: Flow, by: str | None) -> pd.DataFrame:
    frame = grouped(flow, facts(flow), by)
    frame = frame if by else frame.with_columns(group=nw.lit(ALL))
    status, lead = nw.col("status"), (nw.col("process_us") + nw.col("wait_us")).cast(nw.Float64)
    done = status == 2
    start = -(2**62) if flow.start_us is None else flow.start_us
    cycled = done & ~nw.col("committed_us").is_null()
    frame = frame.with_columns(
        lead_s=nw.when(done).then(lead / 1e6),
        cycle_s=nw.when(cycled).then(nw.col("cycle_us").cast(nw.Float64) / 1e6),
        process_s=nw.when(done).then(nw.col("process_us").cast(nw.Float64) / 1e6),
        age_s=nw.when(status == 0).then(lead / 1e6),
        arrived=nw.when(nw.col("first_us") >= start).then(1).otherwise(0),
        delivered=nw.when(done).then(1).otherwise(0),
        cancelled=nw.when(status == 3).then(1).otherwise(0),
        reworked=nw.when(done & (nw.col("rework_visits") > 0)).then(1).otherwise(0),
    )
    share = nw.when(nw.col("lead_s") > 0).then(nw.col("process_s") / nw.col("lead_s"))
    spread = [
        nw.col(f"{name}_s").quantile(q / 100, interpolation="linear").alias(f"{name}_p{q}")
        for name in ("lead", "cycle", "age")
        for q in (50, 85, 95)
    ]
    means = [nw.col(f"{name}_s").mean().alias(f"{name}_mean") for name in ("lead", "cycle")]
    counts = [total(name) for name in ("arrived", "delivered", "cancelled", "reworked")]
    sums = [nw.col(f"{name}_s").sum().alias(f"{name}_sum") for name in ("lead", "process")]
    frame = (
        frame.with_columns(share=share)
        .group_by("group")
        .agg(nw.len().alias("items"), *counts, *spread, *means, *sums, nw.col("share").mean())
    )
    return finished(frame.sort("group"), None)


def _figure(row: dict[str, Any], table: pd.DataFrame, window: dict[str, Any]) -> dict[str, Any]:
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
        "rolled_percent_complete_accurate": rolled(table),
        "largest_wait": largest_wait(table),
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

"""The headline figures of a flow, as they stand in ``summary.json``."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd

from vsmlib.engine import records
from vsmlib.flow import Flow
from vsmlib.kept import kept
from vsmlib.measure.headline import by_group, headline
from vsmlib.measure.stages import stages

__all__ = ["summary"]


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
            for group, figures in by_group(flow, by).items()
        }
        made["by_column"] = by
    return made


def _staged(table: pd.DataFrame) -> dict[str, Any]:
    return {
        "rolled_percent_complete_accurate": rolled(table),
        "largest_wait": largest_wait(table),
    }


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


def _quality(flow: Flow) -> dict[str, Any]:
    levels = Counter(finding.level for finding in flow.log.findings)
    counts = {finding.code: finding.count for finding in flow.log.findings}
    return {
        "items_without_mapped_event": flow.unmapped_items,
        "warnings": levels["warning"],
        "errors": levels["error"],
        "findings": counts,
    }

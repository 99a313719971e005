"""Stage sums, made once: what becomes of the figures when stages turn from work to waiting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import narwhals as nw
import pandas as pd

from vsmlib.engine import size
from vsmlib.flow import Flow
from vsmlib.measure.groups import finished
from vsmlib.measure.items import delivered, facts
from vsmlib.measure.stages import delivered_visits, stages
from vsmlib.measure.summary import largest_wait, rolled, summary
from vsmlib.measure.transitions import transitions

__all__ = ["Tables", "rescaled", "retagged", "stage_sums"]

FLOWING = ("active", "wait")
SCALED = ["total_s", "mean_s", "p50_s", "p85_s", "p95_s", "working_total_s"]


class Tables(NamedTuple):
    """What `measure.stages`, `.transitions` and `.summary` return, and the work in each stage.

    ``work`` has one row a stage: ``process_s`` (elapsed less blocked, summed over delivered items)
    and ``mean_share`` (the same as a share of each item's lead time, the mean over those with a
    lead time above 0). Both are made of every stage, as if it were active.
    """

    stages: pd.DataFrame
    transitions: pd.DataFrame
    summary: dict[str, Any]
    work: pd.DataFrame


def stage_sums(flow: Flow) -> Tables:
    """Sum up a flow so that `retagged` needs nothing else of it.

    Parameters
    ----------
    flow : Flow
        The visits. Only its delivered items count, as in `measure.stages`.
    """
    lead = (nw.col("process_us") + nw.col("wait_us")).cast(nw.Float64)
    timed = nw.when(lead > 0).then(lead)
    leads = facts(flow).select("item", lead_us=timed)
    free = (nw.col("t1") - nw.col("t0") - nw.col("blocked_us")).cast(nw.Float64)
    visits = delivered_visits(flow).with_columns(free_us=free).join(leads, on="item")
    visits = visits.with_columns(share=nw.col("free_us") / nw.col("lead_us"))
    sums = visits.group_by("stage").agg(
        (nw.col("free_us").sum() / 1e6).alias("process_s"), nw.col("share").sum()
    )
    done = delivered(flow).filter(lead > 0)
    work = pd.DataFrame({"stage": range(len(flow.stream.stage_names))})
    work = work.merge(finished(sums, None), how="left").fillna(0.0).drop(columns="stage")
    work["mean_share"] = work.pop("share") / max(size(done.select("item")), 1)
    return Tables(stages(flow), transitions(flow), summary(flow), work)


def retagged(sums: Tables, kinds: Sequence[str]) -> Tables:
    """Add the stage sums up again, for stages that turned from active to wait or back.

    The same as to measure anew with the changed stream, in a time that no longer depends on the
    number of events.

    Parameters
    ----------
    sums : Tables
        As `stage_sums` made them.
    kinds : list of str
        The new kind of each stage, in order.

    Raises
    ------
    ValueError
        If another kind than active or wait changes: other items or other times would count, so
        that must be measured anew.
    """
    old = sums.stages["kind"].tolist()
    if any(a != b and not {a, b} <= {*FLOWING} for a, b in zip(old, kinds, strict=True)):
        raise ValueError("only active and wait can be exchanged without measuring anew")
    table, summary = sums.stages.assign(kind=[*kinds]), dict(sums.summary)
    active = table["kind"].eq("active").to_numpy()
    whole = float(table.loc[table["kind"].isin(FLOWING), "total_s"].sum())
    # Both efficiencies are sums over stages, so each stage brings its own part along.
    if summary["flow_efficiency"] is not None:
        summary["flow_efficiency"] = float(sums.work.loc[active, "process_s"].sum()) / whole
        summary["mean_flow_efficiency"] = float(sums.work.loc[active, "mean_share"].sum())
    summary["rolled_percent_complete_accurate"] = rolled(table)
    summary["largest_wait"] = largest_wait(table)
    return sums._replace(stages=table, summary=summary)


def rescaled(sums: Tables, means_s: Mapping[str, float]) -> Tables:
    """Say what would become of the figures if stages took another time; nothing else changes.

    Parameters
    ----------
    sums : Tables
        As `stage_sums` or `retagged` made them.
    means_s : dict of str to float
        New mean time of a delivered item in a stage, seconds, by the stage's name.

    Returns
    -------
    Tables
        Times of these stages are scaled as a whole. Percentiles of lead and cycle time are None,
        because the means of stages do not say them.
    """
    table, work, summary = sums.stages.copy(), sums.work.copy(), dict(sums.summary)
    delivered = summary["delivered"]
    for place, (name, total) in enumerate(zip(table["stage"], table["total_s"], strict=True)):
        if name in means_s and total > 0:
            factor = means_s[name] * delivered / total
            table.loc[place, SCALED] = table.loc[place, SCALED].astype(float) * factor
            work.loc[place, "process_s"] *= factor
    flowing = table["kind"].isin(FLOWING)
    whole = float(table.loc[flowing, "total_s"].sum())
    table["share_of_lead_time"] = (table["total_s"] / whole).where(flowing) if whole else None
    process = float(work.loc[table["kind"] == "active", "process_s"].sum())
    unknown: dict[str, Any] = dict.fromkeys(("p50", "p85", "p95", "mean"))
    summary |= {
        "lead_time_s": unknown | {"mean": whole / delivered if delivered else None},
        "cycle_time_s": unknown,
        "flow_efficiency": process / whole if whole else None,
        "mean_flow_efficiency": None,
        "largest_wait": largest_wait(table),
    }
    return Tables(table, sums.transitions, summary, work)

"""One row a stage: how long, how often, how often again, and its share of the lead time."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import pandas as pd

from vsmlib.flow import Flow
from vsmlib.kept import kept
from vsmlib.measure.groups import DELIVERED, finished, grouped, keys, named, quantiles, total

__all__ = ["delivered_visits", "stages"]

Frame = nw.LazyFrame[Any]
COUNTS = ["items", "visits", "rework_visits", "wip"]


def delivered_visits(flow: Flow, by: str | None = None) -> Frame:
    """Visits of the delivered items with the group; ``span_us, working_us`` are null while open."""
    return grouped(flow, flow.passed.with_columns(**_closed()), by)


def _closed() -> dict[str, nw.Expr]:
    closed = nw.when(nw.col("open") == 0)
    spans = {"span_us": nw.col("t1") - nw.col("t0"), "working_us": nw.col("working_us")}
    return {name: closed.then(span) for name, span in spans.items()}


@kept
def stages(flow: Flow, by: str | None = None) -> pd.DataFrame:
    """One row a stage of the stream, in flow order, over the delivered items.

    Parameters
    ----------
    flow : Flow
        The visits.
    by : str, optional
        An item column that becomes the first key; items without a value are ``(none)``.

    Returns
    -------
    pandas.DataFrame
        ``stage, kind, position`` (from 1), ``items, visits, rework_visits, total_s, mean_s,
        p50_s, p85_s, p95_s`` (elapsed seconds of closed visits; null without any, but the total of
        an unvisited active, wait or excluded stage is 0), ``working_total_s`` (null without a
        calendar), ``share_of_lead_time`` (over active and wait stages; sums to 1),
        ``percent_complete_accurate`` (1 - items with a second visit / items), ``wip`` (open visits
        of all items at the end of observation; 0 in done and cancelled stages), ``people``
        (distinct known actors who moved these items out of the stage; null if none is known).
    """
    # An item's first visit to a stage counts the item, at half of what distinct items cost.
    turns = {
        name: nw.when(nw.col("visit") == turn).then(1).otherwise(0)
        for turn, name in enumerate(("first", "second"), start=1)
    }
    visits = grouped(flow, flow.passed, by)
    sums = (
        visits.select(*keys(by), "stage", "actor_out", **turns, **_closed())
        .group_by(*keys(by), "stage")
        .agg(
            total("first").alias("items"),
            nw.len().alias("visits"),
            total("second").alias("returned"),
            nw.col("actor_out").n_unique().alias("people"),
            nw.col("actor_out").is_null().cast(nw.Int64).max().alias("nobody"),
            (nw.col("span_us").cast(nw.Float64).sum() / 1e6).alias("total_s"),
            (nw.col("span_us").cast(nw.Float64).mean() / 1e6).alias("mean_s"),
            *quantiles("span_us"),
            (nw.col("working_us").cast(nw.Float64).sum() / 1e6).alias("working_total_s"),
        )
    )
    measured = finished(sums, None)
    rows = _every_stage(flow, by).merge(measured, how="left", on=[*keys(by), "stage"])
    rows = rows.merge(_wip(flow, by), how="left", on=[*keys(by), "stage"])
    return named(_finish(flow, rows, keys(by)), by)


def _every_stage(flow: Flow, by: str | None) -> pd.DataFrame:
    stream = flow.stream
    table = pd.DataFrame({"stage": range(len(stream.stage_names)), "kind": stream.kinds})
    if not by:
        return table
    groups = grouped(flow, flow.ends.select("item"), by).group_by("group").agg().sort("group")
    return finished(groups, None).merge(table, how="cross")


def _wip(flow: Flow, by: str | None) -> pd.DataFrame:
    still = flow.still.filter(~nw.col("kind").is_in([DELIVERED, 3]))
    counted = grouped(flow, still.select("item", "stage"), by).group_by(*keys(by), "stage")
    return finished(counted.agg(nw.len().alias("wip")), None)


def _finish(flow: Flow, rows: pd.DataFrame, group: list[str]) -> pd.DataFrame:
    flowing = rows["kind"].isin(["active", "wait"])
    rows["rework_visits"] = (rows["visits"] - rows["items"]).where(flowing, 0)
    rows[COUNTS] = rows[COUNTS].fillna(0).astype("int64")
    ended = rows["kind"].isin(["done", "cancelled"])
    rows["total_s"] = rows["total_s"].fillna(0.0).mask(ended & rows["mean_s"].isna())
    unknown = pd.Series([c is None for c in flow.stream.stage_calendar_index()])[rows["stage"]]
    working = rows["working_total_s"].fillna(0.0).mask(ended & rows["mean_s"].isna())
    rows["working_total_s"] = working.mask(unknown.to_numpy())
    flow_s = rows["total_s"].where(flowing)
    whole = flow_s.groupby([rows[g] for g in group]).transform("sum") if group else flow_s.sum()
    share = flow_s / whole
    rows["share_of_lead_time"] = share.where(share.notna() & (share < float("inf")))
    entered = rows["items"].where(rows["items"] > 0)
    rows["percent_complete_accurate"] = 1 - rows["returned"] / entered
    # The engine counts "nobody is known" as one more actor.
    people = rows["people"] - rows["nobody"]
    rows["people"] = people.where(people > 0).astype("float64")
    rows["position"] = rows["stage"] + 1
    rows["stage"] = rows["stage"].map(dict(enumerate(flow.stream.stage_names))).astype("str")
    columns = "stage kind position items visits rework_visits total_s mean_s p50_s p85_s p95_s"
    columns += " working_total_s share_of_lead_time percent_complete_accurate wip people"
    return rows[[*group, *columns.split()]]

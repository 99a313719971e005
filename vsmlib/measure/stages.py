"""One row a stage: how long, how often, how often again, and its share of the lead time."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from vsmlib.flow import Flow
from vsmlib.kept import kept
from vsmlib.measure.groups import DELIVERED, finished, grouped, keys, named, quantiles, total

__all__ = ["delivered_visits", "stages"]

Frame = nw.LazyFrame[Any]
COUNTS = ["items", "visits", "returned", "wip"]


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
    every, order = _every_stage(flow, by), [*keys(by), "stage"]
    rows = finished(sums, None).set_index(order).reindex(every)
    wip = _wip(flow, by).set_index(order)["wip"].reindex(every, fill_value=0)
    return named(_finish(flow, rows.assign(wip=wip)), by)


def _every_stage(flow: Flow, by: str | None) -> pd.Index[Any]:
    places = pd.RangeIndex(len(flow.stream.stage_names), name="stage")
    if not by:
        return places
    groups = grouped(flow, flow.ends.select("item"), by).group_by("group").agg().sort("group")
    return pd.MultiIndex.from_product([finished(groups, None)["group"], places])


def _wip(flow: Flow, by: str | None) -> pd.DataFrame:
    still = flow.still.filter(~nw.col("kind").is_in([DELIVERED, 3]))
    counted = grouped(flow, still.select("item", "stage"), by).group_by(*keys(by), "stage")
    return finished(counted.agg(nw.len().alias("wip")), None)


def _finish(flow: Flow, rows: pd.DataFrame) -> pd.DataFrame:
    """Word what was measured; by arrays, as each step of a frame costs what a thousand rows do."""
    stream, place = flow.stream, rows.index.get_level_values("stage").to_numpy()
    kind = np.array(stream.kinds)[place]
    flowing, over = (np.isin(kind, kinds) for kinds in (["active", "wait"], ["done", "cancelled"]))
    known = {name: rows[name].to_numpy(dtype=np.float64) for name in rows.columns}
    items, visits, returned, wip = (np.nan_to_num(known[name]).astype(np.int64) for name in COUNTS)
    unmet = over & np.isnan(known["mean_s"])
    total, working = (
        np.where(unmet, np.nan, np.nan_to_num(known[f"{name}_s"]))
        for name in ("total", "working_total")
    )
    unknown = np.array([calendar is None for calendar in stream.stage_calendar_index()])[place]
    flow_s = np.where(flowing, total, 0).reshape(-1, len(stream.kinds))
    share = _share(flow_s, flow_s.sum(axis=1, keepdims=True)).ravel()
    people = known["people"] - known["nobody"]  # an engine counts nobody as one more actor
    made = {
        "stage": pd.array([stream.stage_names[i] for i in place], dtype="str"),
        "kind": pd.array(kind, dtype="str"),
        "position": place + 1,
        "items": items,
        "visits": visits,
        "rework_visits": np.where(flowing, visits - items, 0),
        "total_s": total,
        **{name: known[name] for name in ("mean_s", "p50_s", "p85_s", "p95_s")},
        "working_total_s": np.where(unknown, np.nan, working),
        "share_of_lead_time": np.where(flowing, share, np.nan),
        "percent_complete_accurate": 1 - _share(returned, items),
        "wip": wip,
        "people": np.where(people > 0, people, np.nan),
    }
    groups = {str(name): rows.index.get_level_values(str(name)) for name in rows.index.names[:-1]}
    return pd.DataFrame(groups | made)


def _share(part: Any, whole: Any) -> Any:
    """Divide where there is a whole."""
    return np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0)

"""Waiting that hides inside work: days in an active visit of which nothing tells."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import pandas as pd

from vsmlib import calendar
from vsmlib.engine import to_pandas
from vsmlib.flow import KINDS, Flow
from vsmlib.stream_parts import CalendarSpec
from vsmlib.visits import DAY_US

__all__ = ["hidden"]

Frame = nw.LazyFrame[Any]
ACTIVE = KINDS.index("active")
ASSUMED = (
    "Assumed: on a whole day of an active visit on which nothing happens to the item, it waits. "
    "Work that leaves no mark is taken for waiting, so this is an upper estimate; days on which it "
    "is blocked are in it, too."
)
NO_MARKS = "Nothing can be estimated: no event ever happens inside its visits."


def hidden(flow: Flow) -> pd.DataFrame:
    """Estimate the waiting inside active stages; an estimate, never part of a measured figure.

    Parameters
    ----------
    flow : Flow
        The visits, of all items alive in its window; open ones up to the end of observation.

    Returns
    -------
    pandas.DataFrame
        One row an active stage, in flow order: ``stage, visits, estimated_hidden_days`` (whole
        local days of the stream's zone without any event of the item), ``estimated_hidden_s``
        (their elapsed time), ``estimated_hidden_share`` (of the elapsed time in the stage),
        ``estimated_hidden_working_s`` (the working time in them; null without a calendar) and
        ``assumption``, to be shown beside them. Null where no visit has an event inside.

    Examples
    --------
    >>> import vsmlib as vsm
    >>> flow = vsm.Flow(vsm.read("sample"), vsm.ValueStream.load("github-pull-requests"))
    >>> hidden(flow)[["stage", "visits"]].values.tolist()
    [['Draft', 146], ['With the author', 2057]]
    """
    active = flow.frame.filter(nw.col("kind") == ACTIVE)
    inside = _inside(flow, active)
    gaps = _idle(flow, _gaps(active, inside))
    spent = (nw.col("t1") - nw.col("t0")).cast(nw.Float64)
    stages = active.group_by("stage").agg(nw.len().alias("visits"), spent.sum().alias("spent"))
    table = pd.DataFrame({"stage": [s for s, k in enumerate(flow.stream.kinds) if k == "active"]})
    table = table.merge(to_pandas(stages), how="left", on="stage")
    table = table.merge(to_pandas(inside.group_by("stage").agg(marks=nw.len())), how="left")
    idle = gaps.group_by("stage").agg(
        nw.col("days").cast(nw.Float64).sum().alias("estimated_hidden_days"),
        (spent.sum() / 1e6).alias("estimated_hidden_s"),
        (nw.col("working_us").cast(nw.Float64).sum() / 1e6).alias("estimated_hidden_working_s"),
    )
    return _finish(flow, table.merge(to_pandas(idle), how="left", on="stage"))


def _inside(flow: Flow, active: Frame) -> Frame:
    """Events inside active visits: ``item, position, stage, t1, t``."""
    visits = active.select("item", "position", "stage", "t0", "t1")
    met = visits.join(flow.codes().select("item", "t"), on="item")
    met = met.filter((nw.col("t") > nw.col("t0")) & (nw.col("t") < nw.col("t1")))
    return flow.engine.table(met.drop("t0"))


def _gaps(active: Frame, inside: Frame) -> Frame:
    """List the times ``t0`` to ``t1`` between an event in a visit and the next, or its end."""
    columns = ["item", "position", "stage", "t1"]
    entries = active.select(*columns, nw.col("t0").alias("t"))
    moments = nw.concat([entries, inside.select(*columns, "t")])
    after = nw.col("t").shift(-1).over("item", "position", order_by="t")
    moments = moments.with_columns(after=after)
    return moments.select("stage", nw.col("t").alias("t0"), nw.coalesce("after", "t1").alias("t1"))


def _idle(flow: Flow, gaps: Frame) -> Frame:
    """Cut each gap down to its whole local days; ``days``, and their working time."""
    zone = CalendarSpec(timezone=str(flow.stream.zone))
    table = calendar.day_table(zone, flow.first_us, flow.observed_us)
    offsets = flow.engine.table(table[["uday", "off0", "sw", "off1"]])
    for name, step in (("t0", 1), ("t1", 0)):
        names = gaps.collect_schema().names()
        offset = nw.when(nw.col(name) < nw.col("sw")).then(nw.col("off0")).otherwise(nw.col("off1"))
        gaps = gaps.with_columns(uday=nw.col(name) // DAY_US).join(offsets, on="uday", how="left")
        day = (nw.col(name) + offset) // DAY_US + step
        gaps = gaps.select(
            *(c for c in names if c != name),
            day.alias(f"day_{name}"),
            (day * DAY_US - offset).alias(name),
        )
    days = nw.col("day_t1") - nw.col("day_t0")
    return flow.with_working(gaps.with_columns(days=days).filter(nw.col("days") > 0))


def _finish(flow: Flow, table: pd.DataFrame) -> pd.DataFrame:
    told = table["marks"].fillna(0) > 0
    figures = ["estimated_hidden_days", "estimated_hidden_s", "estimated_hidden_working_s"]
    table[figures] = table[figures].fillna(0.0).where(told)
    spent = table["spent"].where(table["spent"] > 0) / 1e6
    table["estimated_hidden_share"] = table["estimated_hidden_s"] / spent
    index = flow.stream.stage_calendar_index()
    timed = table["stage"].map({s: c is not None for s, c in enumerate(index)}).astype(bool)
    working = table["estimated_hidden_working_s"]
    table["estimated_hidden_working_s"] = working.where(timed)
    table["assumption"] = told.map({True: ASSUMED, False: NO_MARKS})
    table["stage"] = table["stage"].map(dict(enumerate(flow.stream.stage_names))).astype("str")
    table["visits"] = table["visits"].fillna(0).astype("int64")
    order = "stage visits estimated_hidden_days estimated_hidden_s estimated_hidden_share"
    return table[[*order.split(), "estimated_hidden_working_s", "assumption"]]

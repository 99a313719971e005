"""One row an item: when it was delivered, how long it took, how much of that was waiting."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import pandas as pd

from vsmlib.flow import Flow
from vsmlib.kept import kept
from vsmlib.measure.groups import ACTIVE, DELIVERED, WAIT, finished, grouped, keys, total
from vsmlib.measure.sample import thinned

__all__ = ["delivered", "facts", "items", "lazy_items", "sample"]

Frame = nw.LazyFrame[Any]
STATUS = {0: "in_progress", 2: "delivered", 3: "cancelled"}
TIMES = ("first_entered_at", "committed_at", "delivered_at")


def facts(flow: Flow) -> Frame:
    """Sum each item's visits, once per flow.

    Returns
    -------
    LazyFrame
        ``item, status, ended_us, first_us, committed_us, process_us, wait_us, cycle_us,
        blocked_us, working_us, working_process_us, rework_visits, reopened``, in microseconds;
        times are so far for items in progress.
    """
    return flow.once("items", lambda: _facts(flow))


def delivered(flow: Flow) -> Frame:
    """Return `facts` of the delivered items."""
    return facts(flow).filter(nw.col("status") == DELIVERED)


def _facts(flow: Flow) -> Frame:
    if flow.whole is None:
        return flow.engine.table(_sums(flow, flow.frame))
    known = facts(flow.whole).join(flow.ends.select("item"), on="item", how="semi")
    if flow.anew is None:
        return known
    some = flow.engine.table(_sums(flow, flow.frame.join(flow.anew, on="item", how="semi")))
    names = known.collect_schema().names()
    return nw.concat([known.join(flow.anew, on="item", how="anti"), some.select(names)])


def _sums(flow: Flow, visits: Frame) -> Frame:
    active, flowing = nw.col("kind") == ACTIVE, nw.col("kind").is_in([ACTIVE, WAIT])
    span = nw.col("t1") - nw.col("t0")
    committed = nw.when(nw.col("stage") >= flow.stream.commitment_index).then(nw.col("t0"))
    made = visits.with_columns(committed_us=committed, flow_us=nw.when(flowing).then(span))
    since = nw.lit(value=True)
    if flow.stream.commitment_index:  # else all time counts
        made = made.with_columns(committed_us=nw.col("committed_us").min().over("item"))
        since = nw.col("t0") >= nw.col("committed_us")
    blocked = nw.when(flowing).then(nw.col("blocked_us"))
    free = nw.col("working_us") - nw.col("blocked_working_us")
    # An item that spent flow time in a stage without calendar has no working time: null, not part.
    unknown = nw.when(flowing & nw.col("working_us").is_null()).then(1).otherwise(0)
    undone = (nw.col("kind") == DELIVERED) & (nw.col("to_kind") != DELIVERED)
    made = made.with_columns(
        blocked_in=blocked,
        process_in=nw.when(active).then(span - nw.col("blocked_us")),
        cycle_in=nw.when(flowing & since).then(span),
        working_in=nw.when(flowing).then(nw.col("working_us")),
        working_process_in=nw.when(active).then(free),
        unknown=unknown,
        rework=nw.when(flowing & (nw.col("visit") > 1)).then(1).otherwise(0),
        undone=nw.when(undone).then(1).otherwise(0),
    )
    sums = made.group_by("item").agg(
        nw.col("t0").min().alias("first_us"),
        nw.col("committed_us").min(),
        *(total(f"{c}_in").alias(f"{c}_us") for c in ("process", "cycle", "blocked")),
        total("flow_us"),
        total("working_in").alias("working_us"),
        total("working_process_in").alias("working_process_us"),
        nw.col("unknown").max(),
        total("rework").alias("rework_visits"),
        total("undone").alias("reopened"),
    )
    known = nw.col("unknown") == 0
    has = bool(flow.stream.calendars())
    return flow.ends.join(sums, on="item").with_columns(
        wait_us=nw.col("flow_us") - nw.col("process_us"),
        **{
            name: nw.when(known & nw.lit(has)).then(nw.col(name))
            for name in ("working_us", "working_process_us")
        },
    )


def lazy_items(flow: Flow, by: str | None = None, chosen: Frame | None = None) -> Frame:
    """Return the items table, or that of chosen rows of `facts`, lazily.

    Tables are written without a detour through pandas.
    """
    chosen = facts(flow) if chosen is None else chosen
    made = flow.engine.decode(chosen, status=[STATUS.get(code, "") for code in range(5)])
    columns = flow.log.items_frame.select("item", "item_id", "item_type", "team")
    made = grouped(flow, made.join(columns, on="item"), by)
    delivered, lead = nw.col("status") == "delivered", nw.col("process_us") + nw.col("wait_us")
    committed = ~nw.col("committed_us").is_null()
    shown = {
        "lead_time_s": nw.when(delivered).then(lead),
        "cycle_time_s": nw.when(delivered & committed).then(nw.col("cycle_us")),
        "process_time_s": nw.col("process_us"),
        "wait_time_s": nw.col("wait_us"),
        "blocked_s": nw.col("blocked_us"),
        "working_lead_time_s": nw.when(delivered).then(nw.col("working_us")),
        "working_process_time_s": nw.col("working_process_us"),
        "age_s": nw.when(nw.col("status") == "in_progress").then(lead),
    }
    efficiency = nw.col("process_us").cast(nw.Float64) / lead
    made = made.with_columns(
        first_entered_at=nw.col("first_us"),
        committed_at=nw.col("committed_us"),
        delivered_at=nw.when(delivered).then(nw.col("ended_us")),
        flow_efficiency=nw.when(delivered & (lead > 0)).then(efficiency),
        **{name: expr.cast(nw.Float64) / 1e6 for name, expr in shown.items()},
    )
    about = [c for c in ("item_id", "item_type", "team") if c != by]
    order = [*keys(by), *about, "status", *TIMES]
    order += ["lead_time_s", "cycle_time_s", "process_time_s", "wait_time_s", "blocked_s"]
    order += ["flow_efficiency", "working_lead_time_s", "working_process_time_s"]
    order += ["rework_visits", "reopened", "age_s"]
    return flow.engine.timestamps(made, *TIMES).sort("item").select(order)


def items(flow: Flow, by: str | None = None) -> pd.DataFrame:
    """One row an item that entered the stream.

    Parameters
    ----------
    flow : Flow
        The visits. With a window, the items alive in it.
    by : str, optional
        An item column that becomes the first column.

    Returns
    -------
    pandas.DataFrame
        ``item_id, item_type, team, status`` (delivered, cancelled, in_progress),
        ``first_entered_at, committed_at, delivered_at`` (UTC), ``lead_time_s, cycle_time_s,
        flow_efficiency, working_lead_time_s`` (null unless delivered; efficiency null at lead
        time 0), ``process_time_s, wait_time_s, blocked_s, working_process_time_s`` (so far, for
        items in progress), ``rework_visits, reopened, age_s`` (in progress only). Working times
        are null without a calendar. Lead time = process time + wait time, to the microsecond.
    """
    return finished(lazy_items(flow, by), by)


@kept
def sample(flow: Flow, most: int = 5000) -> pd.DataFrame:
    """Return `items` of delivered items, at most so many, chosen where the data is.

    Parameters
    ----------
    flow : Flow
        The visits.
    most : int
        Rows at most: the slowest tenth of that number, and of the others an even choice.

    Returns
    -------
    pandas.DataFrame
        The columns of `items`, and ``weight``: how many delivered items a row stands for.
    """
    drawn = chosen(flow, most)
    weights = drawn.join(flow.log.items_frame.select("item", "item_id"), on="item")
    made = finished(lazy_items(flow, chosen=drawn), None)
    return made.merge(finished(weights.select("item_id", "weight"), None), on="item_id")


def chosen(flow: Flow, most: int) -> Frame:
    """Choose the delivered items of `sample`, once for a flow."""
    lead = nw.col("process_us") + nw.col("wait_us")
    done = delivered(flow).with_columns(lead_us=lead)
    table = flow.engine.table
    made: Frame = flow.once(f"chosen {most}", lambda: table(thinned(done, "lead_us", most)))
    return made

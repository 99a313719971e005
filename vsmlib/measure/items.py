"""One row an item: when it was delivered, how long it took, how much of that was waiting."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import pandas as pd

from vsmlib.flow import Flow
from vsmlib.kept import kept
from vsmlib.measure.groups import DELIVERED, finished, grouped, keys, labelled
from vsmlib.measure.sample import thinned

__all__ = ["delivered", "facts", "items", "lazy_items", "sample"]

Frame = nw.LazyFrame[Any]
STATUS = ["in_progress", "", "delivered", "cancelled"]
ABOUT = "item_id", "item_type", "team"
TIMES = ("first_entered_at", "committed_at", "delivered_at")


def facts(flow: Flow) -> Frame:
    """Sum each item's visits, once per flow.

    Returns
    -------
    LazyFrame
        As of `vsmlib.sums.of_items`, in microseconds; times are so far for items in progress.
    """
    return flow.sums


def delivered(flow: Flow) -> Frame:
    """Return `facts` of the delivered items."""
    return facts(flow).filter(nw.col("status") == DELIVERED)


def lazy_items(flow: Flow, by: str | None = None) -> Frame:
    """Return the items table lazily; it is written without a detour through pandas."""
    made = _told(flow, grouped(flow, facts(flow), by))
    made = flow.engine.decode(made, status=STATUS)
    return made.sort("item").select(_order(by))


def _told(flow: Flow, chosen: Frame) -> Frame:
    """Say of chosen rows of `facts` what the items table does; ``status`` stays a code."""
    made = chosen.join(flow.log.items_frame.select("item", *ABOUT), on="item")
    delivered, lead = nw.col("status") == DELIVERED, nw.col("process_us") + nw.col("wait_us")
    committed = ~nw.col("committed_us").is_null()
    shown = {
        "lead_time_s": nw.when(delivered).then(lead),
        "cycle_time_s": nw.when(delivered & committed).then(nw.col("cycle_us")),
        "process_time_s": nw.col("process_us"),
        "wait_time_s": nw.col("wait_us"),
        "blocked_s": nw.col("blocked_us"),
        "working_lead_time_s": nw.when(delivered).then(nw.col("working_us")),
        "working_process_time_s": nw.col("working_process_us"),
        "age_s": nw.when(nw.col("status") == 0).then(lead),
    }
    efficiency = nw.col("process_us").cast(nw.Float64) / lead
    made = made.with_columns(
        first_entered_at=nw.col("first_us"),
        committed_at=nw.col("committed_us"),
        delivered_at=nw.when(delivered).then(nw.col("ended_us")),
        flow_efficiency=nw.when(delivered & (lead > 0)).then(efficiency),
        **{name: expr.cast(nw.Float64) / 1e6 for name, expr in shown.items()},
    )
    return flow.engine.timestamps(made, *TIMES)


def _order(by: str | None = None) -> list[str]:
    order = [*keys(by), *(c for c in ABOUT if c != by), "status", *TIMES]
    order += ["lead_time_s", "cycle_time_s", "process_time_s", "wait_time_s", "blocked_s"]
    order += ["flow_efficiency", "working_lead_time_s", "working_process_time_s"]
    return [*order, "rework_visits", "reopened", "age_s"]


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
    made = _told(flow, facts(flow).join(chosen(flow, most), on="item"))
    table = finished(made.sort("item").select(*_order(), "weight"), None)
    return table.assign(status=labelled(table["status"], STATUS))


def chosen(flow: Flow, most: int) -> Frame:
    """Choose the delivered items of `sample`, once for a flow: ``item, weight``."""

    def choose() -> Frame:
        lead = nw.col("process_us") + nw.col("wait_us")
        sized = delivered(flow).select("item", lead_us=lead)
        return thinned(flow.engine, sized, "lead_us", most)

    return flow.once(f"chosen {most}", choose)

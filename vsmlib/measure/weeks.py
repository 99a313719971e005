"""By local week, or several in a row: throughput, flow efficiency and flow distribution."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import pandas as pd

from vsmlib.flow import Flow
from vsmlib.kept import kept
from vsmlib.measure.groups import DELIVERED, finished, grouped, keys, named, total
from vsmlib.measure.items import delivered, facts
from vsmlib.measure.wip import dates, local_days, span

__all__ = ["distribution", "efficiency", "throughput"]

Frame = nw.LazyFrame[Any]
MONDAY = 4  # 1970-01-05 was the first Monday


@kept
def throughput(flow: Flow, by: str | None = None, weeks: int = 1) -> pd.DataFrame:
    """Items that entered, were delivered and were cancelled, by local week.

    Parameters
    ----------
    flow : Flow
        The visits.
    by : str, optional
        An item column that becomes the first key.
    weeks : int
        Weeks in a row, counted back from the last; the first row may have fewer.

    Returns
    -------
    pandas.DataFrame
        ``week`` (its Monday, a local date), ``arrived, delivered, cancelled, complete`` (bool:
        false for a row that observation covers only in part). Every week of the span is there.
    """
    items = grouped(flow, facts(flow), by)
    began = local_days(flow, items.select(*keys(by), "first_us"), day="first_us")
    arrived = _aged(flow, began.filter(nw.col("day") >= span(flow).start), weeks)
    ended = items.filter(~nw.col("ended_us").is_null()).select(*keys(by), "ended_us", "status")
    ended = _aged(flow, local_days(flow, ended, day="ended_us"), weeks)
    done = nw.when(nw.col("status") == DELIVERED).then(1).otherwise(0)
    ended = ended.with_columns(delivered=done, cancelled=1 - done)
    order = [*keys(by), "ago"]
    table = _periods(flow, by, weeks)
    for counted in (
        arrived.group_by(order).agg(nw.len().alias("arrived")),
        ended.group_by(order).agg(total("delivered"), total("cancelled")),
    ):
        table = table.merge(finished(counted, None), how="left", on=order)
    counts = ["arrived", "delivered", "cancelled"]
    table[counts] = table[counts].fillna(0).astype("int64")
    return named(table[[*keys(by), "week", *counts, "complete"]], by)


@kept
def efficiency(flow: Flow, by: str | None = None, weeks: int = 1) -> pd.DataFrame:
    """Flow efficiency of the items delivered in each local week, pooled over them.

    Parameters
    ----------
    flow : Flow
        The visits.
    by : str, optional
        An item column that becomes the first key.
    weeks : int
        Weeks in a row, as of `throughput`.

    Returns
    -------
    pandas.DataFrame
        ``week`` (its Monday, a local date), ``delivered, process_time_s, lead_time_s`` (sums over
        the items delivered in it, whenever they began), ``flow_efficiency`` (their ratio; null
        without lead time), ``complete``. Every week of the span is there.
    """
    items = _delivered(flow, by, weeks).with_columns(lead=nw.col("process_us") + nw.col("wait_us"))
    order = [*keys(by), "ago"]
    sums = items.group_by(order).agg(
        nw.len().alias("delivered"),
        (nw.col("process_us").cast(nw.Float64).sum() / 1e6).alias("process_time_s"),
        (nw.col("lead").cast(nw.Float64).sum() / 1e6).alias("lead_time_s"),
    )
    table = _periods(flow, by, weeks).merge(finished(sums, None), how="left", on=order)
    columns = ["delivered", "process_time_s", "lead_time_s"]
    table[columns] = table[columns].fillna(0)
    table["delivered"] = table["delivered"].astype("int64")
    lead = table["lead_time_s"].where(table["lead_time_s"] > 0)
    table["flow_efficiency"] = table["process_time_s"] / lead
    return named(table[[*keys(by), "week", *columns, "flow_efficiency", "complete"]], by)


@kept
def distribution(flow: Flow, column: str = "item_type", weeks: int = 1) -> pd.DataFrame:
    """Count what is delivered in each local week by an item column (flow distribution).

    Parameters
    ----------
    flow : Flow
        The visits.
    column : str
        The item column; items without a value are ``(none)``.
    weeks : int
        Weeks in a row, as of `throughput`.

    Returns
    -------
    pandas.DataFrame
        ``week`` (its Monday, a local date), the column, ``delivered, share`` (of the items
        delivered in that week; null where none was), ``complete``: every week of the span and every
        value that a delivered item has, the most frequent first.
    """
    counted = _delivered(flow, column, weeks).group_by("group", "ago")
    found = finished(counted.agg(nw.len().alias("delivered")), None)
    order = found.groupby("group")["delivered"].sum().rename("all").reset_index()
    order = order.sort_values(["all", "group"], ascending=[False, True])[["group"]]
    table = _periods(flow, None, weeks).merge(order, how="cross")
    table = table.merge(found, how="left", on=["group", "ago"])
    table["delivered"] = table["delivered"].fillna(0).astype("int64")
    whole = table.groupby("ago")["delivered"].transform("sum")
    table["share"] = table["delivered"] / whole.where(whole > 0)
    table = table.rename(columns={"group": column})
    return table[["week", column, "delivered", "share", "complete"]]


def _delivered(flow: Flow, by: str | None, weeks: int) -> Frame:
    done = grouped(flow, delivered(flow), by)
    done = done.select(*keys(by), "ended_us", "process_us", "wait_us")
    return _aged(flow, local_days(flow, done, day="ended_us"), weeks)


def _aged(flow: Flow, frame: Frame, weeks: int) -> Frame:
    """Add ``ago``, by how many periods that of ``day`` lies before the last one."""
    last = (span(flow)[-1] - MONDAY) // 7
    return frame.with_columns(ago=(last - (nw.col("day") - MONDAY) // 7) // weeks)


def _periods(flow: Flow, by: str | None, weeks: int) -> pd.DataFrame:
    """Return one row a period in order of time, of each group: ``ago, week, complete``."""
    days = span(flow)
    last = (days[-1] - MONDAY) // 7
    table = pd.DataFrame({"number": range((days[0] - MONDAY) // 7, last + 1)})
    monday = table["number"] * 7 + MONDAY
    table["ago"] = (last - table["number"]) // weeks
    table["complete"] = (monday >= days.start) & (monday + 7 <= days.stop)
    table["complete"] &= (table["ago"] + 1) * weeks <= len(table)
    table["week"] = dates(monday)
    how = {"week": "min", "complete": "all"}
    table = table.groupby("ago").agg(how).iloc[::-1].reset_index()
    if not by:
        return table
    groups = grouped(flow, flow.ends.select("item"), by).group_by("group").agg()
    return finished(groups.sort("group"), None).merge(table, how="cross")

"""By local week, or several in a row: throughput, flow efficiency and flow distribution."""

from __future__ import annotations

import narwhals as nw
import pandas as pd

from vsmlib.flow import KINDS, Flow
from vsmlib.kept import kept
from vsmlib.measure.days import clock, dates, span
from vsmlib.measure.groups import DELIVERED, finished, grouped, keys, named
from vsmlib.measure.items import delivered

__all__ = ["distribution", "efficiency", "throughput"]

MONDAY = 4  # 1970-01-05 was the first Monday
ARRIVED = -1
WAYS = {"arrived": ARRIVED, "delivered": DELIVERED, "cancelled": KINDS.index("cancelled")}


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
    items, order = grouped(flow, flow.lives, by), [*keys(by), "ago"]
    way, ended = nw.col("status").cast(nw.Int64), items.filter(~nw.col("ended_us").is_null())
    moves = [
        items.select(*keys(by), tick=clock(flow).noon("first_us"), way=nw.lit(ARRIVED, nw.Int64)),
        ended.select(*keys(by), tick=clock(flow).noon("ended_us"), way=way),
    ]
    found = nw.concat(moves).group_by(*keys(by), "tick", "way").agg(nw.len().alias("n"))
    counted = _aged(flow, finished(found, None), weeks)
    counted = counted[(counted["way"] != ARRIVED) | (counted["day"] >= span(flow).start)]
    counts = list(WAYS)
    made = counted.pivot_table(index=order, columns="way", values="n", aggfunc="sum")
    made = made.reindex(columns=[*WAYS.values()]).set_axis(counts, axis=1).reset_index()
    table = _periods(flow, by, weeks).merge(made, how="left", on=order)
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
    order = [*keys(by), "ago"]
    sums = {
        "delivered": nw.len(),
        "process_time_s": nw.col("process_us").cast(nw.Float64).sum() / 1e6,
        "lead_time_s": nw.col("flow_us").cast(nw.Float64).sum() / 1e6,
    }
    found = _delivered(flow, by, weeks, sums).groupby(order, as_index=False)[[*sums]].sum()
    table = _periods(flow, by, weeks).merge(found, how="left", on=order)
    columns = [*sums]
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
    found = _delivered(flow, column, weeks, {"delivered": nw.len()})
    found = found.groupby(["group", "ago"], as_index=False)[["delivered"]].sum()
    order = found.groupby("group")["delivered"].sum().rename("all").reset_index()
    order = order.sort_values(["all", "group"], ascending=[False, True])[["group"]]
    table = _periods(flow, None, weeks).merge(order, how="cross")
    table = table.merge(found, how="left", on=["group", "ago"])
    table["delivered"] = table["delivered"].fillna(0).astype("int64")
    whole = table.groupby("ago")["delivered"].transform("sum")
    table["share"] = table["delivered"] / whole.where(whole > 0)
    table = table.rename(columns={"group": column})
    return table[["week", column, "delivered", "share", "complete"]]


def _delivered(flow: Flow, by: str | None, weeks: int, sums: dict[str, nw.Expr]) -> pd.DataFrame:
    """Sum delivered items up, by more than one row a period."""
    done = grouped(flow, delivered(flow), by).with_columns(tick=clock(flow).noon("ended_us"))
    return _aged(flow, finished(done.group_by(*keys(by), "tick").agg(**sums), None), weeks)


def _aged(flow: Flow, table: pd.DataFrame, weeks: int) -> pd.DataFrame:
    """Add the local ``day``, and ``ago``, by how many periods that lies before the last one."""
    last, day = (span(flow)[-1] - MONDAY) // 7, clock(flow).days(table["tick"])
    return table.assign(day=day, ago=(last - (day - MONDAY) // 7) // weeks)


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

"""How lead times are spread: their ends and middle, and counts between given edges."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import narwhals as nw
import pandas as pd

from vsmlib.flow import Flow
from vsmlib.measure.groups import DELIVERED, finished, grouped, keys, named, quantiles
from vsmlib.measure.items import facts

__all__ = ["histogram", "spread"]

Frame = nw.LazyFrame[Any]


def _leads(flow: Flow, by: str | None) -> Frame:
    done = grouped(flow, facts(flow).filter(nw.col("status") == DELIVERED), by)
    return done.select(*keys(by), lead=nw.col("process_us") + nw.col("wait_us"))


def spread(flow: Flow, by: str | None = None) -> pd.DataFrame:
    """Measure the ends and percentiles of the lead times of delivered items.

    Returns
    -------
    pandas.DataFrame
        ``items, min_s, p50_s, p85_s, p95_s, max_s`` (elapsed): one row, or one a group.
    """
    leads = _leads(flow, by) if by else _leads(flow, by).with_columns(group=nw.lit(""))
    lead = nw.col("lead").cast(nw.Float64) / 1e6
    made = leads.group_by("group").agg(
        nw.len().alias("items"),
        lead.min().alias("min_s"),
        *quantiles("lead"),
        lead.max().alias("max_s"),
    )
    rows = finished(made.sort("group"), None)
    return named(rows, by) if by else rows.drop(columns="group")


def histogram(flow: Flow, edges: Sequence[float], by: str | None = None) -> pd.DataFrame:
    """Delivered items by lead time, counted where the data is.

    Parameters
    ----------
    flow : Flow
        The visits.
    edges : sequence of float
        Rising edges of the bins in elapsed seconds, two at least. A bin holds what is at or above
        its lower and below its upper edge; the first also what is below it, the last also what is
        above it, so that no item is left out.
    by : str, optional
        An item column that becomes the first column.

    Returns
    -------
    pandas.DataFrame
        ``low_s, high_s, items``: every bin, in rising order.
    """
    inner, place = edges[1:-1], nw.lit(0)
    for edge in inner:
        place = place + nw.when(nw.col("lead") >= round(edge * 1e6)).then(1).otherwise(0)
    counted = _leads(flow, by).with_columns(place=place).group_by(*keys(by), "place")
    found = finished(counted.agg(nw.len().alias("items")), None)
    bins = pd.DataFrame(list(pairwise(edges)), columns=["low_s", "high_s"])
    bins["place"] = bins.index
    if by:
        bins = found[["group"]].drop_duplicates().sort_values("group").merge(bins, how="cross")
    made = bins.merge(found, how="left", on=[*keys(by), "place"])
    made["items"] = made["items"].fillna(0).astype("int64")
    return named(made[[*keys(by), "low_s", "high_s", "items"]], by)

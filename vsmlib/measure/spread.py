"""How lead times are spread: their ends and middle, and counts between given edges."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import narwhals as nw
import pandas as pd

from vsmlib.flow import Flow
from vsmlib.kept import kept
from vsmlib.measure.groups import ACTIVE, WAIT, finished, grouped, keys, named, quantiles
from vsmlib.measure.items import delivered
from vsmlib.measure.stages import delivered_visits

__all__ = ["histogram", "spread", "stage_histogram"]

Frame = nw.LazyFrame[Any]


def _leads(flow: Flow, by: str | None) -> Frame:
    return grouped(flow, delivered(flow), by).select(*keys(by), lead="flow_us")


@kept
def spread(flow: Flow, by: str | None = None) -> pd.DataFrame:
    """Measure the ends and percentiles of the lead times of delivered items.

    Returns
    -------
    pandas.DataFrame
        ``items, min_s, p50_s, p85_s, p95_s, max_s`` (elapsed): one row, or one a group.
    """
    lead = nw.col("lead").cast(nw.Float64) / 1e6
    ends = lead.min().alias("min_s"), lead.max().alias("max_s")
    figures = [nw.len().alias("items"), ends[0], *quantiles("lead"), ends[1]]
    leads = _leads(flow, by)
    if by:
        return finished(leads.group_by("group").agg(*figures).sort("group"), by)
    made = finished(leads.select(*figures), None)
    return made[made["items"] > 0]


@kept
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
    found = _counted(_leads(flow, by), "lead", edges, keys(by)).rename(columns={"n": "items"})
    bins = _bins(edges)
    if by:
        bins = found[["group"]].drop_duplicates().sort_values("group").merge(bins, how="cross")
    made = bins.merge(found, how="left", on=[*keys(by), "place"])
    made["items"] = made["items"].fillna(0).astype("int64")
    return named(made[[*keys(by), "low_s", "high_s", "items"]], by)


@kept
def stage_histogram(flow: Flow, edges: Sequence[float]) -> pd.DataFrame:
    """Count closed visits of delivered items to each active or wait stage by elapsed time.

    Parameters
    ----------
    flow : Flow
        The visits.
    edges : sequence of float
        As for `histogram`.

    Returns
    -------
    pandas.DataFrame
        ``stage, kind, position, low_s, high_s, visits``: every bin of every such stage, in flow
        order.
    """
    flowing = delivered_visits(flow).filter(nw.col("kind").is_in([ACTIVE, WAIT]))
    found = _counted(flowing, "span_us", edges, ["stage"]).rename(columns={"stage": "position"})
    names = zip(flow.stream.stage_names, flow.stream.kinds, strict=True)
    stages = pd.DataFrame(names, columns=["stage", "kind"])
    stages["position"] = stages.index
    stages = stages[stages["kind"].isin(["active", "wait"])]
    made = stages.merge(_bins(edges), how="cross").merge(found, "left", on=["position", "place"])
    made["visits"] = made["n"].fillna(0).astype("int64")
    made["position"] += 1
    return made[["stage", "kind", "position", "low_s", "high_s", "visits"]]


def _bins(edges: Sequence[float]) -> pd.DataFrame:
    made = pd.DataFrame(list(pairwise(edges)), columns=["low_s", "high_s"])
    return made.assign(place=made.index)


def _counted(frame: Frame, column: str, edges: Sequence[float], by: list[str]) -> pd.DataFrame:
    """Count the rows of each group that fall into each bin."""
    place = nw.lit(0)
    for edge in edges[1:-1]:
        place = place + nw.when(nw.col(column) >= round(edge * 1e6)).then(1).otherwise(0)
    counted = frame.with_columns(place=place).group_by(*by, "place")
    return finished(counted.agg(nw.len().alias("n")), None)

"""Who follows whom: transitions between stages, and whole paths (variants)."""

from __future__ import annotations

from collections.abc import Iterable

import narwhals as nw
import pandas as pd

from vsmlib.flow import Flow
from vsmlib.kept import kept
from vsmlib.measure.groups import finished, keys, labelled, named, quantiles
from vsmlib.measure.items import chosen, facts, sample
from vsmlib.measure.packed import Packed
from vsmlib.measure.stages import delivered_visits

__all__ = ["transitions", "variants", "ways"]

MOST_WORDS = 4


@kept
def transitions(flow: Flow, by: str | None = None) -> pd.DataFrame:
    """Pairs of neighbouring visits of delivered items, in flow order.

    Parameters
    ----------
    flow : Flow
        The visits.
    by : str, optional
        An item column that becomes the first key.

    Returns
    -------
    pandas.DataFrame
        ``from_stage, to_stage, count, share`` (of all moves out of the from-stage),
        ``mean_s, p50_s, p85_s`` (elapsed seconds of the from-visit), ``backward`` (bool: to is
        earlier in stage order), ``handoff_share`` (among pairs where both actors are known, how
        often who moved the item in differs from who moved it out; null without any).
    """
    pairs = delivered_visits(flow, by).filter(~nw.col("to_stage").is_null())
    known = ~(nw.col("actor_in").is_null() | nw.col("actor_out").is_null())
    other = nw.when(nw.col("actor_in") != nw.col("actor_out")).then(1.0).otherwise(0.0)
    pairs = pairs.with_columns(handoff=nw.when(known).then(other))
    order = [*keys(by), "stage", "to_stage"]
    rows = finished(
        pairs.group_by(order).agg(
            nw.len().alias("count"),
            (nw.col("span_us").cast(nw.Float64).mean() / 1e6).alias("mean_s"),
            *quantiles("span_us")[:2],
            nw.col("handoff").mean().alias("handoff_share"),
        ),
        None,
    ).sort_values(order, ignore_index=True)
    leaving = rows.groupby([*keys(by), "stage"])["count"].transform("sum")
    rows["share"] = rows["count"] / leaving
    rows["backward"] = (rows["to_stage"] < rows["stage"]).astype(bool)
    rows["from_stage"] = labelled(rows["stage"], flow.stream.stage_names)
    rows["to_stage"] = labelled(rows["to_stage"], flow.stream.stage_names)
    columns = ["from_stage", "to_stage", "count", "share", "mean_s", "p50_s", "p85_s"]
    return named(rows[[*keys(by), *columns, "backward", "handoff_share"]], by)


@kept
def variants(flow: Flow, by: str | None = None) -> pd.DataFrame:
    """Paths that delivered items took, most frequent first.

    Parameters
    ----------
    flow : Flow
        The visits.
    by : str, optional
        An item column that becomes the first key; shares are within the group.

    Returns
    -------
    pandas.DataFrame
        ``path`` ("A > B > C"), ``items, share, median_lead_time_s``.
    """
    visits = delivered_visits(flow, by)
    code = Packed(len(flow.stream.stage_names), flow.longest)
    if code.words > MOST_WORDS:
        paths, columns = flow.engine.paths(visits, ["item", *keys(by)], "stage"), ["path"]
    else:
        paths, columns = code.packed(visits, ["item", *keys(by)])
    lead = facts(flow).select("item", lead=nw.col("process_us") + nw.col("wait_us"))
    median = nw.col("lead").cast(nw.Float64).quantile(0.5, interpolation="linear") / 1e6
    rows = finished(
        paths.join(lead, on="item")
        .group_by(*keys(by), *columns)
        .agg(nw.len().alias("items"), median.alias("median_lead_time_s")),
        None,
    )
    if "path" not in columns:
        rows["path"] = [code.unpacked(words) for words in rows[columns].itertuples(index=False)]
    rows["path"] = _worded(flow, rows["path"])
    whole = rows.groupby("group")["items"].transform("sum") if by else rows["items"].sum()
    rows["share"] = rows["items"] / whole
    ascending = [True] * len(keys(by)) + [False, True]
    rows = rows.sort_values([*keys(by), "items", "path"], ascending=ascending, ignore_index=True)
    return named(rows[[*keys(by), "path", "items", "share", "median_lead_time_s"]], by)


@kept
def ways(flow: Flow, most: int = 5000) -> pd.DataFrame:
    """Return `sample` with the ways of its items.

    Parameters
    ----------
    flow : Flow
        The visits.
    most : int
        Rows at most.

    Returns
    -------
    pandas.DataFrame
        The columns of `sample` and ``path`` ("A > B > C"), as in `variants`.
    """
    visits = flow.passed.join(chosen(flow, most).select("item"), on="item")
    paths = flow.engine.paths(visits, ["item"], "stage")
    names = flow.log.items_frame.select("item", "item_id")
    rows = finished(paths.join(names, on="item").select("item_id", "path"), None)
    rows["path"] = _worded(flow, rows["path"])
    return sample(flow, most).merge(rows, on="item_id")


def _worded(flow: Flow, paths: Iterable[Iterable[int]]) -> list[str]:
    names = flow.stream.stage_names
    return [" > ".join(names[stage] for stage in path) for path in paths]

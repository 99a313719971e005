"""How large a waste is: its parts summed by place, month and item, whatever the waste."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from vsmlib.engine import scalar, to_pandas
from vsmlib.flow import Flow
from vsmlib.measure.groups import ACTIVE, DELIVERED, WAIT
from vsmlib.visits import DAY_US

__all__ = ["FLOWING", "Frame", "Parts", "Waste", "sized"]

Frame = nw.LazyFrame[Any]
FLOWING = nw.col("kind").is_in([ACTIVE, WAIT])
TOP = 20
DAYS = nw.col("us").cast(nw.Float64).sum() / DAY_US


@dataclass(frozen=True)
class Waste:
    """One waste.

    Attributes
    ----------
    name : str
    days : float
        Its size, in the lead time of the delivered items; overproduction: in all items. Null where
        the log is too small to say.
    share : float
        Of that lead time; overproduction: of all days that items spent in active and wait visits.
    so_far_days : float
        What items in progress have of it already; it is not in ``days``.
    trend : pandas.DataFrame
        ``month`` (UTC, in which items ended), ``items, of_days`` (the whole)``, days, share``.
    places : pandas.DataFrame
        ``stage, what, days, share`` (of this waste)``, items``: where it is, the largest first.
    items : pandas.DataFrame
        ``item_id, days``: the items that lost most.
    tenth : float
        Share of it that the tenth of the ended items which lost most holds; null if it is nothing.
    figures : dict
        What else is known of it.
    wrong_if : str
        What would have to be true for it to be no waste.
    """

    name: str
    days: float
    share: float
    so_far_days: float
    trend: pd.DataFrame
    places: pd.DataFrame
    items: pd.DataFrame
    tenth: float = np.nan
    figures: dict[str, Any] = field(default_factory=dict)
    wrong_if: str = ""


@dataclass(frozen=True)
class Parts:
    """Parts of visits that are waste: rows of ``item, position, stage, what, us``.

    ``what`` is a place in ``labels``, ``us`` microseconds; no two rows share time.
    """

    rows: Frame
    labels: tuple[str, ...]


WRONG_IF = {
    "waiting": "an item gains nothing from being done sooner, or a wait stage is really work",
    "overproduction": "the cancelled work taught something worth its days, or the finished items"
    " are in use already",
    "rework": "going back is how the work is meant to be done, such as review in planned rounds",
    "switching": "people really work at several items at once, or items stay in an active stage"
    " while nobody is meant to work on them",
}


def sized(flow: Flow, name: str, parts: Parts, figures: dict[str, Any]) -> Waste:
    """Sum the parts of a waste up."""
    ended = nw.col("ended_us").fill_null(flow.observed_us) // DAY_US
    ends = flow.ends.select("item", "status", day=ended)
    spent = flow.frame.filter(FLOWING).select("item", us=nw.col("t1") - nw.col("t0"))
    rows, spent = (
        parts.rows.filter(nw.col("us") > 0).join(ends, on="item"),
        spent.join(ends, "item"),
    )
    delivered, open_days = nw.col("status") == DELIVERED, 0.0
    if name != "overproduction":
        open_days = scalar(rows.filter(nw.col("status") == 0).select(DAYS)) or 0.0
        rows, spent = rows.filter(delivered), spent.filter(delivered)
    counted = nw.col("item").n_unique().alias("items")
    whole = _months(to_pandas(spent.group_by("day").agg(DAYS.alias("days"), counted)))
    lost = _months(to_pandas(rows.group_by("day").agg(DAYS.alias("days"), counted)))
    trend = whole.rename(columns={"days": "of_days"}).merge(lost[["month", "days"]], how="left")
    trend["days"] = trend["days"].fillna(0.0)
    trend["share"] = trend["days"] / trend["of_days"].where(trend["of_days"] > 0)
    size, total = float(trend["days"].sum()), float(trend["of_days"].sum())
    places = to_pandas(rows.group_by("stage", "what").agg(DAYS.alias("days"), counted))
    places["stage"] = places["stage"].map(dict(enumerate(flow.stream.stage_names)))
    places["what"] = places["what"].map(dict(enumerate(parts.labels)))
    places["share"] = places["days"] / size if size else np.nan
    places = places.sort_values(["days", "stage", "what"], ascending=False, ignore_index=True)
    ids = flow.log.items_frame.select("item", "item_id")
    each = rows.group_by("item").agg(DAYS.alias("days")).join(ids, on="item")
    each = each.select("item_id", "days").sort("days", "item_id", descending=[True, False])
    most = scalar(each.head(-(-int(trend["items"].sum()) // 10)).select(nw.col("days").sum()))
    return Waste(
        name=name,
        days=size,
        share=size / total if total else np.nan,
        so_far_days=float(open_days),
        trend=trend,
        places=places[["stage", "what", "days", "share", "items"]],
        items=to_pandas(each.head(TOP)),
        tenth=float(most or 0) / size if size else np.nan,
        figures=figures,
        wrong_if=WRONG_IF[name],
    )


def _months(table: pd.DataFrame) -> pd.DataFrame:
    month = pd.to_datetime(table["day"].astype("int64"), unit="D").dt.strftime("%Y-%m")
    return table.groupby(month.rename("month"))[["items", "days"]].sum().reset_index()

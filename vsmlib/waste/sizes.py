"""How large a waste is: its parts summed by place, month and item, whatever the waste."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from vsmlib.engine import scalar, to_pandas
from vsmlib.flow import Flow
from vsmlib.measure.groups import ACTIVE, DELIVERED, WAIT
from vsmlib.measure.items import facts
from vsmlib.visits import DAY_US

__all__ = ["FLOWING", "Frame", "Parts", "Waste", "days_by_end", "sized"]

Frame = nw.LazyFrame[Any]
FLOWING = nw.col("kind").is_in([ACTIVE, WAIT])
TOP = 20
DAYS = nw.col("us").cast(nw.Float64).sum() / DAY_US
ITEMS = nw.col("item").n_unique().alias("items")


WRONG_IF = {
    "waiting": "an item gains nothing from being done sooner, or a wait stage is really work",
    "overproduction": "the cancelled work taught something worth its days, or the finished items"
    " are in use already",
    "rework": "going back is how the work is meant to be done, such as review in planned rounds",
    "switching": "people really work at several items at once, or items stay in an active stage"
    " while nobody is meant to work on them",
}


@dataclass(frozen=True)
class Parts:
    """Parts of visits that are waste: rows of ``item, position, stage, what, us``.

    ``what`` is a place in ``labels``, ``us`` microseconds; no two rows share time.
    """

    rows: Frame
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Waste:
    """One waste. Its tables are made when they are asked for.

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
    figures : dict
        What else is known of it.
    """

    name: str
    days: float
    share: float
    so_far_days: float
    figures: dict[str, Any]
    flow: Flow = field(repr=False)
    lost: Parts = field(repr=False)
    spent: Frame = field(repr=False)

    @property
    def wrong_if(self) -> str:
        """What would have to be true for it to be no waste."""
        return WRONG_IF[self.name]

    @cached_property
    def trend(self) -> pd.DataFrame:
        """``month`` (UTC; of the items' ends), ``items, of_days`` (the whole)``, days, share``."""
        made = _months(self.spent).rename(columns={"days": "of_days"})
        made = made.merge(_months(self.lost.rows)[["month", "days"]], how="left")
        made["days"] = made["days"].fillna(0.0)
        return made.assign(share=made["days"] / made["of_days"].where(made["of_days"] > 0))

    @cached_property
    def places(self) -> pd.DataFrame:
        """``stage, what, days, share`` (of this waste)``, items``: the largest place first."""
        made = to_pandas(self.lost.rows.group_by("stage", "what").agg(DAYS.alias("days"), ITEMS))
        made["stage"] = made["stage"].map(dict(enumerate(self.flow.stream.stage_names)))
        made["what"] = made["what"].map(dict(enumerate(self.lost.labels)))
        made["share"] = made["days"] / self.days if self.days else np.nan
        made = made.sort_values(["days", "stage", "what"], ascending=False, ignore_index=True)
        return made[["stage", "what", "days", "share", "items"]]

    @cached_property
    def items(self) -> pd.DataFrame:
        """``item_id, days``: the items that lost most."""
        return to_pandas(self._by_item().head(TOP))

    @cached_property
    def tenth(self) -> float:
        """Share of it in the tenth of the ended items which lost most; null if it is nothing."""
        ended = int(scalar(self.spent.select(nw.col("item").n_unique())))
        most = scalar(self._by_item().head(-(-ended // 10)).select(nw.col("days").sum()))
        return float(most or 0) / self.days if self.days else np.nan

    def _by_item(self) -> Frame:
        ids = self.flow.log.items_frame.select("item", "item_id")
        each = self.lost.rows.group_by("item").agg(DAYS.alias("days")).join(ids, on="item")
        return each.select("item_id", "days").sort("days", "item_id", descending=[True, False])


def sized(
    flow: Flow,
    name: str,
    parts: Parts,
    figures: dict[str, Any],
    lost: dict[int, float] | None = None,
) -> Waste:
    """Sum the parts of a waste up, where ``lost`` does not have the sums by end already."""
    ended = nw.col("ended_us").fill_null(flow.observed_us) // DAY_US
    ends = flow.ends.select("item", "status", day=ended)
    spent = flow.frame.filter(FLOWING).select("item", us=nw.col("t1") - nw.col("t0"))
    rows, spent = (
        parts.rows.filter(nw.col("us") > 0).join(ends, on="item"),
        spent.join(ends, "item"),
    )
    lost, so_far = _days(rows) if lost is None else lost, 0.0
    whole = flow.once("days by end", lambda: days_by_end(flow, "flow_us"))
    days, total = sum(lost.values()), sum(whole.values())
    if name != "overproduction":
        so_far, days = lost.get(0, 0.0), lost.get(DELIVERED, 0.0)
        total = whole.get(DELIVERED, 0.0)
        delivered = nw.col("status") == DELIVERED
        rows, spent = rows.filter(delivered), spent.filter(delivered)
    share = days / total if total else np.nan
    return Waste(name, days, share, so_far, figures, flow, Parts(rows, parts.labels), spent)


def days_by_end(flow: Flow, column: str) -> dict[int, float]:
    """Sum a column of `facts` by how the items ended, in days."""
    return _days(facts(flow).rename({column: "us"}))


def _days(rows: Frame) -> dict[int, float]:
    """Sum days by how the items ended."""
    table = to_pandas(rows.group_by("status").agg(DAYS.alias("days")))
    return dict(zip(table["status"].tolist(), table["days"].tolist(), strict=True))


def _months(rows: Frame) -> pd.DataFrame:
    """Sum days and items by the month in which items ended."""
    table = to_pandas(rows.group_by("day").agg(DAYS.alias("days"), ITEMS))
    month = pd.to_datetime(table["day"].astype("int64"), unit="D").dt.strftime("%Y-%m")
    return table.groupby(month.rename("month"))[["items", "days"]].sum().reset_index()

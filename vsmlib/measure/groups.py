"""Grouping by an item column, and the small shared steps of the measures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import pandas as pd

from vsmlib.engine import to_pandas
from vsmlib.errors import ParameterError
from vsmlib.flow import KINDS, Flow
from vsmlib.sums import total

__all__ = [
    "ACTIVE",
    "DELIVERED",
    "NO_VALUE",
    "QUANTILES",
    "WAIT",
    "finished",
    "grouped",
    "keys",
    "labelled",
    "named",
    "quantiles",
    "total",
]

Frame = nw.LazyFrame[Any]
ACTIVE, WAIT, DELIVERED = KINDS.index("active"), KINDS.index("wait"), KINDS.index("done")
NO_VALUE = "(none)"
QUANTILES = {"p50": 0.50, "p85": 0.85, "p95": 0.95}
# Every column of the written tables, but `item_type` and `team`, which may become the key.
TAKEN = frozenset(
    "item_id stage kind position visit entered_at left_at elapsed_s working_s blocked_s "
    "blocked_working_s from_stage to_stage entered_by left_by status first_entered_at "
    "committed_at delivered_at lead_time_s cycle_time_s process_time_s wait_time_s "
    "flow_efficiency working_lead_time_s working_process_time_s rework_visits reopened age_s "
    "items visits total_s mean_s p50_s p85_s p95_s working_total_s share_of_lead_time "
    "percent_complete_accurate wip people count share backward handoff_share "
    "date arrived left path median_lead_time_s".split()
)


def keys(by: str | None) -> list[str]:
    """Name the key columns that grouping adds to a kernel."""
    return ["group"] if by else []


def grouped(flow: Flow, frame: Frame, by: str | None) -> Frame:
    """Add ``group``, the item's value of the column ``by`` as text; none is ``(none)``.

    Raises
    ------
    ParameterError
        If the log has no such item column, or a table has a column of that name already.
    """
    if not by:
        return frame
    flow.log.check_column(by)
    if by in TAKEN:
        raise ParameterError(
            f"--by {by}: the tables have a column of that name already",
            where=flow.log.name,
            hint="rename the column in the source",
        )
    group = nw.col(by).cast(nw.String).fill_null(NO_VALUE).alias("group")
    return frame.join(flow.log.items_frame.select("item", group), on="item")


def quantiles(column: str) -> list[nw.Expr]:
    """Exact linear-interpolated p50, p85 and p95 of a column of microseconds, in seconds."""
    spread = nw.col(column).cast(nw.Float64)
    return [
        (spread.quantile(q, interpolation="linear") / 1e6).alias(f"{name}_s")
        for name, q in QUANTILES.items()
    ]


def finished(frame: Frame, by: str | None) -> pd.DataFrame:
    """Collect a kernel's result to pandas, with the group under its own name, first."""
    return named(to_pandas(frame), by)


def labelled(codes: pd.Series[int], labels: Sequence[str]) -> pd.Series[str]:
    """Turn the codes of a small table, places among the labels, into texts."""
    return codes.map(dict(enumerate(labels))).astype("str")


def named(table: pd.DataFrame, by: str | None) -> pd.DataFrame:
    """Put ``group`` first, under the name of its column."""
    if not by:
        return table
    rest = [c for c in table.columns if c not in ("group", by)]
    return table[["group", *rest]].rename(columns={"group": by})

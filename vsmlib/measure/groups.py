"""Grouping by an item column, and the small shared steps of the measures."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import pandas as pd

from vsmlib.engine import to_pandas
from vsmlib.errors import ParameterError
from vsmlib.flow import KINDS, Flow

__all__ = [
    "ACTIVE",
    "DELIVERED",
    "NO_VALUE",
    "QUANTILES",
    "WAIT",
    "finished",
    "grouped",
    "keys",
    "named",
    "quantiles",
    "total",
]

Frame = nw.LazyFrame[Any]
ACTIVE, WAIT, DELIVERED = KINDS.index("active"), KINDS.index("wait"), KINDS.index("done")
NO_VALUE = "(none)"
QUANTILES = {"p50": 0.50, "p85": 0.85, "p95": 0.95}
TAKEN = frozenset(
    "item_id stage kind position visit entered_at left_at elapsed_s working_s blocked_s count "
    "from_stage to_stage entered_by left_by date arrived left wip path items share visits".split()
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


def total(column: str) -> nw.Expr:
    """Sum a column of integers, 0 without any.

    Engines widen integer sums to types that leave as decimals; counts and one item's
    microseconds fit 64 bits.
    """
    return nw.col(column).sum().fill_null(0).cast(nw.Int64)


def finished(frame: Frame, by: str | None) -> pd.DataFrame:
    """Collect a kernel's result to pandas, with the group under its own name, first."""
    return named(to_pandas(frame), by)


def named(table: pd.DataFrame, by: str | None) -> pd.DataFrame:
    """Put ``group`` first, under the name of its column."""
    if not by:
        return table
    rest = [c for c in table.columns if c not in ("group", by)]
    return table[["group", *rest]].rename(columns={"group": by})

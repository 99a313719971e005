"""Results small enough to look at leave the engine here, as pandas frames or single values."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import pandas as pd

from vsmlib.engine.failures import told

__all__ = ["records", "scalar", "size", "to_pandas"]

Frame = nw.LazyFrame[Any]


@told()
def to_pandas(frame: Frame) -> pd.DataFrame:
    """Collect a lazy frame."""
    made: pd.DataFrame = nw.to_native(frame.collect("pyarrow")).to_pandas()
    return made


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a small table as dictionaries."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


@told()
def scalar(frame: Frame) -> Any:
    """Collect a lazy frame of one row and one column."""
    return frame.collect("pyarrow").item()


def size(frame: Frame) -> int:
    """Count the rows of a lazy frame."""
    return int(scalar(frame.select(nw.len())))

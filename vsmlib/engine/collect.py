"""Results small enough to look at leave the engine here, as pandas frames or single values."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import pandas as pd
import pyarrow as pa

from vsmlib.engine.failures import told

__all__ = ["records", "scalar", "size", "to_pandas"]

Frame = nw.LazyFrame[Any]


@told()
def to_pandas(frame: Frame) -> pd.DataFrame:
    """Collect a lazy frame; labels that an engine keeps as numbers leave as texts."""
    table: pa.Table = nw.to_native(frame.collect("pyarrow"))
    plain = [
        field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field
        for field in table.schema
    ]
    made: pd.DataFrame = table.cast(pa.schema(plain)).to_pandas()
    return made


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a small table as dictionaries."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


@told()
def scalar(frame: Frame) -> Any:
    """Collect a lazy frame of one row and one column."""
    return frame.collect("pyarrow").item()


@told()
def size(frame: Frame) -> int:
    """Count the rows of a lazy frame."""
    return int(scalar(frame.select(nw.len())))

"""Rows as charts hold them: plain data, so that Altair has little to copy and to look into."""

from __future__ import annotations

import zlib
from typing import Any, TypeAlias

import altair as alt
import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv

Data: TypeAlias = alt.InlineData | alt.NamedData


class Rows(alt.InlineData):
    """Rows that Altair neither copies at every step of a chart nor looks into."""

    _class_is_valid_at_instantiation = False

    def __deepcopy__(self, _: object) -> Rows:
        return self

    @property
    def values(self) -> list[dict[str, Any]]:
        """The rows, as copies that may be changed."""
        return [dict(row) for row in self._kwds["values"]]


def held(table: pd.DataFrame) -> Rows:
    """Return rows as the data of layers."""
    columns = {str(name): _told(table[name]) for name in table}
    parts = zip(*columns.values(), strict=True)
    return Rows(values=[dict(zip(columns, part, strict=True)) for part in parts])


def _told(column: pd.Series[Any]) -> list[Any]:
    """Return plain values, None where JSON has no word for one."""
    known = np.isfinite(column) if column.dtype.kind == "f" else column.notna()
    return [value if told else None for value, told in zip(column.tolist(), known, strict=True)]


def compact(table: pd.DataFrame) -> alt.InlineData:
    """Return many rows as CSV: a quarter as long, and Altair has one value to look at."""
    numbers = dict.fromkeys(table.select_dtypes("number").columns, "number")
    rows = pa.Table.from_pandas(table, preserve_index=False, nthreads=1)
    try:
        values = _csv(rows, "none")
    except pa.ArrowInvalid:  # a comma or a quotation mark in a name
        values = _csv(rows, "needed")
    return alt.InlineData(values=values, format={"type": "csv", "parse": numbers})


def _csv(rows: pa.Table, quotes: str) -> str:
    made = pa.BufferOutputStream()
    csv.write_csv(rows, made, csv.WriteOptions(quoting_style=quotes, quoting_header="none"))
    return str(made.getvalue(), "utf-8")


def shared(rows: alt.InlineData) -> alt.NamedData:
    """Name rows after what they are; views after the first use that, so that they are sent once."""
    rows.name = f"rows-{zlib.crc32(rows.values.encode()):x}"
    return alt.NamedData(name=rows.name)


def nested(table: pd.DataFrame) -> alt.InlineData:
    """Return rows that hold lists, as a text that the browser reads."""
    values = table.to_json(orient="records", double_precision=4)
    return alt.InlineData(values=values, format={"type": "json"})

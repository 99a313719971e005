"""DuckDB, the embedded engine: what the kernels need beyond Narwhals expressions."""

from __future__ import annotations

import itertools
import os
import shutil
import sys
import tempfile
import weakref
from collections import deque
from collections.abc import Sequence
from copy import copy
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd

from vsmlib.engine.failures import told
from vsmlib.errors import ParameterError, shown

__all__ = ["DuckEngine", "default", "identifier", "literal", "tidy", "under_way"]

PATH_BASE = 2**20
LABEL, FEW_LABELS = "vsm label", 1000  # a file repeats the labels of an ENUM in each of its parts
SORTED_AT_ONCE = 2**25


def identifier(name: str) -> str:
    """Quote a name from outside as an SQL identifier.

    Examples
    --------
    >>> print(identifier('a"; drop table b'))
    "a""; drop table b"
    """
    return '"' + name.replace('"', '""') + '"'


def literal(said: str) -> str:
    """Quote a text from outside as an SQL value.

    Examples
    --------
    >>> print(literal("it's"))
    'it''s'
    """
    return "'" + said.replace("'", "''") + "'"


class DuckEngine:
    """One DuckDB connection in memory, with the few things Narwhals has no word for.

    Attributes
    ----------
    con : duckdb.DuckDBPyConnection
        Its time zone is UTC and it neither downloads nor loads extensions by itself. What does
        not fit in memory (or in ``VSM_MEMORY``, such as ``4GB``) goes to the folder for temporary
        files (``TMPDIR``).
    within : DuckEngine or None
        The engine that this one is a `scope` of.
    """

    within: DuckEngine | None = None

    def __init__(self) -> None:
        self.spill = Path(tempfile.gettempdir(), f"vsmlib-{os.getpid()}")
        config = {"autoinstall_known_extensions": "false", "temp_directory": str(self.spill)}
        if limit := os.environ.get("VSM_MEMORY"):
            config["memory_limit"] = limit
        self.con: Any = _connected(config)
        self.con.execute("SET TimeZone = 'UTC'")
        # Its own bar would go to stdout, among results; ours only asks how far a query is.
        self.con.execute(f"SET enable_progress_bar = {sys.stderr.isatty()}")
        self.con.execute("SET enable_progress_bar_print = false")
        self._names = itertools.count()
        self._own: list[str] = []
        self._gone: deque[str] = deque()

    def scope(self) -> DuckEngine:
        """Give this engine to one owner: the tables that it makes go when nobody has it any more.

        Who keeps a lazy frame of such tables must keep their owner.
        """
        made = copy(self)
        made.within, made._own = self, []
        weakref.finalize(made, self._gone.extend, made._own).atexit = False
        return made

    def _let_go(self) -> None:
        """Drop tables that lost their owner, at a moment when no result is under way."""
        while self._gone:
            self.con.execute(f"DROP TABLE IF EXISTS {self._gone.popleft()}")

    @told()
    def table(self, frame: Any) -> nw.LazyFrame[Any]:
        """Materialise a frame once, so that everything after reads it instead of making it again.

        Parameters
        ----------
        frame : frame
            A lazy frame of this engine, or any eager frame that Narwhals knows.

        Returns
        -------
        narwhals.LazyFrame
        """
        self._let_go()
        name = f"t{next(self._names)}"
        native = nw.to_native(frame, pass_through=True)
        if not isinstance(native, duckdb.DuckDBPyRelation):
            native = self.con.from_arrow(nw.from_native(native, eager_only=True).to_arrow())
        native.create(name)
        self._own.append(name)
        return _lazy(self.con.table(name))

    def clustered(self, frame: nw.LazyFrame[Any], *by: str) -> nw.LazyFrame[Any]:
        """Materialise a frame in order of columns, so that ranges of them are found at once."""
        return self.table(frame.sort(*by) if by else frame)

    def brought(self, frame: Any) -> nw.LazyFrame[Any]:
        """Give a frame of any engine as one of this engine."""
        known = nw.from_native(frame, pass_through=False)
        return known if isinstance(known, nw.LazyFrame) else self.table(known)

    def numbered(self, frame: nw.LazyFrame[Any], name: str, by: str) -> nw.LazyFrame[Any]:
        """Give the rows numbers from 0 in order of a column."""
        number = f"row_number() OVER (ORDER BY {identifier(by)}) - 1 AS {identifier(name)}"
        return _lazy(frame.to_native().project(f"*, {number}"))

    def drop(self, frame: nw.LazyFrame[Any]) -> None:
        """Give back the memory of a frame made by `table`; nothing lazy may need it any more."""
        if _is_table(frame):
            self.con.execute(f"DROP TABLE {identifier(frame.to_native().alias)}")

    def without(
        self, frame: nw.LazyFrame[Any], keys: nw.LazyFrame[Any], column: str
    ) -> nw.LazyFrame[Any]:
        """Take rows out of a table or lazy frame, those whose column has one of the keys."""
        if not _is_table(frame):  # the keys then live as long as what needs them
            kept = self.con.from_arrow(keys.group_by(column).agg().collect("pyarrow").to_native())
            return frame.join(_lazy(kept), on=column, how="anti")
        gone, table = self.table(keys), identifier(frame.to_native().alias)
        wanted = f"SELECT {column} FROM {identifier(gone.to_native().alias)}"  # noqa: S608
        self.con.execute(f"DELETE FROM {table} WHERE {column} IN ({wanted})")  # noqa: S608
        self.drop(gone)
        return frame

    def repeated(self, frame: nw.LazyFrame[Any], column: str) -> nw.LazyFrame[Any]:
        """Give the values of a column of hashes that are met more than once."""
        native = frame.to_native().project(identifier(column))
        parts = native.count("*").fetchall()[0][0] // SORTED_AT_ONCE + 1
        again = []
        for part in range(parts):
            one = native.filter(f"{identifier(column)} % {parts} = {part}")
            values = one.fetchnumpy()[column]
            values.sort()  # a tenth of the cost of grouping
            again.append(values[1:][values[1:] == values[:-1]])
        return self.table(pd.DataFrame({column: np.unique(np.concatenate(again))}))

    def last_values(self, frame: nw.LazyFrame[Any], columns: Sequence[str]) -> nw.LazyFrame[Any]:
        """Of each ``item_id`` and column the last value by ``t`` and ``seq`` that is not null."""
        # one number orders by time and then by seq; 128 bits hold both
        key = f"t::HUGEINT * {2**64} + seq"
        last = ", ".join(f"arg_max({c}, {key}) AS {c}" for c in columns)
        return _lazy(frame.to_native().aggregate(f"item_id, {last}", "item_id"))

    def decode(self, frame: nw.LazyFrame[Any], **labels: list[str]) -> nw.LazyFrame[Any]:
        """Replace columns of codes by their labels, in place (null stays null), in any order.

        Rows must be sorted afterwards. A few labels stay numbers inside (an ENUM): sorting and
        writing them costs a fraction of what texts cost.
        """
        columns = frame.collect_schema().names()
        for column, names in labels.items():
            table = pd.DataFrame({LABEL: pd.Series(names or [""], dtype="str")})
            kind = "category" if len(names) <= FEW_LABELS else "str"
            table = table.astype({LABEL: kind}).rename_axis(column).reset_index()
            frame = frame.join(_lazy(self.con.from_df(table)), on=column, how="left").drop(column)
            frame = frame.rename({LABEL: column})
        return frame.select(columns)

    def timestamps(self, frame: nw.LazyFrame[Any], *columns: str) -> nw.LazyFrame[Any]:
        """Turn int64 microseconds into UTC timestamps, in place."""
        made = ", ".join(f"make_timestamptz({identifier(c)}) AS {identifier(c)}" for c in columns)
        return _lazy(frame.to_native().project(f"* REPLACE ({made})"))

    def paths(self, frame: nw.LazyFrame[Any], keys: list[str], code: str) -> nw.LazyFrame[Any]:
        """Gather the codes of each group of rows in order of ``position``, as lists in ``path``."""
        by = ", ".join(identifier(key) for key in keys)
        # Sorting one list of numbers costs a quarter of what an ordered aggregate does.
        steps = f"list_sort(list(position * {PATH_BASE} + {identifier(code)}))"
        path = f"list_transform({steps}, lambda step: step % {PATH_BASE}) AS path"
        return _lazy(frame.to_native().aggregate(f"{by}, {path}", by))

    def fingerprint(self, frame: nw.LazyFrame[Any], columns: list[str]) -> tuple[int, str]:
        """Count the rows and hash them, whatever their order."""
        row = ", chr(31), ".join(f"coalesce({identifier(c)}::VARCHAR, chr(0))" for c in columns)
        total = f"sum(md5_number_lower(concat({row}))::HUGEINT)"
        made = frame.to_native().aggregate(f"count(*), coalesce({total}, 0)").fetchall()
        return int(made[0][0]), f"{int(made[0][1]) % 16**12:012x}"

    def stored(self, paths: list[str]) -> nw.LazyFrame[Any]:
        """Open Parquet files of our own; they are read when they are measured."""
        return _lazy(self.con.read_parquet(paths))

    @told()
    def write_parquet(self, frame: nw.LazyFrame[Any], path: Path) -> None:
        """Write a frame as one Parquet file (compressed by zstd)."""
        # With these threads DuckDB 2.0 locks itself up, now and then, when Ctrl-C ends a write.
        self.con.execute("SET async_threads = 0")
        try:
            frame.to_native().write_parquet(str(path), compression="zstd")
        finally:
            self.con.execute("RESET async_threads")


def _connected(config: dict[str, Any]) -> Any:
    try:
        return duckdb.connect(config=config)
    except duckdb.Error:
        limit = shown(config.get("memory_limit", ""))
        what, accepted = f"VSM_MEMORY is {limit}", "an amount of memory, such as 4GB"
        raise ParameterError(what, accepted=accepted, hint="correct it or unset it") from None


def tidy() -> None:
    """Remove what was spilled to disk; for a program that leaves without taking the engine down."""
    shutil.rmtree(Path(tempfile.gettempdir(), f"vsmlib-{os.getpid()}"), ignore_errors=True)


def _is_table(frame: nw.LazyFrame[Any]) -> bool:
    return bool(frame.to_native().type == "TABLE_RELATION")


def _lazy(relation: Any) -> nw.LazyFrame[Any]:
    frame: nw.LazyFrame[Any] = nw.from_native(relation)
    return frame


@cache
def default() -> DuckEngine:
    """Return the engine of this process, made at first use."""
    return DuckEngine()


def under_way() -> float | None:
    """Tell how much of the query that runs now is done, in percent; another thread may ask."""
    if not default.cache_info().currsize:
        return None
    try:
        percent = float(default().con.query_progress())
    except duckdb.Error:
        return None
    return percent if 0 <= percent < 100 else None

"""Tables as DuckDB sees them: opened without copying, their columns under names of our own.

Whatever a table is, it becomes a view or temporary table with the columns ``row`` (int64, from
0) and ``c0, c1, …``. Names and values from outside so never reach an SQL text, but for paths and
names of logs, quoted by `literal`.
"""
# ruff: noqa: S608  (every name in an SQL text here is one of ours, or quoted by `identifier`)

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from vsmlib.engine.duck import identifier, literal

EngineError = duckdb.Error
BLANKS = " \t\n\r\v\f\u00a0\u3000\ufeff"
KEPT_TYPES = re.compile(r"BOOLEAN|U?\w*INT(EGER)?|DECIMAL.*|DATE|TIME[^\[]*")
_numbers = itertools.count()


@dataclass(frozen=True)
class Column:
    """A column: its name outside, its name in SQL, its DuckDB type."""

    name: str
    sql: str
    type: str


@dataclass(frozen=True)
class Scan:
    """A table opened for reading: its name in SQL, its columns in the order of the source.

    ``line`` is the SQL of the number by which a person finds a row in the source. What is
    ``lasting`` can be read again later, as often as needed, at little cost.
    """

    table: str
    columns: list[Column]
    line: str = "row + 1"
    lasting: bool = False

    @property
    def every(self) -> str:
        """The SQL of all columns."""
        return ", ".join(column.sql for column in self.columns)


def fresh(stem: str) -> str:
    """Give a table name that nobody has yet."""
    return f"vsm_{stem}_{next(_numbers)}"


def text(column: Column) -> str:
    """Give the SQL of a column as trimmed text: 7.0 as 7, nothing as null."""
    sql = column.sql
    if column.type == "VARCHAR":
        # Most values are ASCII with nothing to trim, and looking is cheaper than trimming.
        clean = f"{sql} >= '!' AND {sql}[-1] > ' ' AND strlen({sql}) = length({sql})"
        return f"CASE WHEN {clean} THEN {sql} ELSE nullif(trim({sql}, '{BLANKS}'), '') END"
    if column.type in {"DOUBLE", "FLOAT"} or column.type.startswith("DECIMAL"):
        return rf"nullif(regexp_replace({sql}::VARCHAR, '\.0+$', ''), 'nan')"
    return f"nullif(trim({sql}::VARCHAR, '{BLANKS}'), '')"


def value(column: Column) -> str:
    """Give the SQL of a column as an item column: plain types as they are, others as text."""
    if column.type in {"DOUBLE", "FLOAT"}:
        return f"CASE WHEN NOT isnan({column.sql}) THEN {column.sql} END"
    return column.sql if KEPT_TYPES.fullmatch(column.type) else text(column)


def only_row(con: Any, sql: str, params: Any = None) -> tuple[Any, ...]:
    """Give the one row of a query; a result fetched in part would block the connection."""
    ((*row,),) = con.execute(sql, params).fetchall()
    return tuple(row)


def open_csv(
    con: Any, stack: ExitStack, path: Path, names: Sequence[str], *, delimiter: str, skip: int
) -> Scan:
    """Read a UTF-8 CSV file in which every record is one line, all columns as text.

    Raises `EngineError` if any record does not fit. ``skip`` lines come before the first one.
    """
    columns = [Column(name, f"c{i}", "VARCHAR") for i, name in enumerate(names)]
    table = _dropped(con, stack, "TABLE", fresh("csv"))
    given: dict[str, Any] = {"path": str(path.resolve()), "skip": skip, "delimiter": delimiter}
    given["columns"] = {column.sql: "VARCHAR" for column in columns}
    con.execute(
        f"CREATE TEMP TABLE {table} AS SELECT row_number() OVER () - 1 AS row, * FROM read_csv("
        "$path, auto_detect=false, header=false, skip=$skip, columns=$columns, delim=$delimiter,"
        " quote='\"', escape='\"', strict_mode=true, null_padding=false, nullstr='',"
        " compression='none', hive_partitioning=false)",
        given,
    )
    return Scan(table, columns, f"row + {skip + 1}")


def open_parquet(con: Any, paths: Sequence[Path], *, partitions: bool) -> Scan:
    """Open Parquet files as one table, columns matched by name."""
    files = [str(path.resolve()) for path in paths]
    listed, many = ", ".join(map(literal, files)), len(files) > 1
    read = f"read_parquet([{listed}], union_by_name={many}, hive_partitioning={partitions})"
    columns = _columns(con, read)
    sizes = con.execute("SELECT file_name, num_rows FROM parquet_file_metadata(?)", [files])
    rows = dict(sizes.fetchall())
    starts = [*itertools.accumulate((rows[file] for file in files), initial=0)][:-1]
    # Unlike a running number, this one lets the engine read parts of the files, and in parallel.
    row = f"file_row_number + {starts}[file_index::BIGINT + 1]" if many else "file_row_number"
    every = ", ".join(column.sql for column in columns)
    return Scan(f"(SELECT {row} AS row, * FROM {read} AS r({every}))", columns, lasting=True)


def parquet_columns(con: Any, paths: Sequence[Path]) -> list[dict[str, str]]:
    """Give the columns of each file, by name, with their types."""
    files = [str(path.resolve()) for path in paths]
    nodes = "SELECT file_name, name, duckdb_type, num_children FROM parquet_schema(?)"
    found: dict[str, dict[str, str]] = {file: {} for file in files}
    inside = 0  # how many parts of a nested column are still to come
    for file, name, kind, children in con.execute(nodes, [files]).fetchall():
        if inside:
            inside += (children or 0) - 1
        elif kind is not None:  # the root has none
            found[file][name] = kind
            inside = children or 0
    return [found[file] for file in files]


def damaged(con: Any, paths: Sequence[Path]) -> Path | None:
    """Find the first of many Parquet files that cannot be read to its end."""
    for path in paths:
        try:
            whole = "SELECT bit_xor(hash(r)) FROM read_parquet($path, hive_partitioning=false) r"
            con.execute(whole, {"path": str(path.resolve())}).fetchall()
        except EngineError:
            return path
    return None


def parquet_notes(con: Any, paths: Sequence[Path], key: str) -> list[str]:
    """Values of one key of the files' own metadata."""
    found = con.execute(
        "SELECT decode(value) FROM parquet_kv_metadata($files) WHERE key = $key::BLOB",
        {"files": [str(path.resolve()) for path in paths], "key": key},
    )
    return [row[0] for row in found.fetchall()]


def open_database(con: Any, stack: ExitStack, path: Path, table: str) -> Scan | list[str]:
    """Open a table of a DuckDB file, read-only; or list its tables if it has none of that name."""
    alias = fresh("database")
    con.execute(f"ATTACH $path AS {alias} (READ_ONLY, TYPE duckdb)", {"path": str(path.resolve())})
    stack.callback(con.execute, f"DETACH {alias}")
    listed = "SELECT table_name FROM duckdb_tables() WHERE database_name = ? AND schema_name = ?"
    known = sorted(row[0] for row in con.execute(listed, [alias, "main"]).fetchall())
    return _view(con, stack, f"{alias}.main.{identifier(table)}") if table in known else known


def open_arrow(con: Any, stack: ExitStack, table: Any, names: Sequence[str]) -> Scan:
    """Open an Arrow table that has ``row``, ``line`` and then the columns called `names`."""
    view = fresh("arrow")
    plain = table.rename_columns(["row", "line", *(f"c{i}" for i in range(len(names)))])
    con.register(view, plain)
    stack.callback(con.unregister, view)
    types = [row[1] for row in con.execute(f"DESCRIBE {view}").fetchall()][2:]
    columns = [Column(n, f"c{i}", t) for i, (n, t) in enumerate(zip(names, types, strict=True))]
    return Scan(view, columns, "line")


def _view(con: Any, stack: ExitStack, inner: str) -> Scan:
    columns = _columns(con, inner)
    view = _dropped(con, stack, "VIEW", fresh("view"))
    scan = Scan(view, columns)
    rows = f"SELECT row_number() OVER () - 1 AS row, * FROM {inner} AS r({scan.every})"
    con.execute(f"CREATE TEMP VIEW {view} AS {rows}")
    return scan


def _columns(con: Any, table: str) -> list[Column]:
    described = con.execute(f"DESCRIBE FROM {table}").fetchall()
    return [Column(row[0], f"c{i}", row[1]) for i, row in enumerate(described)]


def _dropped(con: Any, stack: ExitStack, kind: str, name: str) -> str:
    stack.callback(con.execute, f"DROP {kind} IF EXISTS {name}")
    return name

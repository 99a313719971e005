"""Any table as an event log: CSV of every dialect, Parquet, JSON, Excel, DuckDB, dataframes."""

# ruff: noqa: S608  (SQL texts here hold names of our own only)

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import unquote

import narwhals as nw
import pandas as pd

from vsmlib.engine import default, explained, scan
from vsmlib.engine.scan import BLANKS, Column, EngineError, only_row
from vsmlib.errors import one_of, shown
from vsmlib.findings import Finding
from vsmlib.sources.columns import choose_columns
from vsmlib.sources.delimited import open_delimited
from vsmlib.sources.documents import open_excel, open_json
from vsmlib.sources.extract import Extract
from vsmlib.sources.parts import Parts
from vsmlib.sources.rows import Opened, column_names, counted
from vsmlib.sources.staging import Job, stage
from vsmlib.sources.times import plan_times
from vsmlib.sources.unpack import printable, refuse, unpacked

SAMPLE_ROWS = 1000
PACKED = {".gz", ".zip", ".xz", ".bz2", ".tar", ".tgz", ".txz"}
TABLES = {".csv", ".tsv", ".txt", ".parquet", ".pq", ".json", ".jsonl", ".ndjson", ".xlsx", ".xlsm"}
JSON_NAMES = {".json", ".jsonl", ".ndjson"}
JSON_START = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:\{\s*"|\[\s*\{)')


def read_table(
    source: Any,
    *,
    item: str | None = None,
    time: str | None = None,
    event: str | None = None,
    actor: str | None = None,
    start: str | None = None,
    end: str | None = None,
    timezone: str | None = None,
    time_format: str | None = None,
    name: str | None = None,
) -> Extract:
    """Read a table with one row an event, or one row a stay with its start and its end.

    Columns that are not named are guessed from their names and contents. Times without offset
    need `timezone`; a local time that happens twice is the first of the two, one that never
    happens moves forward by the gap. Every other column becomes an item column.

    Parameters
    ----------
    source : path, str or dataframe
        A CSV, Parquet, JSON or Excel file, plain or packed; a folder of Parquet files;
        ``duckdb:///FILE?table=NAME``; a dataframe of any engine that Narwhals knows.
    item, time, event, actor, start, end : str, optional
        Columns; `start` and `end` in place of `time` make events ``X start`` and ``X end``.
    timezone, time_format, name : str, optional
        The zone of times without offset; a strptime format of all times; a name for the log.

    Raises
    ------
    SourceError
        If the source cannot be read, or does not say enough to be read rightly.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"key": ["A-1"], "when": ["2026-11-22T10:00Z"], "status": ["Open"]})
    >>> extract = read_table(frame)
    >>> extract.events.select("item_id", "t", "event").collect().rows()
    [('A-1', 1795341600000000, 'Open')]
    >>> extract.findings[0].what
    'read 1 row from dataframe (in memory)'
    """
    given = dict(item=item, time=time, event=event, actor=actor, start=start, end=end)  # noqa: C408
    where, title, stem = _names(source)
    con = default().con
    try:
        with ExitStack() as stack:
            opened = _open(con, stack, source, where)
            rows, sample, repeats = _look(con, opened, where)
            columns = opened.scan.columns
            roles = choose_columns(columns, sample, given, where=where, repeats=repeats)
            told = opened.told(roles)
            moments = [column for column in (roles.time, roles.start, roles.end) if column]
            plan = plan_times(
                con, opened.scan, moments, timezone=timezone, time_format=time_format, where=where
            )
            job = Job(con, opened.scan, roles, plan, where, name or stem)
            events, items, findings = stage(job)
    except (EngineError, OSError) as error:
        cannot_be_read(error, source, where)
    read = f"read {counted(rows, 'row')} from {title} ({opened.kind})"
    receipt = [Finding("rows_read", "note", rows, read), *opened.findings, *told]
    return Extract(
        events=events,
        items=items,
        findings=[*receipt, *roles.findings, *plan.findings, *findings],
        observed_until=opened.observed_until,
        name=name or stem,
        complete=items is not None,
    )


def cannot_be_read(error: Exception, source: Any, where: str) -> NoReturn:
    """Say in one line why, and of many files which."""
    if known := explained(error):
        raise known from error
    said = str(error).splitlines()[0]
    parts = sorted(Path(source).rglob("*.parquet")) if where != "dataframe" else []
    if (bad := scan.damaged(default().con, parts)) and str(bad) not in said:
        where = str(bad)
    refuse(f"cannot be read: {said}", where, "check the file")


def texts(path: Path) -> tuple[pd.DataFrame, list[Finding]]:
    """Give a table file as it stands, as texts under the names of its columns."""
    con, where = default().con, str(path)
    try:
        with ExitStack() as stack:
            opened = _open(con, stack, path, where)
            listed = ", ".join(scan.text(column) for column in opened.scan.columns)
            rows = con.execute(f"SELECT {listed} FROM {opened.scan.table} ORDER BY row").fetchall()
    except (EngineError, OSError) as error:
        cannot_be_read(error, path, where)
    names = [column.name for column in opened.scan.columns]
    return pd.DataFrame(rows, columns=names, dtype="str"), [*opened.findings]


def _names(source: Any) -> tuple[str, str, str]:
    """Give what errors and findings call a source, and what its log is called."""
    if not isinstance(source, str | Path):
        return "dataframe", "dataframe", "log"
    written = str(source)
    if written.startswith("duckdb:"):
        address, _, table = written.rpartition("?table=")
        return printable(written), printable(Path(unquote(address)).name), unquote(table) or "log"
    path = Path(source)
    title = printable(path.resolve().name)
    while path.suffix.lower() in PACKED | TABLES:
        path = path.with_suffix("")
    return printable(written), title, path.name or "log"


def _look(con: Any, opened: Opened, where: str) -> tuple[int, list[Any], Any]:
    """Count the rows; give the first as texts, and what tells whether a column's values repeat."""
    table = opened.scan.table

    def repeats(column: Column) -> bool:
        values = f"SELECT {scan.text(column)} AS s FROM {table}"
        kinds, rows = only_row(con, f"SELECT count(DISTINCT s), count(s) FROM ({values})")
        return bool(1 < kinds < 0.95 * rows)

    listed = ", ".join(f"{column.sql}::VARCHAR" for column in opened.scan.columns)
    first = con.execute(f"SELECT {listed} FROM {table} LIMIT {SAMPLE_ROWS}").fetchall()
    sample = [[value and value.strip(BLANKS) for value in row] for row in first]
    bad = [finding for finding in opened.findings if finding.code == "malformed_row"]
    if not sample:
        what = f"no row is usable ({bad[0].examples[0]})" if bad else "no rows"
        refuse(what, where, "check the file")
    (good,) = only_row(con, f"SELECT count(*) FROM {table}")
    return good + sum(finding.count for finding in bad), sample, repeats


def _open(con: Any, stack: ExitStack, source: Any, where: str) -> Opened:
    if not isinstance(source, str | Path):
        return _open_frame(con, stack, source)
    if str(source).startswith("duckdb:"):
        return _open_database(con, stack, str(source))
    path = Path(source).expanduser()
    if not path.exists():
        refuse("no such file or folder", where, "check the spelling")
    given = path
    if path.is_file():
        path = stack.enter_context(unpacked(path))
        path = _only_table(path, where) if path.is_dir() else path
    elif not path.is_dir():
        refuse("neither a file nor a folder", where, "copy its content to a file")
    opened = (_open_parquet if path.is_dir() else _open_file)(con, stack, path, where)
    lasting = opened.scan.lasting and path == given  # what was unpacked goes away
    return replace(opened, scan=replace(opened.scan, lasting=lasting))


def _open_file(con: Any, stack: ExitStack, path: Path, where: str) -> Opened:
    with path.open("rb") as file:
        head = file.read(4096)
    suffix = path.suffix.lower()
    if not head.strip():
        refuse("empty file", where, "export it again")
    if head.startswith(b"PAR1"):
        return _open_parquet(con, stack, path, where)
    if suffix in {".xlsx", ".xlsm"}:
        return open_excel(con, stack, path, where)
    if head[8:12] == b"DUCK":
        refuse("a DuckDB database", where, "name a table: duckdb:///FILE?table=NAME")
    if suffix in JSON_NAMES or JSON_START.match(head):
        return open_json(con, stack, path, where)
    return open_delimited(con, stack, path, where)


def _only_table(folder: Path, where: str) -> Path:
    """Give the one table of an archive; Parquet files are one table together."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name[0] not in "._"]
    tables = [path for path in files if path.suffix.lower() in TABLES] or files
    tables = [path for path in tables if "__MACOSX" not in path.parts]
    if len(tables) == 1:
        return tables[0]
    if tables and all(path.suffix.lower() == ".parquet" for path in tables):
        return folder
    listed = ", ".join(shown(path.name) for path in sorted(tables)[:5])
    what = f"{len(tables)} tables in one archive: {listed}"
    return refuse(what, where, "unpack it and name one of them")


def _open_parquet(con: Any, stack: ExitStack, path: Path, where: str) -> Opened:
    paths = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    if not paths:
        refuse("no Parquet files in this folder", where, "name a file")
    partitions = any("=" in part for p in paths for part in p.relative_to(path).parts[:-1])
    opened = scan.open_parquet(con, paths, partitions=partitions)
    parts = Parts.of(con, paths, where)
    parts.check(opened.columns)
    kind = f"{len(paths)} Parquet files" if len(paths) > 1 else "Parquet"
    return Opened(opened, kind, observed_until=parts.until, told=parts.told)


def _open_database(con: Any, stack: ExitStack, url: str) -> Opened:
    where = printable(url)
    parts = re.fullmatch(r"duckdb:///([^?]+)\?table=([^&]+)", url)
    if not parts:
        hint = "write duckdb:///FILE?table=NAME (four slashes for an absolute path)"
        refuse("not an address of a table", where, hint)
    written, table = unquote(parts[1]), unquote(parts[2])
    path = next((p for p in (Path(written), Path("/", written)) if p.is_file()), None)
    if not path:
        refuse(f"no such file: {shown(written)}", where, "check the path")
    opened = scan.open_database(con, stack, path, table)
    if isinstance(opened, list):
        what, known, hint = one_of("table", table, opened)
        refuse(what, where, hint, known)
    return Opened(opened, "DuckDB table")


def _open_frame(con: Any, stack: ExitStack, source: Any) -> Opened:
    import pyarrow as pa

    try:
        frame = nw.from_native(source)
        eager = frame.collect("pyarrow") if isinstance(frame, nw.LazyFrame) else frame
        arrow = eager.to_arrow()
    except Exception as error:
        what = f"not a table: {type(source).__name__}: {str(error).splitlines()[0]}"
        refuse(what, "dataframe", "give a path or a dataframe")
    names, findings = column_names(arrow.column_names, "dataframe")
    size = arrow.num_rows
    numbers = [pa.array(range(first, first + size), pa.int64()) for first in (0, 1)]
    numbered = pa.table([*numbers, *arrow.columns], ["row", "line", *arrow.column_names])
    return Opened(scan.open_arrow(con, stack, numbered, names), "in memory", findings)

"""Any table as an event log: CSV of every dialect, Parquet, JSON, Excel, DuckDB, dataframes."""

# ruff: noqa: S608  (SQL texts here hold names of our own only)

from __future__ import annotations

import re
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import parse_qs, unquote

import narwhals as nw

from vsmlib.engine import default
from vsmlib.engine.scan import (
    BLANKS,
    Column,
    EngineError,
    Scan,
    lazy,
    only_row,
    open_arrow,
    open_database,
    open_parquet,
    parquet_notes,
    text,
)
from vsmlib.errors import SourceError, one_of, shown
from vsmlib.findings import Finding
from vsmlib.sources.columns import choose_columns
from vsmlib.sources.delimited import open_delimited
from vsmlib.sources.documents import open_excel, open_json
from vsmlib.sources.extract import Extract
from vsmlib.sources.opened import Opened, column_names, counted
from vsmlib.sources.staging import Job, stage
from vsmlib.sources.times import plan_times
from vsmlib.sources.unpack import printable, unpacked

__all__ = ["read_table"]

SAMPLE_ROWS = 1000
PACKED = {".gz", ".zip", ".xz", ".bz2", ".tar", ".tgz", ".txz"}
TABLES = {".csv", ".tsv", ".txt", ".parquet", ".pq", ".json", ".jsonl", ".ndjson", ".xlsx", ".xlsm"}
JSON_NAMES = {".json", ".jsonl", ".ndjson"}
JSON_START = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:\{\s*"|\[\s*\{)')
OBSERVED_UNTIL = "vsmlib.observed_until"
ACCEPTED = (
    "CSV, Parquet, JSON or Excel (.xlsx) files, packed or not, a folder of Parquet files,"
    " duckdb:///FILE?table=NAME, or a dataframe"
)
FOREIGN = {
    b"\xd0\xcf\x11\xe0": "an old or encrypted Office file",
    b"SQLite format 3": "an SQLite database",
    b"PK\x03\x04": "a zip file",
}


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
    item, time, event, actor : str, optional
        Columns of the work item, the moment, what happened, and who did it.
    start, end : str, optional
        Columns of a start and an end in place of `time`: events ``X start`` and ``X end``.
    timezone : str, optional
        IANA name of the zone of times without offset.
    time_format : str, optional
        A strptime format that all times have.
    name : str, optional
        What to call the log; default: the name of the file or table.

    Returns
    -------
    Extract

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
    where, stem = _names(source)
    try:
        with ExitStack() as stack:
            con = default().con
            opened = _open(con, stack, source, where)
            read = f"read {counted(opened.rows, 'row')} from {where} ({opened.kind})"
            receipt = [Finding("rows_read", "note", opened.rows, read), *opened.findings]
            sample, repeats = _look(con, opened, where)
            roles = choose_columns(opened.scan.columns, sample, given, where=where, repeats=repeats)
            moments = [column for column in (roles.time, roles.start, roles.end) if column]
            plan = plan_times(
                con, opened.scan, moments, timezone=timezone, time_format=time_format, where=where
            )
            job = Job(con, stack, opened.scan, roles, plan, where, name or stem)
            events, items, findings = stage(job)
    except (EngineError, OSError) as error:
        raise SourceError(
            f"cannot be read: {str(error).splitlines()[0]}",
            where=where,
            accepted=ACCEPTED,
            hint="check the file",
        ) from error
    return Extract(
        events=lazy(con, events),
        items=lazy(con, items) if items else None,
        findings=[*receipt, *roles.findings, *plan.findings, *findings],
        observed_until=opened.observed_until,
        name=name or stem,
    )


def _names(source: Any) -> tuple[str, str]:
    """Give what messages call a source, and what its log is called."""
    if not isinstance(source, str | Path):
        return "dataframe", "log"
    text_of = str(source)
    if text_of.startswith("duckdb:"):
        return printable(text_of), unquote(text_of.rpartition("table=")[2]) or "log"
    path = Path(source)
    while path.suffix.lower() in PACKED | TABLES:
        path = path.with_suffix("")
    return printable(text_of), path.name or "log"


def _look(con: Any, opened: Opened, where: str) -> tuple[list[Any], Any]:
    """Give the first rows as texts, and what tells whether the values of a column repeat."""
    scan = opened.scan

    def repeats(column: Column) -> bool:
        values = f"SELECT {text(column)} AS s FROM {scan.table}"
        kinds, rows = only_row(con, f"SELECT count(DISTINCT s), count(s) FROM ({values})")
        return bool(1 < kinds < 0.95 * rows)

    listed = ", ".join(f"{column.sql}::VARCHAR" for column in scan.columns)
    first = con.execute(f"SELECT {listed} FROM {scan.table} LIMIT {SAMPLE_ROWS}").fetchall()
    sample = [[value and value.strip(BLANKS) for value in row] for row in first]
    if not sample:
        why = opened.findings[-1].examples[:1] if opened.rows else ()
        raise SourceError(
            f"no row is usable ({why[0]})" if why else "no rows",
            where=where,
            accepted="a header and at least one row under it",
            hint="check the file",
        )
    return sample, repeats


def _open(con: Any, stack: ExitStack, source: Any, where: str) -> Opened:
    if not isinstance(source, str | Path):
        return _open_frame(con, stack, source)
    if str(source).startswith("duckdb:"):
        return _open_database(con, stack, str(source))
    path = Path(source).expanduser()
    if not path.exists():
        _refuse("no such file or folder", where, "check the spelling")
    if path.is_dir():
        return _open_parquet(con, stack, path, where)
    if not path.is_file():
        _refuse("neither a file nor a folder", where, "copy its content to a file")
    if not path.stat().st_size:
        _refuse("empty file", where, "export it again")
    plain = stack.enter_context(unpacked(path))
    if plain.is_dir():
        plain = _only_table(plain, where)
    return (
        _open_parquet(con, stack, plain, where)
        if plain.is_dir()
        else _open_file(con, stack, plain, where)
    )


def _open_file(con: Any, stack: ExitStack, path: Path, where: str) -> Opened:
    with path.open("rb") as file:
        head = file.read(4096)
    suffix = path.suffix.lower()
    if not head.strip():
        _refuse("empty file", where, "export it again")
    if head.startswith(b"PAR1"):
        return _open_parquet(con, stack, path, where)
    if suffix in {".xlsx", ".xlsm"}:
        return open_excel(con, stack, path, where)
    if head[8:12] == b"DUCK":
        _refuse("a DuckDB database", where, "name a table: duckdb:///FILE?table=NAME")
    for magic, what in FOREIGN.items():
        if head.startswith(magic):
            _refuse(what, where, "export the table as CSV")
    if suffix in JSON_NAMES or JSON_START.match(head):
        return open_json(con, stack, path, where)
    return open_delimited(con, stack, path, where)


def _only_table(folder: Path, where: str) -> Path:
    """Give the one table of an archive; Parquet files are one table together."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    files = [
        path for path in files if not path.name.startswith(".") and "__MACOSX" not in path.parts
    ]
    tables = [path for path in files if path.suffix.lower() in TABLES] or files
    if len(tables) == 1:
        return tables[0]
    if tables and all(path.suffix.lower() == ".parquet" for path in tables):
        return folder
    listed = ", ".join(shown(path.name) for path in sorted(tables)[:5])
    return _refuse(
        f"{len(tables)} tables in one archive: {listed}", where, "unpack it and name one of them"
    )


def _open_parquet(con: Any, stack: ExitStack, path: Path, where: str) -> Opened:
    paths = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    if not paths:
        _refuse("no Parquet files in this folder", where, "name a file")
    partitions = any("=" in part for p in paths for part in p.relative_to(path).parts[:-1])
    scan = open_parquet(con, stack, paths, partitions=partitions)
    until = [_moment(text_of, where) for text_of in parquet_notes(con, paths, OBSERVED_UNTIL)]
    kind = "Parquet" if len(paths) == 1 else f"{len(paths)} Parquet files"
    return Opened(scan, kind, _count(con, scan), observed_until=max(until, default=None))


def _moment(written: str, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        _refuse(f"{OBSERVED_UNTIL} is {shown(written)}, no ISO 8601 time", where, "write it again")
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _count(con: Any, scan: Scan) -> int:
    return int(only_row(con, f"SELECT count(*) FROM {scan.table}")[0])


def _open_database(con: Any, stack: ExitStack, url: str) -> Opened:
    accepted = "duckdb:///FILE?table=NAME (four slashes for an absolute path)"
    where = printable(url)
    address, _, query = url.partition("?")
    asked = parse_qs(query)
    if not address.startswith("duckdb:///") or set(asked) != {"table"} or len(asked["table"]) > 1:
        raise SourceError(
            "not an address of a table", where=where, accepted=accepted, hint="correct it"
        )
    written = unquote(address.removeprefix("duckdb:///"))
    paths = [p for p in (Path(written), Path("/", written)) if p.is_file()]
    if not paths:
        raise SourceError(
            f"no such file: {shown(written)}", where=where, accepted=accepted, hint="check the path"
        )
    table = asked["table"][0]
    scan = open_database(con, stack, paths[0], table)
    if isinstance(scan, list):
        what, known, hint = one_of("table", table, scan)
        raise SourceError(what, where=where, accepted=known, hint=hint)
    return Opened(scan, "DuckDB table", _count(con, scan))


def _open_frame(con: Any, stack: ExitStack, source: Any) -> Opened:
    import pyarrow as pa

    try:
        frame = nw.from_native(source)
        eager = frame.collect("pyarrow") if isinstance(frame, nw.LazyFrame) else frame
        arrow = eager.to_arrow()
    except Exception as error:
        raise SourceError(
            f"not a table: {type(source).__name__}: {str(error).splitlines()[0]}",
            accepted=ACCEPTED,
            hint="give a path or a dataframe",
        ) from error
    names, findings = column_names(arrow.column_names, "dataframe")
    size = arrow.num_rows
    numbers = [pa.array(range(first, first + size), pa.int64()) for first in (0, 1)]
    numbered = pa.table([*numbers, *arrow.columns], ["row", "line", *arrow.column_names])
    scan = open_arrow(con, stack, numbered, names)
    return Opened(scan, "in memory", size, findings)


def _refuse(what: str, where: str, hint: str) -> NoReturn:
    raise SourceError(what, where=where, accepted=ACCEPTED, hint=hint)

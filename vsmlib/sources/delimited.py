"""CSV in all its dialects: encoding, delimiter, quotes, and rows that do not fit.

DuckDB reads the file if every record is one line of as many values as the header, which the
number of lines then proves. Otherwise Python's csv module reads it: it knows line breaks within
quotes and mixed line ends, and tells the line of each row it refuses.
"""

from __future__ import annotations

import codecs
import csv
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pyarrow import parquet

from vsmlib.engine.scan import EngineError, Scan, only_row, open_csv
from vsmlib.errors import SourceError, shown
from vsmlib.findings import Finding
from vsmlib.sources.rows import Opened, Record, column_names, open_records
from vsmlib.sources.unpack import BROKEN, opener, refuse

SAMPLE = 1 << 17
CHUNK = 1 << 20
ACCEPTED = "text files with comma, semicolon, tab or | between the columns, and a header"
NO_TABLE: tuple[type[Exception], ...] = (SourceError, *BROKEN)
csv.field_size_limit(2**31 - 1)


def open_delimited(con: Any, stack: ExitStack, path: Path, where: str) -> Opened:
    """Open a CSV file of any dialect; refuse what is no text, or has one column or no header."""
    path, encoding, told = as_utf8(stack, path, where)
    header, delimiter, lines = read_header(path, where)
    names, renamed = column_names(header, where)
    refused: list[Finding] = []
    scan = _engine_reads(con, stack, path, names, delimiter=delimiter, skip=lines)
    if not scan:
        records = read_records(path, delimiter, lines, len(names))
        scan, refused = open_records(con, stack, names, records)
    kind = f"CSV, delimiter {delimiter!r}, encoding {encoding}"
    return Opened(scan, kind, [*told, *renamed, *refused])


def read_header(path: Path, where: str) -> tuple[list[str], str, int]:
    """Give the cells of the header, the delimiter, and the number of lines up to there."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        sample = file.read(SAMPLE)
    delimiter, before = _delimiter(sample, where)
    reader = _reader(StringIO(sample, newline=""), delimiter)
    rows = (cells for cells in reader if reader.line_num > before and any(cells))
    header = next(rows, None) or refuse("empty file", where, "export it again")
    return header, delimiter, reader.line_num


def header_of(path: Path) -> list[str]:
    """Give the column names of a CSV or Parquet file by its beginning; none of any other."""
    try:
        if path.is_dir():
            return []
        with opener(path)(path, "rb") as file:
            head = file.read(SAMPLE)
        if head.startswith(b"PAR1"):
            return [str(name) for name in parquet.read_schema(path).names]
        sample = head.decode("utf-8-sig", "replace")
        delimiter, before = _delimiter(sample, str(path))
    except NO_TABLE:
        return []
    rows = _reader(sample.splitlines()[before:], delimiter)
    return next((cells for cells in rows if any(cells)), [])


def as_utf8(stack: ExitStack, path: Path, where: str) -> tuple[Path, str, list[Finding]]:
    """Give a text file in UTF-8, its own encoding, and what is to be told about that."""
    with path.open("rb") as file:
        marked = file.read(2) in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
    encoding, told = "utf-16" if marked else "utf-8", list[Finding]()
    try:
        with path.open(encoding=encoding, newline="") as source:
            if any("\0" in text for text in iter(partial(source.read, CHUNK), "")):
                refuse("not a text file (it holds NUL)", where, "export it as CSV in UTF-8")
    except UnicodeError:
        if marked or any(b"\0" in chunk for chunk in _chunks(path)):
            refuse("not a text file (it holds NUL)", where, "export it as CSV in UTF-8")
        encoding, what = "cp1252", "the file is not UTF-8 and was read as cp1252"
        told = [Finding("encoding_guessed", "warning", 1, what, "kept")]
    if encoding == "utf-8":
        return path, encoding, []
    target = Path(stack.enter_context(TemporaryDirectory(prefix="vsmlib-")), "utf8.csv")
    with (
        path.open(encoding=encoding, errors="replace", newline="") as source,
        target.open("w", encoding="utf-8", newline="") as made,
    ):
        shutil.copyfileobj(source, made)
    return target, encoding, told


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(partial(file.read, CHUNK), b"")


def _reader(lines: Any, delimiter: str, *, strict: bool = False) -> Any:
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=strict)


def _delimiter(sample: str, where: str) -> tuple[str, int]:
    """Give the delimiter, and how many lines come before the header."""
    if told := re.match(r'"?sep=([^\w\r\n"])"?\r?\n', sample, re.IGNORECASE):
        return told[1], 1
    score, best = max((_score(sample, delimiter), delimiter) for delimiter in "|\t;,")
    if not score:
        first = next((line for line in sample.splitlines() if line.strip()), "")
        what = f"only one column found; the first line is {shown(first)}" if first else "empty file"
        refuse(what, where, "export it again with one of these", ACCEPTED)
    return best, 0


def _score(sample: str, delimiter: str) -> float:
    """Rate a delimiter: the share of records that have as many values as the header."""
    reader = _reader(StringIO(sample, newline=""), delimiter)
    widths = [len(cells) for cells in reader if any(cells)]
    if len(sample) == SAMPLE and len(widths) > 2:
        widths.pop()
    if not widths or widths[0] < 2:
        return 0
    return widths.count(widths[0]) / len(widths) * min(widths[0], 3) + widths[0] / 1e6


def _engine_reads(
    con: Any, stack: ExitStack, path: Path, names: list[str], *, delimiter: str, skip: int
) -> Scan | None:
    """Let DuckDB read the file; not where some record is not one line."""
    lines, last = 0, b"\n"
    for chunk in _chunks(path):
        lines, last = lines + chunk.count(b"\n"), chunk[-1:]
    lines += last != b"\n"
    try:
        scan = open_csv(con, stack, path, names, delimiter=delimiter, skip=skip)
    except EngineError:
        return None
    (rows,) = only_row(con, f"SELECT count(*) FROM {scan.table}")  # noqa: S608
    return scan if rows == lines - skip else None


def read_records(path: Path, delimiter: str, skip: int, width: int) -> Iterator[Record]:
    """Give each row with the line where it begins.

    A quote that is opened by mistake swallows the lines after it. So what is not well formed, or
    spans lines but does not fit, is read again line by line.
    """
    taken: list[str] = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        for _ in range(skip):
            next(file)
        line = skip + 1
        reader = _reader((taken.append(text) or text for text in file), delimiter, strict=True)  # type: ignore[func-returns-value]
        while (cells := _next(reader)) or taken:
            if len(cells) == width:
                yield line, cells
            else:
                alone = ((n, _next(_reader([text], delimiter))) for n, text in enumerate(taken))
                yield from ((line + n, c) for n, c in alone if len(c) > 1 or "".join(c).strip())
            line += len(taken)
            taken.clear()


def _next(reader: Any) -> list[str]:
    try:
        return next(reader, [])
    except csv.Error:
        return []

"""CSV in all its dialects: encoding, delimiter, quotes, and rows that do not fit.

DuckDB reads the file if every record is one line of as many values as the header, which the
number of lines then proves. Otherwise Python's csv module reads it: it knows backslashes,
line breaks within quotes and mixed line ends, and tells the line of each row it refuses.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from io import StringIO
from itertools import accumulate, chain, count, islice, product
from pathlib import Path
from typing import Any

from vsmlib.engine.scan import EngineError, Scan, only_row, open_csv
from vsmlib.errors import SourceError, shown
from vsmlib.sources.encoding import ACCEPTED, as_utf8, chunks
from vsmlib.sources.opened import BATCH, Batch, Opened, Refused, column_names, text_table

__all__ = ["open_delimited"]

SAMPLE = 1 << 17
DELIMITERS = ",;\t|"
FIELD_LIMIT = 2**31 - 1


@dataclass(frozen=True)
class Dialect:
    """How a file separates its values; ``skip`` lines come before the header."""

    delimiter: str
    quote: str
    escape: str | None
    skip: int

    def reader(self, lines: Any, *, strict: bool) -> Any:
        """Give a csv reader for it."""
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote,
            escapechar=self.escape,
            doublequote=True,
            skipinitialspace=self.delimiter != " ",
            strict=strict,
        )


@dataclass(frozen=True)
class Layout:
    """A file's dialect, its column names, and how many lines come before its first row."""

    dialect: Dialect
    names: list[str]
    skip: int


def open_delimited(con: Any, stack: ExitStack, path: Path, where: str) -> Opened:
    """Open a CSV file of any dialect.

    Raises
    ------
    SourceError
        If the file is no text, has one column only, or has no header.
    """
    csv.field_size_limit(FIELD_LIMIT)
    path, encoding, findings = as_utf8(stack, path, where)
    with path.open(encoding="utf-8-sig", newline="") as file:
        sample = file.read(SAMPLE)
    dialect = _dialect(sample, where)
    cells, skip = _header(sample, dialect)
    names, renamed = column_names(cells, where)
    layout, refused = Layout(dialect, names, skip), Refused()
    found = _engine_reads(con, stack, path, layout)
    scan, rows = found or _python_reads(con, stack, path, layout, refused)
    kind = f"CSV, delimiter {dialect.delimiter!r}, encoding {encoding}"
    return Opened(scan, kind, rows, [*findings, *renamed, *refused.findings()])


def _dialect(sample: str, where: str) -> Dialect:
    told = re.match(r'"?sep=([^\w\r\n"])"?\r?\n', sample, re.IGNORECASE)
    body, skip = (sample[told.end() :], 1) if told else (sample, 0)
    escapes = (None, "\\") if '\\"' in body or "\\'" in body else (None,)
    quotes = _quotes(body)
    tried = [
        Dialect(delimiter, quote, escape, skip)
        for quote, escape, delimiter in product(quotes, escapes, told[1] if told else DELIMITERS)
    ]
    scores = [_score(body, dialect) for dialect in tried]
    if not max(scores)[0]:
        first = next((line for line in body.splitlines() if line.strip()), "")
        raise SourceError(
            f"only one column found; the first line is {shown(first)}" if first else "empty file",
            where=where,
            accepted=ACCEPTED,
            hint="export it again with one of these",
        )
    return tried[scores.index(max(scores))]


def _quotes(body: str) -> str:
    """Give the quotes to try: single ones only where they stand about whole values."""
    opening = Counter(re.findall(r"(?:^|[,;\t|])[ ]*([\"'])", body, re.MULTILINE))
    closing = Counter(re.findall(r"([\"'])[ ]*(?=$|[\r,;\t|])", body, re.MULTILINE))
    if opening["'"] <= opening['"']:
        return '"'
    return "'\"" if opening["'"] == closing["'"] else "\"'"


def _score(body: str, dialect: Dialect) -> tuple[float, int]:
    """Rate a dialect: the share of records that have as many values as the header."""
    widths = []
    reader = dialect.reader(StringIO(body, newline=""), strict=True)
    while True:
        try:
            record = next(reader, None)
            if record is None:
                break
            if any(record):
                widths.append(len(record))
        except csv.Error:
            widths.append(0)
    complete = widths[:-1] if len(body) + 100 > SAMPLE and len(widths) > 2 else widths
    if not complete or complete[0] < 2:
        return 0.0, 0
    return complete.count(complete[0]) / len(complete) * min(complete[0], 3), complete[0]


def _header(sample: str, dialect: Dialect) -> tuple[list[str], int]:
    """Give the cells of the header and the number of lines until its end."""
    reader = dialect.reader(StringIO(sample, newline=""), strict=False)
    for _ in range(dialect.skip):
        next(reader)
    cells = next(record for record in reader if any(record))
    return cells, reader.line_num


def _engine_reads(
    con: Any, stack: ExitStack, path: Path, layout: Layout
) -> tuple[Scan, int] | None:
    dialect, skip = layout.dialect, layout.skip
    if dialect.escape or dialect.quote != '"':
        return None
    try:
        scan = open_csv(con, stack, path, layout.names, delimiter=dialect.delimiter, skip=skip)
    except EngineError:
        return None
    (rows,) = only_row(con, f"SELECT count(*) FROM {scan.table}")  # noqa: S608
    return (scan, rows) if rows == _line_count(path) - skip else None


def _line_count(path: Path) -> int:
    """Count the lines, not those at the end that are empty."""
    feeds = returns = 0
    tail = b""
    for chunk in chunks(path):
        feeds, returns = feeds + chunk.count(b"\n"), returns + chunk.count(b"\r")
        tail = (tail + chunk)[-4096:]
    end = b"\n" if feeds else b"\r"
    empty = tail[len(tail.rstrip(b"\r\n")) :].count(end)
    return (feeds or returns) - empty + 1


def _python_reads(
    con: Any, stack: ExitStack, path: Path, layout: Layout, refused: Refused
) -> tuple[Scan, int]:
    row, line, width = 0, layout.skip + 1, len(layout.names)
    tables = []
    kept: Sequence[int]
    fits: Sequence[int]
    with path.open(encoding="utf-8-sig", newline="") as file:
        for _ in range(layout.skip):
            next(file)
        while lines := list(islice(file, BATCH)):
            places, records = _quickly(lines, layout) or _carefully(lines, file, layout)
            if {len(record) for record in records} == {width}:
                kept = fits = range(len(records))
            else:
                kept = [n for n, r in enumerate(records) if len(r) > 1 or "".join(r).strip()]
                fits = [n for n in kept if len(records[n]) == width]
            numbers = dict(zip(kept, count(row)))
            for n in sorted(set(kept) - set(fits)):
                refused.add(line + places[n], f"{len(records[n])} values, the header has {width}")
            batch = Batch(
                [numbers[n] for n in fits],
                [line + places[n] for n in fits],
                [records[n] for n in fits],
            )
            tables.append(batch.table())
            row, line = row + len(kept), line + len(lines)
    return text_table(con, stack, layout.names, tables), row


def _quickly(lines: list[str], layout: Layout) -> tuple[Sequence[int], list[list[str]]] | None:
    """Give the records of some lines, and the line each begins in, if nothing is wrong."""
    try:
        records = list(layout.dialect.reader(lines, strict=True))
    except csv.Error:
        return None
    if len(records) == len(lines):
        return range(len(lines)), records
    if any(len(record) not in {0, len(layout.names)} for record in records):
        return None
    ends = list(accumulate(1 + _breaks("|".join(record)) for record in records))
    return ([0, *ends[:-1]], records) if ends[-1] == len(lines) else None


def _breaks(text: str) -> int:
    returns = text.count("\r") - text.count("\r\n") if "\r" in text else 0
    return text.count("\n") + returns


def _carefully(
    lines: list[str], file: Iterator[str], layout: Layout
) -> tuple[list[int], list[list[str]]]:
    """Do the same for lines with something wrong; takes more lines to end the last record.

    A quote that is opened by mistake swallows the lines after it. So what is not well formed,
    or spans lines but does not fit, is read again line by line.
    """
    taken = start = 0

    def feed() -> Iterator[str]:
        nonlocal taken
        for text in chain(iter(lines[:size]), file):
            if taken >= size:
                lines.append(text)
            taken += 1
            yield text

    size = len(lines)
    reader = layout.dialect.reader(feed(), strict=True)
    places: list[int] = []
    records: list[list[str]] = []
    while start < size:
        try:
            values: list[str] | None = next(reader, [])
        except csv.Error:
            values = None
        span = range(start, taken)
        if values is None or (len(span) > 1 and len(values) not in {0, len(layout.names)}):
            places += span
            single = (layout.dialect.reader([lines[n]], strict=False) for n in span)
            records += [next(reader_of_one, []) for reader_of_one in single]
        else:
            places.append(start)
            records.append(values)
        start = taken
    return places, records

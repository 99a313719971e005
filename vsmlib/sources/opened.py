"""What the openers of the several kinds of table files share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any, NamedTuple

from vsmlib.engine.scan import BLANKS, Scan, open_arrow
from vsmlib.errors import SourceError, shown
from vsmlib.findings import Finding
from vsmlib.sources.formats import is_time

__all__ = [
    "BATCH",
    "EXAMPLES",
    "Batch",
    "Opened",
    "Refused",
    "column_names",
    "text_table",
    "unique_names",
]

EXAMPLES = 3
BATCH = 2_000


@dataclass(frozen=True)
class Opened:
    """A table opened for reading.

    Attributes
    ----------
    scan : Scan
    kind : str
        What it is, for people: ``CSV, delimiter ';', encoding utf-8``.
    rows : int
        How many rows it has, those refused included.
    findings : list of Finding
    observed_until : datetime or None
        Up to when it is complete, if it says so.
    """

    scan: Scan
    kind: str
    rows: int
    findings: list[Finding] = field(default_factory=list)
    observed_until: datetime | None = None


@dataclass
class Refused:
    """Rows that cannot be taken apart, counted, the first few kept as examples."""

    count: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, line: int, why: str) -> None:
        """Count one."""
        self.count += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(f"row {line}: {why}")

    def findings(self) -> list[Finding]:
        """Give the finding, if there is anything to tell."""
        if not self.count:
            return []
        what = f"{counted(self.count, 'row')} damaged or not fitting the header"
        return [
            Finding("malformed_row", "error", self.count, what, "refused", tuple(self.examples))
        ]


def column_names(cells: Sequence[str], where: str) -> tuple[list[str], list[Finding]]:
    """Make column names of a header row: none empty, no two the same but for case.

    Raises
    ------
    SourceError
        If the row holds values instead of names.

    Examples
    --------
    >>> column_names(["id", "at", "ID", ""], "a.csv")[0]
    ['id', 'at', 'ID_2', 'column_4']
    """
    times = [cell for cell in cells if is_time(cell.strip())]
    if times:
        raise SourceError(
            f"no header: the first row holds the time {shown(times[0])}",
            where=where,
            accepted="a table whose first row names the columns",
            hint="put the column names above the first row",
        )
    wanted = [cell.replace("\0", "\ufffd").strip(BLANKS) for cell in cells]
    names = unique_names(name or f"column_{place}" for place, name in enumerate(wanted, 1))
    changed = [
        f"column {place}: {shown(cell)} is now {shown(name)}"
        for place, (cell, name) in enumerate(zip(wanted, names, strict=True), 1)
        if cell != name
    ]
    if not changed:
        return names, []
    what = f"{counted(len(changed), 'column name')} empty or used twice"
    examples = tuple(changed[:EXAMPLES])
    return names, [
        Finding("column_renamed", "note", len(changed), what, "repaired: renamed", examples)
    ]


def counted(number: int, what: str) -> str:
    """Give a number of things.

    Examples
    --------
    >>> counted(1, "row"), counted(1234, "row")
    ('1 row', '1,234 rows')
    """
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def unique_names(wanted: Iterable[str]) -> list[str]:
    """Give names a number where they are there already, whatever their case.

    Examples
    --------
    >>> unique_names(["a", "A", "a"])
    ['a', 'A_2', 'a_3']
    """
    names: list[str] = []
    taken: set[str] = set()
    for stem in wanted:
        tries = (stem if n == 1 else f"{stem}_{n}" for n in count(1))
        names.append(next(name for name in tries if name.casefold() not in taken))
        taken.add(names[-1].casefold())
    return names


class Batch(NamedTuple):
    """Some rows made in Python: their numbers from 0, their lines for people, their texts."""

    rows: Sequence[int]
    lines: Sequence[int]
    values: Sequence[Sequence[str | None]]

    def table(self) -> Any:
        """Give them as an Arrow table, which takes far less room."""
        import pyarrow as pa

        columns: list[Sequence[str | None]] = list(zip(*self.values, strict=True))
        names = ["row", "line", *(f"c{place}" for place in range(len(columns)))]
        types = [pa.int64()] * 2 + [pa.string()] * len(columns)
        schema = pa.schema(list(zip(names, types, strict=True)))
        try:
            return pa.table([self.rows, self.lines, *columns], schema=schema)
        except UnicodeEncodeError:
            columns = [[_encodable(value) for value in column] for column in columns]
            return pa.table([self.rows, self.lines, *columns], schema=schema)


def _encodable(value: str | None) -> str | None:
    """Replace what UTF-8 cannot say: halves of characters, which JSON allows."""
    return value and value.encode("utf-8", "replace").decode("utf-8")


def text_table(con: Any, stack: ExitStack, names: Sequence[str], tables: Iterable[Any]) -> Scan:
    """Open tables of batches as one; the first columns of a batch are those of the whole."""
    import pyarrow as pa

    every = [("row", pa.int64()), ("line", pa.int64())]
    every += [(f"c{place}", pa.string()) for place in range(len(names))]
    parts = [pa.schema(every).empty_table(), *tables]
    return open_arrow(con, stack, pa.concat_tables(parts, promote_options="default"), names)

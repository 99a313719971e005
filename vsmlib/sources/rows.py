"""What the openers of table files share: column names, rows made in Python."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count, islice
from typing import Any

from vsmlib.engine.scan import BLANKS, Scan, open_arrow
from vsmlib.errors import shown
from vsmlib.findings import Finding
from vsmlib.sources.times import is_time
from vsmlib.sources.unpack import refuse

EXAMPLES = 3
BATCH = 5_000
# A row's line, and its texts; or one text, which tells why it is refused.
Record = tuple[int, Sequence[str | None] | str]


@dataclass(frozen=True)
class Opened:
    """A table opened for reading, what it is for people, and what was met.

    ``told`` says what more there is to tell once it is known which column is which.
    """

    scan: Scan
    kind: str
    findings: Sequence[Finding] = field(default_factory=list)
    observed_until: datetime | None = None
    told: Callable[[Any], Sequence[Finding]] = lambda roles: ()


def counted(number: int, what: str, one: str = "", many: str = "") -> str:
    """Give a number of things, and a verb that goes with it: 1 row has, 1,234 rows have."""
    words = f"{what} {one}" if number == 1 else f"{what}s {many}"
    return f"{number:,} {words}".rstrip()


def column_names(cells: Sequence[str], where: str) -> tuple[list[str], list[Finding]]:
    """Make column names of a header row, none empty, no two the same; refuse a row of values."""
    if time := next((cell for cell in cells if is_time(cell.strip())), None):
        what = f"no header: the first row holds the time {shown(time)}"
        refuse(what, where, "put the column names above the first row")
    names: list[str] = []
    wanted = [cell.replace("\0", "\ufffd").strip(BLANKS) for cell in cells]
    for place, name in enumerate(wanted, 1):
        tries = numbered(name or f"column_{place}")
        names.append(next(name for name in tries if name not in names))
    return names, renamed(wanted, names)


def numbered(name: str) -> Iterator[str]:
    """Give a name, then that name with a number, then with the next."""
    yield name
    yield from (f"{name}_{n}" for n in count(2))


def renamed(before: Sequence[str], after: Sequence[str]) -> list[Finding]:
    """Tell of columns that have another name now than in the source."""
    pairs = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    what = f"{counted(len(pairs), 'column', 'has', 'have')} a new name"
    told = tuple(f"column {shown(old)} is now {shown(new)}" for old, new in pairs[:EXAMPLES])
    return [Finding("column_renamed", "note", len(pairs), what, "renamed", told)] if pairs else []


def open_records(
    con: Any, stack: ExitStack, names: Sequence[str], records: Iterable[Record]
) -> tuple[Scan, list[Finding]]:
    """Open rows made in Python, as texts; tell of those refused."""
    import pyarrow as pa

    schema = pa.schema([("row", pa.int64()), ("line", pa.int64())])
    for place in range(len(names)):
        schema = schema.append(pa.field(f"c{place}", pa.string()))
    tables, refused, found = [schema.empty_table()], list[str](), enumerate(records)
    while part := list(islice(found, BATCH)):
        good = []
        for row, (line, cells) in part:
            if isinstance(cells, str):
                refused.append(f"row {line}: {cells}")
            elif len(cells) != len(names):
                refused.append(f"row {line}: {len(cells)} values, the header has {len(names)}")
            else:
                good.append((row, line, *cells))
        if good:
            tables.append(pa.table(list(zip(*good, strict=True)), schema=schema))
    scan = open_arrow(con, stack, pa.concat_tables(tables), names)
    what = f"{counted(len(refused), 'row', 'does', 'do')} not fit the header"
    first = tuple(refused[:EXAMPLES])
    told = Finding("malformed_row", "error", len(refused), what, "refused", first)
    return scan, [told] if refused else []

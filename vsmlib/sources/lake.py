"""Parquet files that stay where they are: read by an engine of many machines, told of as ever.

What is wrong with a row is said here once more, as Narwhals expressions; what is done about it is
`vsmlib.sources.staging`'s. Times are timestamps or
ISO texts with offset; whatever else people write as a time is read on one machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import narwhals as nw

from vsmlib.engine import SparkEngine, default, scalar, size, told
from vsmlib.engine.scan import BLANKS, KEPT_TYPES, Column, EngineError
from vsmlib.engine.spark import plain
from vsmlib.errors import SourceError, shown
from vsmlib.findings import Finding
from vsmlib.sources import staging
from vsmlib.sources.columns import Roles, choose_columns
from vsmlib.sources.extract import EVENT_COLUMNS, Extract
from vsmlib.sources.parts import Parts
from vsmlib.sources.rows import counted
from vsmlib.sources.staging import Staged, settled
from vsmlib.sources.table import cannot_be_read
from vsmlib.sources.times import AWARE, check_zone
from vsmlib.sources.unpack import printable, refuse

__all__ = ["read_files"]

Frame = nw.LazyFrame[Any]
SAMPLE_ROWS = 1000


@dataclass(frozen=True)
class _Table:
    """The opened files: their rows as ``row, c0, c1, …``, and what their columns mean."""

    engine: SparkEngine
    rows: Frame
    columns: list[Column]
    roles: Roles
    zone: str | None
    where: str
    name: str


@told()
def read_files(
    paths: Sequence[str],
    engine: SparkEngine,
    where: str,
    *,
    timezone: str | None = None,
    **given: str | None,
) -> Extract:
    """Read the Parquet files of one table by the machines of an engine.

    Of files that this machine sees, it looks at the ends, to tell what changes from file to file.

    Parameters
    ----------
    paths : sequence of str
        Files, or addresses that the engine reads (``hdfs://…``, ``s3a://…``).
    engine : SparkEngine
    where : str
        What errors call the source.
    timezone : str, optional
        The zone of timestamps without one.
    **given
        Columns by ``item, time, event, actor, start, end``; the others are guessed.

    Raises
    ------
    SourceError
        If the files do not say enough to be read rightly.
    """
    if given.pop("time_format", None):
        hint = "leave --engine spark out, or store timestamps"
        refuse("--time-format means nothing for Parquet read by Spark", where, hint)
    if timezone:
        check_zone(timezone, where)
    parts = _parts(paths, where)
    try:
        rows, names = engine.open_files(paths, where)
    except SourceError:  # the engine names neither column nor file
        parts.alike()
        raise
    columns = [Column(name, f"c{i}", kind) for i, (name, kind) in enumerate(names)]
    roles = _roles(rows, columns, given, where)
    name = Path(where.rstrip("/")).stem
    table = _Table(engine, rows, columns, roles, timezone, where, name)
    read = size(rows)
    values = rows.select("row", *(_value(c).alias(c.sql) for c in columns))
    numbered = rows.with_columns(line=nw.col("row") + 1)
    events = engine.table(_events(table))
    made = Staged(engine, events, numbered, values, columns, roles, where, plain)
    findings = [_receipt(read, paths, where), *parts.told(roles), *roles.findings]
    items, rows_told = settled(made)
    findings += rows_told
    events, complete = made.events.select(*EVENT_COLUMNS), items is not None
    return Extract(events, items, findings, parts.until, name, complete)


def _parts(paths: Sequence[str], where: str) -> Parts:
    near = [Path(path) for path in paths if "://" not in path]
    if not near:
        return Parts(where, [], {})
    try:
        return Parts.of(default().con, near, where)
    except EngineError as error:
        cannot_be_read(error, where, where)


def _receipt(read: int, paths: Sequence[str], where: str) -> Finding:
    kind = "Parquet" if len(paths) == 1 else f"{len(paths)} Parquet files"
    title = printable(Path(where.rstrip("/")).name)
    return Finding("rows_read", "note", read, f"read {counted(read, 'row')} from {title} ({kind})")


def _roles(rows: Frame, columns: list[Column], given: dict[str, Any], where: str) -> Roles:
    texts = [nw.col(c.sql).cast(nw.String).str.strip_chars(BLANKS) for c in columns]
    sample = rows.head(SAMPLE_ROWS).select(texts).collect("pyarrow").rows()
    if not sample:
        refuse("no rows", where, "check the file")

    def repeats(column: Column) -> bool:
        values = rows.select(s=text(column)).drop_nulls()
        kinds, known = scalar(values.select(nw.col("s").n_unique())), size(values)
        return bool(1 < kinds < 0.95 * known)

    return choose_columns(columns, sample, given, where=where, repeats=repeats)


def text(column: Column) -> nw.Expr:
    """Write a column as trimmed text: nothing as null."""
    trimmed = nw.col(column.sql).cast(nw.String).str.strip_chars(BLANKS)
    if column.type in {"DOUBLE", "FLOAT"} or column.type.startswith("DECIMAL"):
        trimmed = trimmed.str.replace(r"\.0+$", "")
        return nw.when((trimmed != "") & (trimmed.str.to_lowercase() != "nan")).then(trimmed)
    return nw.when(trimmed != "").then(trimmed)


def _value(column: Column) -> nw.Expr:
    """Write a column as an item column: plain types as they are, others as text."""
    if column.type in {"DOUBLE", "FLOAT"}:
        return nw.when(~nw.col(column.sql).is_nan()).then(nw.col(column.sql))
    return nw.col(column.sql) if KEPT_TYPES.fullmatch(column.type) else text(column)


def _events(table: _Table) -> Frame:
    """Make one row a moment, with what is wrong with it: none is left out yet."""
    own = {c.name: c for c in table.columns if c.name in staging.OWN_COLUMNS}
    own = {name: c for name, c in own.items() if c not in table.roles.chosen()}
    none = nw.lit(None).cast(nw.String)
    kind = text(own["actor_type"]).str.to_lowercase() if "actor_type" in own else none
    source = text(own["source"]) if "source" in own else none
    seq = nw.col("row")
    if "seq" in own:
        number = text(own["seq"])
        whole = nw.when(number.str.contains(r"^-?\d{1,18}$")).then(number)
        seq = nw.coalesce(whole.cast(nw.Int64), seq)
    hashed = table.engine.hashed(table.rows, [c.sql for c in table.columns])
    made = []
    for place, part in enumerate(table.roles.parts):
        column = getattr(table.roles, part)
        _check_time(table, column)
        event, span, iso = text(table.roles.event), part != "time", column.type == "VARCHAR"
        moment = text(column) if iso else nw.col(column.sql)
        timed = hashed.with_columns(moment=moment)
        timed = timed.filter(~nw.col("moment").is_null()) if part == "end" else timed
        aware = nw.col("moment").str.contains(AWARE) if iso else nw.lit(value=True)
        timed = timed.with_columns(aware=aware, when=nw.when(aware).then(nw.col("moment")))
        timed = table.engine.micros(timed, "when", table.zone)
        made.append(
            timed.select(
                *("row", "same", "t", "aware"),
                said=~nw.col("moment").is_null(),
                written=nw.col("moment").cast(nw.String),
                part=nw.lit(place),
                item_id=text(table.roles.item),
                event=nw.concat_str(event, nw.lit(f" {part}")) if span else event,
                actor=text(table.roles.actor) if table.roles.actor else none,
                actor_type=nw.when(kind.is_in(["user", "bot"])).then(kind),
                source=nw.coalesce(source, nw.lit(table.name)),
                seq=2 * seq + place if span else seq,
            )
        )
    events = nw.concat(made) if len(made) > 1 else made[0]
    events = events.with_columns(problem=_problem())
    bad = ~nw.col("problem").is_null()
    return events.with_columns(written=nw.when(bad).then(nw.col("written")))


def _check_time(table: _Table, column: Column) -> None:
    if not (column.type.startswith(("TIMESTAMP", "DATE")) or column.type == "VARCHAR"):
        what = f"column {shown(column.name)} of type {shown(column.type)} is no time for Spark"
        accepted = "timestamps, ISO texts with offset"
        refuse(what, table.where, "store timestamps, or leave --engine spark out", accepted)
    if column.type in {"TIMESTAMP", "DATE"} and not table.zone:
        what = f"times without offset in column {shown(column.name)}"
        refuse(what, table.where, "--timezone Europe/Berlin", "timestamps in UTC, or their zone")


def _problem() -> nw.Expr:
    item, event, said = nw.col("item_id"), nw.col("event"), nw.col("said")
    empty = ~said & item.is_null() & event.is_null() & nw.col("actor").is_null()
    odd = (nw.col("t") < staging.DAY) | (nw.col("t") >= staging.YEAR_2100)
    cases = [
        (empty, staging.BLANK),
        (item.is_null(), staging.NO_ITEM),
        (event.is_null(), staging.NO_EVENT),
        (~said, staging.NO_TIME),
        (~nw.col("aware"), staging.NO_OFFSET),
        (nw.col("t").is_null(), staging.NOT_A_TIME),
        (odd, staging.IMPLAUSIBLE),
    ]
    return nw.coalesce(*(nw.when(case).then(code) for case, code in cases))

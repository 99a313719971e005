"""Times as people write them: which format a column is in, and the SQL that reads it.

A column is looked at as a whole. Values in ISO 8601 are counted by their offset, all others by
their *shape*, which is the value with every digit replaced by 9; whatever a column holds, its
shapes are few, and what a shape means is decided here. DuckDB then reads the column by
the formats found.

Local times become UTC by two rules: a time that happens twice (clocks set back) is the first of
the two; a time that never happens (clocks set forward) moves forward by the gap.
"""
# ruff: noqa: S608  (SQL texts here hold names of our own only; values travel as parameters)

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from vsmlib.engine.scan import Column, EngineError, Scan, only_row, text
from vsmlib.errors import SourceError, shown
from vsmlib.findings import Finding
from vsmlib.sources.formats import AWARE, NAIVE, NUMBER, OFFSET, Looks
from vsmlib.sources.zones import zone_named

__all__ = ["Clock", "Plan", "plan_times"]

SHAPES_LOOKED_AT = 5000
EPOCH_UNITS = ((1e11, "1000000"), (1e14, "1000"), (1e17, "1"), (float("inf"), "0.001"))
HINT = "--timezone Europe/Berlin"


@dataclass(frozen=True)
class Clock:
    """How one column is read: SQL over ``s``, which is `source`, giving int64 microseconds.

    ``aware`` counts from 1970 UTC, ``naive`` from 1970 on the local clock; the other one is null.
    """

    source: str
    aware: str = "NULL::BIGINT"
    naive: str = "NULL::BIGINT"


@dataclass(frozen=True)
class Plan:
    """How the time columns of one table are read, and with what parameters and zone.

    ``zone`` is None if there is no local time, or none whose zone is known.
    """

    clocks: list[Clock]
    params: dict[str, Any]
    zone: ZoneInfo | None
    findings: list[Finding]


def plan_times(
    con: Any,
    scan: Scan,
    columns: Sequence[Column],
    *,
    timezone: str | None = None,
    time_format: str | None = None,
    where: str = "",
) -> Plan:
    """Find out how the time columns of a table are to be read.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
    scan : Scan
    columns : sequence of Column
        Written in one style, so that each helps to read the others.
    timezone, time_format : str, optional
        The zone of times without offset, and a strptime format that all values have.
    where : str
        The source, for messages.

    Raises
    ------
    SourceError
        If there is no such zone or format, most times have no offset and no zone is given, or
        nothing tells day and month apart.
    """
    zone = zone_named(timezone) if timezone else None
    reader = _Reader(con, scan, where)
    clocks = (
        [reader.by_format(column, time_format) for column in columns]
        if time_format
        else reader.by_content(columns)
    )
    met = reader.met
    if met.local and not zone and met.local * 2 >= met.total:
        names = ", ".join(shown(column.name) for column in columns)
        raise SourceError(
            f"times without offset, such as {shown(met.example)}, in column {names}",
            where=where,
            accepted="times that end in Z or +hh:mm, or the name of their zone",
            hint=HINT,
        )
    return Plan(clocks, reader.params, zone if met.local else None, _offset_findings(met, zone))


def _offset_findings(met: Looks, zone: ZoneInfo | None) -> list[Finding]:
    offsets = Counter(met.offsets)
    if met.local and zone:
        offsets[f"none, read as {zone.key}"] += met.local
    if len(offsets) < 2:
        return []
    listed = ", ".join(f"{offset} ({rows:,})" for offset, rows in offsets.most_common())
    rows = offsets.total()
    what = f"{rows:,} times with {len(offsets)} different offsets: {listed}"
    return [Finding("mixed_offsets", "note", rows, what, "each read by its own")]


@dataclass
class _Reader:
    """Gathers what the columns hold and makes their clocks."""

    con: Any
    scan: Scan
    where: str
    met: Looks = field(default_factory=Looks)
    params: dict[str, Any] = field(default_factory=dict)

    def one(
        self, select: str, source: str, params: dict[str, Any] | None = None
    ) -> tuple[Any, ...]:
        """Give the one row of an aggregate over the values ``s`` of a column."""
        inner = f"SELECT {source} AS s FROM {self.scan.table}"
        return only_row(self.con, f"SELECT {select} FROM ({inner})", params)

    def by_format(self, column: Column, time_format: str) -> Clock:
        name, s = shown(column.name), text(column)
        if column.type.startswith(("TIMESTAMP", "DATE")):
            self.wrong_format(f"column {name} holds times already ({column.type}), no texts")
        if "%f" in time_format:
            s = rf"regexp_replace({s}, '([.,]\d{{6}})\d+', '\1')"
        if time_format.endswith("%z"):
            s = f"regexp_replace({s}, '[Zz]$', '+00:00')"
        self.params["given"] = time_format
        parsed = "try_strptime(s, $given)"
        select = f"any_value(typeof({parsed})), count({parsed}), count(s), min(s)"
        try:
            kind, rows, total, example = self.one(select, s, self.params)
        except EngineError as error:
            why = str(error).splitlines()[0]
            self.wrong_format(f"time format {shown(time_format)} is not one: {why}")
        if total and not rows:
            what = f"no value of column {name} has the time format {shown(time_format)}"
            self.wrong_format(f"{what}; one is {shown(example)}")
        self.met.total += total
        if "TIME ZONE" in (kind or "") or re.search(r"(?<!%)(Z|UTC|GMT)$", time_format):
            return Clock(s, aware=f"epoch_us({parsed})")
        self.met.local, self.met.example = self.met.local + rows, example
        return Clock(s, naive=f"epoch_us({parsed})")

    def wrong_format(self, what: str) -> NoReturn:
        raise SourceError(
            what,
            where=self.where,
            accepted="strptime codes for a column of texts, such as '%d.%m.%Y %H:%M:%S'",
            hint="correct --time-format or leave it out",
        ) from None

    def by_content(self, columns: Sequence[Column]) -> list[Clock]:
        clocks = {c.sql: self.typed(c) for c in columns}
        texts = [c for c in columns if clocks[c.sql] is None]
        for column in texts:
            self.look(text(column))
        if texts:
            aware, naive = self.read_texts([text(column) for column in texts])
            clocks |= {c.sql: Clock(text(c), aware, naive) for c in texts}
        return [clock for clock in clocks.values() if clock]

    def typed(self, column: Column) -> Clock | None:
        """Read a column whose type says what it is; None for text, also for 20251231."""
        kind, s = column.type, column.sql
        if kind.startswith(("TIMESTAMP", "DATE")):
            # DuckDB rounds nanoseconds when it casts them.
            us = "epoch_ns(s) // 1000" if kind.endswith("_NS") else "epoch_us(s)"
            us = us if "ZONE" in kind or kind.endswith("_NS") else "epoch_us(s::TIMESTAMP)"
            if "ZONE" in kind or kind.startswith("TIMESTAMPTZ"):
                return Clock(s, aware=us)
            rows, self.met.example = self.one("count(s), coalesce(min(s)::VARCHAR, '')", s)
            self.met.total, self.met.local = self.met.total + rows, self.met.local + rows
            return Clock(s, naive=us)
        if kind in {"DOUBLE", "FLOAT"} or re.fullmatch(r"DECIMAL.*|[A-Z]*INT(EGER)?", kind):
            return self.typed_number(column)
        if kind == "VARCHAR" or kind.startswith("ENUM"):
            return None
        raise SourceError(
            f"column {shown(column.name)} of type {shown(kind)} holds no times",
            where=self.where,
            accepted="timestamps, dates, texts, or seconds since 1970",
            hint="name another column with --time",
        )

    def typed_number(self, column: Column) -> Clock | None:
        rows, least, most, typical = self.one(
            "count(s), min(s)::DOUBLE, max(s)::DOUBLE, median(abs(s::DOUBLE)) FILTER (s <> 0)",
            column.sql,
        )
        if rows and least >= 19000101 and most <= 21001231:
            return None
        self.met.total += rows
        factor = _epoch_factor(typical)
        if column.type in {"DOUBLE", "FLOAT"}:
            return Clock(column.sql, aware=f"try_cast(round(s * {factor}) AS BIGINT)")
        return Clock(column.sql, aware=_epoch(factor))

    def look(self, source: str) -> None:
        """Count what the values look like."""
        digits = "translate(left(s, 60), '0123456789', '9999999999')"
        found = self.con.execute(
            f"SELECT CASE WHEN off <> '' THEN 'iso'"
            f" WHEN regexp_full_match(s, '{NAIVE}') THEN 'naive' ELSE 'x' || {digits} END AS key,"
            f" CASE WHEN off <> '' THEN off ELSE regexp_extract(s, '{OFFSET}') END AS tail,"
            " count(*) AS n, min(s), (sum(n) OVER ())::BIGINT"
            f" FROM (SELECT s, regexp_extract(s, '{AWARE}', 1) AS off"
            f" FROM (SELECT {source} AS s FROM {self.scan.table})) WHERE s IS NOT NULL"
            f" GROUP BY ALL ORDER BY n DESC, key, tail LIMIT {SHAPES_LOOKED_AT}"
        ).fetchall()
        for row in found:
            self.met.add(*row[:4])
        self.met.total += found[0][4] if found else 0

    def read_texts(self, sources: Sequence[str]) -> tuple[str, str]:
        """Make the SQL that reads the texts looked at: aware and naive microseconds."""
        met = self.met
        self.settle(sources)
        s = r"regexp_replace(s, '([.,]\d{6})\d+', '\1')" if met.long else "s"
        aware, naive = [], []
        if met.iso:
            aware.append(
                _guarded("epoch_us(try_cast(s AS TIMESTAMPTZ))", AWARE, met.iso < met.total)
            )
        if met.naive:
            naive.append(
                _guarded("epoch_us(try_cast(s AS TIMESTAMP))", NAIVE, met.naive < met.total)
            )
        for kind, found in met.formats.items():
            # A year of four digits also takes two, so two are tried first.
            self.params[kind] = sorted(set(found), key=lambda f: ("%y" not in f, f))
            (naive if kind == "local" else aware).append(f"epoch_us(try_strptime({s}, ${kind}))")
        if met.numbers and met.numbers * 2 >= met.total:
            aware.append(_guarded(_epoch(self.typical(sources)), NUMBER, met.numbers < met.total))
        return _first(aware), _first(naive)

    def typical(self, sources: Sequence[str]) -> str:
        select = f"median(abs(s::DOUBLE)) FILTER (regexp_full_match(s, '{NUMBER}') AND s <> '0')"
        found = [self.one(select, source)[0] for source in sources]
        return _epoch_factor(max(value or 0 for value in found))

    def settle(self, sources: Sequence[str]) -> None:
        """Decide whether day or month comes first, by the values that fit only one of the two."""
        unsure = self.met.unsure
        if not unsure:
            return
        orders = {"dmy": [u[1] for u in unsure], "mdy": [u[2] for u in unsure]}
        d, m = "try_strptime(s, $dmy)", "try_strptime(s, $mdy)"
        select = (
            f"count(*) FILTER ({d} IS NOT NULL AND {m} IS NULL),"
            f" count(*) FILTER ({m} IS NOT NULL AND {d} IS NULL), count(*) FILTER ({d} <> {m})"
        )
        counts = [self.one(select, source, orders) for source in sources]
        day, month, either = (sum(column) for column in zip(*counts, strict=True))
        if (day and month) or (either and not day and not month):
            why = (
                f"{day:,} fit only one, {month:,} only the other" if day else "nothing tells which"
            )
            raise SourceError(
                f"does the day or the month come first in {shown(unsure[0][3])}? {why}",
                where=self.where,
                accepted=f"a time format, such as '{unsure[0][1]}' or '{unsure[0][2]}'",
                hint=f"--time-format '{unsure[0][1]}'",
            )
        for kind, by_day, by_month, _ in unsure:
            self.met.formats.setdefault(kind, []).append(by_month if month else by_day)


def _guarded(sql: str, pattern: str, needed: bool) -> str:
    return f"CASE WHEN regexp_full_match(s, '{pattern}') THEN {sql} END" if needed else sql


def _first(parts: Sequence[str]) -> str:
    return f"coalesce({', '.join(parts)})" if parts else "NULL::BIGINT"


def _epoch_factor(typical: float | None) -> str:
    """Tell seconds, milliseconds, microseconds and nanoseconds since 1970 by their size."""
    return next(factor for bound, factor in EPOCH_UNITS if (typical or 0) < bound)


def _epoch(factor: str) -> str:
    exact = f"try_cast(floor(try_cast(s AS DECIMAL(38, 9)) * {factor}) AS BIGINT)"
    return f"CASE WHEN abs(try_cast(s AS DOUBLE)) < 1e19 THEN {exact} END"

"""Times as people write them: which format a column is in, and the SQL that reads it.

Values in ISO 8601 are counted by their offset, all others by their *shape*, which is the text with
every digit replaced by 9. A column has few shapes, and a shape tells a time's format, but for one
question: which of day and month comes first in 01/02/2025.
"""
# ruff: noqa: S608  (SQL texts here hold names of our own only; values travel as parameters)

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from vsmlib.engine.scan import Column, EngineError, Scan, only_row, text
from vsmlib.errors import shown
from vsmlib.findings import Finding
from vsmlib.sources.unpack import refuse

EPOCH_UNITS = ((1e11, "1000000"), (1e14, "1000"), (1e17, "1"), (float("inf"), "0.001"))
TYPED = ("TIMESTAMP", "DATE")
READ_AS_TEXT = r"VARCHAR|ENUM.*|DOUBLE|FLOAT|DECIMAL.*|[A-Z]*INT(EGER)?"

_DATE = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}"
_TIME = r"\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?"
AWARE = rf"^{_DATE}[T ]{_TIME}(Z|[+-]\d\d(?::?\d\d)?)$"
NAIVE = rf"^{_DATE}(?:[T ]{_TIME})?$"
NUMBER = r"^-?\d{1,19}(?:\.\d+)?(?:e\+1\d)?$"
OFFSET = r"[+-]\d\d(?::?\d\d)?$"

_MONTHS = "January February March April May June July August September October November December"
_WORDS = {month.lower(): "%B" for month in _MONTHS.split()}
_WORDS |= {month[:3].lower(): "%b" for month in _MONTHS.split()}
_WORDS |= dict.fromkeys("mon tue wed thu fri sat sun".split(), "%a") | {"am": "%p", "pm": "%p"}
# Dates, names of months and days already replaced, and formats that read them; y is %Y or %y.
_DATES = [
    (r"9999([-/.])99?\1(?:99?)", [r"%Y\1%m\1%d"]),
    (r"9{8}([Tt ]?)9{6}", [r"%Y%m%d\1%H%M%S"]),
    (r"9{8}", ["%Y%m%d"]),
    (r"99?\.99?\.(?P<year>9999|99)", ["%d.%m.%Y"]),
    (r"99?([-/])99?\1(?P<year>9999|99)", [r"%d\1%m\1%Y", r"%m\1%d\1%Y"]),
    (r"99?([-/ ]|\. ?)(%[bB])([-/ ])(?P<year>9999|99)", [r"%d\1\2\3%Y"]),
    (r"(%[bB]) 99?(,?) 9999", [r"\1 %d\2 %Y"]),
]
_CLOCK = r"(?P<sep>[Tt]|,? )99?:99(?P<sec>:99(?P<frac>[.,]9+)?)?(?P<half> ?%p)?"
_REST = re.compile(rf"(?:{_CLOCK})?(?P<gap> ?)(?P<off>Z|z|UTC|GMT|[+-]99(?::?99)?)?")


@cache
def formats(shape: str) -> tuple[str, list[str]] | None:
    """Give a shape's sort of offset (local, utc, offset) and its formats: two where unsure."""
    text = re.sub("[A-Za-z]+", lambda word: _WORDS.get(word[0].lower(), word[0]), shape)
    start = "".join(re.findall("^%a,? ", text))
    for pattern, templates in _DATES:
        date = re.compile(pattern).match(text, len(start))
        if date and (rest := _REST.fullmatch(text, date.end())):
            made = [start + date.expand(template) + _tail(rest) for template in templates]
            if date.groupdict().get("year") == "99":
                made = [one.replace("%Y", "%y") for one in made]
            off = rest["off"]
            return "local" if not off else "utc" if off.isalpha() else "offset", made
    return None


def _tail(rest: re.Match[str]) -> str:
    clock = ""
    if rest["sep"]:
        clock = f"{rest['sep']}{'%I' if rest['half'] else '%H'}:%M" + (":%S" if rest["sec"] else "")
        clock += (f"{rest['frac'][0]}%f" if rest["frac"] else "") + (rest["half"] or "")
    off = rest["off"] or ""
    return clock + rest["gap"] + (off if off.isalpha() or not off else "%z")


def is_time(value: str) -> bool:
    """Tell whether a text reads as a time: a date in some format, or seconds since 1970 and kin."""
    known = rf"{NAIVE}|{AWARE}|^1\d{{9}}(\d{{3}}){{0,3}}(\.\d+)?$"
    if re.fullmatch(known, value, re.ASCII):
        return True
    return formats(re.sub("[0-9]", "9", value)) is not None


@dataclass(frozen=True)
class Clock:
    """How a column is read: SQL over ``s``, which is `source`, giving int64 microseconds.

    ``aware`` counts from 1970 UTC, ``naive`` from 1970 on the local clock; the other is null.
    """

    source: str
    aware: str = "NULL::BIGINT"
    naive: str = "NULL::BIGINT"


@dataclass(frozen=True)
class Plan:
    """How the time columns of a table are read; ``zone`` is that of its local times, if any."""

    clocks: list[Clock]
    params: dict[str, Any]
    zone: str | None
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
    """Find out how the time columns of a table, all written in one style, are to be read."""
    if timezone:
        check_zone(timezone, where)
    read = _Reader(con, scan, where)
    if time_format:
        clocks = [read.by_format(column, time_format) for column in columns]
    else:
        clocks = read.by_content(columns)
    local = read.met["local"]
    if local and not timezone and local * 2 >= read.met["total"]:
        names = ", ".join(shown(column.name) for column in columns)
        what = f"times without offset, such as {shown(read.example)}, in column {names}"
        accepted = "times that end in Z or +hh:mm, or the name of their zone"
        refuse(what, where, "--timezone Europe/Berlin", accepted)
    return Plan(clocks, read.params, timezone if local else None, _mixed(read, timezone))


def check_zone(name: str, where: str) -> None:
    """Refuse a time zone that the IANA database does not have."""
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        near = get_close_matches(name, sorted(available_timezones()), n=1)
        hint = f"did you mean {near[0]}?" if near else "--timezone Europe/Berlin"
        accepted = "IANA names, such as Europe/Berlin or UTC"
        refuse(f"unknown time zone {shown(name)}", where, hint, accepted)


def _mixed(read: _Reader, zone: str | None) -> list[Finding]:
    local = {f"none, read as {zone}": read.met["local"]} if zone else {}
    offsets = read.offsets + Counter(local)
    if len(offsets) < 2:
        return []
    listed = ", ".join(f"{offset} ({rows:,})" for offset, rows in offsets.most_common())
    what = f"{offsets.total():,} times with {len(offsets)} different offsets: {listed}"
    return [Finding("mixed_offsets", "note", offsets.total(), what, "each read by its own")]


@dataclass
class _Reader:
    """Gathers what the columns hold and makes their clocks.

    ``met`` counts values: in all, by how they are written, and without offset (``local``).
    ``unsure`` has kind, format with the day first, format with the month first, and an example.
    """

    con: Any
    scan: Scan
    where: str
    params: dict[str, Any] = field(default_factory=dict)
    met: Counter[str] = field(default_factory=Counter)
    example: str = ""
    formats: dict[str, list[str]] = field(default_factory=dict)
    unsure: list[tuple[str, str, str, str]] = field(default_factory=list)
    offsets: Counter[str] = field(default_factory=Counter)

    def one(self, select: str, source: str, params: Any = None) -> tuple[Any, ...]:
        """Give the one row of an aggregate over the values ``s`` of a column."""
        inner = f"SELECT {source} AS s FROM {self.scan.table}"
        return only_row(self.con, f"SELECT {select} FROM ({inner})", params)

    def by_format(self, column: Column, given: str) -> Clock:
        name, s = shown(column.name), text(column)
        kind = "utc" if re.search(r"(?<!%)(Z|UTC|GMT)$", given) else "local"
        if "%z" in given:
            kind, s = "offset", f"regexp_replace({s}, '[Zz]$', '+00:00')"
        self.params[kind] = [given]
        parsed = f"try_strptime(s, ${kind})"
        try:
            rows, total, example = self.one(f"count({parsed}), count(s), min(s)", s, self.params)
            why = f"no value of column {name} has it; one is {shown(example)}"
        except EngineError as error:
            rows, total, why = 0, 1, str(error).splitlines()[0]
        if total and not rows:
            what = f"time format {shown(given)} does not fit: {why}"
            accepted = "strptime codes for texts, such as '%d.%m.%Y %H:%M:%S'"
            refuse(what, self.where, "correct --time-format or leave it out", accepted)
        self.met["total"] += total
        if kind != "local":
            return Clock(s, aware=f"epoch_us({parsed})")
        self.without_offset(rows, example)
        return Clock(s, naive=f"epoch_us({parsed})")

    def without_offset(self, rows: int, example: str) -> None:
        self.met["local"] += rows
        self.example = self.example or example

    def by_content(self, columns: Sequence[Column]) -> list[Clock]:
        typed = {c.sql: self.typed(c) for c in columns}
        texts = [text(c) for c in columns if not typed[c.sql]]
        for source in texts:
            self.look(source)
        self.settle(texts)
        aware, naive = self.read_texts(texts)
        return [typed[c.sql] or Clock(text(c), aware, naive) for c in columns]

    def typed(self, column: Column) -> Clock | None:
        """Read a column whose type says what it is; numbers are read as the texts they make."""
        kind, s = column.type, column.sql
        if not kind.startswith(TYPED):
            if re.fullmatch(READ_AS_TEXT, kind):
                return None
            what = f"column {shown(column.name)} of type {shown(kind)} holds no times"
            accepted = "timestamps, dates, texts, or seconds since 1970"
            refuse(what, self.where, "name another column with --time", accepted)
        # DuckDB rounds nanoseconds when it casts them.
        us = "epoch_ns(s) // 1000" if kind.endswith("_NS") else "epoch_us(s)"
        rows, example = self.one("count(s), coalesce(min(s)::VARCHAR, '')", s)
        self.met["total"] += rows
        if "ZONE" in kind or kind.startswith("TIMESTAMPTZ"):
            return Clock(s, aware=us)
        self.without_offset(rows, example)
        return Clock(s, naive=us)

    def look(self, source: str) -> None:
        """Count what the values look like."""
        digits = "translate(left(s, 60), '0123456789', '9999999999')"
        found = self.con.execute(
            f"SELECT CASE WHEN off <> '' THEN 'iso'"
            f" WHEN regexp_full_match(s, '{NAIVE}') THEN 'naive' ELSE 'x' || {digits} END AS key,"
            f" CASE WHEN off <> '' THEN off ELSE regexp_extract(s, '{OFFSET}') END AS tail,"
            " count(*) AS n, min(s)"
            f" FROM (SELECT s, regexp_extract(s, '{AWARE}', 1) AS off"
            f" FROM (SELECT {source} AS s FROM {self.scan.table})) WHERE s IS NOT NULL"
            " GROUP BY ALL ORDER BY n DESC, key, tail"
        ).fetchall()
        for key, tail, rows, example in found:
            self.add(key, tail, rows, example)

    def add(self, key: str, tail: str, rows: int, example: str) -> None:
        """Count the values of one shape."""
        self.met["total"] += rows
        if key == "iso":
            self.met["iso"] += rows
            self.offsets[tail] += rows
        elif key == "naive":
            self.met["naive"] += rows
            self.without_offset(rows, example)
        elif shape := formats(key[1:]):
            kind, made = shape
            if kind == "local":
                self.without_offset(rows, example)
            else:
                self.offsets[tail or "Z"] += rows
            if len(made) == 2:
                self.unsure.append((kind, made[0], made[1], example))
            else:
                self.formats.setdefault(kind, []).extend(made)
        elif re.fullmatch(NUMBER, example, re.ASCII):
            self.met["number"] += rows

    def settle(self, sources: Sequence[str]) -> None:
        """Decide whether day or month comes first, by the values that fit only one of the two."""
        unsure = self.unsure
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
            why = f"{day:,} fit one, {month:,} the other" if day else "nothing tells which"
            what = f"does the day or the month come first in {shown(unsure[0][3])}? {why}"
            accepted = f"a time format, such as '{unsure[0][1]}' or '{unsure[0][2]}'"
            refuse(what, self.where, f"--time-format '{unsure[0][1]}'", accepted)
        for kind, by_day, by_month, _ in unsure:
            self.formats.setdefault(kind, []).append(by_month if month else by_day)

    def read_texts(self, sources: Sequence[str]) -> tuple[str, str]:
        """Make the SQL that reads the texts looked at: aware and naive microseconds."""
        aware, naive = ["NULL::BIGINT"], ["NULL::BIGINT"]
        if self.met["iso"]:
            aware.append(self.guarded("epoch_us(try_cast(s AS TIMESTAMPTZ))", AWARE, "iso"))
        if self.met["naive"]:
            naive.append(self.guarded("epoch_us(try_cast(s AS TIMESTAMP))", NAIVE, "naive"))
        # strptime knows fractions of up to six digits.
        short = r"regexp_replace(s, '([.,]\d{6})\d+', '\1')"
        for kind, found in self.formats.items():
            # A year of four digits also takes two, so two are tried first.
            self.params[kind] = sorted(set(found), key=lambda f: ("%y" not in f, f))
            s = short if any("%f" in f for f in found) else "s"
            (naive if kind == "local" else aware).append(f"epoch_us(try_strptime({s}, ${kind}))")
        if self.met["number"] * 2 >= self.met["total"] > 0:
            size = f"median(abs(s::DOUBLE)) FILTER (regexp_full_match(s, '{NUMBER}') AND s <> '0')"
            typical = max(self.one(size, source)[0] or 0 for source in sources)
            aware.append(self.guarded(_epoch(typical), NUMBER, "number"))
        return f"coalesce({', '.join(aware)})", f"coalesce({', '.join(naive)})"

    def guarded(self, sql: str, pattern: str, kind: str) -> str:
        """Read only what has a pattern, where not all values have it."""
        guard = f"CASE WHEN regexp_full_match(s, '{pattern}') THEN {sql} END"
        return guard if self.met[kind] < self.met["total"] else sql


def _epoch(typical: float | None) -> str:
    """Read seconds, milliseconds, microseconds or nanoseconds since 1970, told by their size."""
    factor = next(factor for bound, factor in EPOCH_UNITS if (typical or 0) < bound)
    whole = "floor" if factor == "0.001" else "round"
    exact = f"try_cast({whole}(try_cast(s AS DECIMAL(38, 9)) * {factor}) AS BIGINT)"
    return f"CASE WHEN abs(try_cast(s AS DOUBLE)) < 1e19 THEN {exact} END"

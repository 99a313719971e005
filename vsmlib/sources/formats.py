"""Time formats: what the shape of a text says about how to read it.

The *shape* of a text is the text with every digit replaced by 9. A column of times has few
shapes, and its shape tells a time's format, but for one question: which of day and month comes
first in 01/02/2025.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache

__all__ = ["AWARE", "NAIVE", "NUMBER", "OFFSET", "Looks", "formats", "is_time"]

_DATE = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}"
_TIME = r"\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?"
AWARE = rf"^{_DATE}[T ]{_TIME}(Z|[+-]\d\d(?::?\d\d)?)$"
NAIVE = rf"^{_DATE}(?:[T ]{_TIME})?$"
NUMBER = r"^-?\d{1,19}(?:\.\d+)?$"
OFFSET = r"[+-]\d\d(?::?\d\d)?$"

_SHAPE = re.compile(
    r"""(?P<weekday>(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?P<long>[a-z]*)(?P<after>,?\ ))?
    (?:9999(?P<iso>[-/.])99?(?P=iso)99?
      |(?P<compact>9{8})
      |99?(?P<numeric>[-/.])99?(?P=numeric)(?P<year>9999|99)
      |99?(?P<day>\.?[-/\ ]|\.)(?P<month>[A-Za-z]{3,9})(?P<gap>[-/\ .]|,\ )(?P<year2>9999|99)
      |(?P<first>[A-Z][a-z]{2,8})\ 99?(?P<comma>,?)\ 9999)
    (?:(?P<sep>[Tt]|\ +|,\ +|\ at\ )?
       (?P<clock>99?:99(?P<sec>:99)?|(?P<tight>9{4})(?P<sec2>99)?)
       (?P<frac>[.,]9+)?(?P<half>\ ?[AaPp][Mm])?)?
    (?P<off>\ ?(?:Z|z|UTC|GMT|[+-]99(?::?99)?))?""",
    re.VERBOSE,
)


@cache
def formats(shape: str) -> tuple[str, list[str]] | None:
    """Give a shape's sort of offset (local, utc, offset) and its formats: two where unsure."""
    m = _SHAPE.fullmatch(shape)
    if not m or not _consistent(m):
        return None
    tail = _clock_format(m)
    off = (m["off"] or "").strip()
    kind = "local" if not off else "utc" if off.isalpha() else "offset"
    if off:
        tail += m["off"].replace(off, "%z") if kind == "offset" else m["off"]
    start = f"%{'A' if m['long'] else 'a'}{m['after']}" if m["weekday"] else ""
    return kind, [start + date + tail for date in _date_formats(m)]


def _consistent(m: re.Match[str]) -> bool:
    """Tell whether the parts of a shape go together: 202512311405 does, 2025-12-311405 not."""
    if m["frac"] and not (m["sec"] or m["sec2"]):
        return False
    if m["tight"]:
        return bool(m["compact"])
    return not m["clock"] or bool(m["sep"])


def _date_formats(m: re.Match[str]) -> list[str]:
    if m["compact"]:
        return ["%Y%m%d"]
    if m["iso"]:
        return [f"%Y{m['iso']}%m{m['iso']}%d"]
    year = "%Y" if len(m["year"] or m["year2"] or "9999") == 4 else "%y"
    if n := m["numeric"]:
        # Nobody writes the month first with dots.
        orders = [f"%d{n}%m{n}{year}", f"%m{n}%d{n}{year}"]
        return orders[:1] if n == "." else orders
    name = "%b" if len(m["month"] or m["first"]) == 3 else "%B"
    if m["month"]:
        return [f"%d{m['day']}{name}{m['gap']}{year}"]
    return [f"{name} %d{m['comma']} %Y"]


def _clock_format(m: re.Match[str]) -> str:
    if not m["clock"]:
        return ""
    hour = "%I" if m["half"] else "%H"
    colon = "" if m["tight"] else ":"
    made = f"{m['sep'] or ''}{hour}{colon}%M" + (f"{colon}%S" if m["sec"] or m["sec2"] else "")
    made += f"{m['frac'][0]}%f" if m["frac"] else ""
    return made + (m["half"][:-2] + "%p" if m["half"] else "")


def is_time(value: str) -> bool:
    """Tell whether a text reads as a time: a date in some format, or seconds since 1970 and kin.

    Examples
    --------
    >>> [is_time(v) for v in ("2026-11-22T09:58Z", "22/Nov/26 9:58 AM", "1763805480", "17", "Open")]
    [True, True, True, False, False]
    """
    if re.match(NAIVE, value, re.ASCII) or re.match(AWARE, value, re.ASCII):
        return True
    if re.fullmatch(r"1\d{9}(\d{3}){0,3}(\.\d+)?", value, re.ASCII):
        return True
    return formats(re.sub("[0-9]", "9", value)) is not None


@dataclass
class Looks:
    """What the values of one or more columns look like, counted.

    ``local`` counts those without offset, of which ``example`` is one; ``long`` tells of fractions
    finer than microseconds. ``formats`` are by sort (local, utc, offset); ``unsure`` has the sort,
    the format with the day first, the one with the month first, and an example.
    """

    total: int = 0
    iso: int = 0
    naive: int = 0
    numbers: int = 0
    local: int = 0
    example: str = ""
    long: bool = False
    formats: dict[str, list[str]] = field(default_factory=dict)
    unsure: list[tuple[str, str, str, str]] = field(default_factory=list)
    offsets: Counter[str] = field(default_factory=Counter)

    def add(self, key: str, tail: str, rows: int, example: str) -> None:
        """Count the values of one shape."""
        if key == "iso":
            self.iso += rows
            self.offsets[tail] += rows
        elif key == "naive":
            self.naive += rows
            self._local(rows, example)
        elif re.fullmatch(NUMBER, example, re.ASCII) and not formats(key[1:]):
            self.numbers += rows
        else:
            self._shape(formats(key[1:]), tail, rows, example)

    def _shape(
        self, found: tuple[str, list[str]] | None, tail: str, rows: int, example: str
    ) -> None:
        if found is None:
            return
        kind, made = found
        self.long |= "%f" in made[0]
        if kind == "local":
            self._local(rows, example)
        else:
            self.offsets[tail or "Z"] += rows
        if len(made) == 2:
            self.unsure.append((kind, made[0], made[1], example))
        else:
            self.formats.setdefault(kind, []).append(made[0])

    def _local(self, rows: int, example: str) -> None:
        self.local += rows
        self.example = self.example or example

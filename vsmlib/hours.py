"""Working hours, holidays, time zones and dates as people write them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from vsmlib.errors import ParameterError, StreamError, one_of, shown

__all__ = ["check_country", "check_zone", "parse_day", "parse_days", "parse_shift", "week"]

DAY_MINUTES = 1440
NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
SHIFT = re.compile(r"(\d{1,2}):([0-5]\d)\s*-\s*(\d{1,2}):([0-5]\d)", re.ASCII)


def parse_days(text: str) -> list[int]:
    """Read a key of a calendar's hours: days, lists and ranges of them, from Monday = 0.

    Examples
    --------
    >>> parse_days("fri-mon,wed")
    [4, 5, 6, 0, 2]
    """
    days: list[int] = []
    for part in text.lower().split(","):
        ends = [name.strip() for name in part.split("-")]
        bad = [name for name in ends if name not in NAMES]
        if bad or len(ends) > 2:
            what, accepted, hint = one_of("day", bad[0] if bad else part, NAMES)
            raise StreamError(what, accepted=f"{accepted}, lists and ranges as mon-fri", hint=hint)
        first, last = NAMES.index(ends[0]), NAMES.index(ends[-1])
        days += [(first + step) % 7 for step in range((last - first) % 7 + 1)]
    return days


def parse_shift(text: str) -> tuple[int, int]:
    """Read a shift as minutes from its day's midnight; it may run past the next one.

    Examples
    --------
    >>> parse_shift("09:00-17:30"), parse_shift("22:00-06:00")
    ((540, 1050), (1320, 1800))
    """
    match = SHIFT.fullmatch(text.strip())
    h0, m0, h1, m1 = map(int, match.groups()) if match else (99, 0, 99, 0)
    start, end = h0 * 60 + m0, h1 * 60 + m1
    if start >= DAY_MINUTES or end > DAY_MINUTES or start == end:
        accepted = '"HH:MM-HH:MM" such as "09:00-17:30", "22:00-06:00" or "00:00-24:00"'
        raise StreamError(f"bad shift {shown(text)}", accepted=accepted)
    return start, end if end > start else end + DAY_MINUTES


def week(hours: Mapping[str, Sequence[str]]) -> list[list[tuple[int, int]]]:
    """Read a calendar's hours into the shifts of Monday to Sunday, as `parse_shift` gives them.

    Raises
    ------
    StreamError
        Also when a day is given twice or shifts overlap.

    Examples
    --------
    >>> week({"sat": ["10:00-14:00", "9:00-9:30"]})[5]
    [(540, 570), (600, 840)]
    """
    by_day: dict[int, list[tuple[int, int]]] = {}
    for key, texts in hours.items():
        for day in parse_days(key):
            if day in by_day:
                what = f"{NAMES[day]} is there twice, the second time in {shown(key)}"
                raise StreamError(what, hint="list all shifts of a day once")
            by_day[day] = sorted(map(parse_shift, texts))
    shifts = [by_day.get(day, []) for day in range(7)]
    # A second week shows what runs from Sunday into Monday.
    spans = [
        (NAMES[day % 7], day * DAY_MINUTES + start, day * DAY_MINUTES + end)
        for day in range(14)
        for start, end in shifts[day % 7]
    ]
    for (name, _, end), (next_name, start, _) in pairwise(spans):
        if start < end:
            what = f"shifts of {name} and {next_name} overlap"
            raise StreamError(what, hint="join or shorten them")
    return shifts


def check_zone(name: str) -> None:
    """Refuse a time zone that the IANA database does not have."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        what, _, hint = one_of("timezone", name, available_timezones())
        raise StreamError(what, accepted="IANA names as Europe/Berlin", hint=hint) from None


def check_country(country: str, subdivision: str | None) -> None:
    """Refuse a country, or a subdivision of it, whose holidays are not known."""
    import holidays

    known = holidays.list_supported_countries()
    if country not in known:
        what, accepted, hint = one_of("country code", country, known)
        raise StreamError(what, accepted=f"ISO 3166: {accepted}", hint=hint)
    if subdivision and subdivision not in known[country]:
        what, accepted, hint = one_of(f"subdivision of {country}", subdivision, known[country])
        raise StreamError(what, accepted=accepted, hint=hint)


def parse_day(value: str | date | datetime, parameter: str) -> date:
    """Read a date that a person gave for a parameter such as ``--from``."""
    try:
        day = value.date() if isinstance(value, datetime) else value
        if type(day) is date:  # pandas' NaT says that it is one
            return day
        if isinstance(value, str) and ISO_DATE.fullmatch(value.strip()):
            return date.fromisoformat(value.strip())
    except ValueError:
        pass
    raise ParameterError(
        f"{parameter} is {shown(value)}, which is no date", accepted="dates as 2026-05-01"
    )

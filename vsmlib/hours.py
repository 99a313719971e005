"""Working hours, holidays and dates as people write them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from vsmlib.errors import ParameterError, StreamError, one_of, shown

__all__ = ["check_country", "parse_day", "parse_days", "parse_shift", "week"]

DAY_MINUTES = 1440
NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
SHIFT = re.compile(r"(\d{1,2}):([0-5]\d)\s*-\s*(\d{1,2}):([0-5]\d)", re.ASCII)


def parse_days(text: str) -> list[int]:
    """Read a key of a calendar's hours: days, lists and ranges of them.

    Returns
    -------
    list of int
        Days of the week, Monday = 0, in the order written.

    Raises
    ------
    StreamError
        For anything but ``mon`` to ``sun``.

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
    """Read a shift; one that ends at or before its start's hour runs past midnight.

    Returns
    -------
    tuple of int
        Minutes from the midnight that the shift's day begins with; the second may exceed 1440.

    Raises
    ------
    StreamError
        For text that is no shift, hours past 24:00, or a shift without length.

    Examples
    --------
    >>> parse_shift("09:00-17:30"), parse_shift("22:00-06:00"), parse_shift("16:00-24:00")
    ((540, 1050), (1320, 1800), (960, 1440))
    """
    match = SHIFT.fullmatch(text.strip())
    h0, m0, h1, m1 = map(int, match.groups()) if match else (99, 0, 99, 0)
    start, end = h0 * 60 + m0, h1 * 60 + m1
    if start >= DAY_MINUTES or end > DAY_MINUTES or start == end:
        raise StreamError(
            f"bad shift {shown(text)}",
            accepted='"HH:MM-HH:MM" from 00:00 to 24:00, such as "09:00-17:30" or "22:00-06:00"',
            hint='write "00:00-24:00" for a whole day' if start == end != 99 * 60 else None,
        )
    return start, end if end > start else end + DAY_MINUTES


def week(hours: Mapping[str, Sequence[str]]) -> list[list[tuple[int, int]]]:
    """Read the hours of a calendar into the shifts of each day of the week.

    Parameters
    ----------
    hours : mapping of str to sequence of str
        Such as ``{"mon-fri": ["09:00-17:00"]}``.

    Returns
    -------
    list of list of tuple of int
        For Monday to Sunday, shifts in minutes as from `parse_shift`.

    Raises
    ------
    StreamError
        Also when a day is given twice or shifts overlap.

    Examples
    --------
    >>> week({"sat": ["10:00-14:00", "9:00-9:30"]})[5]
    [(540, 570), (600, 840)]
    """
    key_of: dict[int, str] = {}
    spans: list[tuple[int, int, str]] = []
    for key, texts in hours.items():
        for day in parse_days(key):
            if day in key_of:
                what = f"{NAMES[day]} is there twice, in {shown(key_of[day])} and {shown(key)}"
                raise StreamError(what, hint="list all shifts of a day once")
            key_of[day], midnight = key, day * DAY_MINUTES
            for text in texts:
                start, end = parse_shift(text)
                spans.append((midnight + start, midnight + end, f"{NAMES[day]} {text}"))
    spans.sort()
    after_sunday = [(start + 7 * DAY_MINUTES, end, text) for start, end, text in spans[:1]]
    for (_, end, text), (start, _, other) in zip(spans, spans[1:] + after_sunday, strict=True):
        if start < end:
            raise StreamError(f"shifts {text} and {other} overlap", hint="join or shorten them")
    by_day: list[list[tuple[int, int]]] = [[] for _ in NAMES]
    for start, end, _ in spans:
        midnight = start - start % DAY_MINUTES
        by_day[start // DAY_MINUTES].append((start - midnight, end - midnight))
    return by_day


def check_country(country: str, subdivision: str | None) -> None:
    """Make sure that holidays of a country and its subdivision are known.

    Raises
    ------
    StreamError
        With the codes that are known.

    Examples
    --------
    >>> check_country("DE", "BE")
    """
    import holidays

    known = country.isascii() and country.isupper() and hasattr(holidays, country)
    if not known:
        codes = holidays.list_supported_countries(include_aliases=False)
        what, accepted, hint = one_of("holiday country", country, codes)
        upper = country.upper()
        hint = f"did you mean {shown(upper)}?" if upper in codes else hint
        raise StreamError(what, accepted=f"ISO 3166 codes: {accepted}", hint=hint)
    try:
        holidays.country_holidays(country, subdiv=subdivision)
    except NotImplementedError:
        parts = getattr(holidays, country).subdivisions
        what, accepted, hint = one_of("subdivision", subdivision, parts)
        raise StreamError(f"{what} of {country}", accepted=accepted, hint=hint) from None


def parse_day(value: str | date | datetime, parameter: str) -> date:
    """Read a date that a person gave.

    Parameters
    ----------
    value : str, date or datetime
        Text as ``2026-05-01``.
    parameter : str
        What it is for, such as ``--from``.

    Returns
    -------
    datetime.date

    Raises
    ------
    ParameterError
        For anything else.

    Examples
    --------
    >>> parse_day("2026-05-01", "--from")
    datetime.date(2026, 5, 1)
    """
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

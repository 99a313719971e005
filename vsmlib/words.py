"""The one place where durations, shares and counts are put into words, rounded last."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["count", "duration", "listed", "number", "percent", "unit"]

NO_DATA, MINUS = "\u2013", "\u2212"
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
WEEK, YEAR = 7 * DAY, 365.25 * DAY


def duration(seconds: float | None) -> str:
    """Word a duration the way people say it.

    One unit, or hours with minutes below ten hours. Ten days and more are whole days, fifteen
    weeks and more are weeks, two years and more are years: a longer duration never reads as a
    shorter one. A day has 24 hours, of working time too, and a year 365.25 days.

    Parameters
    ----------
    seconds : float or None
        Seconds; negative ones keep their sign, None and NaN are no data.

    Returns
    -------
    str
        The words; an en dash without data.

    Examples
    --------
    >>> [duration(s) for s in (45, 170, 4800, 40000, 216000, 950400, 9676800, 1e8)]
    ['45 s', '3 min', '1 h 20 min', '11 h', '2.5 days', '11 days', '16 weeks', '3.2 years']
    """
    if _missing(seconds):
        return NO_DATA
    assert seconds is not None
    sign, seconds = MINUS if seconds < 0 else "", abs(seconds)
    # Each unit is left when its *rounded* figure would be full: 59.6 s is "1 min", not "60 s".
    if seconds < MINUTE and _half_up(seconds) < 60:
        words = f"{_half_up(seconds)} s" if seconds == 0 or seconds >= 1 else "under 1 s"
    elif seconds < DAY and _half_up(seconds / HOUR) < 24:
        words = _minutes_and_hours(seconds)
    else:
        words = _days_and_more(seconds)
    return sign + words


def _minutes_and_hours(seconds: float) -> str:
    minutes = _half_up(seconds / MINUTE)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 600:
        hours, rest = divmod(minutes, 60)
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{_half_up(seconds / HOUR)} h"


def _days_and_more(seconds: float) -> str:
    tenths = _half_up(seconds / DAY * 10)
    if tenths < 100:
        return f"{tenths / 10:g} {'day' if tenths == 10 else 'days'}"
    if (days := _half_up(seconds / DAY)) < 105:
        return f"{days} days"
    if seconds < 2 * YEAR:
        return f"{_half_up(seconds / WEEK)} weeks"
    years = _half_up(seconds / YEAR * 10) / 10
    return f"{years:,.10g} years"


def unit(seconds: float | None) -> tuple[str, float]:
    """Choose the unit in which durations up to this one read best on an axis.

    Returns
    -------
    tuple of str and float
        Its name in the plural and its length in seconds.

    Examples
    --------
    >>> unit(7200), unit(86400), unit(1e6)
    (('minutes', 60.0), ('hours', 3600.0), ('days', 86400.0))
    """
    longest = 0.0 if _missing(seconds) else abs(seconds or 0.0)
    for limit, name, length in (
        (3 * MINUTE, "seconds", 1.0),
        (3 * HOUR, "minutes", MINUTE),
        (3 * DAY, "hours", HOUR),
    ):
        if longest < limit:
            return name, length
    return "days", DAY


def percent(share: float | None, digits: int = 0) -> str:
    """Word a share as a percentage; what is not quite nothing or all is never rounded to it.

    Parameters
    ----------
    share : float or None
        A fraction: 0.25 is a quarter.
    digits : int
        Digits after the point.

    Examples
    --------
    >>> percent(0.256), percent(0.256, 1), percent(0.001), percent(0.999)
    ('26%', '25.6%', '<1%', '>99%')
    """
    if _missing(share):
        return NO_DATA
    assert share is not None
    scale = 10**digits
    rounded = _half_up(share * 100 * scale) / scale
    if 0 < share < 1 and rounded in (0, 100):
        edge = 1 / scale if rounded == 0 else 100 - 1 / scale
        return f"{'<' if rounded == 0 else '>'}{edge:.{digits}f}%"
    return f"{rounded:.{digits}f}%".replace("-", MINUS)


def number(value: float | None, digits: int = 1) -> str:
    """Word a number with thousands separated and no idle zeros.

    Examples
    --------
    >>> number(1234.56), number(4.0), number(0.04)
    ('1,234.6', '4', '<0.1')
    """
    if _missing(value):
        return NO_DATA
    assert value is not None
    scale = 10**digits
    rounded = _half_up(abs(value) * scale) / scale
    if value and not rounded:
        return f"<{1 / scale:g}"
    text = f"{rounded:,.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{MINUS}{text}" if value < 0 else text


def count(n: float | None, noun: str, plural: str | None = None) -> str:
    """Word a count with its noun.

    Examples
    --------
    >>> count(1, "item"), count(1234, "item"), count(0, "entry", "entries"), count(None, "item")
    ('1 item', '1,234 items', '0 entries', 'no data')
    """
    if _missing(n):
        return "no data"
    assert n is not None
    return f"{number(n, 0)} {noun if n == 1 else plural or noun + 's'}"


def listed(names: Sequence[str]) -> str:
    """Word a list as a sentence does.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed(["a", "b"]), listed(["a"]), listed([])
    ('a, b and c', 'a and b', 'a', 'none')
    """
    if len(names) < 2:
        return names[0] if names else "none"
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _missing(value: float | None) -> bool:
    # pandas' NA answers no comparison; float() turns it down, and NaN or infinity say nothing.
    try:
        return value is None or not math.isfinite(value)
    except TypeError:
        return True


def _half_up(value: float) -> int:
    # Half to even, Python's way, would word 2.5 min and 3.5 min as 2 and 4.
    return math.floor(value + 0.5)

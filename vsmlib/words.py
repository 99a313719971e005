"""The one place where durations, shares and counts are put into words, rounded last."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeGuard

__all__ = ["count", "duration", "figure", "listed", "number", "percent", "unit"]

NO_DATA, MINUS = "–", "−"
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
WEEK, YEAR = 7 * DAY, 365.25 * DAY
UNITS = {"minutes": MINUTE, "hours": HOUR, "days": DAY}  # of axes that reach three of them


def duration(seconds: float | None) -> str:
    """Word a duration in seconds the way people say it; a day has 24 hours, of working time too.

    Examples
    --------
    >>> [duration(s) for s in (45, 170, 4800, 40000, 216000, 950400, 9676800, 1e8)]
    ['45 s', '3 min', '1 h 20 min', '11 h', '2.5 days', '11 days', '16 weeks', '3.2 years']
    """
    if not _known(seconds):
        return NO_DATA
    sign, span = MINUS if seconds < 0 else "", abs(seconds)
    # Each unit is left when its *rounded* figure would be full: 59.6 s is "1 min", not "60 s".
    if _half_up(span) < 60:
        return sign + ("under 1 s" if 0 < span < 1 else f"{_half_up(span)} s")
    return sign + (_short(span) if _half_up(span / HOUR) < 24 else _long(span))


def _short(seconds: float) -> str:
    hours, minutes = divmod(_half_up(seconds / MINUTE), 60)
    if hours >= 10:
        return f"{_half_up(seconds / HOUR)} h"
    return " ".join([f"{hours} h"] * (hours > 0) + [f"{minutes} min"] * (minutes > 0))


def _long(seconds: float) -> str:
    tenths, days = _half_up(seconds / DAY * 10), _half_up(seconds / DAY)
    if tenths < 100:
        return f"{tenths / 10:g} {'day' if tenths == 10 else 'days'}"
    if days < 105:
        return f"{days} days"
    if seconds < 2 * YEAR:
        return f"{_half_up(seconds / WEEK)} weeks"
    return f"{_half_up(seconds / YEAR * 10) / 10:,.10g} years"


def unit(seconds: float | None) -> tuple[str, float]:
    """Choose a unit for durations up to this one: its name in the plural, its length in seconds.

    Examples
    --------
    >>> unit(7200), unit(86400), unit(1e6)
    (('minutes', 60.0), ('hours', 3600.0), ('days', 86400.0))
    """
    longest = abs(seconds) if _known(seconds) else 0.0
    fitting = [item for item in UNITS.items() if longest >= 3 * item[1]]
    return fitting[-1] if fitting else ("seconds", 1.0)


def percent(share: float | None, digits: int = 0) -> str:
    """Word a fraction as a percentage; what is not quite nothing or all never reads as such.

    Examples
    --------
    >>> percent(0.256), percent(0.256, 1), percent(0.001), percent(0.999)
    ('26%', '25.6%', '<1%', '>99%')
    """
    if not _known(share):
        return NO_DATA
    scale = 10**digits
    rounded = _half_up(share * 100 * scale) / scale
    if 0 < share < 1 and rounded in (0, 100):
        sign, edge = ("<", 1 / scale) if rounded == 0 else (">", 100 - 1 / scale)
        return f"{sign}{edge:.{digits}f}%"
    return f"{rounded:.{digits}f}%".replace("-", MINUS)


def number(value: float | None, digits: int = 1) -> str:
    """Word a number with thousands separated and no idle zeros.

    Examples
    --------
    >>> number(1234.56), number(4.0), number(0.04)
    ('1,234.6', '4', '<0.1')
    """
    if not _known(value):
        return NO_DATA
    scale = 10**digits
    rounded = _half_up(abs(value) * scale) / scale
    if value and not rounded:
        return f"<{1 / scale:g}"
    text = f"{rounded:,.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{MINUS}{text}" if value < 0 else text


def count(n: float | None, noun: str) -> str:
    """Word a count with its noun.

    Examples
    --------
    >>> count(1, "item"), count(1234, "item"), count(None, "item")
    ('1 item', '1,234 items', 'no data')
    """
    if not _known(n):
        return "no data"
    return f"{number(n, 0)} {noun}{'' if n == 1 else 's'}"


def figure(value: float | None, unit: str) -> str:
    """Word a flow metric by its unit: seconds, a share, or else a number a week.

    Examples
    --------
    >>> figure(7200, "s"), figure(0.25, "share"), figure(4, "items per week")
    ('2 h', '25%', '4 a week')
    """
    if unit == "s":
        return duration(value)
    return percent(value) if unit == "share" else f"{number(value)} a week"


def listed(names: Sequence[str]) -> str:
    """Word a list as a sentence does: "a, b and c", or "none"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names) or "none"


def _known(value: float | None) -> TypeGuard[float]:
    # pandas' NA answers no comparison and float() turns it down; NaN and infinity say nothing.
    try:
        return value is not None and math.isfinite(value)
    except TypeError:
        return False


def _half_up(value: float) -> int:
    # Half to even, Python's way, would word 2.5 min and 3.5 min as 2 and 4.
    return math.floor(value + 0.5)

"""Hours in which people work, found from when they begin and finish work.

They are looked for where the stream says none, or where people plainly work at other hours than it
says.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from vsmlib.hours import NAMES
from vsmlib.stream_parts import CalendarSpec
from vsmlib.whole.arrays import Bools, Ints

__all__ = ["shifts"]

FEWEST = 200  # moves, to tell hours from
INSIDE = 0.98  # share of the moves in the hours that are looked for
MAIN, SHARP = 0.9, 1.4  # so many of the moves need not much less: hours end sharply
HELD = 0.95  # share of all moves that has to be in the hours found
MOST = 0.5  # share of the week that hours may have, to be hours at all
OFF, SHORT = 0.1, 0.5  # a day with less of what the busiest has is free, or has its own hours
SLOT, SLOTS = 30, 48  # minutes
HOUR_US, DAY_US = 3_600_000_000, 86_400_000_000


def shifts(moves: Ints, zone: ZoneInfo) -> CalendarSpec | None:
    """Find the hours of the week in which nearly all moves are.

    Parameters
    ----------
    moves : array
        Microseconds since 1970 of begins and ends of work.
    zone : ZoneInfo
        Where days begin.

    Examples
    --------
    >>> monday, hours = 1_767_571_200_000_000, np.arange(9, 17)
    >>> days = np.array([7 * w + d for w in range(9) for d in range(5)])
    >>> moves = (monday + days[:, None] * DAY_US + hours * HOUR_US).ravel()
    >>> shifts(moves, ZoneInfo("UTC")).hours
    {'mon-fri': ('09:00-16:30',)}
    """
    if len(moves) < FEWEST:
        return None
    local = pd.DatetimeIndex(moves * 1000, tz="UTC").tz_convert(zone)
    minute = (local.hour * 60 + local.minute).to_numpy()
    night = _quietest(np.bincount(minute // SLOT, minlength=SLOTS))
    shifted = minute + 1440 * local.day_of_week.to_numpy() - night * SLOT
    day, slot = shifted // 1440 % 7, shifted % 1440 // SLOT
    table = np.zeros((7, SLOTS), np.int64)
    np.add.at(table, (day, slot), 1)
    share = table.sum(axis=1) / table.sum(axis=1).max()
    made, held, there = dict[str, tuple[str, ...]](), 0.0, 0.0
    for days in (share >= SHORT, (share >= OFF) & (share < SHORT)):
        if days.any():
            first, last = _shortest(table[days].sum(axis=0), INSIDE)
            if last - first > SHARP * np.diff(_shortest(table[days].sum(axis=0), MAIN)):
                return None
            held += table[days, first:last].sum() / len(moves)
            there += days.mean() * (last - first) / SLOTS
            made |= _worded(days, (first + night) * SLOT, (last + night) * SLOT)
    return CalendarSpec(timezone=zone.key, hours=made) if held >= HELD and there <= MOST else None


def _quietest(count: Ints) -> int:
    """Slot at which the least busy quarter of the day is half over."""
    quarter = len(count) // 4
    around = np.r_[count, count]
    sums = np.convolve(around, np.ones(quarter), "valid")[: len(count)]
    return int((sums.argmin() + quarter // 2) % len(count))


def _shortest(count: Ints, share: float) -> tuple[int, int]:
    """Return the shortest run of slots that has so much of all."""
    total = np.r_[0, np.cumsum(count)]
    last = np.searchsorted(total, total[:-1] + share * total[-1])
    first = int(np.argmin(np.where(last < len(total), last - np.arange(len(count)), len(total))))
    return first, int(last[first])


def _worded(open_days: Bools, start: int, end: int) -> dict[str, tuple[str, ...]]:
    """Put hours into words; those past midnight belong to the day they begin."""
    later, start, end = start // 1440, start % 1440, end - start // 1440 * 1440
    days = np.roll(open_days, later)
    end = end - 1440 if end > 1440 else end
    text = f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"
    return {_days(days): (text,)}


def _days(days: Bools) -> str:
    names = [name for name, is_open in zip(NAMES, days, strict=True) if is_open]
    run = "-".join((names[0], names[-1])) if len(names) > 2 else ",".join(names)
    whole = NAMES.index(names[-1]) - NAMES.index(names[0]) + 1 == len(names)
    return run if whole else ",".join(names)

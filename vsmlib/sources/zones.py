"""Time zones: the periods between clock changes, so that local times become UTC by a join."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from vsmlib.errors import SourceError, shown

__all__ = ["FOLD", "GAP", "zone_named", "zone_periods"]

GAP, FOLD = 1, 2
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST, LAST = datetime(1969, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)
STEP = timedelta(days=2)  # no zone changes its clocks twice in two days
MICROSECOND = timedelta(microseconds=1)
BEFORE_ALL, NEVER = -(2**62), 2**62


def zone_named(name: str) -> ZoneInfo:
    """Give a time zone by its IANA name.

    Raises
    ------
    SourceError
        If there is none of that name.

    Examples
    --------
    >>> zone_named("Europe/Berlin").key
    'Europe/Berlin'
    """
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        near = get_close_matches(name, sorted(available_timezones()), n=1)
        raise SourceError(
            f"unknown time zone {shown(name)}",
            accepted="IANA names, such as Europe/Berlin or UTC",
            hint=f"did you mean {near[0]}?" if near else "--timezone Europe/Berlin",
        ) from None


@cache
def zone_periods(zone: ZoneInfo) -> dict[str, list[int]]:
    """Give a zone's periods of one offset, as columns, in microseconds of the local clock.

    A local time belongs to the last period whose ``since`` is not after it; its UTC time is the
    local time minus ``shift``. From ``odd_since`` on until the next period, the local clock is
    at odds with itself: ``odd`` says whether the times there never happen (`GAP`) or happen
    twice (`FOLD`). Such a time is read by the offset before the change: of two moments the
    first, and a time that never happens moves forward by the gap. Before 1969 and after 2100
    nothing changes.

    Examples
    --------
    >>> periods = zone_periods(zone_named("Europe/Berlin"))
    >>> [hours * 3_600_000_000 in periods["shift"] for hours in (0, 1, 2)]
    [False, True, True]
    """
    changes = _changes(zone)
    before = [_offset(zone, FIRST), *(after for _, after in changes)]
    made: dict[str, list[int]] = {
        "since": [BEFORE_ALL],
        "shift": before,
        "odd_since": [],
        "odd": [],
    }
    for (moment, after), offset in zip(changes, before[:-1], strict=True):
        made["since"].append(moment + max(offset, after))
        made["odd_since"].append(moment + min(offset, after))
        made["odd"].append(GAP if after > offset else FOLD)
    made["odd_since"].append(NEVER)
    made["odd"].append(0)
    return made


def _changes(zone: ZoneInfo) -> list[tuple[int, int]]:
    """Moments (UTC microseconds) at which the offset changes, each with the offset after it."""
    found, at, offset = [], FIRST, _offset(zone, FIRST)
    while at < LAST:
        later = at + STEP
        if (after := _offset(zone, later)) != offset:
            found.append((_moment(zone, at, later), after))
        at, offset = later, after
    return found


def _moment(zone: ZoneInfo, low: datetime, high: datetime) -> int:
    before = _offset(zone, low)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
    return (high - EPOCH) // MICROSECOND


def _offset(zone: ZoneInfo, moment: datetime) -> int:
    return (moment.astimezone(zone).utcoffset() or timedelta(0)) // MICROSECOND

"""Working calendars: when work is done, as a table of UTC days that any engine can join.

Time counts as working while the local clock shows a time inside a shift. So a shift that daylight
saving shortens or lengthens counts the time that really passes; an hour that the clock shows twice
counts twice where the shift contains it, and an hour or day that the clock skips never counts.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from vsmlib.errors import ParameterError
from vsmlib.hours import parse_day, week

if TYPE_CHECKING:
    import narwhals as nw
    import pandas as pd

    from vsmlib.stream_parts import CalendarSpec

    Ints = np.ndarray[Any, np.dtype[np.int64]]

__all__ = [
    "day_table",
    "free_days",
    "local_midnight_us",
    "parse_day",
    "worked",
    "worked_expr",
]

DAY = 86_400_000_000
MINUTE = 60_000_000
MARGIN_DAYS = 2
THURSDAY = 3  # 1970-01-01, from Monday = 0
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def day_table(spec: CalendarSpec, first_us: int, last_us: int) -> pd.DataFrame:
    """Lay a calendar out as one row per UTC day.

    Local shifts are moved to UTC under each offset the zone had, cut to the time it had it, merged
    and cut at UTC midnight; night shifts and clock changes then need no special case in any engine.

    Parameters
    ----------
    spec : CalendarSpec
    first_us, last_us : int
        Times to cover, in microseconds since 1970 UTC; two more days are added on both sides.

    Returns
    -------
    pandas.DataFrame
        All int64. ``uday``: the UTC day, ``t // 86_400_000_000``. ``cum``: working microseconds
        from the table's start to that day. ``s0, e0, s1, e1, …``: its working segments, an empty
        one being 0, 0. ``off0``: the zone's offset as the day begins, ``off1``: the one from the
        instant ``sw`` on, which is the next day's begin where it does not change. Without hours
        there is no ``cum`` and no segment.

    Examples
    --------
    >>> from vsmlib.stream_parts import CalendarSpec
    >>> spec = CalendarSpec(timezone="Europe/Berlin", hours={"mon-fri": ["09:00-17:00"]})
    >>> day = 1_767_571_200_000_000  # Monday 5 January 2026
    >>> [hours // 3_600_000_000 for hours in day_table(spec, day, day).cum]
    [0, 0, 0, 8, 16]
    """
    import pandas as pd

    zone = ZoneInfo(spec.timezone)
    last = max(first_us, last_us) // DAY  # a window may end before the log begins
    days = np.arange(first_us // DAY - MARGIN_DAYS, last + MARGIN_DAYS + 1)
    starts = days * DAY
    offsets = _offsets(zone, [*starts.tolist(), int(starts[-1]) + DAY])
    switches = starts + DAY
    changed = np.flatnonzero(offsets[1:] != offsets[:-1])
    for index in changed:
        switches[index] = _switch(zone, int(starts[index]), int(starts[index]) + DAY)
    columns: dict[str, Ints] = {"uday": days}
    if spec.hours is not None:
        bounds = np.array([starts[0], *switches[changed], starts[-1] + DAY])
        in_force = np.array([offsets[0], *offsets[changed + 1]])
        local = _local_shifts(spec, int(days[0]), int(days[-1]))
        columns |= _segments(days, *_to_utc(*local, bounds, in_force))
    return pd.DataFrame(columns | {"off0": offsets[:-1], "sw": switches, "off1": offsets[1:]})


def _offset(zone: tzinfo, us: int) -> int:
    local = datetime.fromtimestamp(us // 1_000_000, zone)
    return (local.utcoffset() or timedelta()) // timedelta(microseconds=1)


def _offsets(zone: tzinfo, instants: list[int]) -> Ints:
    try:
        _offset(zone, instants[-1])  # a last day such as 9999-12-31 fails before millions of others
        return np.array([_offset(zone, us) for us in instants], dtype=np.int64)
    except (ValueError, OverflowError, OSError):
        raise ParameterError(
            "a calendar cannot cover the log's times",
            accepted="the years 1 to 9999",
            hint="correct the times, or take the calendar out of the stream",
        ) from None


def _switch(zone: tzinfo, low: int, high: int) -> int:
    """First instant after `low`, at most `high`, with another offset than at `low`."""
    before = _offset(zone, low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
    return high


def _local_shifts(spec: CalendarSpec, first: int, last: int) -> tuple[Ints, Ints]:
    """All shifts as begin and end on the local clock, in microseconds since its 1970."""
    by_day, free = week(spec.hours or {}), free_days(spec, first, last)
    shifts = [
        (day * DAY + start * MINUTE, day * DAY + end * MINUTE)
        for day in range(first - MARGIN_DAYS, last + MARGIN_DAYS + 1)
        if day not in free
        for start, end in by_day[(day + THURSDAY) % 7]
    ]
    begin, end = np.array(shifts, np.int64).reshape(-1, 2).T
    return begin, end


def free_days(spec: CalendarSpec, first: int, last: int) -> set[int]:
    """Holidays of a calendar, as local days since 1970-01-01; at least those between two days."""
    if spec.holidays is None:
        return set()
    found = list(spec.holidays.dates)
    if spec.holidays.country:
        import holidays

        ends = [EPOCH + timedelta(days=day) for day in (first - MARGIN_DAYS, last + MARGIN_DAYS)]
        years = range(ends[0].year, ends[1].year + 1)
        country, part = spec.holidays.country, spec.holidays.subdivision
        found.extend(holidays.country_holidays(country, subdiv=part, years=years))
    return {(day - EPOCH.date()).days for day in found}


def _to_utc(begin: Ints, end: Ints, bounds: Ints, offsets: Ints) -> tuple[Ints, Ints]:
    starts, stops = [], []
    for low, high, offset in zip(bounds, bounds[1:], offsets, strict=False):
        near = slice(np.searchsorted(end, low + offset), np.searchsorted(begin, high + offset))
        starts.append(np.maximum(begin[near] - offset, low))
        stops.append(np.minimum(end[near] - offset, high))
    start, stop = np.concatenate(starts), np.concatenate(stops)
    real = stop > start
    start, stop = start[real], stop[real]
    # Joined where they touch, so that round-the-clock work is one segment a day.
    edges = np.r_[True, start[1:] > stop[:-1], True]
    return start[edges[: len(start)]], stop[edges[1 : len(start) + 1]]


def _segments(days: Ints, start: Ints, stop: Ints) -> dict[str, Ints]:
    first = start // DAY
    count = (stop - 1) // DAY - first + 1
    nth = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    day = np.repeat(first, count) + nth
    start = np.maximum(np.repeat(start, count), day * DAY)
    stop = np.minimum(np.repeat(stop, count), (day + 1) * DAY)
    rank = np.arange(len(day)) - np.searchsorted(day, day)
    segments = int(rank.max(initial=0)) + 1
    cells = np.zeros((2 * segments, len(days)), np.int64)
    cells[2 * rank, day - days[0]] = start
    cells[2 * rank + 1, day - days[0]] = stop
    total = np.cumsum((cells[1::2] - cells[::2]).sum(axis=0))
    names = [f"{side}{k}" for k in range(segments) for side in "se"]
    return {"cum": np.r_[0, total[:-1]], **dict(zip(names, cells, strict=True))}


def worked(table: pd.DataFrame, times_us: Any) -> Ints:
    """Working microseconds from the table's start to each instant, in numpy.

    The difference of two instants is the working time between them; an instant outside the table
    is a ParameterError.
    """
    times = np.asarray(times_us, dtype=np.int64)
    row = times // DAY - int(table["uday"].iloc[0])
    if times.size and (row.min() < 0 or row.max() >= len(table)):
        raise ParameterError("a time is outside the calendar table", hint="make the table longer")
    total = table["cum"].to_numpy()[row]
    for k in range(sum(name.startswith("s") and name != "sw" for name in table.columns)):
        start, end = table[f"s{k}"].to_numpy()[row], table[f"e{k}"].to_numpy()[row]
        total = total + np.maximum(np.minimum(times, end) - start, 0)
    return np.asarray(total, dtype=np.int64)


def worked_expr(k: int, t: str = "t") -> nw.Expr:
    """Write `worked` as a Narwhals expression over rows joined with the table on ``uday``.

    Parameters
    ----------
    k : int
        Number of segments of the table.
    t : str
        Column of the instant. Without a row of the table the result is null.

    Examples
    --------
    >>> import narwhals as nw, pandas as pd
    >>> rows = pd.DataFrame({"t": [5, 20], "cum": [100, 100], "s0": [3, 3], "e0": [9, 9]})
    >>> nw.from_native(rows).select(c=worked_expr(1))["c"].to_list()
    [102, 106]
    """
    import narwhals as nw

    total = nw.col("cum")
    for index in range(k):
        inside = nw.min_horizontal(nw.col(t), nw.col(f"e{index}")) - nw.col(f"s{index}")
        total = total + nw.max_horizontal(inside, nw.lit(0))
    return total


def local_midnight_us(day: date, zone: tzinfo) -> int:
    """Find the instant when a local date begins, in microseconds since 1970 UTC.

    Where the clock skips midnight, or the whole date, it is the instant of the skip; where the
    clock shows midnight twice, the first.
    """
    wall = datetime(day.year, day.month, day.day, tzinfo=zone)
    instant, earlier = (
        (moment - EPOCH) // timedelta(microseconds=1) for moment in (wall, wall.replace(fold=1))
    )
    # Only in a gap does the later reading of a clock time come first.
    return _switch(zone, earlier, instant) if earlier < instant else instant

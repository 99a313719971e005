"""When items enter and leave states: hours and weekdays, against the log's own working hours."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from vsmlib.engine import to_pandas
from vsmlib.visits import DAY_US

__all__ = ["WEEKDAYS", "clock"]

WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
HOUR_US, WEEK = DAY_US // 24, 168
THURSDAY = 3  # 1970-01-01, from Monday = 0
BUSY = 0.35  # of the average hour's or weekday's moves make it working time
MORNING = 2  # hours


def clock(closed: nw.LazyFrame[Any]) -> pd.DataFrame:
    """Measure when closed stays (``state, t0, t1``) begin and end, by the hours of UTC.

    Working hours and weekdays are those in which the log's items move at all often; the working
    day begins with the first hour of the longest run of such hours.

    Returns
    -------
    pandas.DataFrame
        One row a state: ``off_in`` and ``off_out`` (share of entries, of leavings outside working
        time), ``morning_share`` (leavings in the first two hours of the working day; null where
        work never rests), ``weekday_share`` (leavings on the ``weekday`` that has most of them).
    """
    moves = _moves(closed)
    busy = _often(moves.groupby(moves["hour"] % 24)["both"].sum().reindex(range(24)))
    work = _often(moves.groupby(moves["hour"] // 24)["both"].sum().reindex(range(7)))
    hour, day = moves["hour"].to_numpy() % 24, moves["hour"].to_numpy() // 24
    begin = _begin(busy)
    off = ~(busy[hour] & work[day])
    parts = {"off_in": moves["in"] * off, "off_out": moves["out"] * off}
    parts["morning"] = moves["out"] * ((hour - (begin or 0)) % 24 < MORNING)
    moves = moves.assign(day=day, **parts)
    sums = moves.groupby("state")[["in", "out", *parts]].sum()
    days = moves.groupby(["state", "day"])["out"].sum().unstack(fill_value=0)
    table = pd.DataFrame({"off_in": sums["off_in"] / sums["in"]})
    table["off_out"] = sums["off_out"] / sums["out"]
    table["morning_share"] = np.nan if begin is None else sums["morning"] / sums["out"]
    table["weekday_share"] = days.max(axis=1) / sums["out"]
    table["weekday"] = [WEEKDAYS[day] for day in days.idxmax(axis=1)]
    return table.reset_index()


def _moves(closed: nw.LazyFrame[Any]) -> pd.DataFrame:
    """Entries and leavings by state and hour of the week."""
    parts = []
    for name, end in (("in", "t0"), ("out", "t1")):
        hour = (nw.col(end) // HOUR_US + 24 * THURSDAY) % WEEK
        counted = closed.with_columns(hour=hour).group_by("state", "hour")
        parts.append(to_pandas(counted.agg(nw.len().alias(name))))
    both = parts[0].merge(parts[1], how="outer", on=["state", "hour"]).fillna(0).astype("int64")
    return both.assign(both=both["in"] + both["out"])


def _often(moves: pd.Series[float]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    counts = moves.fillna(0).to_numpy()
    often: np.ndarray[Any, np.dtype[np.bool_]] = counts >= BUSY * counts.mean()
    return often


def _begin(busy: np.ndarray[Any, np.dtype[np.bool_]]) -> int | None:
    """First hour of the longest run of busy ones, round the clock; None if it never rests."""
    if busy.all():
        return None
    runs = {int(b): 0 for b in np.flatnonzero(busy & ~np.roll(busy, 1))}
    for begin in runs:
        runs[begin] = next(n for n in range(1, 25) if not busy[(begin + n) % 24])
    return max(runs, key=lambda begin: (runs[begin], -begin), default=None)

"""The week's hours: when waits accrue and when they end, on the local clock of the stream's zone.

Time is added up without walking it. With the hours of a week numbered 0 to 167 from Monday's first,
let F(h, x) be how much of hour h the local clock has shown up to its time x. A wait from one local
time to another spends the difference of the two F in hour h; F is one hour for each whole week, one
for this week's hours before the current one, and the part of the current one. So all that a sum
over waits needs is, for each hour, how many waits end and begin in it, with the sums of their whole
weeks and of their parts of an hour: 168 rows, whatever the number of waits and their length.

Where the clock is put forward within a wait, that difference holds time that did not pass, and
where it is put back it lacks time that passed twice; each such change is known, and counted once
for every wait that spans it.
"""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from vsmlib.flow import Flow
from vsmlib.kept import kept
from vsmlib.measure.days import HOUR_US, clock
from vsmlib.measure.groups import WAIT, finished, total
from vsmlib.visits import DAY_US

__all__ = ["wait_hours"]

Ints = np.ndarray[Any, np.dtype[np.int64]]
WEEK_US, HOURS = 7 * DAY_US, 168
MONDAY_US = 4 * DAY_US  # 1970-01-05, from which weeks are counted


@kept
def wait_hours(flow: Flow) -> pd.DataFrame:
    """Add up, by hour of the local week, the waits of delivered items: how long, how many ended.

    Parameters
    ----------
    flow : Flow
        The visits. Waits are the visits of delivered items to wait stages, whenever they began.

    Returns
    -------
    pandas.DataFrame
        ``weekday`` (1 is Monday), ``hour`` (0 to 23, of the stream's zone), ``wait_s`` (elapsed,
        summed over all waits; their sum is that of all waits, to the microsecond), ``ended`` (waits
        left within that hour): 168 rows, in order. An hour that the clock shows twice counts twice.
    """
    found = _ends(flow)
    hours, waited = np.arange(HOURS), _hours(found) - _changes(flow, found)
    columns = {"weekday": hours // 24 + 1, "hour": hours % 24, "wait_s": waited / 1e6}
    return pd.DataFrame({**columns, "ended": _by_hour(found, "ended")})


def _ends(flow: Flow) -> dict[str, Ints]:
    """Sum up the ends of waits, each with its sign, by where the local clock stands then."""
    waits, known = flow.passed.filter(nw.col("kind") == WAIT), clock(flow)
    sides = [
        waits.select(nw.col(at).alias("t"), sign=nw.lit(sign), ended=nw.lit(ended))
        for at, sign, ended in (("t1", 1, 1), ("t0", -1, 0))
    ]
    ends = nw.concat(sides).with_columns(tick=known.tick("t"))
    ends = ends.with_columns(rest=nw.col("sign") * (nw.col("t") - nw.col("tick")))
    sums = ends.group_by("tick").agg(*map(total, ("sign", "ended", "rest")))
    table = finished(sums, None)
    found: dict[str, Ints] = {str(name): table[name].to_numpy() for name in table}
    local, sign = known.local(found["tick"]) - MONDAY_US, found["sign"]
    places = {"hour": local % WEEK_US // HOUR_US, "weeks": sign * (local // WEEK_US)}
    return found | places | {"part": sign * (local % HOUR_US) + found["rest"]}


def _by_hour(found: dict[str, Ints], name: str) -> Ints:
    made = np.zeros(HOURS, dtype=np.int64)
    np.add.at(made, found["hour"], found[name])
    return made


def _hours(found: dict[str, Ints]) -> Ints:
    """Sum F over the ends, each with its sign, in microseconds."""
    signs = _by_hour(found, "sign")
    later = signs[::-1].cumsum()[::-1] - signs
    whole = int(found["weeks"].sum())
    return (whole + later) * HOUR_US + _by_hour(found, "part")


def _changes(flow: Flow, found: dict[str, Ints]) -> Ints:
    """Sum what the clock skipped (less what it showed twice) within the waits."""
    known, skipped = clock(flow), np.zeros(HOURS, dtype=np.int64)
    changed = zip(known.begins[1:], known.offsets[:-1], known.offsets[1:], strict=True)
    for begin, before, after in changed:
        spanned = found["sign"][found["tick"] >= begin].sum()
        skipped += spanned * (_shown(int(begin + after)) - _shown(int(begin + before)))
    return skipped


def _shown(local: int) -> Ints:
    """Return F for every hour at a local time."""
    weeks, rest = divmod(local - MONDAY_US, WEEK_US)
    part = np.clip(rest - np.arange(HOURS) * HOUR_US, 0, HOUR_US)
    return np.asarray(weeks * HOUR_US + part, dtype=np.int64)

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

Frame = nw.LazyFrame[Any]
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
    waited = _hours(found) - _changes(flow, found)
    counts = found.groupby("hour")["ended"].sum().reindex(range(HOURS), fill_value=0)
    hours = np.arange(HOURS)
    columns = {"weekday": hours // 24 + 1, "hour": hours % 24, "wait_s": waited / 1e6}
    return pd.DataFrame({**columns, "ended": counts.to_numpy()})


def _ends(flow: Flow) -> pd.DataFrame:
    """Sum up the ends of waits, each with its sign, by where the local clock stands then."""
    waits, known = flow.passed.filter(nw.col("kind") == WAIT), clock(flow)
    ends = nw.concat(
        [
            waits.select(t=nw.col("t1"), sign=nw.lit(1)),
            waits.select(t=nw.col("t0"), sign=nw.lit(-1)),
        ]
    ).with_columns(tick=known.tick("t"))
    sums = ends.with_columns(rest=nw.col("t") - nw.col("tick")).group_by("tick", "sign")
    found = finished(sums.agg(nw.len().alias("n"), total("rest")), None)
    local, sign = known.local(found["tick"]) - MONDAY_US, found["sign"]
    hour, part = local % WEEK_US // HOUR_US, local % HOUR_US
    return pd.DataFrame(
        {
            "tick": found["tick"],
            "hour": hour,
            "sign": sign * found["n"],
            "weeks": sign * found["n"] * (local // WEEK_US),
            "part": sign * (found["n"] * part + found["rest"]),
            "ended": found["n"].where(sign > 0, 0),
        }
    )


def _hours(found: pd.DataFrame) -> Ints:
    """Sum F over the ends, each with its sign, in microseconds."""
    by_hour = found.groupby("hour")[["sign", "part"]].sum().reindex(range(HOURS), fill_value=0)
    signs = by_hour["sign"].to_numpy()
    later = signs[::-1].cumsum()[::-1] - signs
    whole = int(found["weeks"].sum())
    return np.asarray((whole + later) * HOUR_US + by_hour["part"].to_numpy(), dtype=np.int64)


def _changes(flow: Flow, found: pd.DataFrame) -> Ints:
    """Sum what the clock skipped (less what it showed twice) within the waits."""
    known, skipped = clock(flow), np.zeros(HOURS, dtype=np.int64)
    changed = zip(known.begins[1:], known.offsets[:-1], known.offsets[1:], strict=True)
    for begin, before, after in changed:
        spanned = int(found.loc[found["tick"] >= begin, "sign"].sum())
        skipped += spanned * (_shown(int(begin + after)) - _shown(int(begin + before)))
    return skipped


def _shown(local: int) -> Ints:
    """Return F for every hour at a local time."""
    weeks, rest = divmod(local - MONDAY_US, WEEK_US)
    part = np.clip(rest - np.arange(HOURS) * HOUR_US, 0, HOUR_US)
    return np.asarray(weeks * HOUR_US + part, dtype=np.int64)

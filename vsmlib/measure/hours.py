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
from vsmlib.measure.groups import WAIT, finished, total
from vsmlib.measure.stages import delivered_visits
from vsmlib.measure.wip import offsets
from vsmlib.visits import DAY_US

__all__ = ["wait_hours"]

Frame = nw.LazyFrame[Any]
Ints = np.ndarray[Any, np.dtype[np.int64]]
HOUR_US, WEEK_US, HOURS = DAY_US // 24, 7 * DAY_US, 168
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
    ends = _ends(flow).group_by("piece", "hour")
    found = finished(ends.agg(*map(total, ("sign", "weeks", "part", "ended"))), None)
    waited = _hours(found) - _changes(flow, found)
    counts = found.groupby("hour")["ended"].sum().reindex(range(HOURS), fill_value=0)
    hours = np.arange(HOURS)
    columns = {"weekday": hours // 24 + 1, "hour": hours % 24, "wait_s": waited / 1e6}
    return pd.DataFrame({**columns, "ended": counts.to_numpy()})


def _ends(flow: Flow) -> Frame:
    """Both ends of each wait: its sign, and where the local clock stands then."""
    waits = delivered_visits(flow).filter(nw.col("kind") == WAIT)
    ends = nw.concat(
        [
            waits.select(nw.col("t1").alias("t"), sign=nw.lit(1), ended=nw.lit(1)),
            waits.select(nw.col("t0").alias("t"), sign=nw.lit(-1), ended=nw.lit(0)),
        ]
    )
    made = ends.with_columns(uday=nw.col("t") // DAY_US).join(offsets(flow), on="uday")
    later = nw.col("t") >= nw.col("sw")
    local = nw.col("t") + nw.when(later).then(nw.col("off1")).otherwise(nw.col("off0"))
    made = made.with_columns(x=local - MONDAY_US, later=nw.when(later).then(1).otherwise(0))
    made = made.with_columns(week=nw.col("x") // WEEK_US)
    made = made.with_columns(hour=(nw.col("x") - nw.col("week") * WEEK_US) // HOUR_US)
    part = nw.col("x") - nw.col("week") * WEEK_US - nw.col("hour") * HOUR_US
    return made.select(
        "hour",
        "sign",
        "ended",
        piece=nw.col("piece") + nw.col("later"),
        weeks=nw.col("sign") * nw.col("week"),
        part=nw.col("sign") * part,
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
    changed = offsets(flow).filter(nw.col("off0") != nw.col("off1")).sort("uday")
    skipped = np.zeros(HOURS, dtype=np.int64)
    for i, row in enumerate(finished(changed, None).to_dict("records")):
        spanned = int(found.loc[found["piece"] > i, "sign"].sum())
        before, after = (_shown(int(row["sw"]) + int(row[o])) for o in ("off0", "off1"))
        skipped += spanned * (after - before)
    return skipped


def _shown(local: int) -> Ints:
    """Return F for every hour at a local time."""
    weeks, rest = divmod(local - MONDAY_US, WEEK_US)
    part = np.clip(rest - np.arange(HOURS) * HOUR_US, 0, HOUR_US)
    return np.asarray(weeks * HOUR_US + part, dtype=np.int64)

"""Holidays of a stream's calendar: which items and weeks of a comparison they made slower."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from vsmlib import calendar, hours
from vsmlib.evidence.laws import Floats
from vsmlib.flow import Flow
from vsmlib.visits import DAY_US

__all__ = ["met", "open_share"]

LONGEST = 60  # days of an item in which holidays are looked for
WEEK = 7


def met(flow: Flow, rows: pd.DataFrame, *, ahead: bool) -> Floats:
    """Count the holidays that each row would meet if it took as long as half of the rows do.

    What it met while it was not over would tell how long it took.

    Parameters
    ----------
    flow : Flow
    rows : pandas.DataFrame
        With ``at_us, value, known``.
    ahead : bool
        Whether ``at_us`` is when they began, and not when they ended.
    """
    days = _local_days(flow, rows["at_us"])
    known = rows.loc[rows["known"], "value"]
    usual = known.median() * 1e6 / DAY_US if len(known) else 0.0
    long = int(np.clip(np.ceil(usual), 1, LONGEST))
    if not len(days):
        return np.zeros(0)
    start = int(days.min()) - LONGEST
    free = np.concatenate([[0], np.cumsum(_free(flow, start, int(days.max()) + LONGEST))])
    first = days - start - (0 if ahead else long - 1)
    return np.asarray(free[first + long] - free[first], dtype=np.float64)


def open_share(flow: Flow, at_us: int, weeks: NDArray[np.int64]) -> Floats:
    """Return how much of the work of a usual week each has, of weeks counted from a local midnight.

    Examples
    --------
    >>> import vsmlib as vsm
    >>> from vsmlib.evidence.sides import midnight
    >>> stream = vsm.ValueStream.load("github-pull-requests")
    >>> office = {"timezone": "UTC", "hours": {"mon-fri": ["09:00-17:00"]}}
    >>> office["holidays"] = {"dates": ["2024-12-25", "2024-12-26"]}
    >>> stream = vsm.ValueStream.from_dict({**stream.to_dict(), "calendar": office})
    >>> flow = vsm.Flow(vsm.read("sample"), stream)
    >>> open_share(flow, midnight(flow, "2024-12-16"), np.array([0, 1])).tolist()
    [1.0, 0.6]
    """
    if not len(weeks):
        return np.zeros(0)
    first = int(_local_days(flow, pd.Series([at_us]))[0])
    days = first + WEEK * weeks[:, None] + np.arange(WEEK)
    works, start = _works(flow), int(days.min())
    free = _free(flow, start, int(days.max()) + 1)[days - start]
    return np.asarray(1 - free.sum(axis=1) / works.sum(), dtype=np.float64)


def _works(flow: Flow) -> NDArray[np.bool_]:
    """Say on which weekdays there is work, from Monday."""
    spec = flow.stream.calendar
    if spec is None or spec.hours is None:
        return np.ones(WEEK, dtype=bool)
    return np.array([bool(shifts) for shifts in hours.week(spec.hours)])


def _free(flow: Flow, start: int, stop: int) -> NDArray[np.bool_]:
    """Say which local days are holidays on which there would be work else."""
    days = np.arange(start, stop)
    spec = flow.stream.calendar
    if spec is None:
        return np.zeros(len(days), dtype=bool)
    free = np.isin(days, [*calendar.free_days(spec, start, stop)])
    return np.asarray(free & _works(flow)[(days + calendar.THURSDAY) % WEEK])


def _local_days(flow: Flow, at_us: pd.Series[int]) -> NDArray[np.int64]:
    local = pd.to_datetime(at_us, unit="us", utc=True).dt.tz_convert(flow.stream.zone)
    midnights = local.dt.tz_localize(None).astype("datetime64[us]").astype("int64")
    return np.asarray(midnights // DAY_US)

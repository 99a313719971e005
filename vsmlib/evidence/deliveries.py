"""What a flow delivered on each local day, and which of its days are off: what is forecast from."""

from __future__ import annotations

from datetime import date, timedelta

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from vsmlib import calendar
from vsmlib.engine import to_pandas
from vsmlib.evidence.backtest import AHEAD
from vsmlib.evidence.rates import History
from vsmlib.flow import Flow
from vsmlib.measure.days import clock, span
from vsmlib.measure.items import delivered
from vsmlib.visits import DAY_US

__all__ = ["history"]

EPOCH = date(1970, 1, 1)


def history(flow: Flow) -> tuple[History, date]:
    """Return deliveries by local day until the last one observed, and the day after it."""
    ticks = delivered(flow).select(tick=clock(flow).noon("ended_us")).group_by("tick")
    found, days = to_pandas(ticks.agg(nw.len().alias("n"))), span(flow)
    place = clock(flow).days(found["tick"]) - days.start
    kept = (place >= 0) & (place < len(days))
    counts = np.bincount(place[kept], found["n"][kept], minlength=len(days)).astype(np.float64)
    return History(counts, _sorts(flow, days.start, days.stop + AHEAD)), _day(days.stop)


def _day(number: int) -> date:
    return EPOCH + timedelta(days=int(number))


def _sorts(flow: Flow, start: int, stop: int) -> NDArray[np.int64]:
    """Weekday of each day, 7 for a day off of the stream's calendar."""
    days = np.arange(start, stop)
    sorts = (days + 3) % 7
    spec = flow.stream.calendar
    if spec is not None and spec.hours is not None:
        local = spec.model_copy(update={"timezone": "UTC"})  # its days are then the table's
        table = calendar.day_table(local, start * DAY_US, stop * DAY_US)
        works = np.diff(table["cum"].to_numpy()) > 0
        off = ~works[np.searchsorted(table["uday"].to_numpy(), days)]
        sorts = np.where(off, 7, sorts)
    return np.asarray(sorts, dtype=np.int64)

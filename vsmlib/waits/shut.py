"""When nobody was at hand: outside the stated calendars, or, without one, while all work rests."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

from vsmlib import calendar
from vsmlib.flow import Flow
from vsmlib.waits.order import Ints

__all__ = ["Shut"]

QUIET = 3  # pieces of work that should have begun, for none to mean that work rests


class Shut:
    """The closed time of a stream's calendars; one that never opens is left out.

    Parameters
    ----------
    flow : Flow
    first_us : int
        The earliest time that will be asked for.
    begun : array
        When work began, of anyone: the evidence that it was not resting where no calendar says so.
    """

    def __init__(self, flow: Flow, first_us: int, begun: Ints) -> None:
        specs = flow.stream.calendars()
        tables = [calendar.day_table(spec, first_us, flow.observed_us) for spec in specs]
        self.tables = [t if t["cum"].iloc[-1] > 0 else None for t in tables]
        closed = {c for c, table in enumerate(self.tables) if table is None}
        names = zip(flow.stream.stage_names, index_of(flow), strict=True)
        self.never = [name for name, c in names if c in closed]
        self.of = np.array([*index_of(flow), -1])
        self.begun = np.sort(begun)
        self.rest = QUIET * (np.ptp(begun) // len(begun)) if len(begun) else 0
        common = flow.stream.calendar
        self.common = specs.index(common) if common in specs else None

    def size(self, place: int) -> Callable[[Ints, Ints], Ints] | None:
        """Give the function that measures the closed time between moments, in a calendar."""
        table = self.tables[place]
        return None if table is None else partial(_shut, table)

    def free(self, low: Ints, high: Ints) -> Ints:
        """Time between moments in which someone without work was at hand.

        Without a calendar for the whole stream the time counts, unless nobody began work in it
        though, by the mean of all time, three would have.
        """
        size = None if self.common is None else self.size(self.common)
        if size is not None:
            return high - low - size(low, high)
        met = np.searchsorted(self.begun, high) - np.searchsorted(self.begun, low, "right")
        return np.where((met > 0) | (high - low < self.rest), high - low, 0)


def index_of(flow: Flow) -> list[int]:
    """Each stage's place among the stream's calendars, -1 without one."""
    return [-1 if c is None else c for c in flow.stream.stage_calendar_index()]


def _shut(table: pd.DataFrame, start: Ints, end: Ints) -> Ints:
    return end - start - calendar.worked(table, end) + calendar.worked(table, start)

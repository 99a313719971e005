"""The local days of a flow: engines count by few instants of UTC, which are placed here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from vsmlib import calendar
from vsmlib.flow import Flow
from vsmlib.log import from_us
from vsmlib.stream_parts import CalendarSpec
from vsmlib.visits import DAY_US

__all__ = ["HOUR_US", "Clock", "clock", "dates", "span"]

Ints = np.ndarray[Any, np.dtype[np.int64]]
HOUR_US, MINUTE_US = DAY_US // 24, DAY_US // 1440
ALWAYS = 10**7 * DAY_US
CHANGES = 12  # days of logs whose clocks changed more often are counted by the hour


@dataclass(frozen=True)
class Clock:
    """What a zone's clocks show, and how instants may be put together before that is asked.

    Attributes
    ----------
    begins, offsets : numpy.ndarray
        From when on local time is how far ahead of UTC, in microseconds.
    since, unit : int
        From `since` on clocks show one and the same local hour between any two multiples of
        `unit`: an hour, or less where offsets are no whole hours. Before, they went by the sun.
    """

    begins: Ints
    offsets: Ints
    since: int
    unit: int

    @classmethod
    def of(cls, zone: str, first_us: int, last_us: int) -> Clock:
        """Read a zone's clocks between two instants.

        Examples
        --------
        >>> kathmandu = Clock.of("Asia/Kathmandu", 0, 2**50)
        >>> kathmandu.unit // MINUTE_US, (kathmandu.offsets // MINUTE_US).tolist()
        (15, [330, 345])
        """
        days = calendar.day_table(CalendarSpec(timezone=zone), first_us, last_us)
        changed = days[days["off0"] != days["off1"]]
        begins = np.array([-ALWAYS, *changed["sw"]], dtype=np.int64)
        offsets = np.array([days["off0"].iloc[0], *changed["off1"]], dtype=np.int64)
        ends = np.array([*begins[1:], ALWAYS])
        odd = [*ends[offsets % MINUTE_US != 0], *begins[begins % MINUTE_US != 0]]
        since = -(-max([0, *odd]) // HOUR_US) * HOUR_US
        modern = [HOUR_US, *offsets[ends > since], *begins[begins > since]]
        return cls(begins, offsets, int(since), int(np.gcd.reduce(modern)))

    def tick(self, column: str) -> nw.Expr:
        """Say where the unit that an instant is in begins; nothing else divides instants."""
        at = nw.col(column)  # what begins at 0 at the earliest has the same rest in any engine
        return nw.when(at >= self.since).then(at - at % self.unit).otherwise(at)

    def noon(self, column: str) -> nw.Expr:
        """Give all instants of a local day one or a few that are of it too: its noon, mostly.

        At noon it is the same day whichever of a day's two offsets is taken.
        """
        if len(self.begins) > CHANGES:
            return self.tick(column)
        at, offset = nw.col(column), nw.lit(int(self.offsets[0]))
        for begin, ahead in zip(self.begins[1:], self.offsets[1:], strict=True):
            offset = nw.when(at >= int(begin)).then(int(ahead)).otherwise(offset)
        noon = at - (at + offset) % DAY_US + DAY_US // 2
        return nw.when(at >= max(self.since, DAY_US)).then(noon).otherwise(at)

    def local(self, instants: Any) -> Ints:
        """Say what clocks show, in microseconds since their 1970."""
        known = np.asarray(instants, dtype=np.int64)
        return known + self.offsets[np.searchsorted(self.begins, known, side="right") - 1]

    def days(self, instants: Any) -> Ints:
        """Return local days since 1970-01-01."""
        return self.local(instants) // DAY_US


def clock(flow: Flow) -> Clock:
    """Return the clock of the stream's zone for the times of a flow, and of parts cut from it."""
    whole, zone = flow.whole or flow, str(flow.stream.zone)
    return whole.once("clock", lambda: Clock.of(zone, whole.first_us, whole.observed_us))


def _day(flow: Flow, moment_us: int) -> int:
    return (from_us(moment_us).astimezone(flow.stream.zone).date() - date(1970, 1, 1)).days


def span(flow: Flow) -> range:
    """Return the local days from the first entry, or the window's start, to the last observed."""
    return flow.once("span", lambda: _span(flow))


def _span(flow: Flow) -> range:
    # A stated end is exclusive: when it falls on midnight, that day has not begun.
    stated = flow.end_us is not None and flow.observed_us == flow.end_us
    last = _day(flow, flow.observed_us - 1 if stated else flow.observed_us)
    return range(_day(flow, flow.begin_us), last + 1)


def dates(days: pd.Series[int]) -> pd.Series[pd.Timestamp]:
    """Turn day numbers into dates."""
    return pd.Series(days.to_numpy().astype("datetime64[D]").astype("datetime64[s]"), days.index)

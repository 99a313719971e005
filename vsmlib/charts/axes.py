"""Axes people can read: durations in their own units, days of the stream's own zone."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from vsmlib.charts.frame import iso_times
from vsmlib.words import DAY, HOUR, MINUTE, WEEK, YEAR, duration, unit

__all__ = ["HEADROOM", "Durations", "counts", "days", "durations", "local", "rows", "span", "ticks"]

LOG_FROM = 20.0  # times the median: the spread from which a linear axis would show one stripe
LOG_TICKS = (1.0, 10.0, MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY, WEEK, YEAR / 12, YEAR, 10 * YEAR)
LOG_WORDS = {YEAR / 12: "1 month", WEEK: "1 week", YEAR: "1 year", 10 * YEAR: "10 years"}
FLOOR = MINUTE
HEADROOM = 1.03


@dataclass(frozen=True)
class Durations:
    """An axis of durations in seconds.

    Attributes
    ----------
    log : bool
        Whether equal steps are equal factors.
    low, high : float
        The ends, in seconds.
    pixels : float
        Its length.
    clipped : bool
        Whether some values below `low` are drawn at `low`.
    """

    log: bool
    low: float
    high: float
    pixels: float
    clipped: bool

    def scale(self) -> alt.Scale:
        """Return the Vega-Lite scale."""
        kind: Any = "log" if self.log else "linear"
        return alt.Scale(type=kind, domain=[self.low, self.high], nice=False, clamp=True)

    def axis(self, what: str) -> alt.Axis:
        """Return the Vega-Lite axis; its title names the unit and a log scale."""
        if self.log:
            values = [tick for tick in LOG_TICKS if self.low <= tick <= self.high]
            words = [LOG_WORDS.get(tick, duration(tick)) for tick in values]
            note = f", under {duration(self.low)} drawn there" if self.clipped else ""
            title = f"{what} (log scale{note})"
        else:
            name, length = unit(self.high)
            values = [tick * length for tick in ticks(self.high / length)]
            words = [f"{tick / length:,.6g}" for tick in values]
            title = f"{what}, {name}"
        # Numbers as JavaScript writes them: whole ones have no point.
        named = {
            str(int(v)) if v == int(v) else repr(v): w for v, w in zip(values, words, strict=True)
        }
        label = f"({json.dumps(named, ensure_ascii=False)})[datum.value]"
        return alt.Axis(values=values, labelExpr=label, title=title, labelOverlap=True)

    def place(self, seconds: float) -> float:
        """Return how many pixels from the low end a duration lies."""
        value = min(max(seconds, self.low), self.high)
        if self.log:
            return self.pixels * math.log(value / self.low) / math.log(self.high / self.low)
        return self.pixels * (value - self.low) / (self.high - self.low)


def durations(seconds: pd.Series[float], pixels: float, marks: Sequence[float] = ()) -> Durations:
    """Decide on linear or log by the spread of the data, and on the ends of the axis.

    Parameters
    ----------
    seconds : pandas.Series
        What is drawn.
    pixels : float
        The length of the axis.
    marks : sequence of float
        Other figures that must be seen, such as percentiles.
    """
    high = max([float(seconds.max()), *marks, 1.0])
    # Data far above its marks, or far below, is as unreadable on a linear axis as spread data.
    median = min([float(seconds.median()), *([statistics.median(marks)] if marks else [])])
    if high <= LOG_FROM * max(median, 1.0) or high < HOUR:
        return Durations(False, 0.0, high * 1.04, pixels, False)
    low = max(min(float(seconds.min()), median / 10), FLOOR)
    return Durations(
        True, low * 0.8 if low > FLOOR else low, high * 1.3, pixels, seconds.min() < low
    )


def ticks(most: float, wanted: int = 5) -> list[float]:
    """Round steps from 0 up to a figure, 1, 2 or 5 times a power of ten apart.

    Examples
    --------
    >>> ticks(23)
    [0.0, 5.0, 10.0, 15.0, 20.0]
    """
    if most <= 0:
        return [0.0]
    rough = most / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * times for times in (1, 2, 5, 10) if power * times >= rough * 0.999)
    return [round(step * i, 10) for i in range(int(most / step * 1.000001) + 1)]


def local(times: pd.Series[Any], zone: str) -> pd.Series[Any]:
    """Turn moments into the wall time of a zone, marked as UTC.

    A chart then shows the stream's own days, whatever zone its reader's browser is in.
    """
    moments = pd.to_datetime(times, utc=True)
    return moments.dt.tz_convert(zone).dt.tz_localize(None).dt.tz_localize("UTC")


def days(ends: Sequence[float], title: str | None = None, field: str = "when") -> alt.X:
    """Return a horizontal axis of days between two moments, for times made by `local`."""
    whole = (ends[1] - ends[0]) / 1000 / DAY
    # Left alone, Vega would show the hours of a short span and leave out the month.
    count: Any = {"interval": "day", "step": 1 + int(whole // 8)} if whole < 60 else 8
    form: Any = "%-d %b" if whole < 60 else alt.Undefined
    axis = alt.Axis(
        title=title, tickCount=count, format=form, labelOverlap="greedy", labelFlush=False
    )
    scale = alt.Scale(type="utc", domain=list(ends), nice=False)
    return alt.X(f"{field}:T", scale=scale, axis=axis)


def counts(field: str, top: float, title: str) -> alt.Y:
    """Return a vertical axis of whole numbers from 0 to just above a figure."""
    values = [tick for tick in ticks(top) if tick == int(tick)]
    scale = alt.Scale(domain=[0, top * HEADROOM], nice=False)
    return alt.Y(f"{field}:Q", scale=scale, axis=alt.Axis(title=title, values=values, format=",d"))


def span(times: pd.Series[Any], share: float = 0.015) -> list[float]:
    """Return the ends of an axis of days, in milliseconds, by a share beyond the times."""
    first, last = times.min().timestamp(), times.max().timestamp()
    margin = max((last - first) * share, DAY if first == last or share else 0)
    return [1000 * (first - margin), 1000 * (last + margin)]


def rows(table: pd.DataFrame) -> alt.Chart:
    """Return a chart on a table's rows."""
    # A frame, because Altair copies lists of rows at every step of a chart, and frames at none.
    return alt.Chart(iso_times(table))

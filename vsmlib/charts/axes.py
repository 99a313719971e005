"""Axes people can read: durations in their own units, whole counts, days."""

from __future__ import annotations

import bisect
import json
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from vsmlib.words import DAY, HOUR, MINUTE, WEEK, YEAR, duration, number, unit

LOG_FROM = 20.0  # times the median: the spread from which a linear axis would show one stripe
LOG_TICKS = {t: duration(t) for t in (1.0, 10.0, MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY)}
LOG_TICKS |= {WEEK: "1 week", YEAR / 12: "1 month", YEAR: "1 year", 10 * YEAR: "10 years"}
HEADROOM = 1.03
# Edges of bins that people think in, the same for every stage and stream.
STEPS = {0.0: "", MINUTE: "1 min", 10 * MINUTE: "10 min", HOUR: "1 h", 6 * HOUR: "6 h"}
STEPS |= {DAY: "1 day", WEEK: "1 week", YEAR / 12: "1 month", YEAR / 4: "3 months", YEAR: "1 year"}
STEPS |= {1000 * YEAR: ""}


class Figures:
    """An axis of shares or of counts, from 0 to a figure, with the doors of `Durations`."""

    log = False

    def __init__(self, unit: str, high: float) -> None:
        self.style: Any = {"format": "%"} if unit == "share" else {"tickMinStep": 0.5}
        self.high = high or 1.0

    def y(self, field: str, what: str) -> alt.Y:
        """Return the vertical axis."""
        return alt.Y(f"{field}:Q", **self._scaled(what))

    def x(self, field: str, what: str) -> alt.X:
        """Return the same as a horizontal axis."""
        return alt.X(f"{field}:Q", **self._scaled(what))

    def _scaled(self, what: str) -> dict[str, Any]:
        scale = alt.Scale(domain=[0, self.high], nice=False, clamp=True)
        return {"scale": scale, "axis": alt.Axis(title=what, tickCount=5, **self.style)}

    def place(self, value: float, pixels: float) -> float:
        """Return how many pixels from the top a figure lies on an axis of that length."""
        return pixels * (1 - min(max(value, 0.0), self.high) / self.high)


@dataclass(frozen=True)
class Durations:
    """An axis of durations from low to high, in seconds; what is below low is drawn there."""

    log: bool
    low: float
    high: float
    clipped: bool = False

    def y(self, field: str, what: str) -> alt.Y:
        """Return the vertical axis; its title names the unit, or a log scale."""
        return alt.Y(f"{field}:Q", **self._scaled(what))

    def x(self, field: str, what: str) -> alt.X:
        """Return the same as a horizontal axis."""
        return alt.X(f"{field}:Q", **self._scaled(what))

    def _scaled(self, what: str) -> dict[str, Any]:
        if self.log:
            words = {tick: text for tick, text in LOG_TICKS.items() if self.low <= tick < self.high}
            note = f", under {duration(self.low)} drawn there" if self.clipped else ""
            title = f"{what} (log scale{note})"
        else:
            name, length = unit(self.high)
            words = {tick * length: number(tick, 3) for tick in ticks(self.high / length)}
            title = f"{what}, {name}"
        axis = alt.Axis(values=list(words), labelExpr=worded(words), title=title, labelOverlap=True)
        kind: Any = "log" if self.log else "linear"
        scale = alt.Scale(type=kind, domain=[self.low, self.high], nice=False, clamp=True)
        return {"scale": scale, "axis": axis}

    def edges(self, bins: int = 36) -> list[float]:
        """Return edges of about that many bins: round on a linear axis, as wide on a log one."""
        if self.log:
            ratio = (self.high / self.low) ** (1 / bins)
            return [self.low * ratio**i for i in range(bins + 1)]
        _, length = unit(self.high)
        step = ticks(self.high / length)[1] * length
        step /= min((2, 4, 5, 10), key=lambda parts: abs(self.high / step * parts - bins))
        return [step * i for i in range(math.ceil(self.high / step) + 1)]

    def place(self, seconds: float, pixels: float) -> float:
        """Return how many pixels from the top a duration lies on an axis of that length."""
        ends = [self.low, min(max(seconds, self.low), self.high), self.high]
        low, at, high = map(math.log, ends) if self.log else ends
        return pixels * (high - at) / (high - low)


def durations(seconds: pd.Series[float], marks: Sequence[float] = ()) -> Durations:
    """Decide on linear or log by the spread of the data and of other figures to be seen."""
    high = max([float(seconds.max()), *marks, 1.0])
    # Data far above its marks, or far below, is as unreadable on a linear axis as spread data.
    median = min([float(seconds.median()), *([statistics.median(marks)] if marks else [])])
    if high <= LOG_FROM * max(median, 1.0) or high < HOUR:
        return Durations(log=False, low=0.0, high=high * 1.04)
    low = max(min(float(seconds.min()), median / 10) * 0.8, MINUTE)
    return Durations(log=True, low=low, high=high * 1.3, clipped=bool(seconds.min() < low))


def lasted(seconds: float) -> str:
    """Name the bin of `STEPS` that holds a duration.

    Examples
    --------
    >>> lasted(2.0), lasted(7200.0), lasted(4e7)
    ('under 1 min', '1 h to 6 h', 'over 1 year')
    """
    edges = list(STEPS)
    place = bisect.bisect_right(edges, seconds)
    low, high = (STEPS[edges[min(i, len(edges) - 1)]] for i in (place - 1, place))
    return f"{low} to {high}" if low and high else f"under {high}" if high else f"over {low}"


def binned(seconds: pd.Series[float]) -> list[str]:
    """Name the bins of many durations, as `lasted` does."""
    names = [lasted(edge) for edge in STEPS]
    return [names[i - 1] for i in np.searchsorted([*STEPS], seconds, side="right")]


def worded(words: Mapping[float, object]) -> str:
    """Return the expression of an axis that puts words in the place of its values."""
    # Numbers as JavaScript writes them: whole ones have no point.
    names = {str(int(v)) if v == int(v) else repr(v): text for v, text in words.items()}
    return f"({quoted(names)})[datum.value]"


def quoted(words: Mapping[str, object]) -> str:
    """Write names and what to show for them as an object of Vega's expressions."""
    return json.dumps(words, ensure_ascii=False)


def ticks(most: float) -> list[float]:
    """Round steps from 0 up to a figure, 1, 2 or 5 times a power of ten apart."""
    rough = most / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * times for times in (1, 2, 5, 10) if power * times >= rough * 0.999)
    return [round(step * i, 10) for i in range(int(most / step * 1.000001) + 1)]


def counts(field: str, top: float, title: str) -> alt.Y:
    """Return a vertical axis of whole numbers from 0 to just above a figure."""
    axis = alt.Axis(title=title, tickCount=max(1, min(5, int(top))), tickMinStep=1, format=",d")
    scale = alt.Scale(domain=[0, top * HEADROOM], nice=False)
    return alt.Y(f"{field}:Q", scale=scale, axis=axis)


def days(field: str, times: pd.Series[Any], title: str | None = None, padding: float = 0) -> alt.X:
    """Return a horizontal axis for times made by `iso`; padding is in pixels."""
    whole = (times.max() - times.min()).days
    # Left alone, Vega would show the hours of a short span and leave out the month.
    ticks: Any = {"interval": "day", "step": 1 + whole // 8} if whole < 60 else 8
    style: Any = {"format": "%-d %b"} if whole < 60 else {}
    style |= {"tickCount": ticks, "labelOverlap": "greedy", "labelFlush": False}
    style |= {"labelSeparation": 6}
    axis = alt.Axis(title=title, **style)
    # Its ends are those of the data: stated ones reach Vega as an expression within a datum, which
    # the report's interpreter of expressions does not know.
    scale = alt.Scale(type="utc", nice=False, padding=padding)
    return alt.X(f"{field}:T", scale=scale, axis=axis)


def iso(times: pd.Series[Any]) -> pd.Series[str]:
    """Write local times as ISO text, marked as UTC: every reader sees the stream's own days."""
    made: pd.Series[str] = times.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    return made

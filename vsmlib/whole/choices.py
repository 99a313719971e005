"""Whom people choose who take up work, among those who wait for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from vsmlib.whole.arrays import Bools, Floats, Ints
from vsmlib.whole.paths import ready_times

__all__ = ["FEWEST", "SERIAL", "Line", "alike", "in_turn", "scores", "share"]

FEWEST = 10  # waits to compare by
SERIAL = 0.9  # share of the choices that take who came first, where that is the rule
ALIKE = 0.01  # chance of waits without a queue that differ so much
MANY = 4_000_000  # pairs of waits and moments that are looked at, at most


@dataclass(frozen=True)
class Line:
    """Waits for a pool: when they began and ended, bounds of what was no queueing, a value each."""

    entered: Floats
    left: Floats
    low: Floats
    high: Floats
    value: Ints

    @property
    def queued(self) -> Bools:
        """Those who were taken up when somebody got free."""
        return (self.low < self.high) & np.isfinite(self.high)

    def of(self, rows: Bools) -> Line:
        """Return some of the waits."""
        return Line(*(getattr(self, field.name)[rows] for field in fields(self)))

    def there(self, moments: Floats) -> Ints:
        """How many wait just before each moment, those who are taken then among them."""
        came = np.searchsorted(np.sort(self.entered), moments, "left")
        return came - np.searchsorted(np.sort(self.left), moments, "left")


def scores(line: Line) -> Floats:
    """Say of each wait whether it was chosen, less the chance that it had at every choice.

    They add up to 0. Where the choice is blind to a value, their sum over its waits differs from 0
    by chance only (the scores of the log-rank test).

    Examples
    --------
    >>> came, left = np.array([0.0, 1.0, 2.0]), np.array([9.0, 3.0, 5.0])
    >>> scores(Line(came, left, np.zeros(3), left - came, np.arange(3))).round(2).tolist()
    [-0.83, 0.67, 0.17]
    """
    moments = np.sort(line.left[line.queued])
    there = line.there(moments)
    chance = np.r_[0.0, np.cumsum(np.where(there > 1, 1 / np.maximum(there, 1), 0.0))]
    upto, before = (np.searchsorted(moments, t, "right") for t in (line.left, line.entered))
    chosen = line.queued & (line.there(line.left) > 1)
    made: Floats = chosen - (chance[np.maximum(upto, before)] - chance[before])
    return made


def share(line: Line, ahead: Bools) -> float:
    """Share of the choices between those ahead and others that took one of those ahead.

    Of the choices that took another as many are left out as there must have been while one of
    those ahead was there and not ready yet.
    """
    moments, taken = line.left[line.queued], ahead[line.queued]
    both = (line.of(ahead).there(moments) > 0) & (line.of(~ahead).there(moments) > 0)
    if not both.any():
        return 0.0
    others = float((both & ~taken).sum())
    others = max(others - _unready(line.of(ahead), moments[~taken]), 0.0)
    return 1.0 - others / float(both.sum())


def _unready(line: Line, moments: Floats) -> float:
    """At how many of some moments somebody is to be expected in a wait who is not ready yet."""
    every = len(moments) * len(line.left) // MANY + 1
    support, mass = ready_times(line.low, line.high, np.ones(len(line.low)))
    later = 1.0 - np.r_[0.0, np.cumsum(mass)]
    since = moments[::every, None] - line.entered
    chance = np.where(since > 0, later[np.searchsorted(support, since, "right")], 0.0)
    return float(np.minimum(chance.sum(axis=1), 1.0).sum() * every)


def alike(line: Line, ahead: Bools) -> bool:
    """Tell whether what is no queueing is the same for both; if nobody was alone, by their order.

    A value that simply gets ready sooner seems to be preferred as well.
    """
    from scipy.stats import mannwhitneyu

    alone = line.low == line.high
    one, other = line.low[alone & ahead], line.low[alone & ~ahead]
    if min(len(one), len(other)) >= FEWEST:
        return bool(mannwhitneyu(one, other).pvalue >= ALIKE)
    serial = in_turn(line, ahead.astype(np.int64))
    return serial is not None and serial >= SERIAL


def in_turn(line: Line, level: Ints) -> float | None:
    """Share of the choices within a level that took who came first, None without a choice."""
    parts = np.concatenate([np.zeros(0, bool), *_each(line.of(line.queued), level[line.queued])])
    return float(parts.mean()) if len(parts) else None


def _each(line: Line, level: Ints) -> Iterator[Bools]:
    for one in np.unique(level):
        part = line.of(level == one)
        order = np.lexsort((part.left, part.entered))
        left = part.left[order]
        longest = np.maximum.accumulate(np.r_[-np.inf, left[:-1]])  # of those who came before
        yield (longest <= left)[part.there(left) > 1]

"""How fast a stream delivers, and how wrong such a guess was in its past: what forecasts rest on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vsmlib.evidence.survival import Floats, survival

__all__ = ["Guess", "History", "plain"]

LOOKBACKS = (28, 91, 182)  # days over which rates are taken; the guess is their geometric mean
LEAST_DAYS = 28
# Errors of such guesses in half of the projects of benchmarks/evidence.py: their variance, of
# which a part shrinks with the size of what is guessed, and their quantiles.
VARIANCE, SHRINKS = 0.32, 3.0
LEVELS = np.array([0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5,
                   0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99, 1])  # fmt: skip
ERRORS = np.array([-5, -3.34, -2.67, -1.89, -1.36, -1.07, -0.84, -0.52, -0.26, -0.04,
                   0.2, 0.41, 0.7, 0.88, 1.12, 1.53, 2.08, 2.51, 4.5])  # fmt: skip
OTHERS = 8.0  # past windows of the stream itself that weigh as much as all others' errors
BURST = 2.0  # days beyond this many times the 95th percentile of busy days count as that
LONGEST = 1096  # days of the past from which errors are taken


@dataclass(frozen=True)
class Guess:
    """What is expected, and the distribution of the logarithm of how wrong that will be."""

    expected: float
    spread: float
    levels: Floats
    errors: Floats

    def quantile(self, q: float) -> float:
        """Find the value that is not reached with a probability."""
        error = float(np.interp(q, self.levels, self.errors))
        return max(0.0, float(np.exp(error * self.spread)) * (self.expected + 1) - 1)


class History:
    """Deliveries by day, and how much of a usual day each day is worth.

    Parameters
    ----------
    counts : array
        Delivered on each day of the past.
    worth : array
        Of each day of the past and as many of the future as are asked for: its weekday's usual
        share of deliveries, 0 on days off; 1 on average.
    """

    def __init__(self, counts: Floats, worth: Floats) -> None:
        self.days = len(counts)
        self.total = np.concatenate([[0.0], np.cumsum(counts)])
        busy = counts[counts > 0]
        top = BURST * float(np.quantile(busy, 0.95)) if len(busy) else 0.0
        self.tamed = np.concatenate([[0.0], np.cumsum(np.minimum(counts, top))])
        self.clock = np.concatenate([[0.0], np.cumsum(worth)])

    def until(self, day: int) -> History:
        """Return the history as it stood on an earlier day."""
        made = object.__new__(History)
        made.days, made.clock = day, self.clock
        made.total, made.tamed = self.total[: day + 1], self.tamed[: day + 1]
        return made

    def rates(self, at: NDArray[np.int64]) -> Floats:
        """Deliveries per usual day, as guessed on days."""
        logs = []
        for back in LOOKBACKS:
            since = np.maximum(at - back, 0)
            done = self.tamed[at] - self.tamed[since]
            logs.append(np.log((done + 0.5) / np.maximum(self.clock[at] - self.clock[since], 1.0)))
        made: Floats = np.exp(np.mean(logs, axis=0))
        return made

    def how_many(self, days: int) -> Guess:
        """Guess how many are delivered in the days that follow."""
        now = np.array([self.days])
        at = np.arange(self.days - days, LEAST_DAYS - 1, -max(1, days // 6))
        at = at[at >= self.days - LONGEST]
        seen = self.total[at + days] - self.total[at]
        expected = self.rates(at) * (self.clock[at + days] - self.clock[at])
        size = float(self.rates(now)[0] * (self.clock[self.days + days] - self.clock[self.days]))
        errors = np.log((seen + 1) / (expected + 1)) / _spread(expected)
        known = np.ones(len(errors), dtype=bool)
        return _blend(size, float(_spread(size)), errors, known, np.ptp(at) / days if len(at) else 0, 1)  # fmt: skip

    def how_long(self, items: float) -> Guess:
        """Guess how many usual days it takes until so many are delivered."""
        now = np.array([self.days])
        size = float(items / self.rates(now)[0])
        step = max(1, int(size) // 6)
        at = np.arange(self.days - 1, LEAST_DAYS - 1, -step)
        at = at[at >= self.days - LONGEST]
        end = np.searchsorted(self.total, self.total[at] + items)
        known = end <= self.days
        took = self.clock[np.minimum(end, self.days)] - self.clock[at]
        expected = items / self.rates(at)
        spread = float(_spread(items))
        errors = np.log((took + 1) / (expected + 1)) / spread
        windows = np.ptp(at[known]) / max(size, 1.0) if known.any() else 0.0
        return _blend(size, spread, errors, known, windows, -1)


def _spread(size: Floats | float) -> Floats:
    made: Floats = np.sqrt(VARIANCE + SHRINKS / (np.asarray(size) + 1))
    return made


def _blend(
    size: float, spread: float, errors: Floats, known: NDArray[np.bool_], windows: float, sign: int
) -> Guess:
    """Mix the stream's own errors with those of others, the more of its own the more there are."""
    others = (LEVELS, ERRORS) if sign > 0 else (1 - LEVELS[::-1], -ERRORS[::-1])
    if not known.any():
        return Guess(size, spread, *others)
    values, longer, _ = survival(errors, known)
    grid = np.unique(np.concatenate([values, others[1]]))
    theirs = np.interp(grid, others[1], others[0])
    own = np.interp(grid, values, 1 - longer, left=0.0)
    share = windows / (windows + OTHERS)
    return Guess(size, spread, share * own + (1 - share) * theirs, grid)


def plain(
    counts: Floats, *, days: int | None = None, items: int | None = None,
    runs: int = 10_000, seed: int = 1,
) -> Floats:  # fmt: skip
    """Resample past days at random: how many in so many days, or how many days until so many.

    The Monte Carlo forecast of most tools, which every forecast is measured against.
    """
    rng = np.random.default_rng(seed)
    if days is not None:
        return np.asarray(rng.choice(counts, (runs, days)).sum(axis=1), dtype=np.float64)
    assert items is not None
    reached, day, took = np.zeros(runs), 0, np.zeros(runs)
    longest = int(20 * items / max(counts.mean(), 1e-9)) + 1
    while (reached < items).any() and day < longest:
        took[reached < items] += 1
        reached += rng.choice(counts, runs)
        day += 1
    return took

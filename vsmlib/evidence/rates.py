"""How fast a stream delivers, and how wrong such a guess was in its past."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from vsmlib.evidence.survival import Floats

__all__ = ["ERRORS", "LEVELS", "LONGEST_RUN", "MONTH", "PAST", "RISES", "RUNS", "Guess", "History",
           "plain"]  # fmt: skip

HALF_LIFE = 31  # days after which a delivery counts half as much for the rate
LEAST_DAYS = 28
UNSEEN = 2
# Errors of such guesses in the projects of benchmarks/evidence: their variance, of which a part
# shrinks with the size of what is guessed, and their quantiles (`prior` there prints them). Most
# short windows bring less than their mean and bursts more; so the errors rise with the days ahead.
VARIANCE, SHRINKS, RISES, MONTH = 0.25, 3.0, 0.15, 30
LEVELS = np.array([0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5,
                   0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99, 1])  # fmt: skip
ERRORS = np.array([-5.2, -3.54, -2.91, -2.19, -1.58, -1.24, -1, -0.66, -0.39, -0.16,
                   0.06, 0.29, 0.57, 0.77, 1.02, 1.44, 2.16, 2.76, 5.1])  # fmt: skip
LONGEST_RUN, CHUNK = 3653, 64  # days of a run of the plain Monte Carlo, and at a time
RUNS, PAST = 1000, 90  # of the plain Monte Carlo, and days that it resamples
OTHERS = 8.0  # past windows of the stream itself that weigh as much as all others' errors
BURST = 2.0  # days beyond this many times the 95th percentile of busy days count as that
LONGEST, FORGETS = 1096, 365  # days from which errors are taken, after which one counts half


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

    def chance(self, items: float) -> float:
        """Say how likely that many or more are; what rounds to them counts."""
        error = np.log((items + 0.5) / (self.expected + 1)) / self.spread
        return 1 - float(np.interp(error, self.errors, self.levels))


class History:
    """Deliveries by day, on a clock that runs as fast as work is usual on a day.

    Parameters
    ----------
    counts : array
        Delivered on each day of the past.
    sorts : array of int
        The sort of each day of the past and of as much of the future as may be asked for: 0 to 6
        for weekdays, 7 for days off. A sort's days run as fast as their deliveries were frequent.
    """

    def __init__(self, counts: Floats, sorts: NDArray[np.int64]) -> None:
        self.counts, self.sorts, self.days = counts, sorts, len(counts)
        self.total = np.concatenate([[0.0], np.cumsum(counts)])
        busy = counts[counts > 0]
        top = BURST * float(np.quantile(busy, 0.95)) if len(busy) else 0.0
        tamed = np.minimum(counts, top)
        mean = tamed.mean() if tamed.any() else 1.0
        seen = np.bincount(sorts[: self.days], minlength=8)
        sums = np.bincount(sorts[: self.days], tamed, minlength=8)
        # As if each sort had been seen a few times more, on average days.
        worth = (sums / mean + UNSEEN) / (seen + UNSEEN)
        self.clock = np.concatenate([[0.0], np.cumsum(worth[sorts])])
        self.rates = _rates(tamed, worth[sorts[: self.days]])

    def until(self, day: int) -> History:
        """Return the history as it stood on an earlier day."""
        return History(self.counts[:day], self.sorts)

    def how_many(self, days: int) -> Guess:
        """Guess how many are delivered in the days that follow."""
        step = max(1, days // 6)
        at = np.arange(self.days - days, LEAST_DAYS - 1, -step)
        at = at[at >= self.days - LONGEST]
        seen = self.total[at + days] - self.total[at]
        expected = self.rates[at] * (self.clock[at + days] - self.clock[at])
        errors = np.log((seen + 1) / (expected + 1)) / _spread(expected)
        weight = 0.5 ** ((self.days - days - at) / FORGETS) * step / days
        now = float(self.clock[self.days + days] - self.clock[self.days])
        size = float(self.rates[self.days]) * now
        theirs = ERRORS + RISES * np.log(days / MONTH)
        return _blend(Guess(size, float(_spread(size)), LEVELS, theirs), errors, weight)


def _rates(done: Floats, clock: Floats) -> Floats:
    """Deliveries per usual day as guessed on each day and the one after the last (smoothed)."""
    sums = np.zeros((len(done) + 1, 2))
    smooth = pd.DataFrame({"done": done, "clock": clock}).ewm(halflife=HALF_LIFE)
    kept = 0.5 ** (1 / HALF_LIFE)
    weight = (1 - kept ** np.arange(1, len(done) + 1)) / (1 - kept)
    sums[1:] = smooth.mean().to_numpy() * weight[:, None]
    return np.asarray((sums[:, 0] + 0.5) / np.maximum(sums[:, 1], 1.0), dtype=np.float64)


def _spread(size: Floats | float) -> Floats:
    made: Floats = np.sqrt(VARIANCE + SHRINKS / (np.asarray(size) + 1))
    return made


def _blend(others: Guess, errors: Floats, weight: Floats) -> Guess:
    """Mix the stream's own errors with those of others, the more of its own the more there are.

    ``weight``: how much of a window of its own each error is; windows overlap, and old ones fade.
    """
    if not len(errors):
        return others
    order = np.argsort(errors)
    grid = np.unique(np.concatenate([errors, others.errors]))
    theirs = np.interp(grid, others.errors, others.levels)
    below = np.concatenate([[0.0], np.cumsum(weight[order])])
    own = below[np.searchsorted(errors[order], grid, side="right")]
    return replace(others, levels=(own + OTHERS * theirs) / (below[-1] + OTHERS), errors=grid)


def plain(
    counts: Floats, *, days: int | None = None, items: float | None = None,
    runs: int = 10_000, seed: int = 1,
) -> Floats:  # fmt: skip
    """Resample past days at random: how many in so many days, or how many days until so many.

    The Monte Carlo forecast of most tools, which every forecast is measured against.
    """
    rng = np.random.default_rng(seed)
    if days is not None:
        return np.asarray(rng.choice(counts, (runs, days)).sum(axis=1), dtype=np.float64)
    assert items is not None
    took, left = np.full(runs, float(LONGEST_RUN)), np.full(runs, float(items))
    for day in range(0, LONGEST_RUN if counts.any() else 0, CHUNK):
        reached = rng.choice(counts, (runs, CHUNK)).cumsum(axis=1)
        now = (left > 0) & (reached[:, -1] >= left)
        took[now] = day + 1 + (reached[now] < left[now, None]).sum(axis=1)
        left = left - reached[:, -1]
        if (left <= 0).all():
            break
    return took

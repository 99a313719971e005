"""A step in a series of weeks whose level moves by itself: how large, and how sure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vsmlib.evidence.survival import Floats

__all__ = ["FAR", "Posterior", "Step", "alone"]

FAR = 100_000  # weeks between two groups

# How much the level of a week varies, in variances of one item, and how much of that is left a
# week later, with how likely each is beforehand; the largest are for weeks of one piece, such as
# releases, whose items are all alike. Most series do not move at all.
STILL = 0.65
VARIANCES = dict.fromkeys((0.03, 0.1, 0.3, 1.0, 3.0), 1.0)
VARIANCES |= dict.fromkeys((10.0, 30.0, 100.0, 300.0, 1000.0), 0.2)
LASTING = {0.0: 1, 0.4: 1, 0.7: 1, 0.9: 1, 0.97: 1, 0.995: 1}
# The level may also go up and down with the quarter.
SEASON, QUARTER, SEASONS = 0.15, 13.0, (0.05, 0.15)
# How much of an item is that of the one before it, and how likely each is beforehand.
ALIKE = {0.0: 0.5, 0.1: 0.1, 0.2: 0.1, 0.3: 0.1, 0.45: 0.1, 0.6: 0.1}


@dataclass(frozen=True)
class Posterior:
    """What is known of a step: a t distribution for each way that the level may have moved."""

    centres: Floats
    scales: Floats
    weights: Floats
    freedom: int
    moving: float  # probability that the level moves by itself

    def below(self, value: float) -> float:
        """Probability that the step is below a value."""
        from scipy.special import stdtr

        return float(self.weights @ stdtr(self.freedom, (value - self.centres) / self.scales))

    @property
    def p_value(self) -> float:
        """Two-sided: how surprising the step is where there is none."""
        low = self.below(0.0)
        return min(1.0, 2 * min(low, 1 - low))

    @property
    def sd(self) -> float:
        """Spread of the step."""
        mean = self.weights @ self.centres
        return float(np.sqrt(self.weights @ (self.scales**2 + (self.centres - mean) ** 2)))

    def quantile(self, q: float) -> float:
        """Find the value that the step is below with a probability."""
        from scipy.optimize import brentq

        reach = 60 * float(self.scales.max()) + float(np.ptp(self.centres)) + 1e-12
        middle = float(self.weights @ self.centres)
        ends = middle - reach, middle + reach
        return float(brentq(lambda value: self.below(value) - q, *ends, xtol=1e-9 * reach))


class Step:
    """The weeks before and after a date, made ready to find the step between them.

    The level of a week is that of its side, and a part that lasts from week to week or comes back
    each quarter, and chance that shrinks with the items of the week. How large that part is and how
    long it lasts is not known: the answer is averaged over what the series makes likely.

    Parameters
    ----------
    weeks : array of int
        Numbers of the weeks that have items.
    items : array
        How many items each is the mean of.
    after : array of bool
        Which side each week is on.
    """

    def __init__(self, weeks: NDArray[np.int64], items: Floats, after: NDArray[np.bool_]) -> None:
        # Turned by the eigenvectors of a kernel, weeks are independent, however much they move.
        root = np.sqrt(items)
        spread, turn = np.linalg.eigh(_kernels(weeks) * root[:, None] * root)
        self._turn = turn.transpose(0, 2, 1) * root
        self._of, size, prior = _models()
        self._sure = 1 / (1 + size[:, None] * np.maximum(spread, 0)[self._of])
        sides = np.column_stack([np.ones(len(weeks)), after.astype(float)])
        self._sides = (self._turn @ sides)[self._of]
        weighed = (self._sides * self._sure[:, :, None]).transpose(0, 2, 1)
        inner = np.linalg.inv(weighed @ self._sides)
        self._solve = inner @ weighed
        self._spread, self.freedom = inner[:, 1, 1], len(weeks) - 2
        half = np.log(self._sure).sum(axis=1) / 2
        self._log = np.log(prior) + half + np.linalg.slogdet(inner)[1] / 2

    def fit(
        self,
        means: Floats,
        wider: float = 1.0,
        within: tuple[Floats | float, int] = (0.0, 0),
        log: Floats | float = 0.0,
    ) -> Posterior:
        """Find the step in the means of the weeks, so many times less sure than they make it.

        ``within``: by how much items differ from the mean of their week (the sum of squares and
        its degrees of freedom); what weeks differ by beyond that, the level moved.
        ``log``: with several rows of means, how likely each was to be seen, as `alone` says.
        """
        freedom, rows = self.freedom + within[1], np.atleast_2d(means)
        # Where items of a week are all but the same, only the weeks count.
        apart = np.maximum(within[0], within[1] * rows.var(axis=1) / max(VARIANCES))
        turned = (self._turn @ rows.T)[self._of]
        levels = self._solve @ turned
        left = np.square(turned - self._sides @ levels)
        rest = (left * self._sure[:, :, None]).sum(axis=1) + apart
        rest = np.maximum(rest, 1e-18 * max(1.0, float(np.square(rows).max())))
        likely = self._log[:, None] - freedom / 2 * np.log(rest) + log
        weights = np.exp(likely - likely.max())
        weights /= weights.sum()
        scales = np.sqrt(rest / freedom * self._spread[:, None]) * wider
        centres, moving = levels[:, 1].ravel(), float(1 - weights[0].sum())
        return Posterior(centres, scales.ravel(), weights.ravel(), freedom, moving)


def alone(values: Floats, led: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Free items of what they have from the one before them, for each share that this may be.

    That share of the one before is subtracted and the rest divided by what it leaves of a level: so
    levels stay, items are independent, and means of many vary as they did. The order of the items
    tells which share is likely, which the means of weeks would not.

    Parameters
    ----------
    values : array
        Of items in order of entry.
    led : array of bool
        Whether there is one before it; the first of a side has none.

    Returns
    -------
    array, array
        A row of values for each share, and the logarithm of how likely it is but for what `Step`
        finds in the row.

    Examples
    --------
    >>> alone(np.array([1.0, 1.0, 2.0]), np.array([False, True, True]))[0][:2].round(2).tolist()
    [[1.0, 1.0, 2.0], [1.0, 1.0, 2.11]]
    """
    share = np.array([*ALIKE])[:, None]
    left = (values - share * np.roll(values, 1)) / (1 - share)
    log = np.log([*ALIKE.values()]) - led.sum() * np.log(1 - share[:, 0])
    return np.where(led, left, values), log


def _kernels(weeks: NDArray[np.int64]) -> Floats:
    """Return how alike the levels of weeks are: for each time that it lasts, and by the quarter."""
    apart = np.abs(weeks[:, None] - weeks[None, :])
    # Groups, which are numbered far apart, have each its own ups and downs.
    quarterly = (apart < FAR / 2) * np.cos(2 * np.pi * apart / QUARTER)
    return np.array([*(lasts**apart for lasts in LASTING), quarterly])


def _models() -> tuple[NDArray[np.int64], Floats, Floats]:
    """Return the kernel of each sort of movement, its variance, and how likely it is beforehand."""
    moves = np.outer([*VARIANCES.values()], [*LASTING.values()])
    moves *= (1 - STILL - SEASON) / moves.sum()
    many, seasons = len(LASTING), len(SEASONS)
    kernel = [0, *np.tile(np.arange(many), len(VARIANCES)), *[many] * seasons]
    size = [0.0, *np.repeat([*VARIANCES], many), *SEASONS]
    prior = [STILL, *moves.ravel(), *[SEASON / seasons] * seasons]
    return np.array(kernel), np.array(size), np.array(prior)

"""When items come: whole weeks of the past, drawn again, so that weekdays and bursts stay."""

from __future__ import annotations

import numpy as np

from vsmlib.whole.arrays import Floats
from vsmlib.whole.history import History

__all__ = ["Arrivals", "find"]

DAY = 86_400.0
FEWEST = 4  # whole weeks or days, to draw them again


class Arrivals:
    """Past arrivals in blocks that end at the present: weeks, or days, or else single gaps.

    Attributes
    ----------
    moments : array
        Ascending, in seconds before now.
    block : float
        Length of a block in seconds, 0 where gaps are drawn.
    blocks : int
        How many blocks the past has.
    """

    def __init__(self, moments: Floats, since: float) -> None:
        known = [days for days in (7.0, 1.0) if -since >= FEWEST * days * DAY]
        self.block = known[0] * DAY if known else 0.0
        self.blocks = int(-since // self.block) if known else 0
        self.moments = np.sort(moments[moments >= -self.blocks * self.block] if known else moments)
        self.span = self.blocks * self.block or -since

    @property
    def rate(self) -> float:
        """Arrivals a second."""
        return len(self.moments) / self.span if self.span else 0.0

    def weights(self, rng: np.random.Generator | None) -> Floats:
        """Draw how much each block counts (a Bayesian bootstrap); without generator, all alike."""
        same = np.ones(max(self.blocks, 1))
        return rng.dirichlet(same) if rng else same / len(same)

    def draw(self, horizon: float, weights: Floats, rng: np.random.Generator) -> Floats:
        """Draw the arrivals of the future, ascending."""
        if not self.block:
            return self._gaps(horizon, rng)
        count = int(np.ceil(horizon / self.block))
        chosen = rng.choice(self.blocks, count, p=weights)
        edges = np.searchsorted(self.moments, -(np.arange(self.blocks + 1) * self.block)[::-1])
        low, high = edges[:-1][::-1][chosen], edges[1:][::-1][chosen]
        length = high - low
        rows = np.repeat(low - np.cumsum(length) + length, length) + np.arange(length.sum())
        shift = np.repeat((chosen + 1 + np.arange(count)) * self.block, length)
        made: Floats = self.moments[rows] + shift
        return np.asarray(made[made < horizon])

    def _gaps(self, horizon: float, rng: np.random.Generator) -> Floats:
        gaps = np.diff(self.moments)
        if not len(gaps) or gaps.sum() <= 0:
            return np.zeros(0)
        count = int(horizon / gaps.mean() * 1.2 + 20)
        made = np.cumsum(rng.choice(gaps, count))
        return np.asarray(made[made < horizon])

    def scaled(
        self, scale: float, horizon: float, weights: Floats, rng: np.random.Generator
    ) -> Floats:
        """Draw the future's items for a number of arrivals scaled.

        Returns
        -------
        array
            One row an item: when it comes, and a random number of its own. Those of a smaller scale
            are among those of a larger one.
        """
        parts, left = [], scale
        while left > 0:
            moments = self.draw(horizon, weights, rng)
            own, chance = rng.random((2, len(moments)))
            parts.append(np.c_[moments, own][chance < left])
            left -= 1.0
        made = np.concatenate(parts or [np.zeros((0, 2))])
        return np.asarray(made[np.argsort(made[:, 0], kind="stable")])


def find(past: History) -> Arrivals:
    """Find the arrivals of a history."""
    moments = past.start[past.first[:-1]]
    return Arrivals(moments[moments >= past.since], past.since)

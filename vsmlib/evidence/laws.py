"""Laws of the logarithm of times, and the scores of ranks that suit each.

With the scores of the right law no test of ranks finds more (Hajek and Sidak, *Theory of Rank
Tests*, 1967, section 3.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["LAWS", "NORMAL", "Floats", "Gamma", "Law", "Logistic", "Normal"]

Floats = NDArray[np.float64]


class Law(Protocol):
    """A law, whose values are told by the share of values that are below them.

    Scores have mean 0 and variance 1.
    """

    def at(self, below: Floats) -> Floats:
        """Return the values below which there are such shares."""
        ...

    def score(self, below: Floats) -> Floats:
        """Return their scores: by how much each speaks for slower times."""
        ...

    def beyond(self, below: Floats) -> Floats:
        """Return the mean score of all that is above."""
        ...


@dataclass(frozen=True)
class Normal:
    """Log-normal times; normal deviates are their scores (van der Waerden)."""

    def at(self, below: Floats) -> Floats:  # noqa: D102
        from scipy.special import ndtri  # scipy.stats takes a second to load

        return np.asarray(ndtri(below))

    def score(self, below: Floats) -> Floats:  # noqa: D102
        return self.at(below)

    def beyond(self, below: Floats) -> Floats:  # noqa: D102
        density = np.exp(-np.square(self.at(below)) / 2) / np.sqrt(2 * np.pi)
        return np.asarray(density / (1 - below))


@dataclass(frozen=True)
class Gamma:
    """Generalised gamma (Prentice, 1974), of which one tail is long.

    Shape 1: exponential and Weibull times, whose quick ones reach far (scores of the log-rank
    test); -1: Frechet's, whose slow ones do (a Pareto tail). Near 0 it is log-normal.
    """

    shape: float

    def _share(self, below: Floats) -> Floats:
        """Return gamma deviates in shares of their mean."""
        from scipy.special import gammaincinv

        size = self.shape**-2
        return np.asarray(gammaincinv(size, 1 - below if self.shape < 0 else below) / size)

    def at(self, below: Floats) -> Floats:  # noqa: D102
        return np.log(self._share(below)) / self.shape

    def score(self, below: Floats) -> Floats:  # noqa: D102
        return (self._share(below) - 1) / self.shape

    def beyond(self, below: Floats) -> Floats:  # noqa: D102
        from scipy.special import gammainc, gammaincc

        part, size = gammainc if self.shape < 0 else gammaincc, self.shape**-2
        end = self._share(below) * size
        return np.asarray((part(size + 1, end) / part(size, end) - 1) / self.shape)


@dataclass(frozen=True)
class Logistic:
    """Log-logistic times, whose tails are both long; ranks are their scores (Wilcoxon)."""

    def at(self, below: Floats) -> Floats:  # noqa: D102
        return np.log(below / (1 - below))

    def score(self, below: Floats) -> Floats:  # noqa: D102
        return (2 * below - 1) * 3**0.5

    def beyond(self, below: Floats) -> Floats:  # noqa: D102
        return below * 3**0.5


NORMAL = Normal()
BENT = (0.25, -0.25, 0.5, -0.5, 0.75, -0.75, 1.0, -1.0)
LAWS: tuple[Law, ...] = (NORMAL, Logistic(), *map(Gamma, BENT))

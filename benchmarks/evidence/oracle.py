"""What no test can beat: one that knows how a made-up world moves, all but its two levels.

Logarithms of times are normal in all of these worlds but ``tails`` and ``heavy``, and which of them
resemble which is known here to the last figure. Then the weighted difference of both sides over its
standard error is the uniformly most powerful unbiased test (Lehmann and Romano, *Testing
Statistical Hypotheses*, 2005, section 7.7): what it misses, no test that is fair finds.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from benchmarks.evidence.told import share
from tests.evidence.worlds import drawn

__all__ = ["KNOWN", "Known", "best", "oracle"]

KNOWN = ("plain", "seasons", "lasting", "items", "mixed", "both")
SURE, FOUND = 1.96, 0.85  # standard errors that are called a change; what is to be found
WEEKLY, WEEKS, SIGMA, CUT, TRIED = 10, 15, 0.8, 0.7, 40
ENDLESS = 1e-9  # variance of an item where each week has endless ones, so that only weeks are left
Floats = NDArray[np.float64]


class Known:
    """The test that knows a world: weights of the items, and the standard error of the effect."""

    def __init__(self, kind: str, days: Floats, *, half: float, own: float = 1.0) -> None:
        sides = np.column_stack([np.ones(len(days)), days >= half]).astype(float)
        weighed = np.linalg.solve(_alike(kind, days, own), sides)
        inner = np.linalg.inv(sides.T @ weighed)
        self.weights, self.error = (inner @ weighed.T)[1], SIGMA * float(np.sqrt(inner[1, 1]))

    @property
    def power(self) -> float:
        """How often it finds the cut."""
        return float(ndtr(-np.log(CUT) / self.error - SURE))

    def finds(self, logs: Floats) -> int:
        """Say whether it finds a cut (1), a rise (-1) or nothing in logarithms of times."""
        effect = float(self.weights @ logs) / self.error
        return int(effect < -SURE) - int(effect > SURE)


def _alike(kind: str, days: Floats, own: float) -> Floats:
    """Return the covariances of the items' deviates, of which some part is each item's own."""
    apart = np.abs(np.subtract.outer(days, days))
    weeks, places = (
        np.abs(np.subtract.outer(x, x)) for x in (days // 7, np.arange(len(days), dtype=float))
    )
    alone = np.eye(len(days)) * own
    weekly, quarterly = (np.cos(2 * np.pi * apart / n) for n in (7, 91))
    made = {"plain": alone, "seasons": alone + 0.18 * weekly + 0.08 * quarterly,
            "lasting": 0.7 * alone + 0.3 * 0.5**weeks,
            "items": 0.3**places, "mixed": 0.2**places + 0.18 * weekly,
            "both": 0.1 * 0.5**weeks + 0.9 * 0.2**places}  # fmt: skip
    return np.asarray(made[kind])


def best(kind: str) -> list[float]:
    """Return its power, on days as random as those of the worlds."""
    half, made = 7.0 * WEEKS, []
    for seed in range(TRIED if kind in KNOWN else 0):
        days = np.sort(np.random.default_rng(seed).uniform(0, 2 * half, 2 * WEEKS * WEEKLY))
        made.append(Known(kind, days, half=half).power)
    return made


def oracle(trials: int, first: int) -> None:
    print("| world | power | found | called without a cut | endless items | weeks a side for 85% |")
    print("|---|---|---|---|---|---|", flush=True)
    for kind in KNOWN:
        found, wrong = [], []
        for seed in range(first, first + trials):
            for cut, told in ((CUT, found), (1.0, wrong)):
                days, lead, half = drawn(np.random.default_rng(seed), kind, cut=cut)
                told.append(Known(kind, days, half=half).finds(np.log(lead)))
        ends = [
            share(best(kind)),
            share(np.array(found) == 1),
            share(np.array(wrong) != 0),
            share([_even(kind, WEEKS, endless=True).power]) if kind == "lasting" else "–",
            str(next(n for n in range(5, 400) if _even(kind, n).power >= FOUND)),
        ]
        print(f"| {kind} | {' | '.join(ends)} |", flush=True)


def _even(kind: str, weeks: int, *, endless: bool = False) -> Known:
    """Return the test for so many weeks a side, of items on evenly spaced days."""
    weekly = 1 if endless else WEEKLY
    days = (np.arange(2 * weeks * weekly) + 0.5) * 7 / weekly
    return Known(kind, days, half=7.0 * weeks, own=ENDLESS if endless else 1.0)

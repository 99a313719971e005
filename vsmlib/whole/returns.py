"""More or less rework: returns that are spared, and returns that are added."""

from __future__ import annotations

import numpy as np

from vsmlib.whole.arrays import Bools, Ints
from vsmlib.whole.paths import Ways

__all__ = ["rework"]

LOOPS = 10  # returns that more rework may add to one that it added


def rework(ways: Ways, stage: int, scale: float, rng: np.random.Generator) -> Ways:
    """Change how often a stage sends items back to earlier ones.

    Returns that are spared lead to where the item went when the stage let it pass; returns that
    are added go the way of a return of another item.
    """
    made = _fewer(ways, stage, scale, rng)
    if scale <= 1:
        return made
    _, back, _ = _returns(ways, stage)
    share = float(back.mean()) if len(back) else 0.0
    chance, fresh = share * (scale - 1) / max(1 - share, 1e-9), np.ones(len(made.first), bool)
    for _ in range(LOOPS):
        made, fresh = _more(made, ways, stage, chance, fresh, rng=rng)
        chance = share * scale
    return made


def _returns(ways: Ways, stage: int) -> tuple[Ints, Bools, Ints]:
    """Visits of the stage, whether each sends back, and the last visit of the stage in its path."""
    visits = np.flatnonzero(ways.stage == stage)
    path = ways.path
    inside = np.r_[path[1:] == path[:-1], False][visits]
    back = inside & (np.r_[ways.stage[1:], stage][visits] < stage)
    ends = np.searchsorted(path[visits], path[visits], "right") - 1
    return visits, back, visits[ends]


def _fewer(ways: Ways, stage: int, scale: float, rng: np.random.Generator) -> Ways:
    visits, back, last = _returns(ways, stage)
    spared = back & (rng.random(len(visits)) >= scale) & ~back[np.searchsorted(visits, last)]
    step = np.zeros(len(ways.stage) + 1)
    np.add.at(step, visits[spared] + 1, 1)
    np.add.at(step, last[spared] + 1, -1)
    rows = np.flatnonzero(np.cumsum(step)[:-1] == 0)
    return ways.picked(rows, ways.path[rows])


def _more(
    made: Ways,
    ways: Ways,
    stage: int,
    chance: float,
    fresh: Bools,
    *,
    rng: np.random.Generator,
) -> tuple[Ways, Bools]:
    """Send some of the fresh paths back once more that pass the stage for the last time."""
    visits, back, last = _returns(ways, stage)
    loops = np.flatnonzero(back & (last > visits))  # returns that come back
    own, sent, final = _returns(made, stage)
    able = (own == final) & ~sent & fresh[made.path[own]] & (len(loops) > 0)
    chosen = own[able & (rng.random(len(own)) < chance)]
    donor = loops[rng.integers(0, max(len(loops), 1), len(chosen))]
    low, high = visits[donor] + 1, visits[np.minimum(donor + 1, len(visits) - 1)] + 1
    length = high - low
    extra = np.repeat(low - np.cumsum(length) + length, length) + np.arange(length.sum())
    place = np.r_[np.arange(len(made.stage)), np.repeat(chosen, length)]
    order = np.argsort(place, kind="stable")
    path = np.r_[made.path, np.repeat(made.path[chosen], length)][order]
    grown = (
        np.r_[getattr(made, c), getattr(ways, c)[extra]][order] for c in ("stage", "need", "held")
    )
    first = np.r_[0, np.cumsum(np.bincount(path, minlength=len(made.first) - 1))]
    again = np.zeros(len(fresh), bool)
    again[made.path[chosen]] = True
    return Ways(first, *grown), again

"""What items do, drawn from what they did: each item of tomorrow goes the way of one of the past.

An item takes over the whole way of a past one: its stages, its returns, its times. So whatever
hangs together in the log (kinds of items, slow ones that also come back) hangs together in the
model. An open item goes on as another went on that was in the same stage and stayed there at least
as long: nobody's time is cut off at the present, and nobody is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vsmlib.whole.arrays import Bools, Floats, Ints
from vsmlib.whole.history import History
from vsmlib.whole.queues import Queues

__all__ = ["Ways", "complete", "ready_times"]

ROUNDS, GRID = 60, 200  # of the estimate of how long items take to be ready
LONGEST = 20  # open items that complete an open item, one after the other


@dataclass(frozen=True)
class Ways:
    """Paths, one after the other, with ``stage, need, held`` (blocked) of each visit.

    Path p is that of the past's item p; after these come the rests of the open items, in their
    order, from the visit they are in.
    """

    first: Ints
    stage: Ints
    need: Floats
    held: Floats

    @property
    def path(self) -> Ints:
        """The path of each visit."""
        return np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))

    def picked(self, rows: Ints, path: Ints) -> Ways:
        """Return paths made of some of the visits, in their order."""
        first = np.r_[0, np.cumsum(np.bincount(path, minlength=len(self.first) - 1))]
        return Ways(first, self.stage[rows], self.need[rows], self.held[rows])


def ready_times(low: Floats, high: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Estimate how times are distributed of which some are known within bounds only.

    The non-parametric maximum likelihood estimate (Turnbull 1976) on the times known exactly, on 0
    and on even steps.

    Parameters
    ----------
    low, high, weight : array
        Bounds of each time, equal where it is known; ``high`` may be infinite.

    Returns
    -------
    support, mass : array
        Ascending times, and their probabilities.

    Examples
    --------
    >>> low, high = np.array([0.0, 4.0, 0.0]), np.array([9.0, 4.0, 2.0])
    >>> support, mass = ready_times(low, high, np.ones(3))
    >>> support.tolist(), mass.round(2).tolist()
    ([0.0, 4.0], [0.5, 0.5])
    """
    exact = low == high
    support = np.unique(np.r_[0.0, low[exact]])
    loose = np.flatnonzero(~exact & (low > 0))
    if len(loose):  # even steps where little is known: the estimate may put the mass anywhere there
        top = float(np.where(np.isfinite(high), high, low)[loose].max())
        support = np.unique(np.r_[support, np.linspace(0.0, top, GRID)[1:]])
        left = np.searchsorted(support, low[loose], "right")
        empty = left >= np.searchsorted(support, high[loose], "right")
        support = np.unique(np.r_[support, low[loose][empty] + 1.0])
    left, right = _range(support, low, high)
    mass = np.full(len(support), 1 / len(support))
    for _ in range(ROUNDS):
        total = np.r_[0.0, np.cumsum(mass)]
        each = weight / np.maximum(total[right] - total[left], 1e-300)
        change = np.bincount(left, each, len(support) + 1)
        change -= np.bincount(right, each, len(support) + 1)
        mass = mass * np.maximum(np.cumsum(change)[:-1], 0.0)
        mass /= mass.sum()
    return support, mass


def _range(support: Floats, low: Floats, high: Floats) -> tuple[Ints, Ints]:
    left = np.searchsorted(support, np.where((low == high) | (low <= 0), low, low + 0.5), "left")
    left = np.minimum(left, len(support) - 1)
    right = np.searchsorted(support, high, "right")
    return left, np.maximum(right, left + 1)


def complete(past: History, queues: Queues, weight: Floats, rng: np.random.Generator) -> Ways:
    """Draw how long each visit takes without queueing, and how open items go on.

    Parameters
    ----------
    weight : array, by item
        How much each item of the past counts (all 1, or drawn for the bootstrap).
    """
    need = _needs(past, queues, weight[past.item], rng)
    donor = _donors(past, queues.low, need, weight[past.item], rng)
    owner, low, high = _segments(past, donor)
    length = high - low
    rows = np.repeat(low - np.cumsum(length) + length, length) + np.arange(length.sum())
    counts = np.bincount(owner, length, len(past.first) - 1 + len(past.open_items))
    first = np.r_[0, np.cumsum(counts.astype(np.int64))]
    held = np.where(np.isfinite(queues.high), past.blocked, 0.0)[rows]
    return Ways(first, past.stage[rows], need[rows], held)


def _needs(past: History, queues: Queues, weight: Floats, rng: np.random.Generator) -> Floats:
    """Draw the time of each visit that is known within bounds only; open ones stay as they are."""
    need = queues.low.copy()
    loose = queues.low < queues.high
    for stage in np.unique(past.stage[loose & ~past.still]):
        rows = np.flatnonzero(past.stage == stage)
        low, high = queues.low[rows], queues.high[rows]
        support, mass = ready_times(low, high, weight[rows])
        total = np.r_[0.0, np.cumsum(mass)]
        left, right = _range(support, low, high)
        point = total[left] + rng.random(len(rows)) * (total[right] - total[left])
        drawn = support[np.clip(np.searchsorted(total, point, "right") - 1, left, right - 1)]
        closed = np.isfinite(high) & (low < high)
        need[rows] = np.where(closed, np.clip(drawn, low, high), low)
    return need


def _donors(
    past: History, low: Floats, need: Floats, weight: Floats, rng: np.random.Generator
) -> Ints:
    """Draw for each item the visit it goes on like, -1 for none; sets the needs of open visits."""
    donor = np.full(len(past.first) - 1, -1, np.int64)
    again = _again(past)
    open_visits = past.last[past.open_items]
    for stage in np.unique(past.stage[open_visits]):
        for later in (False, True):
            waiting = open_visits[
                (past.stage == stage)[open_visits] & (again[open_visits] == later)
            ]
            like = np.flatnonzero((past.stage == stage) & ~past.still & (again == later))
            like = like if len(like) else np.flatnonzero((past.stage == stage) & ~past.still)
            like = like[np.argsort(need[like], kind="stable")]
            total = np.r_[0.0, np.cumsum(weight[like])]
            left = np.searchsorted(need[like], low[waiting], "left")
            there = total[-1] > total[left]
            point = total[left] + rng.random(len(waiting)) * (total[-1] - total[left])
            drawn = np.clip(np.searchsorted(total, point, "right") - 1, 0, len(like) - 1)
            if len(like):
                donor[past.item[waiting[there]]] = like[drawn[there]]
                need[waiting[there]] = need[like[drawn[there]]]
            need[waiting[~there]] = np.inf  # none ever stayed so long: it stays
    return donor


def _again(past: History) -> Bools:
    """Visits of a stage in which the item was before."""
    key = past.item * len(past.kind) + past.stage
    made = np.ones(len(key), bool)
    made[np.unique(key, return_index=True)[1]] = False
    return made


def _segments(past: History, donor: Ints) -> tuple[Ints, Ints, Ints]:
    """Say which runs of past visits make up each path: its number, and the visits from and to."""
    items, opened = len(past.first) - 1, past.open_items
    owner = [np.arange(items), items + np.arange(len(opened))]
    low, high = [past.first[:-1], past.last[opened]], [past.first[1:], past.first[1:][opened]]
    going, item = np.r_[opened, owner[1]], np.r_[opened, opened]
    for _ in range(LONGEST):
        visit = donor[item]
        going, visit = going[visit >= 0], visit[visit >= 0]
        item = past.item[visit]
        owner.append(going)
        low.append(visit + 1)
        high.append(past.first[1:][item])
    order = np.argsort(np.concatenate(owner), kind="stable")
    return tuple(np.concatenate(part)[order] for part in (owner, low, high))  # type: ignore[return-value]

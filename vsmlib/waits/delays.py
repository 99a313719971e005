"""Delays that nobody's work explains: timers, answers from outside, people who react late.

Where people mostly stand free when they take an item up, and items wait as long whether or not
their person was busy meanwhile, the person was not what the items waited for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vsmlib.waits.diary import Bools
from vsmlib.waits.order import Ints, before

__all__ = ["ENOUGH", "Ends", "delaying", "delays"]

ENOUGH = 20  # waits of a kind, to tell a delay from a queue
OFTEN = 0.1


@dataclass(frozen=True)
class Ends:
    """How waits ended, one row each: a key of the stages, times in microseconds.

    ``span`` is how long the wait was, ``free`` how long the person was free (and at hand) before
    taking the item up, ``held`` the part of the wait before the person's last unbroken work,
    ``passed`` how long they worked meanwhile on what came later.
    """

    key: Ints
    span: Ints
    free: Ints
    held: Ints
    passed: Ints


def delays(ends: Ends) -> tuple[Ints, Bools]:
    """Estimate for how long items could not have been taken up, whoever was free.

    Where the person was free at the end, the delay is the whole wait. Where they were busy up to
    the end, it is the mean of the stage's known delays that fit.

    Returns
    -------
    estimate : array
        Microseconds.
    known : array of bool
        Whether the stage is one of delays; elsewhere the estimate is 0.

    Examples
    --------
    >>> key, ten = np.zeros(80, np.int64), np.full(80, 10)
    >>> free = np.repeat([10, 4, 0], [30, 30, 20])
    >>> made = delays(Ends(key, ten, free, np.where(free > 0, 10, 2), key))
    >>> int(made[0][-1]), bool(made[1].all())
    (10, True)
    """
    known = delaying(ends)[np.minimum(ends.key, ends.key.max(initial=0))]
    sure = (ends.free > 0) | (ends.span == 0)
    estimate = np.where(sure, ends.span, _typical(ends, known & sure))
    return np.where(known, estimate, 0), known


def delaying(ends: Ends) -> Bools:
    """Which keys delay items: the wait, not what is left after the person's work, is the same."""
    size = int(ends.key.max(initial=-1)) + 1
    idle = (ends.free >= ends.span) & (ends.span > 0)
    after = (ends.free > 0) & ~idle
    alone = _medians(ends.key[idle], ends.span[idle], size)
    rest, whole = (_medians(ends.key[after], v[after], size) for v in (ends.free, ends.span))
    with np.errstate(divide="ignore", invalid="ignore"):
        closer = np.abs(np.log(whole / alone)) < np.abs(np.log(rest / alone))
    counts = [np.bincount(ends.key[rows], minlength=size) for rows in (idle, after)]
    passed = np.bincount(ends.key[after & (ends.passed > 0)], minlength=size)
    closer &= np.minimum(*counts) >= ENOUGH
    made: Bools = closer | ((sum(counts) >= ENOUGH) & (passed > OFTEN * counts[1]))
    return made if size else np.zeros(1, bool)


def _medians(key: Ints, value: Ints, size: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    order = np.lexsort((value, key))
    count = np.bincount(key, minlength=size)
    first = np.cumsum(count) - count
    middle = np.minimum(first + count // 2, max(len(value) - 1, 0))
    sorted_values = value[order] if len(value) else np.zeros(1, np.int64)
    return np.where(count > 0, sorted_values[middle], np.nan)


def _typical(ends: Ends, sample: Bools) -> Ints:
    """Mean of the sample's delays of the same key that fit between the bounds of each row."""
    order = np.lexsort((ends.span[sample], ends.key[sample]))
    key, value = ends.key[sample][order], ends.span[sample][order]
    low = before(key, value, ends.key, ends.held)
    high = before(key, value, ends.key, ends.span + 1)
    total = np.r_[0, np.cumsum(value)]
    fitting = np.maximum(high - low, 1)
    made = (total[high] - total[low]) // fitting
    return np.where(high > low, made, (ends.held + ends.span) // 2)

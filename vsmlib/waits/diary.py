"""Who was at work when: the people's time without overlaps, and sums over any part of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from vsmlib.waits.order import Ints, before, running_max, sums_above

__all__ = ["Bools", "Diary", "Work", "diary", "span"]

Bools = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Work:
    """Pieces of work: who (from 0, -1 unknown), at which stage, possible since, from, until.

    Times in microseconds. Work is possible from when its item came into the queue before it.
    """

    actor: Ints
    stage: Ints
    enabled: Ints
    start: Ints
    end: Ints

    def take(self, rows: Any) -> Work:
        """Give the pieces at these places."""
        return Work(*(column[rows] for column in vars(self).values()))


@dataclass(frozen=True)
class Diary:
    """Segments of work sorted by key and time; those of one key do not overlap."""

    key: Ints
    enabled: Ints
    start: Ints
    end: Ints

    def at(self, key: Ints, moment: Ints) -> Ints:
        """Place after the last segment of the key that began before the moment."""
        return before(self.key, self.start, key, moment)

    def busy(self, key: Ints, low: Ints, high: Ints, size: Callable[..., Ints]) -> Ints:
        """Work of the key between two moments, each stretch measured by ``size(start, end)``."""
        total = np.r_[0, np.cumsum(size(self.start, self.end))]
        sums = []
        for moment in (low, high):
            at = self.at(key, moment)
            over = self._over(at, key, moment)
            rest = size(moment, np.where(over, self._last(self.end, at), moment))
            sums.append(total[at] - rest)
        made: Ints = sums[1] - sums[0]
        return made

    def later(self, key: Ints, low: Ints, high: Ints, threshold: Ints) -> Ints:
        """Work of the key between two moments that became possible after the threshold."""
        begin = np.searchsorted(self.key, key)
        sums = []
        for moment in (low, high):
            at = self.at(key, moment)
            made = sums_above(self.enabled, self.end - self.start, begin, at, threshold)
            over = self._over(at, key, moment) & (self._last(self.enabled, at) > threshold)
            sums.append(made - np.where(over, self._last(self.end, at) - moment, 0))
        return sums[1] - sums[0]

    def free_since(self, key: Ints, moment: Ints) -> Ints:
        """When the last work that began before the moment ended; the moment if it goes on."""
        at = self.at(key, moment)
        known = (at > 0) & (self._last(self.key, at) == key)
        return np.where(known, np.minimum(self._last(self.end, at), moment), np.int64(-(2**62)))

    def unbroken(self, key: Ints, moment: Ints, free: Callable[[Ints, Ints], Ints]) -> Ints:
        """When the work that began last before the moment, and what led to it, began."""
        new = np.r_[True, self.key[1:] != self.key[:-1]][: len(self.key)]
        ended = np.where(new, self.start, np.r_[0, self.end[:-1]][: len(self.end)])
        new |= free(ended, self.start) > 0
        head = np.maximum.accumulate(np.where(new, np.arange(len(new)), 0))
        return self._last(self.start[head], self.at(key, moment))

    def full_since(self, people: Ints, moment: Ints) -> Ints:
        """Find since when all these people were at work; the moment itself if not all were."""
        rows = np.isin(self.key, people)
        times, step = np.r_[self.start[rows], self.end[rows]], np.repeat([1, -1], rows.sum())
        order = np.lexsort((-step, times))  # who ends and begins at one instant never was free
        times, level = times[order], np.cumsum(step[order])
        full = np.r_[level >= len(people), False]
        turned = np.where(full[:-1] & ~np.r_[False, full[:-2]], times, np.iinfo(np.int64).min)
        since = np.r_[np.maximum.accumulate(turned), 0]
        at = np.searchsorted(times, moment) - 1
        return np.where(full[at], since[at], moment)

    def _last(self, column: Ints, at: Ints) -> Ints:
        return column[np.maximum(at - 1, 0)] if len(column) else np.zeros_like(at)

    def _over(self, at: Ints, key: Ints, moment: Ints) -> Bools:
        made: Bools = (at > 0) & (self._last(self.key, at) == key)
        return made & (self._last(self.end, at) > moment)


def span(low: Ints, high: Ints) -> Ints:
    """Measure stretches by the clock."""
    return high - low


def diary(work: Work, key: Ints) -> Diary:
    """Lay the pieces of each key end to end: time that several share belongs to the first."""
    order = np.lexsort((work.end, work.start, key))
    key, work = key[order], work.take(order)
    top = running_max(key, work.end)
    first = np.r_[True, key[1:] != key[:-1]] if len(key) else np.zeros(0, bool)
    start = np.where(first, work.start, np.maximum(work.start, np.r_[0, top[:-1]][: len(key)]))
    left = work.end > start
    return Diary(key[left], work.enabled[left], start[left], work.end[left])

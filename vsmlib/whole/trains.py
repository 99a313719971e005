"""Release trains: waits that many items leave at once, by a timetable or when there are enough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vsmlib.whole.arrays import Floats
from vsmlib.whole.history import WAIT, History
from vsmlib.whole.queues import Queues
from vsmlib.whole.spans import Clock

__all__ = ["Train", "bound", "clock", "find"]

MINUTE = 60.0
SHARE = 0.5  # share of the leavings that must be in company
FEWEST = 3  # releases
EVEN = 0.1  # how far gaps may be from whole multiples of the beat
SAME = 0.9
FOREVER = 1e13  # later than anything


@dataclass(frozen=True)
class Train:
    """When a wait lets items go: ``moments`` of the past, a regular ``beat`` or none (0).

    ``size`` above 1: it goes when so many items are together, whenever that is.
    """

    moments: Floats
    beat: float = 0.0
    size: int = 1

    @property
    def gap(self) -> float:
        """Seconds between two releases, on average."""
        return self.beat or float(np.diff(self.moments).mean())

    def ahead(self, horizon: float, rng: np.random.Generator) -> Floats:
        """Draw the releases to come; irregular ones have the gaps of the past."""
        last = float(self.moments[-1])
        if self.beat:
            first = last + self.beat * (np.floor(-last / self.beat) + 1)
            regular: Floats = np.arange(first, horizon + 2 * self.beat, self.beat)
            return regular
        gaps = np.diff(self.moments)
        late = gaps[gaps > -last]  # the one that is coming is not there yet
        start = last + rng.choice(late) if len(late) else rng.choice(gaps) * rng.random()
        count = int((horizon + gaps.max()) / gaps.mean() * 2 + 10)
        made: Floats = start + np.r_[0.0, np.cumsum(rng.choice(gaps, count))]
        return made


def find(past: History, queues: Queues) -> dict[int, Train]:
    """Find the trains among the waits, by stage."""
    made = {}
    for stage in np.flatnonzero(past.kind == WAIT):
        rows = np.flatnonzero((past.stage == stage) & ~past.still)
        rows = rows[np.argsort(past.end[rows])]
        if not len(rows) or (queues.low[rows] < queues.high[rows]).mean() > SHARE:
            continue
        leaves = past.end[rows]
        heads = np.flatnonzero(np.diff(leaves, prepend=-np.inf) > MINUTE)
        sizes = np.diff(np.r_[heads, len(rows)])
        if len(heads) < FEWEST or sizes[sizes > 1].sum() < SHARE * len(rows):
            continue
        spent = np.minimum.reduceat(past.end[rows] - past.start[rows], heads)
        usual = int(np.bincount(sizes).argmax())
        if usual > 1 and (sizes == usual).mean() >= SAME and (spent < MINUTE).mean() >= SAME:
            made[int(stage)] = Train(leaves[heads], size=usual)
        else:
            made[int(stage)] = Train(leaves[heads], beat=_beat(np.diff(leaves[heads])))
    return made


def _beat(gaps: Floats) -> float:
    """Tell the gap of which all gaps are whole multiples, 0 if there is none."""
    beat = float(np.median(gaps))
    times = gaps / beat
    even = (np.abs(times - np.round(times)) < EVEN) & (times > 0.5)
    return float(gaps.sum() / np.round(times).sum()) if even.mean() >= SAME else 0.0


def bound(past: History, queues: Queues, trains: dict[int, Train]) -> None:
    """Say of items in a train's wait that they were ready between two releases."""
    for stage, train in trains.items():
        rows = np.flatnonzero(past.stage == stage)
        entered, left = past.start[rows], past.end[rows]
        before = np.searchsorted(train.moments, left - MINUTE, "left") - 1
        missed = np.where(before >= 0, train.moments[np.maximum(before, 0)], -np.inf)
        low = np.maximum(missed - entered, 0.0) if train.size == 1 else np.zeros(len(rows))
        queues.cal[stage] = -1
        queues.high[rows] = np.where(past.still[rows], np.inf, left - entered)
        queues.low[rows] = np.minimum(low, left - entered)


def clock(trains: dict[int, Floats]) -> Clock:
    """Lay releases out for the kernel: spans of a second, the last of them open for good.

    So whoever is ready later than all drawn releases is delivered too: left out they would make
    the stages before seem shorter, in each future by others.
    """
    moments = list(trains.values())
    whole = np.concatenate([np.zeros(0), *moments])
    first = np.r_[0, np.cumsum([len(each) for each in moments])].astype(np.int64)
    ends = whole + 1.0
    ends[first[1:][np.diff(first) > 0] - 1] = FOREVER
    return Clock(first, whole, ends, np.zeros(len(whole)))

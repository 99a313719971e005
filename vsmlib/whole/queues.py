"""Which waits are queues for capacity: pools of people, their size, and what is left of each wait.

A stage has a capacity where the log shows one: items begin at the very moment another is finished,
and never more of them at once than so many. Where it does not, nothing queues there, and the waits
before it are what they are (a review that nobody has picked up, a supplier, a custom).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vsmlib.whole.arrays import Floats, Ints
from vsmlib.whole.history import ACTIVE, WAIT, History

__all__ = ["Desk", "Pool", "Queues", "at_once", "find", "levels", "waits_for"]

FEWEST = 5  # begins that follow an end at once, to speak of a queue
AGREE = 0.7  # share of those that must show the same number at work
ABOVE = 0.03  # share of begins that may show more at work
TOGETHER = 0.5  # share of a stage's visits by people who also serve another
OVER_NIGHT = 0.15  # share of the begins without a queue that are at an opening
KNOWN, OVERLAP, EACH = 0.9, 0.02, 5  # visits with a known actor; twice at once; visits of each


@dataclass(frozen=True)
class Pool:
    """People who serve one or several stages: how many, and how often all were busy."""

    stages: tuple[int, ...]
    servers: int
    queued: float  # share of the begins that had to wait for somebody
    why: str


@dataclass(frozen=True)
class Queues:
    """Pools, and for each wait what is known of its part that is no queueing.

    ``low, high`` bound the seconds (by the calendar ``cal`` of the stage) after which an item was
    ready to leave a wait: the same where it left without a queue, ``high`` infinite where it has
    not left.
    For visits that are no waits both are the work, or infinite ``high`` where it goes on.
    """

    pools: list[Pool]
    pool: Ints  # by stage, -1 for none
    cal: Ints  # by stage: the calendar by which its time runs, -1 for round the clock
    low: Floats  # by visit
    high: Floats


@dataclass(frozen=True)
class Desk:
    """How many a pool had in work: ``level[k]`` from ``moment[k]`` on."""

    moment: Floats
    level: Ints
    servers: int
    cal: int
    slack: float

    def idle_until(self, past: History, moments: Floats) -> Floats:
        """Last time up to each moment at which somebody was free and at work; -inf for never."""
        length = np.diff(self.moment, append=np.inf)
        free = (self.level < self.servers) & (length > self.slack)
        latest = np.maximum.accumulate(np.where(free, np.arange(len(free)), -1))
        last = latest[np.maximum(np.searchsorted(self.moment, moments, "right") - 1, 0)]
        end = np.minimum((self.moment + length)[last], moments)
        if self.cal >= 0:
            spans = slice(past.clock.first[self.cal], past.clock.first[self.cal + 1])
            opens, closes = past.clock.opens[spans], past.clock.closes[spans]
            # The first work of a day ends no free time of that day.
            span = np.maximum(np.searchsorted(opens, end - self.slack, "right") - 1, 0)
            end = np.minimum(end, closes[span])
            end = np.where(end <= self.moment[last], -np.inf, end)
        made: Floats = np.where((last < 0) | (moments < self.moment[0]), -np.inf, end)
        return made


def find(past: History) -> Queues:
    """Find the pools, and what each wait was without queueing for them."""
    spent = np.where(past.kind[past.stage] == WAIT, past.between(past.start, past.end), past.work)
    low, high, cal = spent.copy(), np.where(past.still, np.inf, spent), past.cal.copy()
    pool = np.full(len(past.kind), -1, np.int64)
    pools: list[Pool] = []
    for group in _groups(past):
        together = _desk(past, group)
        parts = [group] if together or len(group) == 1 else [(stage,) for stage in group]
        for stages in parts:
            desk, why = together or _desk(past, stages) or (None, "")
            if desk is None:
                continue
            pool[list(stages)] = len(pools)
            waits, begins = waits_for(past, stages)
            asked = begins - desk.slack
            idle = desk.idle_until(past, asked)
            queued = idle < asked - desk.slack
            entered, until = past.start[waits], np.where(queued, idle, begins)
            for stage in np.unique(past.stage[waits]):
                rows = np.flatnonzero(past.stage[waits] == stage)
                if _goes_on(past, desk, entered[rows], idle[rows], begins[rows]):
                    cal[stage] = -1
            by = cal[past.stage[waits]]
            ends = np.clip(until, entered, begins)
            low[waits] = past.between(entered, ends, by)
            high[waits] = past.between(entered, begins, by)
            high[waits[past.still[waits]]] = np.inf
            share = float(queued[~past.still[waits]].mean())
            pools.append(Pool(stages, desk.servers, share, why))
    return Queues(pools, pool, cal, low, high)


def _goes_on(past: History, desk: Desk, entered: Floats, idle: Floats, begins: Floats) -> bool:
    """Tell whether items get ready out of hours: then work on them often begins at an opening."""
    if desk.cal < 0:
        return False
    spans = slice(past.clock.first[desk.cal], past.clock.first[desk.cal + 1])
    opens, closes = past.clock.opens[spans], past.clock.closes[spans]
    span = np.clip(np.searchsorted(opens, begins + desk.slack, "right") - 1, 1, len(opens) - 1)
    closed = closes[span - 1]
    over_night = (begins - opens[span] < desk.slack) & (entered < closed) & (idle >= closed - 1.0)
    at_once = idle >= begins - 2 * desk.slack
    return bool(over_night.sum() > OVER_NIGHT * max((at_once | over_night).sum(), 1))


def waits_for(past: History, stages: tuple[int, ...]) -> tuple[Ints, Floats]:
    """Wait visits that led to the stages, and when they ended; and those that still may."""
    wait = past.kind[past.stage] == WAIT
    follows = np.r_[past.item[1:] == past.item[:-1], False]
    leads = np.r_[np.isin(past.stage[1:], stages), False] & follows & wait
    usual = np.bincount(past.stage[leads], minlength=len(past.kind))
    others = np.bincount(past.stage[wait & follows], minlength=len(past.kind)) - usual
    waits = np.flatnonzero(leads | (past.still & wait & (usual > others)[past.stage]))
    return waits, past.end[waits]


def _groups(past: History) -> list[tuple[int, ...]]:
    """Active stages that are waited for, together where the same people serve them."""
    stages = np.unique(past.stage[_begins(past, np.arange(len(past.kind)))])
    known = past.actor >= 0
    people = np.zeros((len(past.kind), int(past.actor.max(initial=0)) + 1))
    np.add.at(people, (past.stage[known], past.actor[known]), 1)
    total = np.maximum(people.sum(axis=1), 1)
    shared = (people @ (people > 0).T) / total[:, None]
    group = {int(stage): int(stage) for stage in stages}
    for a, b in np.argwhere(np.minimum(shared, shared.T) > TOGETHER):
        if a < b and a in group and b in group:
            old, new = group[b], group[a]
            group = {stage: new if one == old else one for stage, one in group.items()}
    return [tuple(s for s, g in group.items() if g == one) for one in sorted(set(group.values()))]


def _begins(past: History, stages: Ints) -> Ints:
    """Visits to active stages straight from a wait."""
    wait = past.kind[past.stage] == WAIT
    after = np.r_[False, wait[:-1]]
    after[past.first[:-1]] = False
    active = (past.kind[past.stage] == ACTIVE) & np.isin(past.stage, stages)
    return np.flatnonzero(after & active)


def _desk(past: History, stages: tuple[int, ...]) -> tuple[Desk, str] | None:
    """Tell the capacity of some stages, if there is one."""
    served = np.flatnonzero(np.isin(past.stage, stages))
    begins = past.start[_begins(past, np.array(stages))]
    ends = past.end[served[~past.still[served]]]
    if not len(ends) or not past.work[served].any():
        return None  # what takes no time needs nobody
    slack = 1.0 + 0.001 * float(np.median(past.work[served]))
    moment, level = levels(past, served)
    servers = at_once(moment, level, begins, np.sort(ends), slack)
    why = "work begins when other work ends"
    if servers is None:
        servers, why = _people(past, served, slack), "nobody does two things at once"
    if servers is None:
        return None
    return Desk(moment, level, servers, int(past.cal[stages[0]]), slack), why


def levels(past: History, rows: Ints) -> tuple[Floats, Ints]:
    """When visits began or ended, and how many there were from each of these moments on."""
    ends = past.end[rows[~past.still[rows]]]
    moment = np.concatenate([past.start[rows], ends])
    step = np.repeat([1, -1], [len(rows), len(ends)])
    order = np.lexsort((step, moment))
    return moment[order], np.cumsum(step[order])


def at_once(moment: Floats, level: Ints, begins: Floats, ends: Floats, slack: float) -> int | None:
    """How many there are whenever one begins as another ends, where that is always as many."""
    low, high = (np.searchsorted(ends, begins + by) for by in (-slack, slack / 2))
    at_work, follows = level[np.searchsorted(moment, begins + slack, "right") - 1], high > low
    if follows.sum() < FEWEST:
        return None
    most = int(np.bincount(at_work[follows]).argmax())
    agree, above = (at_work[follows] == most).mean(), (at_work > most).mean()
    return most if most and agree >= AGREE and above <= ABOVE else None


def _people(past: History, served: Ints, slack: float) -> int | None:
    """How many people there are, where each does one thing after the other."""
    actor = past.actor[served]
    known = served[actor >= 0]
    order = known[np.lexsort((past.start[known], past.actor[known]))]
    same = past.actor[order[1:]] == past.actor[order[:-1]]
    overlap = same & (past.start[order[1:]] < past.end[order[:-1]] - slack)
    people = len(np.unique(actor[actor >= 0]))
    serial = len(known) >= KNOWN * len(served) and overlap.sum() <= OVERLAP * len(known)
    return people if serial and len(known) >= EACH * people else None

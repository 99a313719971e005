"""Replications that share one drawn fit, and what came of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vsmlib.whole.arrays import Bools, Floats, Ints
from vsmlib.whole.fitted import Fitted
from vsmlib.whole.floor import Paths
from vsmlib.whole.history import CANCELLED, DONE
from vsmlib.whole.kernel import simulate
from vsmlib.whole.paths import Ways
from vsmlib.whole.system import System
from vsmlib.whole.tally import by_item, by_stage
from vsmlib.whole.trains import clock

__all__ = ["POINTS", "Future", "Group", "Scope"]

POINTS = 61  # moments at which work in progress is counted
NEVER = 1e12  # no moment
AFTER, RELEASES = 5, 10  # horizons that releases go on, and how many there are at least


@dataclass(frozen=True)
class Future:
    """What came of one replication.

    Attributes
    ----------
    lead : array
        Lead times in seconds of the items delivered within the horizon (or whenever).
    wip : float
        Items in progress, on average over the horizon.
    waits : array, by stage
        Seconds in it, on average over all items that are there or come within the horizon and are
        delivered some day: the same items in every future, however fast it is.
    counts : array, three by moments
        Items in progress, and those arrived and delivered since now, at evenly spaced moments to
        the horizon.
    busy : array, by pool
        Share of the servers' working time that is worked.
    reworked : float
        Share of the delivered items that came back to a stage.
    first : array
        Whether each delivered item is one that a scenario lets go first.
    """

    lead: Floats
    wip: float
    waits: Floats
    counts: Floats
    busy: Floats
    reworked: float
    first: Bools


@dataclass(frozen=True)
class Scope:
    """How far replications go.

    Without ``from_now`` the stream begins empty. With ``to_the_end`` all count that come within
    the horizon, else those delivered within it.
    """

    horizon: float
    from_now: bool = True
    to_the_end: bool = False


class Group:
    """A drawn fit under a system.

    Parameters
    ----------
    ways : Ways
        What items do, with the changes of a scenario.
    first, marked : array, by path
        Who goes first, and who would in one of the scenarios.
    weight, blocks : array
        How much each item of the past counts, and each block of arrivals.
    """

    def __init__(
        self,
        fitted: Fitted,
        system: System,
        ways: Ways,
        scope: Scope,
        *,
        first: Bools,
        marked: Bools,
        weight: Floats,
        blocks: Floats,
    ) -> None:
        self.fitted, self.system, self.ways, self.scope = fitted, system, ways, scope
        self.blocks, self.marked, past = blocks, marked, fitted.past
        order, kind = system.classes(past, first)
        self.net = system.net(past, fitted.queues, order)
        self.paths = Paths(ways.first, ways.stage, ways.need + ways.held, kind)
        chance = np.where(past.start[past.first[:-1]] >= past.since, weight, 0.0)
        self.pick = np.cumsum(chance / chance.sum())
        opened = past.open_items if scope.from_now else np.zeros(0, np.int64)
        order = np.argsort(past.start[past.last[opened]], kind="stable")
        self.opened, self.rest = opened[order], order + len(past.first) - 1
        self.span = self._span()
        self.before = self._before()
        self.delivery = self._delivery()

    def _span(self) -> float:
        """How long releases are drawn: as long for the stream as it is as for a quicker one."""
        trains = [*self.fitted.now.timed().values(), *self.system.timed().values()]
        gaps = [RELEASES * train.gap for train in trains]
        return max([AFTER * self.scope.horizon, *gaps])

    def _before(self) -> Floats:
        """Seconds that each open item spent in each stage before its present visit."""
        past, items = self.fitted.past, len(self.fitted.past.first) - 1
        earlier = np.ones(len(past.stage), bool)
        earlier[past.last] = False
        made = np.zeros((items, len(past.kind)))
        np.add.at(made, (past.item[earlier], past.stage[earlier]), (past.end - past.start)[earlier])
        return made[self.opened]

    def _delivery(self) -> Ints:
        """Place within each path of the first visit of its final run of done ones, -1 for none."""
        kind = self.fitted.past.kind[self.ways.stage]
        place = np.arange(len(kind))
        other = np.where(kind == DONE, -1, place)
        latest = np.maximum.reduceat(other, self.ways.first[:-1])
        latest = np.where(latest < 0, self.ways.first[:-1] - 1, latest)
        ends = kind[self.ways.first[1:] - 1] == DONE
        return np.where(ends, latest + 1 - self.ways.first[:-1], -1)

    def replication(self, scale: float, seed: list[int]) -> Future:
        """Run one future with arrivals scaled; all who come within the horizon go to their end."""
        rng, past, horizon = np.random.default_rng(seed), self.fitted.past, self.scope.horizon
        # Their own: other releases must not change who comes.
        other = np.random.default_rng([*seed, 1])
        trains = clock({s: t.ahead(self.span, other) for s, t in self.system.timed().items()})
        coming = self.fitted.arrivals.scaled(scale, horizon, self.blocks, rng)
        path = np.minimum(np.searchsorted(self.pick, coming[:, 1], "right"), len(self.pick) - 1)
        path = np.r_[self.rest, path]
        arrive = np.r_[past.start[past.last[self.opened]], coming[:, 0]]
        visits = simulate(self.net, past.clock, trains, self.paths, arrive, path, np.inf)
        return self._what_came(path, *visits)

    def _what_came(
        self, path: Ints, first: Ints, stage: Ints, entered: Floats, left: Floats
    ) -> Future:
        past, place, horizon = self.fitted.past, self.delivery[path], self.scope.horizon
        visit = np.minimum(first[:-1] + place, first[1:] - 1)
        moment = np.where(place >= 0, entered[visit], np.inf)
        some_day = (moment <= NEVER) & (moment > 0)
        delivered = some_day if self.scope.to_the_end else some_day & (moment <= horizon)
        grid, rest = np.linspace(0.0, horizon, POINTS), slice(len(self.rest))
        progress = ~np.isin(past.kind, (DONE, CANCELLED))
        lead, again = by_item(first, stage, entered, left, past.flowing)
        lead[rest] += self.before[:, past.flowing].sum(axis=1)
        spent, inside, stock = by_stage(first, stage, entered, left, some_day, len(past.kind), grid)
        spent += self.before[some_day[rest]].sum(axis=0)
        inside = np.where(progress, inside, 0.0)
        starts = entered[first[:-1]][len(self.rest) :]
        added = (np.searchsorted(np.sort(t), grid, "right") for t in (starts, moment[delivered]))
        return Future(
            lead[delivered],
            float(inside.sum() / horizon),
            spent / max(int(some_day.sum()), 1),
            np.array([stock[:, progress].sum(axis=1), *added]),
            self._busy(inside),
            int(again[delivered].sum()) / max(int(delivered.sum()), 1),
            self.marked[path[delivered]],
        )

    def _busy(self, inside: Floats) -> Floats:
        """Share of the horizon that each pool's servers work, from the seconds in each stage."""
        served, busy = self.net.pool >= 0, np.zeros(len(self.net.servers))
        np.add.at(busy, self.net.pool[served], inside[served])
        share: Floats = busy / np.maximum(self.net.servers * self.scope.horizon, 1e-9)
        return share

"""Replications: the same futures under a scenario and without it, and what came of each."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from vsmlib.whole import change, returns
from vsmlib.whole.arrays import Bools, Floats, Ints
from vsmlib.whole.arrivals import Arrivals
from vsmlib.whole.change import System
from vsmlib.whole.floor import Paths
from vsmlib.whole.history import CANCELLED, DONE, History
from vsmlib.whole.kernel import simulate
from vsmlib.whole.paths import Ways, complete
from vsmlib.whole.queues import Queues
from vsmlib.whole.scenario import Scenario
from vsmlib.whole.tally import by_item, by_stage
from vsmlib.whole.trains import clock

__all__ = ["GROUPS", "Fitted", "Future", "changed", "futures"]

GROUPS = 20  # fits drawn anew, each with its share of the replications
POINTS = 61  # moments at which work in progress is counted
NEVER, AFTER = 1e12, 5  # no moment; horizons that releases go on
WORKERS = 2  # threads; the kernel lets go of the interpreter


@dataclass(frozen=True)
class Fitted:
    """All that the fit found."""

    past: History
    queues: Queues
    arrivals: Arrivals
    now: System


@dataclass(frozen=True)
class Future:
    """What came of one replication.

    Attributes
    ----------
    lead : array
        Lead times of the items delivered within the horizon, in seconds.
    wip : float
        Items in progress, on average over the horizon.
    waits : array, by stage
        Seconds in it per delivered item.
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


def futures(
    fitted: Fitted,
    scenarios: list[Scenario | None],
    horizon: float,
    replications: int,
    seed: int,
    *,
    from_now: bool = True,
    to_the_end: bool = False,
    drawn: bool = True,
) -> list[list[list[Future]]]:
    """Simulate: by scenario, by group of replications that share a drawn fit, by replication.

    Without ``from_now`` the stream begins empty. With ``to_the_end`` it runs until all that came
    within the horizon is done. Without ``drawn`` every group has the fit as it is.
    """
    systems = [
        change.changed(fitted.now, fitted.past, fitted.queues, s) if s else fitted.now
        for s in scenarios
    ]
    groups = min(GROUPS, replications)
    shares = [replications // groups + (g < replications % groups) for g in range(groups)]

    def group(number: int) -> list[list[Future]]:
        rng = np.random.default_rng([seed, number])
        items = np.ones(len(fitted.past.first) - 1)
        weight = rng.dirichlet(items) if drawn else items
        blocks = fitted.arrivals.weights(rng if drawn else None)
        ways = complete(fitted.past, fitted.queues, weight, rng)
        firsts = [
            change.first(fitted.past, s, np.random.default_rng([seed, number, 2]))
            for s in scenarios
        ]
        marked, made = np.any(firsts, axis=0), []
        for scenario, system, first in zip(scenarios, systems, firsts, strict=True):
            then = changed(ways, fitted.past, scenario, np.random.default_rng([seed, number, 0]))
            one = _Group(
                fitted,
                system,
                then,
                rank=np.where(first, 0, 1),
                marked=marked,
                weight=weight,
                blocks=blocks,
                horizon=horizon,
                from_now=from_now,
                to_the_end=to_the_end,
            )
            scale = scenario.arrivals.scale if scenario and scenario.arrivals else 1.0
            seeds = ([seed, number, 1, m] for m in range(shares[number]))
            made.append([one.replication(scale, s) for s in seeds])
        return made

    with ThreadPoolExecutor(WORKERS) as threads:
        done = list(threads.map(group, range(groups)))
    return [list(by_group) for by_group in zip(*done, strict=True)]


def changed(ways: Ways, past: History, scenario: Scenario | None, rng: np.random.Generator) -> Ways:
    """Put a scenario into practice on what items do."""
    if scenario is None:
        return ways
    made = change.needs(ways, past, scenario)
    for name, each in scenario.stages.items():
        if each.rework:
            made = returns.rework(made, past.names.index(name), each.rework.scale, rng)
    return made


class _Group:
    """Replications that share one drawn fit."""

    def __init__(
        self,
        fitted: Fitted,
        system: System,
        ways: Ways,
        *,
        rank: Ints,
        marked: Bools,
        weight: Floats,
        blocks: Floats,
        horizon: float,
        from_now: bool,
        to_the_end: bool,
    ) -> None:
        self.fitted, self.system, self.ways, self.horizon = fitted, system, ways, horizon
        self.blocks, self.marked, past = blocks, marked, fitted.past
        self.stop = np.inf if to_the_end else horizon
        self.net = system.net(past, fitted.queues)
        self.paths = Paths(ways.first, ways.stage, ways.need + ways.held, rank)
        chance = np.where(past.start[past.first[:-1]] >= past.since, weight, 0.0)
        self.pick = np.cumsum(chance / chance.sum())
        opened = past.open_items if from_now else np.zeros(0, np.int64)
        order = np.argsort(past.start[past.last[opened]], kind="stable")
        self.opened, self.rest = opened[order], order + len(past.first) - 1
        self.before = self._before()
        self.delivery = self._delivery()

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
        rng = np.random.default_rng(seed)
        past = self.fitted.past
        timed = {s: t for s, t in self.system.trains.items() if t.size == 1}
        # Their own: other releases must not change who comes.
        other, until = np.random.default_rng([*seed, 1]), min(self.stop, AFTER * self.horizon)
        trains = clock({s: t.ahead(until, other) for s, t in timed.items()})
        coming = self.fitted.arrivals.scaled(scale, self.horizon, self.blocks, rng)
        path = np.minimum(np.searchsorted(self.pick, coming[:, 1], "right"), len(self.pick) - 1)
        path = np.r_[self.rest, path]
        arrive = np.r_[past.start[past.last[self.opened]], coming[:, 0]]
        first, stage, enter, leave = simulate(
            self.net, past.clock, trains, self.paths, arrive, path, self.stop
        )
        return self._what_came(path, first, stage, enter, leave)

    def _what_came(
        self, path: Ints, first: Ints, stage: Ints, enter: Floats, leave: Floats
    ) -> Future:
        past, place = self.fitted.past, self.delivery[path]
        moment = np.where(place >= 0, enter[np.minimum(first[:-1] + place, first[1:] - 1)], np.inf)
        delivered = (moment <= min(self.stop, NEVER)) & (moment > 0)
        counts = past.flowing, ~np.isin(past.kind, (DONE, CANCELLED))
        grid = np.linspace(0.0, self.horizon, POINTS)
        done = first, stage, enter, leave
        lead, again = by_item(*done, past.flowing)
        waits, inside, stock = by_stage(*done, delivered, len(past.kind), grid)
        inside = np.where(counts[1], inside, 0.0)
        twice = again[delivered].sum()
        rest = slice(len(self.rest))
        lead[rest] += self.before[:, past.flowing].sum(axis=1)
        waits += self.before[delivered[rest]].sum(axis=0)
        count = max(int(delivered.sum()), 1)
        starts = enter[first[:-1]][len(self.rest) :]
        added = (np.searchsorted(np.sort(t), grid, "right") for t in (starts, moment[delivered]))
        served = self.net.pool >= 0
        busy = np.zeros(len(self.net.servers))
        np.add.at(busy, self.net.pool[served], inside[served])
        return Future(
            lead[delivered],
            float(inside.sum() / self.horizon),
            waits / count,
            np.array([stock[:, counts[1]].sum(axis=1), *added]),
            busy / np.maximum(self.net.servers * self.horizon, 1e-9),
            twice / count,
            self.marked[path[delivered]],
        )

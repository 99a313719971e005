"""A scenario put into practice: on what items do, on pools and waits, on trains."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from vsmlib.errors import ParameterError
from vsmlib.whole.history import ACTIVE, WAIT, History
from vsmlib.whole.kernel import NO_LIMIT, Bools, Floats, Ints, Net
from vsmlib.whole.paths import Ways
from vsmlib.whole.queues import Queues
from vsmlib.whole.scenario import Scenario
from vsmlib.whole.trains import Train

__all__ = ["System", "as_it_is", "changed", "rework"]

LOOPS = 10  # returns that more rework may add to one that it added


@dataclass(frozen=True)
class System:
    """Pools, limits and trains, as they are or as a scenario makes them."""

    servers: Ints
    limit: Ints
    trains: dict[int, Train]
    notes: tuple[str, ...] = ()

    def net(self, past: History, queues: Queues) -> Net:
        """Lay it out for the kernel."""
        stages, pools = len(past.kind), len(self.servers)
        train, gather = np.full(stages, -1, np.int64), np.ones(stages, np.int64)
        timed = [stage for stage, made in self.trains.items() if made.size == 1]
        train[timed] = np.arange(len(timed))
        for stage, made in self.trains.items():
            gather[stage] = made.size
        cals = np.array([past.cal[pool.stages[0]] for pool in queues.pools], np.int64)
        ones = np.ones(pools, np.int64)
        return Net(
            queues.pool,
            queues.cal,
            self.limit,
            train,
            gather,
            self.servers,
            cals,
            ones,
            ones,
            np.zeros(pools, np.int64),
        )


def as_it_is(past: History, queues: Queues, trains: dict[int, Train]) -> System:
    """Return the system without any change."""
    servers = np.array([pool.servers for pool in queues.pools], np.int64)
    return System(servers, np.full(len(past.kind), NO_LIMIT, np.int64), trains)


def changed(now: System, past: History, queues: Queues, scenario: Scenario) -> System:
    """Change capacity, limits and releases.

    Raises
    ------
    ParameterError
        If a stage is unknown, a capacity would be 0, or a change does not fit its stage.
    """
    scenario.check(past.names)
    made = replace(now, servers=now.servers.copy(), limit=now.limit.copy(), trains={**now.trains})
    for name, change in scenario.stages.items():
        stage = past.names.index(name)
        if change.capacity:
            made = _people(made, past, queues, stage, change.capacity)
        if change.wip_limit:
            made.limit[stage] = change.wip_limit
        if change.release_every:
            for wait in waits_of(past, stage, "release_every"):
                last = made.trains[wait].moments[-1:] if wait in made.trains else np.zeros(1)
                made.trains[wait] = Train(last, beat=change.release_every)
        if change.wait:
            for wait in waits_of(past, stage, "wait"):
                _faster(made.trains, wait, change.wait.scale)
    return made


def _people(now: System, past: History, queues: Queues, stage: int, more: int) -> System:
    """Change how many serve a stage."""
    name, pool = past.names[stage], _pool(past, queues, stage)
    if pool < 0 and more < 0:
        raise ParameterError(
            f"{name}: the log shows no capacity that could be less",
            hint="try service_time or wait",
        )
    if pool < 0:
        note = f"{name}: the log shows no queue for capacity, so more of it changes nothing"
        return replace(now, notes=(*now.notes, note))
    before = int(now.servers[pool])
    if before + more < 1:
        raise ParameterError(
            f"{name}: capacity would be {before + more}",
            accepted=f"{1 - before:+d} or more, for it has {before}",
            hint="leave at least one",
        )
    now.servers[pool] += more
    return now


def _faster(trains: dict[int, Train], wait: int, scale: float) -> None:
    """Run a train, if there is one, more often; at 0 nothing waits for it."""
    train = trains.pop(wait, None)
    if train and scale and train.size == 1:
        moments = train.moments[-1] + (train.moments - train.moments[-1]) * scale
        trains[wait] = Train(moments, beat=train.beat * scale)


def _pool(past: History, queues: Queues, stage: int) -> int:
    """Pool of a stage, or of the stage that a wait leads to."""
    if past.kind[stage] != WAIT:
        return int(queues.pool[stage])
    after = past.stage[1:][(past.stage[:-1] == stage) & (past.item[1:] == past.item[:-1])]
    return int(queues.pool[np.bincount(after).argmax()]) if len(after) else -1


def waits_of(past: History, stage: int, key: str) -> list[int]:
    """Return the wait itself, or the waits that lead to a stage."""
    if past.kind[stage] == WAIT:
        return [stage]
    leads = (past.stage[1:] == stage) & (past.item[1:] == past.item[:-1])
    from_stage, counts = np.unique(past.stage[:-1][leads], return_counts=True)
    share = counts / max(counts.sum(), 1)
    found = [int(s) for s, part in zip(from_stage, share, strict=True) if part > 0.05]
    waits = [s for s in found if past.kind[s] == WAIT]
    if not waits:
        known = ", ".join(n for n, k in zip(past.names, past.kind, strict=True) if k == WAIT)
        raise ParameterError(
            f"{past.names[stage]}: {key} belongs to a wait, and none leads to this stage",
            accepted=known or "nothing: the stream has no wait stage",
            hint="name the wait",
        )
    return waits


def needs(ways: Ways, past: History, scenario: Scenario) -> Ways:
    """Change what each visit takes; blocked time stays."""
    factor = np.ones(len(past.kind))
    for name, change in scenario.stages.items():
        stage = past.names.index(name)
        if change.service_time:
            if past.kind[stage] != ACTIVE:
                raise ParameterError(
                    f"{name}: service_time belongs to a stage where work is done",
                    hint="a wait has wait: {scale: …}",
                )
            factor[stage] *= change.service_time.scale
        if change.wait:
            for wait in waits_of(past, stage, "wait"):
                factor[wait] *= change.wait.scale
    return replace(ways, need=_times(ways.need, factor[ways.stage]))


def _times(need: Floats, factor: Floats) -> Floats:
    """Multiply; what never ends does not end by being faster, but where it is removed."""
    with np.errstate(invalid="ignore"):
        return np.where(factor > 0, need * factor, 0.0)


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

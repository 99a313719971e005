"""A scenario put into practice: on pools and waits, on trains, on what a visit takes, on order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vsmlib.errors import ParameterError, one_of
from vsmlib.whole.arrays import Bools, Floats
from vsmlib.whole.history import ACTIVE, WAIT, History
from vsmlib.whole.paths import Ways
from vsmlib.whole.queues import Queues
from vsmlib.whole.scenario import Change, Move, Scenario
from vsmlib.whole.system import System
from vsmlib.whole.trains import Train

__all__ = ["changed", "first", "needs", "smaller", "waits_of"]

NOBODY = "the log shows no queue for capacity, so"


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
        _leave(made.trains, past, stage, change)
    for move in scenario.move:
        made = _moved(made, past, queues, move)
    if scenario.priority and not queues.pools:
        made = replace(made, notes=(*made.notes, f"{NOBODY} who goes first changes nothing"))
    return made


def _leave(trains: dict[int, Train], past: History, stage: int, change: Change) -> None:
    """Change how items leave the waits of a stage."""
    if change.release_every:
        for wait in waits_of(past, stage, "release_every"):
            last = trains[wait].moments[-1:] if wait in trains else np.zeros(1)
            trains[wait] = Train(last, beat=change.release_every)
    if change.batch:
        for wait in waits_of(past, stage, "batch"):
            _together(trains, wait, change.batch)
    if change.wait:
        for wait in waits_of(past, stage, "wait"):
            _faster(trains, wait, change.wait.scale)


def _moved(now: System, past: History, queues: Queues, move: Move) -> System:
    """Let people who serve a stage serve another one."""
    here, there = (past.names.index(name) for name in (move.out_of, move.into))
    if _pool(past, queues, here) == _pool(past, queues, there) >= 0:
        raise ParameterError(
            f"{move.out_of} and {move.into}: the same people serve both, so none can move",
            hint="name stages of different people",
        )
    now = _people(now, past, queues, here, -move.people)
    return _people(now, past, queues, there, move.people)


def _people(now: System, past: History, queues: Queues, stage: int, more: int) -> System:
    """Change how many serve a stage."""
    name, pool = past.names[stage], _pool(past, queues, stage)
    if pool < 0 and more < 0:
        raise ParameterError(
            f"{name}: the log shows no capacity that could be less",
            hint="try service_time or wait",
        )
    if pool < 0:
        note = f"{name}: {NOBODY} more of it changes nothing"
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
    """Run a train, if there is one, more often; a smaller batch is together sooner."""
    train = trains.pop(wait, None)
    if train is None or not scale:
        return
    if train.size > 1:
        _together(trains, wait, smaller(train.size, scale))
    else:
        moments = train.moments[-1] + (train.moments - train.moments[-1]) * scale
        trains[wait] = Train(moments, beat=train.beat * scale)


def _together(trains: dict[int, Train], wait: int, size: int) -> None:
    """Let so many items leave together; of one each leaves by itself."""
    trains.pop(wait, None)
    if size > 1:
        trains[wait] = Train(np.zeros(1), size=size)


def smaller(size: int, scale: float) -> int:
    """Size of a batch that is together in so much of the time: the first waits for the others."""
    return 1 + round((size - 1) * scale)


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


def first(past: History, scenario: Scenario | None, rng: np.random.Generator) -> Bools:
    """Say of each path whether its item goes first, where a scenario lets some."""
    count, rests = len(past.first) - 1, past.open_items
    rule = scenario.priority if scenario else None
    if rule is None:
        return np.zeros(count + len(rests), bool)
    if rule.share is not None:
        drawn: Bools = rng.random(count + len(rests)) < rule.share
        return drawn
    types = past.labels["item_type"]
    for name in rule.item_type or ():
        if name not in types.names:
            what, accepted, hint = one_of("item type", name, types.names)
            hint = hint if types.names else "the log has no item types: give a share, as 0.1"
            raise ParameterError(what, where="priority", accepted=accepted, hint=hint)
    places = [types.names.index(name) for name in rule.item_type or ()]
    chosen: Bools = np.isin(types.code, places)
    return np.concatenate([chosen, chosen[rests]])

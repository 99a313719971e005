"""Where a scenario goes beyond what the log has seen."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from vsmlib.whole import change
from vsmlib.whole.fitted import Fitted
from vsmlib.whole.floor import NO_LIMIT
from vsmlib.whole.history import History
from vsmlib.whole.scenario import Scenario
from vsmlib.whole.system import System
from vsmlib.words import number

__all__ = ["unseen"]

DAY = 86_400.0
SHORT = 0.1  # share of the past visits that were as short


def unseen(fitted: Fitted, scenario: Scenario, system: System, horizon: float) -> Iterator[str]:
    """Say where a scenario goes beyond what the log has seen."""
    past, coming = fitted.past, fitted.arrivals
    scale = scenario.arrivals.scale if scenario.arrivals else 1.0
    if coming.block and scale > 1:
        most = float(np.bincount((-coming.moments // coming.block).astype(int)).max())
        if coming.rate * coming.block * scale > most:
            yield (
                "more would arrive than in any week of the past: nothing shows what people do then"
            )
    if horizon > -past.since:
        seen = number(-past.since / DAY, 0)
        yield f"{number(horizon / DAY, 0)} days ahead are more than the {seen} of the log"
    for pool in np.flatnonzero(system.servers > fitted.now.servers):
        names = ", ".join(past.names[s] for s in fitted.queues.pools[pool].stages)
        yield f"{names}: more at once than the log has seen; new people are taken to be as fast"
    for stage in np.flatnonzero(system.limit < NO_LIMIT):
        if system.limit[stage] < _most_inside(past, int(stage)):
            yield f"{past.names[stage]}: the log shows no such limit; that people keep it is taken"
    yield from _too_fast(fitted, scenario)
    yield from _too_often(fitted, system)


def _most_inside(past: History, stage: int) -> int:
    rows = past.stage == stage
    moment, step = np.r_[past.start[rows], past.end[rows]], np.repeat([1, -1], rows.sum())
    return int(np.cumsum(step[np.lexsort((step, moment))]).max(initial=0))


def _too_fast(fitted: Fitted, scenario: Scenario) -> Iterator[str]:
    """Name stages that would take on average what hardly any visit ever took."""
    past, scales = fitted.past, dict[int, float]()
    for name, each in scenario.stages.items():
        stage = past.names.index(name)
        if each.service_time:
            scales[stage] = each.service_time.scale
        if each.wait:
            scales |= dict.fromkeys(change.waits_of(past, stage, "wait"), each.wait.scale)
    for stage, scale in scales.items():
        spent = fitted.queues.low[(past.stage == stage) & ~past.still]
        if len(spent) and spent.mean() * scale < np.quantile(spent, SHORT):
            yield f"{past.names[stage]}: it would take less on average than nine in ten visits did"


def _too_often(fitted: Fitted, system: System) -> Iterator[str]:
    """Name waits that would be released at gaps shorter than any before."""
    for stage, train in fitted.now.trains.items():
        then = system.trains.get(stage)
        if train.size == 1 and then and then.size == 1 and len(train.moments) > 1:
            gaps = np.diff(then.moments)
            beat = then.beat or float(gaps.min())
            if beat < 0.99 * np.diff(train.moments).min():
                name = fitted.past.names[stage]
                yield f"{name}: releases would follow each other faster than ever before"

"""How busy those who serve a stage have to be in the long run, and how sure that is."""

from __future__ import annotations

import numpy as np

from vsmlib.whole import run
from vsmlib.whole.arrays import Floats, Ints
from vsmlib.whole.fitted import Fitted
from vsmlib.whole.history import AHEAD, History
from vsmlib.whole.paths import complete
from vsmlib.whole.scenario import Scenario
from vsmlib.whole.spans import worked
from vsmlib.whole.system import System

__all__ = ["doubt", "of_pools"]

Z_90 = 1.645


def of_pools(fitted: Fitted, scenario: Scenario, system: System) -> Floats:
    """How much of its working time each pool needs for what arrives, in the long run."""
    past, found = fitted.past, fitted.queues
    rng = np.random.default_rng(0)
    ways = complete(past, found, np.ones(len(past.first) - 1), rng)
    ways = run.changed(ways, past, scenario, rng)
    came = past.start[past.first[:-1]] >= past.since
    of_arrival = np.r_[came, np.zeros(len(ways.first) - 1 - len(came), bool)][ways.path]
    pool = found.pool[ways.stage]
    rows = of_arrival & (pool >= 0) & np.isfinite(ways.need)
    work = np.bincount(pool[rows], ways.need[rows], len(found.pools)) / max(came.sum(), 1)
    scale = scenario.arrivals.scale if scenario.arrivals else 1.0
    there = np.array([_at_work(past, past.cal[pool.stages[0]]) for pool in found.pools])
    made: Floats = work * fitted.arrivals.rate * scale / (system.servers * there)
    return made


def doubt(fitted: Fitted) -> Floats:
    """How far the load of each pool may be off, as a share of it: half of a 90 % interval."""
    past, pools = fitted.past, fitted.queues.pools
    coming, made = fitted.arrivals, np.zeros(len(pools))
    weekly = np.bincount((-coming.moments // coming.block).astype(int)) if coming.block else None
    rate = _error(weekly) if weekly is not None else 1 / np.sqrt(max(len(coming.moments), 1))
    for place, pool in enumerate(pools):
        rows = np.isin(past.stage, pool.stages) & ~past.still
        each = np.bincount(past.item[rows], past.work[rows])
        made[place] = Z_90 * np.hypot(rate, _error(each[each > 0]))
    return made


def _error(values: Floats | Ints) -> float:
    """Return the standard error of a mean, as a share of it."""
    if len(values) < 2:
        return 1.0
    return float(np.std(values, ddof=1) / np.sqrt(len(values)) / max(values.mean(), 1e-9))


def _at_work(past: History, number: int) -> float:
    """Share of the time that a calendar is working time."""
    if number < 0:
        return 1.0
    span = np.array([-AHEAD / 12, AHEAD / 12])
    span = np.clip(span, past.clock.opens[past.clock.first[number]], None)
    return float(np.diff(worked(past.clock, number, span))[0] / np.diff(span)[0])

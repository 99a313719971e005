"""What stands beside speed: load, people, failures, and where a scenario leaves what was seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from vsmlib import measure
from vsmlib.flow import Flow
from vsmlib.whole import change, run
from vsmlib.whole.arrays import Floats, Ints
from vsmlib.whole.change import System
from vsmlib.whole.floor import NO_LIMIT
from vsmlib.whole.heldout import delivered
from vsmlib.whole.history import AHEAD, History
from vsmlib.whole.paths import complete
from vsmlib.whole.run import Fitted
from vsmlib.whole.scenario import Scenario
from vsmlib.whole.spans import worked
from vsmlib.words import number

__all__ = ["BUSY", "Known", "beside", "doubt", "known", "of_pools", "warnings"]

DAY = 86_400.0
BUSY, Z_90 = 0.85, 1.645
FEW = 30  # delivered items, below which every figure is rough
RECENT = 91 * DAY  # who did nothing for so long is not counted among the people
SHORT = 0.1  # share of the past visits that were as short


@dataclass(frozen=True)
class Known:
    """What the log says of people and failures, beside the visits.

    Attributes
    ----------
    people : int
        Who moved items in the last quarter, bots left out.
    rate : float or None
        Share of the deployments that had an incident.
    fails : float or None
        Deployments with an incident per delivered item.
    """

    people: int
    rate: float | None = None
    fails: float | None = None


def known(flow: Flow, past: History) -> Known:
    """Read people and failures from a flow's log."""
    bots = [code for code, name in enumerate(flow.log.actor_names) if name in set(flow.log.bots)]
    recent = (past.end >= -RECENT) & (past.actor >= 0) & ~np.isin(past.actor, bots)
    people = len(np.unique(past.actor[recent]))
    if "incident" not in set(flow.log.items["item_type"].dropna()):
        return Known(people)
    found = measure.delivery(flow.log)
    if found.deploys is None or found.incident is None:
        return Known(people)
    keys = measure.five_keys(flow, found=found).set_index("key")
    row = keys.loc[["change_fail_rate"]].astype({"value": "float64"})
    rate, count = float(row["value"].iloc[0]), int(row["n"].iloc[0])
    moment, _ = delivered(past)
    days = found.deploys["deployed_at"] - pd.Timestamp(flow.observed_us, unit="us", tz="UTC")
    since, until = days.dt.total_seconds().min(), days.dt.total_seconds().max()
    items = int(((moment >= max(since, past.since)) & (moment <= until)).sum())
    if not np.isfinite(rate) or not items:
        return Known(people)
    return Known(people, rate, rate * count / items)


def beside(
    fitted: Fitted, known: Known, data: dict[str, Any], system: System, load: Floats
) -> dict[str, Any]:
    """Return ``load``, ``people`` and ``exposure`` of a result, before and after."""
    sides = {"before": data["baseline"], "after": data["scenario"]}
    more = int((system.servers - fitted.now.servers).sum())
    people = {"before": known.people, "after": known.people + more} if known.people else {}
    return {
        "load": _loads(fitted, load),
        "people": {
            "count": people.get("before"),
            "wip_per_person": {
                when: side["wip"] / max(people[when], 1) if people else None
                for when, side in sides.items()
            },
        },
        "exposure": {
            "change_fail_rate": known.rate,
            "failed_per_week": {
                when: None if known.fails is None else side["throughput_per_week"] * known.fails
                for when, side in sides.items()
            },
        },
    }


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


def _loads(fitted: Fitted, load: Floats) -> list[dict[str, Any]]:
    """Say how busy those who serve each stage are, as it is and in the scenario."""
    was, names = of_pools(fitted, Scenario(), fitted.now), fitted.past.names
    return [
        {"stage": names[s], "before": float(was[p]), "after": float(load[p])}
        for p, pool in enumerate(fitted.queues.pools)
        for s in pool.stages
    ]


def warnings(
    fitted: Fitted,
    fit: dict[str, Any],
    scenario: Scenario,
    system: System,
    *,
    load: Floats,
    horizon: float,
) -> list[str]:
    """Warn of queues that grow, of people who are busy, and of what the log has never seen."""
    made = [*system.notes, *_busy(fitted, load), *_unseen(fitted, scenario, system, horizon)]
    if fit["held_out"]["verdict"] == "behind":
        made.append(
            "on weeks held out the model was worse than drawing past lead times again: trust "
            "the direction of a change rather than its size"
        )
    if fit["delivered"] < FEW:
        made.append(f"only {fit['delivered']} items were delivered, so every figure is rough")
    return made


def _busy(fitted: Fitted, load: Floats) -> Iterator[str]:
    most = load * (1 + doubt(fitted))
    for pool, share, top in zip(fitted.queues.pools, load, most, strict=True):
        names = ", ".join(fitted.past.names[s] for s in pool.stages)
        if share >= 1:
            yield (
                f"{names}: {share:.0%} of its capacity would be needed, so the queue grows "
                "without end and the figures depend on the horizon"
            )
        elif top >= 1:
            yield (
                f"{names}: {share:.0%} busy, which the log cannot tell from more than can be done: "
                "the queue may grow without end"
            )
        elif share > BUSY:
            yield f"{names}: {share:.0%} busy; small changes move its queue a lot"


def _unseen(fitted: Fitted, scenario: Scenario, system: System, horizon: float) -> Iterator[str]:
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

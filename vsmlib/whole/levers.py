"""The lever table: the same effort at every stage, ranked by what the customer sees of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from vsmlib.errors import ParameterError, one_of
from vsmlib.whole import change
from vsmlib.whole.arrays import Floats
from vsmlib.whole.differences import MATERIAL, Groups, difference, mean, percentile
from vsmlib.whole.fitted import Fitted
from vsmlib.whole.group import Scope
from vsmlib.whole.history import ACTIVE, WAIT, History
from vsmlib.whole.run import futures
from vsmlib.whole.scenario import Scenario
from vsmlib.whole.trains import Train

__all__ = ["BUSIEST", "candidates", "constraint", "table"]

COLUMNS = ("lever", "stage", "change", "effect_s", "low_s", "high_s", "share", "p85_s",
           "p85_low_s", "p85_high_s", "local_s", "moved_to", "moved_s", "local_only", "constraint",
           "p85_rank", "effort_days", "per_day_s")  # fmt: skip
KINDS = ("wait", "service_time", "rework", "capacity", "batch")
BUSIEST = 0.6  # a pool that needs less of its capacity constrains nothing
HALF = 0.5  # a local gain of which less than half arrives is a local optimisation
Lever = tuple[str, str, str, Scenario]


def candidates(fitted: Fitted, effort: float) -> list[Lever]:
    """List the levers: kind, stage, what is changed, and the scenario that does it."""
    if not 0 < effort < 1:
        raise ParameterError(f"effort {effort:g}", accepted="a share between 0 and 1, as 0.2")
    past, pool, less = fitted.past, fitted.queues.pool, f"{effort:.0%} less"
    scale, made = {"scale": 1 - effort}, []
    seen = np.bincount(past.stage, minlength=len(past.kind)) > 0
    spent = np.bincount(past.stage, past.end - past.start, len(past.kind))

    def add(kind: str, stage: int, words: str, value: Any) -> None:
        name = past.names[stage]
        scenario = Scenario.from_dict({"name": name, "stages": {name: {kind: value}}})
        made.append((kind, name, words, scenario))

    for stage in map(int, np.flatnonzero(seen & (spent > 0))):
        if past.kind[stage] == ACTIVE:
            add("service_time", stage, f"work {less}", scale)
            if pool[stage] >= 0:
                add("capacity", stage, "one more at a time", 1)
        elif past.kind[stage] == WAIT:
            kind, words, value = _sooner(fitted.now.trains.get(stage), effort)
            add(kind, stage, words, value)
        if past.flowing[stage] and _sends_back(past, stage):
            add("rework", stage, f"sends {less} back", scale)
    return made


def _sooner(train: Train | None, effort: float) -> tuple[str, str, Any]:
    """Say how a wait can be less: the kind of lever, in words, and what it is set to."""
    if train and train.size > 1:
        size = min(change.smaller(train.size, 1 - effort), train.size - 1)
        return "batch", f"batches of {size} in place of {train.size}", size
    words = "releases more often" if train else f"wait {effort:.0%} less"
    return "wait", words, {"scale": 1 - effort}


def _sends_back(past: History, stage: int) -> bool:
    inside = past.item[1:] == past.item[:-1]
    return bool((inside & (past.stage[:-1] == stage) & (past.stage[1:] < stage)).any())


def constraint(fitted: Fitted, load: Floats) -> list[str]:
    """Name the stages of the pool that needs the most of its capacity, none if none needs much."""
    if not len(load) or load.max() < BUSIEST:
        return []
    return [fitted.past.names[s] for s in fitted.queues.pools[int(load.argmax())].stages]


def table(
    fitted: Fitted,
    load: Floats,
    *,
    effort: float,
    days: Mapping[str, float],
    horizon: float,
    replications: int,
    seed: int,
) -> pd.DataFrame:
    """Try every lever on the same futures and rank them, as `Model.levers` describes."""
    for kind, told in days.items():
        if kind not in KINDS:
            what, accepted, hint = one_of("lever", kind, KINDS)
            raise ParameterError(what, where="effort_days", accepted=accepted, hint=hint)
        if not told > 0 or not np.isfinite(told):
            raise ParameterError(f"effort_days of {kind} is {told:g}", accepted="days above 0")
    levers = candidates(fitted, effort)
    # To the end: else faster levers would deliver more of the old items in time, and seem slow.
    scenarios = [None, *(lever[3] for lever in levers)]
    before, *after = futures(fitted, scenarios, Scope(horizon, to_the_end=True), replications, seed)
    narrow = constraint(fitted, load)
    rows = [
        _row(fitted, lever, before, then) | {"constraint": lever[1] in narrow}
        for lever, then in zip(levers, after, strict=True)
    ]
    made = pd.DataFrame(rows, columns=COLUMNS)
    made["p85_rank"] = made["p85_s"].rank(method="min").astype("Int64")
    made["effort_days"] = made["lever"].map(dict(days)).astype("float64")
    made["per_day_s"] = made["effect_s"] / made["effort_days"]
    return made.sort_values(["effect_s", "p85_s"], kind="stable").reset_index(drop=True)


def _row(fitted: Fitted, lever: Lever, before: Groups, after: Groups) -> dict[str, Any]:
    past, (kind, name, words, _) = fitted.past, lever
    effect, size = difference(before, after, mean), mean([r for g in before for r in g])
    late = difference(before, after, percentile(0.85))
    moved = _spent(after) - _spent(before)
    stage = past.names.index(name)
    here = {stage, *(change.waits_of(past, stage, kind) if _waited(past, stage) else ())}
    local = float(moved[list(here)].sum())
    elsewhere = np.where(past.flowing, moved, 0.0)
    elsewhere[list(here)] = 0.0
    worst, gain = int(elsewhere.argmax()), effect["estimate"] or 0.0
    grows = elsewhere[worst] > MATERIAL * size
    return {
        "lever": kind,
        "stage": name,
        "change": words,
        "effect_s": effect["estimate"],
        "low_s": effect["low"],
        "high_s": effect["high"],
        "share": gain / size if size else np.nan,
        "p85_s": late["estimate"],
        "p85_low_s": late["low"],
        "p85_high_s": late["high"],
        "local_s": local,
        "moved_to": past.names[worst] if grows else None,
        "moved_s": float(elsewhere[worst]) if grows else 0.0,
        "local_only": bool(local < -MATERIAL * size and gain > HALF * local),
    }


def _waited(past: History, stage: int) -> bool:
    leads = (past.stage[1:] == stage) & (past.item[1:] == past.item[:-1])
    share = (past.kind[past.stage[:-1]][leads] == WAIT).mean() if leads.any() else 0.0
    return bool(past.kind[stage] == ACTIVE and share > HALF)


def _spent(groups: Groups) -> Floats:
    made: Floats = np.mean([run.waits for runs in groups for run in runs], axis=0)
    return made

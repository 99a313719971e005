"""Whether order, limits and hours are found where people keep to them, and what that is worth.

python -m benchmarks.whole_rules 100      what is found in so many worlds of each sort
python -m benchmarks.whole_rules 0 10     how well changes of such worlds are foretold, beside a
                                          model that looks for no rule
"""

import sys
from contextlib import ExitStack
from unittest.mock import patch

import numpy as np

from benchmarks.whole import FUTURES, WEEKS
from tests.whole import drawn, worlds
from vsmlib.whole import Model, Scenario, fit, limits, order, run, shifts
from vsmlib.whole.group import Scope

RULES = ("none", "order", "limit", "hours")
BLIND = ((order, "CHANCE", -1.0), (limits, "CHANCE", -1.0), (shifts, "FEWEST", np.inf))


def rules(seen: int, foretold: int = 0) -> None:
    """Count what is found in worlds with rules and without; compare predictions with blind ones."""
    for rule in RULES:
        made = [_ruled(seed, rule) for seed in range(1, seen + 1)]
        if made:
            counts = ", ".join(f"{name} {sum(m[name] for m in made)}" for name in made[0])
            print(f"{rule}, {seen} worlds: {counts}", flush=True)
    for rule in RULES[1:] if foretold else ():
        errors = np.array([_errors(seed, rule) for seed in range(1, foretold + 1)])
        whole, median = np.median(errors, axis=(0, 2)), np.median(errors, axis=0).round(3)
        print(
            f"{rule}, {foretold} worlds: median error {whole[0]:.1%}, blind {whole[1]:.1%}; p50, "
            f"p85, throughput {median[0]}, blind {median[1]}",
            flush=True,
        )
    if foretold:
        errors = np.array([_errors_by_type(seed) for seed in range(1, foretold + 1)])
        whole, median = np.median(errors, axis=(0, 2)), np.median(errors, axis=0).round(3)
        print(
            f"order, by type: median error {whole[0]:.1%}, blind {whole[1]:.1%}; p50 and p85 of "
            f"bugs and features {median[0]}, blind {median[1]}"
        )


def _ruled(seed: int, rule: str) -> dict[str, bool]:
    """What is found in a world: its rule, and what is not there."""
    world, *_ = drawn.ruled(seed, rule)
    model = fit(worlds.flow(worlds.past(world), stated=False))
    rows = {row["stage"]: row for row in model.fit["stages"]}
    hours = model.fitted.past.hours
    first = {name: row["first"] for name, row in rows.items() if row["first"]}
    kept = {name: row["wip_limit"] for name, row in rows.items() if row["wip_limit"]}
    true = {
        "none": False,
        "order": first == {"Work 0": [["bug"], ["feature"]]},
        "limit": kept == {"Wait 1": world.stages[1].limit},
        "hours": hours is not None and hours.hours == {"mon-fri": ("09:00-17:00",)},
    }
    wrong = {"order": first, "limit": kept, "hours": hours}
    return {"right": true[rule]} | {f"wrong {k}": bool(v) for k, v in wrong.items() if k != rule}


def _errors(seed: int, rule: str) -> list[list[float]]:
    """Errors of p50, p85 and throughput after a change, and those of a blind model."""
    world, changes, after = drawn.ruled(seed, rule)
    true, _ = worlds.truth(world, after, WEEKS * worlds.WEEK, FUTURES)
    made = []
    for model in _seeing_and_blind(world):
        then = model.run(Scenario.from_dict(changes), horizon_days=WEEKS * 7, replications=100)
        says = then["scenario"]["lead_time_s"]
        says |= {"throughput": then["scenario"]["throughput_per_week"]}
        made.append([abs(says[k] / true[k] - 1) for k in ("p50", "p85", "throughput")])
    return made


def _seeing_and_blind(world: worlds.World) -> list[Model]:
    """Fit to a world's past: with all rules looked for, and with none."""
    flow, made = worlds.flow(worlds.past(world), stated=False), []
    for patches in ((), BLIND):
        with ExitStack() as stack:
            for where, name, value in patches:
                stack.enter_context(patch.object(where, name, value))
            made.append(fit(flow))
    return made


def _errors_by_type(seed: int) -> list[list[float]]:
    """Errors of p50 and p85 of those who go first, and of the others, after a change."""
    world, changes, after = drawn.ruled(seed, "order")
    true = _middles(worlds.truth_by_type(world, after, WEEKS * worlds.WEEK))
    bugs_too = changes | {"priority": {"item_type": "bug"}}  # so that they are marked
    scenarios: list[Scenario | None] = [Scenario.from_dict(s) for s in (changes, bugs_too)]
    made = []
    for model in _seeing_and_blind(world):
        then = run.futures(model.fitted, scenarios, Scope(WEEKS * worlds.WEEK), 100, 1)[0]
        lead, first = (
            np.concatenate([getattr(r, name) for g in then for r in g])
            for name in ("lead", "first")
        )
        made.append([*np.abs(_middles((lead[first], lead[~first])) / true - 1)])
    return made


def _middles(parts: tuple[np.ndarray, ...]) -> np.ndarray:
    return np.concatenate([np.quantile(part, (0.5, 0.85)) for part in parts])


if __name__ == "__main__":
    rules(*map(int, sys.argv[1:3] or ["100"]))

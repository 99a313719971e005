"""Many futures, under scenarios and without: the same arrivals, and items with the same needs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from vsmlib.whole import change, returns
from vsmlib.whole.fitted import Fitted
from vsmlib.whole.group import Future, Group, Scope
from vsmlib.whole.history import History
from vsmlib.whole.paths import Ways, complete
from vsmlib.whole.scenario import Scenario

__all__ = ["GROUPS", "changed", "futures"]

GROUPS = 20  # fits drawn anew, each with its share of the replications
WORKERS = 2  # threads; the kernel lets go of the interpreter


def futures(
    fitted: Fitted,
    scenarios: list[Scenario | None],
    scope: Scope,
    replications: int,
    seed: int,
    *,
    drawn: bool = True,
) -> list[list[list[Future]]]:
    """Simulate: by scenario, by group of replications that share a drawn fit, by replication.

    Without ``drawn`` every group has the fit as it is.
    """
    groups = min(GROUPS, replications)
    shares = [replications // groups + (g < replications % groups) for g in range(groups)]

    def of_group(number: int) -> list[list[Future]]:
        made = _group(fitted, scenarios, scope, [seed, number], drawn=drawn)
        scales = [s.arrivals.scale if s and s.arrivals else 1.0 for s in scenarios]
        seeds = [[seed, number, 1, m] for m in range(shares[number])]
        pairs = zip(made, scales, strict=True)
        return [[one.replication(scale, s) for s in seeds] for one, scale in pairs]

    with ThreadPoolExecutor(WORKERS) as threads:
        done = list(threads.map(of_group, range(groups)))
    return [list(by_group) for by_group in zip(*done, strict=True)]


def _group(
    fitted: Fitted,
    scenarios: list[Scenario | None],
    scope: Scope,
    seed: list[int],
    *,
    drawn: bool,
) -> list[Group]:
    """Draw a fit, and put it under each scenario."""
    past, rng = fitted.past, np.random.default_rng(seed)
    items = np.ones(len(past.first) - 1)
    weight = rng.dirichlet(items) if drawn else items
    blocks = fitted.arrivals.weights(rng if drawn else None)
    ways = complete(past, fitted.queues, weight, rng)
    firsts = [change.first(past, s, np.random.default_rng([*seed, 2])) for s in scenarios]
    own = {"marked": np.any(firsts, axis=0), "weight": weight, "blocks": blocks}
    made = []
    for scenario, first in zip(scenarios, firsts, strict=True):
        system = fitted.now
        if scenario:
            system = change.changed(system, past, fitted.queues, scenario)
        then = changed(ways, past, scenario, np.random.default_rng([*seed, 0]))
        made.append(Group(fitted, system, then, scope, first=first, **own))
    return made


def changed(ways: Ways, past: History, scenario: Scenario | None, rng: np.random.Generator) -> Ways:
    """Put a scenario into practice on what items do."""
    if scenario is None:
        return ways
    made = change.needs(ways, past, scenario)
    for name, each in scenario.stages.items():
        if each.rework:
            made = returns.rework(made, past.names.index(name), each.rework.scale, rng)
    return made

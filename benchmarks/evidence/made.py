"""Verdicts on made-up worlds, of which the truth is known: from events on."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

import numpy as np
import pandas as pd
from scipy.stats import mannwhitneyu

from benchmarks.evidence.oracle import best
from benchmarks.evidence.told import share
from tests.evidence.worlds import drawn, paused, standing, world
from vsmlib.evidence import compare, latest
from vsmlib.evidence.verdict import SURE
from vsmlib.flow import Flow
from vsmlib.measure.periods import periods, shifts

__all__ = ["ALL", "KINDS", "alarms", "few", "found", "holidays", "news", "verdicts"]

KINDS = ("plain", "tails", "seasons", "lasting", "items")
ALL = (*KINDS, "mixed", "stout", "heavy", "both")
CALLED = ("improved", "worse")
# What changes in the last four weeks of a world, and what the report should say of which metric.
CHANGES: dict[str, tuple[str, str, dict[str, float]]] = {
    "times cut by 30%": ("lead_time", "improved", {"cut": 0.7}),
    "times cut by half": ("lead_time", "improved", {"cut": 0.5}),
    "odds of work 1.5 times": ("flow_efficiency", "improved", {"odds": 1.5}),
    "odds of work doubled": ("flow_efficiency", "improved", {"odds": 2.0}),
    "deliveries fewer by 30%": ("throughput", "worse", {"kept": 0.7}),
    "deliveries fewer by half": ("throughput", "worse", {"kept": 0.5}),
}


def verdicts(trials: int, first: int, kinds: Sequence[str] = ALL) -> None:
    names = ("false alarms", "Mann-Whitney's", "cut by 30%: found", "best", "true effect inside")
    print(f"| world | {' | '.join(names)} | trials |")
    print("|---" * (len(names) + 2) + "|", flush=True)
    for kind in kinds:
        seeds = range(first, first + trials)
        wrong, found, inside = _judged(partial(world, kind=kind), seeds)
        plainly = [_plainly(seed, kind) <= SURE for seed in seeds]
        cells = [share(x) for x in (wrong, plainly, found, best(kind), inside)]
        print(f"| {kind} | {' | '.join(cells)} | {trials} |", flush=True)


def holidays(trials: int, first: int) -> None:
    """Judge worlds that rest for a fortnight before the change, as their calendar says or not."""
    print("| a fortnight off | false alarms | cut by 30%: found | true effect inside | trials |")
    print("|---|---|---|---|---|", flush=True)
    for name, declared in (("in the calendar", True), ("not in it", False)):
        made = _judged(partial(paused, declared=declared), range(first, first + trials))
        print(f"| {name} | {' | '.join(share(x) for x in made)} | {trials} |", flush=True)


def _judged(make: Callable[..., tuple[Flow, date]], seeds: range) -> tuple[list[bool], ...]:
    """Say of worlds whether a change is called in them, a cut by 30% found, and its effect held."""
    wrong, found, inside = [], [], []
    for seed in seeds:
        flow, at = make(seed)
        wrong.append(compare(flow, at=at, guard=False).verdict in CALLED)
        flow, at = make(seed, cut=0.7)
        made = compare(flow, at=at, guard=False)
        found.append(made.verdict == "improved")
        low, high = (made["relative"][end] for end in ("low", "high"))
        ends = -1 if low is None else low, np.inf if high is None else high
        inside.append(ends[0] <= -0.3 <= ends[1])
    return wrong, found, inside


def _plainly(seed: int, kind: str) -> float:
    """Return the p-value of the plain test of ranks, with every time of a world to its end."""
    days, lead, half = drawn(np.random.default_rng(seed), kind)
    return float(mannwhitneyu(lead[days < half], lead[days >= half]).pvalue)


def few(trials: int, first: int, kinds: Sequence[str] = KINDS) -> None:
    print("| world, 5 items a side | too_little_data | trials |")
    print("|---|---|---|", flush=True)
    for kind in kinds:
        made = (world(n, kind, side=5, cut=0.7) for n in range(first, first + trials))
        told = [compare(flow, at=at, guard=False).verdict == "too_little_data" for flow, at in made]
        print(f"| {kind} | {share(told)} | {trials} |", flush=True)


def news(trials: int, first: int, kinds: Sequence[str] = KINDS) -> None:
    """Ask for the news of standing worlds, as every report does."""
    names = ("lead_time", "flow_efficiency", "throughput")
    print("| world | " + " | ".join(names) + " | any of the three | uncorrected | reports |")
    print("|---|---|---|---|---|---|---|", flush=True)
    whole = []
    for kind in kinds:
        rows = []
        for seed in range(first, first + trials):
            made = latest(standing(seed, kind))
            called = [one.verdict in CALLED for one in made]
            alone = [(one["p_value"] or 1.0) <= 0.05 for one in made]
            rows.append((*called, any(called), any(alone)))
        whole += rows
        print(f"| {kind} | {_cells(rows)} | {trials} |", flush=True)
    print(f"| all | {_cells(whole)} | {len(whole)} |", flush=True)


def found(trials: int, first: int, kinds: Sequence[str] = KINDS) -> None:
    """Ask for the news of worlds whose last four weeks are others than those before."""
    print("| change in the last four weeks | " + " | ".join(kinds) + " | all | reports |")
    print("|---" * (len(kinds) + 3) + "|", flush=True)
    for change, (metric, verdict, how) in CHANGES.items():
        told = []
        for kind in kinds:
            reports = (latest(standing(n, kind, **how)) for n in range(first, first + trials))
            said = ({one["metric"]: one.verdict for one in report} for report in reports)
            told.append([one[metric] == verdict for one in said])
        cells = [*map(share, told), share(np.concatenate(told)), str(trials * len(kinds))]
        print(f"| {change} | {' | '.join(cells)} |", flush=True)


def alarms(trials: int, first: int, kinds: Sequence[str] = KINDS) -> None:
    """Ask the rule of the efficiency alert, without its threshold."""
    print("| world | flow efficiency fell, by the limits of the periods before | reports |")
    print("|---|---|---|", flush=True)
    whole = []
    for kind in kinds:
        tables = (shifts(periods(standing(seed, kind))) for seed in range(first, first + trials))
        rows = [(_fell(table),) for table in tables]
        whole += rows
        print(f"| {kind} | {_cells(rows)} | {trials} |", flush=True)
    print(f"| all | {_cells(whole)} | {len(whole)} |", flush=True)


def _fell(table: pd.DataFrame) -> bool:
    return bool((table.query("measure == 'flow_efficiency'")["verdict"] == "worse").all())


def _cells(rows: list[tuple[bool, ...]]) -> str:
    return " | ".join(share(column) for column in zip(*rows, strict=True))

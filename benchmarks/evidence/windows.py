"""Forecasts at rolling origins in real series."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.evidence.real import SECONDS, issues, projects
from vsmlib.evidence.backtest import AHEAD, LEVELS, days_until
from vsmlib.evidence.rates import PAST, RUNS, History, plain

__all__ = ["forecasts"]

ITEMS, DAYS, LEFT = 40, (14, 30, 60), 150  # items ask for so many days until the series ends
YOUNG, LEAST, LONG = 120, 10, 300  # days, items in the last 90, days of a series
DRAWS = 200  # times that projects are resampled
Q = np.array([*LEVELS.values()])
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Windows:
    """Windows of which project, what came, the days that were left to see it, and the forecasts."""

    project: Floats
    came: Floats
    left: Floats
    ours: Floats
    theirs: Floats
    more: bool  # so many or more are promised, else so soon

    def __getitem__(self, kept: Any) -> Windows:
        parts = (self.project, self.came, self.left, self.ours, self.theirs)
        return Windows(*(part[kept] for part in parts), self.more)

    def met(self, made: Floats) -> Floats:
        """Say which promises were kept; a date is judged if it lies in the series."""
        if self.more:
            return (self.came[:, None] >= made).astype(float)
        kept = self.came[:, None] <= made
        return np.where(made <= self.left[:, None], kept, np.nan)

    def loss(self, made: Floats) -> Floats:
        """Pinball losses; those of dates up to the end of the series.

        The least expected loss is then still that of the true quantile (Powell, 1986).
        """
        ends = self.left[:, None]
        apart = np.minimum(self.came[:, None], ends) - np.minimum(made, ends)
        level = 1 - Q if self.more else Q
        return np.asarray(np.maximum(level * apart, (level - 1) * apart).mean(axis=1))

    def scores(self) -> Floats:
        """Coverage of p50, p85, p95, and the loss over the plain Monte Carlo's."""
        ratio = self.loss(self.ours).sum() / self.loss(self.theirs).sum()
        return np.append(np.nanmean(self.met(self.ours), axis=0), ratio)

    def unsure(self) -> Floats:
        """Return the standard errors of the scores: windows of a project resemble each other."""
        rng, numbers = np.random.default_rng(1), np.unique(self.project)
        places = {number: np.flatnonzero(self.project == number) for number in numbers}
        drawn = (rng.choice(numbers, len(numbers)) for _ in range(DRAWS))
        made = [self[np.concatenate([places[n] for n in some])].scores() for some in drawn]
        return np.asarray(np.std(made, axis=0))

    def row(self) -> str:
        made, unsure = self.scores(), self.unsure()
        cells = [f"{100 * x:.1f} ± {100 * e:.1f} %" for x, e in zip(made, unsure, strict=True)][:3]
        plainly = np.nanmean(self.met(self.theirs), axis=0)
        cells.append(" / ".join(f"{100 * x:.0f}" for x in plainly) + " %")
        ends = f"{made[3]:.2f} ± {unsure[3]:.2f}", len(self.came), len(np.unique(self.project))
        return " | ".join([*cells, *map(str, ends)])


def counted() -> dict[str, list[Floats]]:
    """Deliveries by day, of each project."""
    merged = [t["merged_at"].to_numpy().astype(int) // SECONDS for t in projects()]
    series = {"issues (TAWOS)": list(issues()), "pull requests": merged}
    return {
        name: [np.bincount(days - days.min()).astype(float) for days in each]
        for name, each in series.items()
    }


def origins(each: list[Floats], trials: int, seed: int, left: int) -> Iterator[tuple[int, int]]:
    """Draw as many days of each project, on which something was going on."""
    rng = np.random.default_rng(seed)
    long = [number for number, counts in enumerate(each) if len(counts) >= LONG]
    for number in long:
        counts = each[number]
        for day in rng.integers(YOUNG, len(counts) - left + 1, -(-trials // len(long))):
            if counts[:day][-PAST:].sum() >= LEAST:
                yield number, int(day)


def forecasts(trials: int, first: int) -> None:
    head = "series ahead projects p50 p85 p95 plain pinball/plain windows of-projects"
    print(f"| {' | '.join(head.split())} |")
    print("|---" * 10 + "|", flush=True)
    for name, each in counted().items():
        drawn = {left: [*origins(each, trials, first + 2, left)] for left in (*DAYS, LEFT)}
        found = {f"{ahead} days": _numbers(each, drawn[ahead], ahead) for ahead in DAYS}
        dates = _dates(each, drawn[LEFT])
        ended = replace(dates, left=np.full(len(dates.came), np.inf))[np.isfinite(dates.came)]
        found |= {f"{ITEMS} items": dates, f"{ITEMS} items, ended": ended}
        for what, windows in found.items():
            print(f"| {name} | {what} | all | {windows.row()} |", flush=True)
            odd = windows[windows.project % 2 == 1]
            print(f"| {name} | {what} | not chosen on | {odd.row()} |", flush=True)


def _numbers(each: list[Floats], chosen: list[tuple[int, int]], ahead: int) -> Windows:
    """How many in so many days."""

    def made(past: History) -> tuple[Any, Any]:
        runs = plain(past.counts[-PAST:], days=ahead, runs=RUNS)
        guess = past.how_many(ahead)
        return [round(guess.quantile(1 - q)) for q in Q], np.quantile(runs, 1 - Q)

    came = [each[n][day : day + ahead].sum() for n, day in chosen]
    return _windows(each, chosen, made, came, more=True)


def _dates(each: list[Floats], chosen: list[tuple[int, int]]) -> Windows:
    """When so many; never, where the series ends before."""

    def made(past: History) -> tuple[Any, Any]:
        runs = plain(past.counts[-PAST:], items=ITEMS, runs=RUNS)
        return [AHEAD if day is None else day for day in days_until(past, ITEMS, [*Q])], \
            np.quantile(runs, Q)  # fmt: skip

    totals = [np.cumsum(each[n][day:]) for n, day in chosen]
    came = [np.searchsorted(t, ITEMS) + 1 if t[-1] >= ITEMS else np.inf for t in totals]
    return _windows(each, chosen, made, came, more=False)


def _windows(
    each: list[Floats], chosen: list[tuple[int, int]],
    made: Callable[[History], tuple[Any, Any]], came: list[Any], *, more: bool,
) -> Windows:  # fmt: skip
    pasts = (History(each[n][:day], np.arange(day + AHEAD + 1) % 7) for n, day in chosen)
    ours, theirs = zip(*map(made, pasts), strict=True)
    left = [np.inf if more else len(each[n]) - day for n, day in chosen]
    parts = ([n for n, _ in chosen], came, left, ours, theirs)
    return Windows(*(np.array(part, dtype=float) for part in parts), more=more)

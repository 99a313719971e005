"""Forecasts at rolling origins in real series."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from benchmarks.evidence.prior import counted, held_out, origins
from vsmlib.evidence import rates
from vsmlib.evidence.backtest import AHEAD, LEVELS, days_until
from vsmlib.evidence.rates import PAST, RUNS, History, plain

__all__ = ["forecasts"]

ITEMS, DAYS, LEFT = 40, (14, 30, 60), 150  # items ask for so many days until the series ends
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


def joined(parts: list[Windows]) -> Windows:
    """Put windows together."""
    names = "project", "came", "left", "ours", "theirs"
    each = (np.concatenate([getattr(part, name) for part in parts]) for name in names)
    return Windows(*each, parts[0].more)


def forecasts(trials: int, first: int) -> None:
    head = "series ahead projects p50 p85 p95 plain pinball/plain windows of-projects"
    print(f"| {' | '.join(head.split())} |")
    print("|---" * 10 + "|", flush=True)
    series = counted()
    halves = [*held_out(series, trials, first)]
    for name, each in series.items():
        drawn = {left: [*origins(each, trials, first + 2, left)] for left in (*DAYS, LEFT)}
        parts = [_held_out(each, drawn, half[name], errors) for half, errors in halves]
        for what, windows in _found(each, drawn).items():
            apart = joined([part[what] for part in parts])
            odd = apart[apart.project % 2 == 1]
            for which, some in (("all", windows), ("held out", apart), ("held out, odd", odd)):
                print(f"| {name} | {what} | {which} | {some.row()} |", flush=True)


def _held_out(
    each: list[Floats], drawn: dict[int, list[tuple[int, int]]], half: set[int], errors: Floats
) -> dict[str, Windows]:
    """Forecast for one half of the projects with the errors of the other."""
    inside = {left: [at for at in days if at[0] in half] for left, days in drawn.items()}
    with mock.patch.object(rates, "ERRORS", errors):
        return _found(each, inside)


def _found(each: list[Floats], drawn: dict[int, list[tuple[int, int]]]) -> dict[str, Windows]:
    """Forecast on the days that were drawn."""
    found = {f"{ahead} days": _numbers(each, drawn[ahead], ahead) for ahead in DAYS}
    dates = _dates(each, drawn[LEFT])
    ended = replace(dates, left=np.full(len(dates.came), np.inf))[np.isfinite(dates.came)]
    return found | {f"{ITEMS} items": dates, f"{ITEMS} items, ended": ended}


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

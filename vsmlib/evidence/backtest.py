"""The same forecast on many days of the past, each with what was known then, and what came."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from vsmlib.evidence.rates import PAST, RUNS, History, plain
from vsmlib.evidence.survival import Floats
from vsmlib.words import count, number, percent

__all__ = [
    "AHEAD",
    "LEAST_ITEMS",
    "LEVELS",
    "backtest",
    "days_until",
    "scored",
    "warnings",
]

LEVELS = {"p50": 0.50, "p85": 0.85, "p95": 0.95}
AHEAD = 3653  # days, after which a date is not told
LEAST_ITEMS = 10
GRID = np.unique(np.geomspace(1, AHEAD - 1, 50).round())  # days that are looked at
BEGIN, WINDOWS = 60, 80  # day of the first window of a back-test, and how many there are at most
FEW, OFF = 10, 0.1  # windows that say something, and coverage that is not what it should be
WORSE = 1.1  # times the loss of the plain Monte Carlo, which is told
RECENT, CERTAIN = 28, 0.025  # days that are held against the past, and a tail that surprises


def days_until(
    past: History, items: float, levels: Sequence[float], growth: float = 0.0
) -> list[int | None]:
    """Find the days by whose end so many are delivered with a probability; 1 is the first.

    That a date is met is that so many are delivered until then: so both questions have one answer.
    """
    days, chances = [0.0], [0.0]
    for day in GRID:
        chance = past.how_many(int(day)).chance(items + growth * day / 7)
        days.append(float(day))
        chances.append(max(chance, chances[-1]))
        if chance > max(levels):
            break
    # Between two days of the grid, by the logarithm; nothing is delivered before the first day.
    logs, rising = np.log(np.maximum(days, 0.5)), np.flatnonzero(np.diff(chances, prepend=-1.0) > 0)
    found = np.exp(np.interp(levels, np.array(chances)[rising], logs[rising]))
    return [
        None if level > chances[-1] else max(1, math.ceil(day - 1e-9))
        for level, day in zip(levels, found, strict=True)
    ]


def backtest(
    past: History, begin: date, *, items: int | None = None, days: int | None = None, seed: int = 1
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Make the same forecast on many days of the past, and see what came.

    Returns
    -------
    dict
        As `scored` makes it.
    pandas.DataFrame
        A row a past window: ``day`` (it was forecast on its morning), ``p50, p85, p95`` and
        ``came`` (days or items), ``plain_p50, plain_p85, plain_p95``.
    """
    rows = []
    last = past.days - (days or 1)
    for origin in np.unique(np.linspace(BEGIN, last, WINDOWS).astype(int)) if last > BEGIN else ():
        then = past.until(int(origin))
        if then.total[-1] < LEAST_ITEMS:
            continue
        came = _came(past, int(origin), items, days)
        if came is None:
            break
        if days is not None:
            guess = then.how_many(days)
            ours = [round(guess.quantile(1 - q)) for q in LEVELS.values()]
        else:
            found = days_until(then, items or 0, [*LEVELS.values()])
            ours = [AHEAD if day is None else day for day in found]
        runs = plain(then.counts[-PAST:], days=days, items=items, runs=RUNS, seed=seed)
        theirs = np.quantile(runs, [_side(q, days) for q in LEVELS.values()])
        rows.append((begin + timedelta(days=int(origin)), *ours, came, *theirs))
    columns = ["day", *LEVELS, "came", *(f"plain_{name}" for name in LEVELS)]
    table = pd.DataFrame(rows, columns=columns)
    return scored(table, more=days is not None), table


def _came(past: History, origin: int, items: int | None, days: int | None) -> float | None:
    """Say what came of a window; None where it has not ended yet."""
    if days is not None:
        return float(past.total[origin + days] - past.total[origin])
    assert items is not None
    end = int(np.searchsorted(past.total, past.total[origin] + items))
    return end - origin if end <= past.days else None


def _side(q: float, days: int | None) -> float:
    return q if days is None else 1 - q


def scored(table: pd.DataFrame, *, more: bool) -> dict[str, Any]:
    """Score past windows: ``windows, coverage, sharpness, pinball_ratio, plain``.

    ``more``: what was promised is a number that is met by as many or more; else a day.
    """
    if table.empty:
        none = dict.fromkeys(LEVELS)
        return {"windows": 0, "coverage": none, "sharpness": None, "pinball_ratio": None,
                "plain": none}  # fmt: skip
    ours, theirs = (table[[f"{who}{name}" for name in LEVELS]] for who in ("", "plain_"))
    seen = table["came"].to_numpy(dtype=np.float64)
    (cover, loss), (plainly, other) = (
        _score(x.to_numpy(float), seen, more) for x in (ours, theirs)
    )
    wide = (table["p95"] - table["p50"]).abs() / table["p50"].clip(lower=1)
    return {
        "windows": len(table),
        "coverage": cover,
        "sharpness": float(wide.mean()),
        "pinball_ratio": loss / other if other else None,
        "plain": plainly,
    }


def _score(made: Floats, seen: Floats, more: bool) -> tuple[dict[str, float], float]:
    """Return how often each level was met, and the pinball loss."""
    apart = seen[:, None] - made
    met = apart >= 0 if more else apart <= 0
    level = np.array([1 - q if more else q for q in LEVELS.values()])
    loss = float(np.maximum(level * apart, (level - 1) * apart).mean())
    return dict(zip(LEVELS, met.mean(axis=0).tolist(), strict=True)), loss


def warnings(past: History, test: Mapping[str, Any]) -> list[str]:
    """Say where a forecast should not be trusted."""
    made, windows = [], test["windows"]
    if windows < FEW:
        made.append(
            (f"only {count(windows, 'past window')}" if windows else "no past window")
            + " to test on: the width is mostly that of other projects"
        )
    elif abs(test["coverage"]["p85"] - LEVELS["p85"]) > OFF:
        kept = percent(test["coverage"]["p85"])
        made.append(f"in the past p85 was met in {kept} of windows, not in 85%")
    if windows >= FEW and (ratio := test["pinball_ratio"] or 0.0) > WORSE:
        made.append(f"in the past its loss was {number(ratio, 1)} times that of resampling days")
    if past.days >= 5 * RECENT and (told := _drifted(past)):
        made.append(told)
    return made


def _drifted(past: History) -> str:
    """Say that the last weeks surprise by those before; one day's burst, as a release, does not."""
    before = past.until(past.days - RECENT).how_many(RECENT)
    last = past.counts[-RECENT:]
    low, high = before.quantile(CERTAIN), before.quantile(1 - CERTAIN)
    if last.sum() >= low and last.sum() - last.max() <= high:
        return ""
    return (
        f"the last 4 weeks brought {count(last.sum(), 'item')}, where {round(before.expected)} "
        "were to be expected: the stream may have changed"
    )

"""How wrong guesses are in real projects: what a stream with a short past is judged by."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.evidence.real import SECONDS, issues, projects
from vsmlib.evidence.rates import LEVELS, MONTH, PAST, RISES, History

__all__ = ["counted", "held_out", "origins", "prior"]

YOUNG, LEAST, LONG = 120, 10, 300  # days, items in the last 90, days of a series
AHEAD = (14, 30, 60, 120)  # days
SPLITS, RARE = 4, 0.002  # times that projects are halved, and the share beyond the end of a table
Floats = NDArray[np.float64]


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


def errors(series: dict[str, list[Floats]], trials: int, first: int) -> pd.DataFrame:
    """How wrong guesses are, in units of their spread: a row a window."""
    rows = []
    for name, each in series.items():
        for days in AHEAD:
            for number, day in origins(each, trials, first + 3, days):
                past = History(each[number][:day], np.arange(day + days + 1) % 7)
                guess, came = past.how_many(days), each[number][day : day + days].sum()
                wrong = np.log((came + 1) / (guess.expected + 1)) / guess.spread
                rows.append((name, number, wrong - RISES * np.log(days / MONTH)))
    return pd.DataFrame(rows, columns=["series", "project", "wrong"])


def fitted(made: pd.DataFrame) -> Floats:
    """Quantiles of errors at the levels of the library."""
    return np.asarray(made["wrong"].quantile(np.clip(LEVELS, RARE, 1 - RARE)))


def held_out(
    series: dict[str, list[Floats]], trials: int, first: int
) -> Iterator[tuple[dict[str, set[int]], Floats]]:
    """Halve the projects at random; each half with what the errors of the other are."""
    made, rng = errors(series, trials, first), np.random.default_rng(first + 4)
    for _ in range(SPLITS):
        mixed = {name: rng.permutation(len(each)) for name, each in series.items()}
        for side in (0, 1):
            half = {name: {*order[side::2].tolist()} for name, order in mixed.items()}
            inside = [p in half[n] for n, p in zip(made["series"], made["project"], strict=True)]
            yield half, fitted(made[~np.array(inside)])


def prior(trials: int, first: int) -> None:
    """Print the errors of all projects, which the library has as `rates.ERRORS`."""
    print(", ".join(f"{wrong:.2f}" for wrong in fitted(errors(counted(), trials, first))))

"""Random dates and rolling origins in real series, from the shared data beside the checkout."""

import tarfile
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.evidence.told import share
from tests.conftest import shared_root
from tests.evidence.worlds import STAGES
from tests.worlds import make_log, make_stream
from vsmlib.errors import VsmError
from vsmlib.evidence import compare
from vsmlib.evidence.backtest import AHEAD, LEVELS, days_until
from vsmlib.evidence.rates import History, plain
from vsmlib.flow import Flow

__all__ = ["fake", "forecasts"]

SECONDS = 86_400
ITEMS = 40
NEAR = 1100  # days around a random date that are looked at
VERDICTS = ("improved", "worse", "no_evidence", "too_little_data")


def projects() -> Iterator[pd.DataFrame]:
    """Created and merged times of each project's pull requests, in seconds."""
    with tarfile.open(shared_root() / "data" / "pullreqs-icse2014.tar.xz") as archive:
        for member in archive:
            if member.name.endswith(".csv"):
                table = pd.read_csv(archive.extractfile(member))
                table = table.dropna(subset=["merged_at"])
                yield table[table["merged_at"] > table["created_at"]]


def issues() -> Iterator[Any]:
    """Finish dates of each project's issues, in days."""
    with tarfile.open(shared_root() / "data" / "throughput-tawos.tar.xz") as archive:
        for member in archive:
            if member.name.endswith(".csv"):
                days = pd.read_csv(archive.extractfile(member), header=None)[0]
                days = pd.to_datetime(days, errors="coerce").dropna()
                yield days.astype("datetime64[s]").astype("int64").to_numpy() // SECONDS


def fake(trials: int, first: int) -> None:
    print("| series, metric | " + " | ".join(VERDICTS) + " | dates |")
    print("|---|---|---|---|---|---|", flush=True)
    merged = [table[["created_at", "merged_at"]].to_numpy(dtype=float) for table in projects()]
    closed = [np.column_stack([days, days + 0.5]) * SECONDS for days in issues()]
    for name, series, metric in (
        ("pull requests, lead time", merged, "lead_time"),
        ("pull requests, throughput", merged, "throughput"),
        ("issues (TAWOS), throughput", closed, "throughput"),
    ):
        print(f"| {name} | {_told(series, metric, trials, first)} | {trials} |", flush=True)


def _told(series: list[Any], metric: str, trials: int, first: int) -> str:
    """Say how often which verdict is given at random dates of random projects."""
    rng, made = np.random.default_rng(first + 1), list[str]()
    while len(made) < trials:
        spans = series[rng.integers(len(series))]
        at = int(rng.uniform(*np.quantile(spans[:, 0], [0.1, 0.9])) // SECONDS)
        near = spans[np.abs(spans[:, 0] / SECONDS - at) < NEAR]
        rows = []
        for i, (begun, ended) in enumerate(near):
            rows.append((f"i{i}", int(begun * 1e6), 2 * i, "queue", None))
            rows.append((f"i{i}", int(ended * 1e6), 2 * i + 1, "done", None))
        try:
            flow = Flow(make_log(rows), make_stream(STAGES))
            day = date(1970, 1, 1) + timedelta(days=at)
            found = compare(flow, at=day, metric=metric, guard=False)
        except VsmError:
            continue
        if found["p_value"] is not None:
            made.append(found.verdict)
    return " | ".join(share([one == verdict for one in made]) for verdict in VERDICTS)


def forecasts(trials: int, first: int) -> None:
    print("| series | days ahead | p50 | p85 | p95 | plain | pinball / plain | windows |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    merged = [t["merged_at"].to_numpy().astype(int) // SECONDS for t in projects()]
    for name, series in (("issues (TAWOS)", list(issues())), ("pull requests", merged)):
        for ahead in (14, 30):
            print(f"| {name} | {ahead} | {_windows(series, ahead, trials, first)} |", flush=True)
        for what, row in zip(("ended", "all"), _waits(series, trials, first), strict=True):
            print(f"| {name} | {ITEMS} items, {what} | {row} |", flush=True)


def _windows(series: list[Any], ahead: int, trials: int, first: int) -> str:
    rng, seen, ours, theirs = np.random.default_rng(first + 2), [], [], []
    while len(seen) < trials:
        days = series[rng.integers(len(series))]
        counts = np.bincount(days - days.min()).astype(float)
        if len(counts) < 150 + ahead:
            continue
        origin = int(rng.integers(120, len(counts) - ahead))
        if counts[:origin][-90:].sum() < 10:
            continue
        past = History(counts[:origin], np.arange(origin + ahead + 1) % 7)
        guess, levels = past.how_many(ahead), [1 - q for q in LEVELS.values()]
        seen.append(counts[origin : origin + ahead].sum())
        ours.append([round(guess.quantile(q)) for q in levels])
        theirs.append(np.quantile(plain(past.counts[-90:], days=ahead, runs=1000), levels))
    levels = np.array(levels)
    return _row(np.array(seen), np.array(ours), np.array(theirs), levels, more=True)


def _waits(series: list[Any], trials: int, first: int) -> Iterator[str]:
    """When so many are delivered, asked at random days of random projects.

    Counted twice: windows that ended only, which leaves slow ones out; and all of them, each as far
    as its series goes: a date is judged if it lies in the series, losses are those up to its end
    (Powell, 1986: the least expected loss is still that of the true quantile).
    """
    rng, seen, left, ours, theirs = np.random.default_rng(first + 3), [], [], [], []
    levels = np.array([*LEVELS.values()])
    while len(seen) < trials:
        days = np.sort(series[rng.integers(len(series))])
        counts = np.bincount(days - days.min()).astype(float)
        if len(counts) < 300:
            continue
        origin = int(rng.integers(120, len(counts) - 150))
        total = np.cumsum(counts[origin:])
        if counts[:origin][-90:].sum() < 10:
            continue
        past = History(counts[:origin], np.arange(origin + AHEAD) % 7)
        seen.append(int(np.searchsorted(total, ITEMS)) + 1 if total[-1] >= ITEMS else np.inf)
        left.append(len(total))
        ours.append([AHEAD if day is None else day for day in days_until(past, ITEMS, levels)])
        theirs.append(np.quantile(plain(counts[:origin][-90:], items=ITEMS, runs=1000), levels))
    came, ends = np.array(seen), np.array(left)[:, None]
    sides, ended = [np.array(x, dtype=float) for x in (ours, theirs)], np.isfinite(came)
    yield _row(came[ended], *(x[ended] for x in sides), levels, more=False)
    judged = [np.where(x <= ends, x, np.nan) for x in sides]
    capped = [np.minimum(x, ends) for x in sides]
    yield _row(np.minimum(came, ends[:, 0]), *capped, levels, more=False, judged=(came, judged))


def _row(seen: Any, ours: Any, theirs: Any, levels: Any, *, more: bool, judged: Any = None) -> str:
    apart = [seen[:, None] - x for x in (ours, theirs)]
    cover = [((x >= 0) if more else (x <= 0)).mean(axis=0) for x in apart]
    if judged is not None:
        came, dates = judged
        cover = [
            [np.mean(came[kept] <= day[kept]) for day in x.T for kept in [~np.isnan(day)]]
            for x in dates
        ]
    loss = [np.maximum(levels * x, (levels - 1) * x).mean() for x in apart]
    cells = [share([x]) for x in cover[0]] + [" / ".join(share([x]).strip() for x in cover[1])]
    return " | ".join([*cells, f"{loss[0] / loss[1]:.2f}", str(len(seen))])

"""How often are verdicts and forecasts right? Calibration on made-up worlds and on real series.

``python -m benchmarks.evidence verdicts|fake|forecasts [--trials N] [--first N]`` prints one table:

- ``verdicts``: standing worlds (false alarms: at most 5%) and a cut by 30% with 150 items a side
  (found: at least 85%; the true effect inside the interval: at least 90%), all from events on.
  Best: how often it is found by the test that knows the world but for the two levels.
- ``fake``: random dates in real pull requests (lead time, throughput) and issues (throughput), at
  which nothing is known to have changed: at most 10%.
- ``forecasts``: rolling origins in real series; coverage within 5 points, pinball at most 0.98 of
  the plain Monte Carlo's.
- ``speed``: what verdicts and forecasts cost on 10,000 items: at most 2 and 5 s.

``fake`` and ``forecasts`` read the shared data beside the checkout (``VSM_SHARED``).
"""

import argparse
import tarfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from functools import partial
from time import process_time
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr

from tests.conftest import shared_root
from tests.evidence.worlds import STAGES, world
from tests.worlds import make_log, make_stream
from vsmlib.errors import VsmError
from vsmlib.evidence import compare, forecast, latest
from vsmlib.evidence.backtest import AHEAD, LEVELS, days_until
from vsmlib.evidence.rates import History, plain
from vsmlib.flow import Flow
from vsmlib.log import from_us

KINDS = ("plain", "tails", "seasons", "lasting", "items")
SECONDS = 86_400
ITEMS = 40
NEAR = 1100  # days around a random date that are looked at
QUICK = ("lead_time", "cycle_time", "flow_efficiency", "throughput", "rework")
VERDICTS = ("improved", "worse", "no_evidence", "too_little_data")


def share(values: Any) -> str:
    return f"{100 * np.mean(values):5.1f} %" if len(values) else "–"


def verdicts(trials: int, first: int, kinds: Sequence[str] = KINDS) -> None:
    print("| world | false alarms | cut by 30%: found | best | true effect inside | trials |")
    print("|---|---|---|---|---|---|", flush=True)
    for kind in kinds:
        wrong, found, inside = [], [], []
        for seed in range(first, first + trials):
            flow, at = world(seed, kind)
            wrong.append(compare(flow, at=at, guard=False).verdict in ("improved", "worse"))
            flow, at = world(seed, kind, cut=0.7)
            made = compare(flow, at=at, guard=False)
            found.append(made.verdict == "improved")
            low, high = (made["relative"][end] for end in ("low", "high"))
            ends = -1 if low is None else low, np.inf if high is None else high
            inside.append(ends[0] <= -0.3 <= ends[1])
        cells = [share(x) for x in (wrong, found, best(kind), inside)]
        print(f"| {kind} | {' | '.join(cells)} | {trials} |", flush=True)


def best(kind: str, draws: int = 40) -> list[float]:
    """Power of a test that knows how the world moves (and every time to its end)."""
    found, half = [], 105.0
    for seed in range(draws if kind != "tails" else 0):
        days = np.sort(np.random.default_rng(seed).uniform(0, 2 * half, 300))
        apart = np.abs(days[:, None] - days[None, :])
        weeks, places = (np.abs(np.subtract.outer(x, x)) for x in (days // 7, np.arange(300)))
        seasons = 0.18 * np.cos(2 * np.pi * apart / 7) + 0.08 * np.cos(2 * np.pi * apart / 91)
        alike = {
            "plain": np.eye(300),
            "seasons": np.eye(300) + seasons,
            "lasting": 0.7 * np.eye(300) + 0.3 * 0.5**weeks,
            "items": 0.3**places,
        }[kind]
        sides = np.column_stack([np.ones(300), days >= half]).astype(float)
        spread = np.sqrt(np.linalg.inv(sides.T @ np.linalg.solve(alike, sides))[1, 1])
        found.append(ndtr(np.log(1 / 0.7) / 0.8 / spread - 1.96))
    return found


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


def speed(trials: int, first: int) -> None:
    """CPU seconds (of all threads) of verdicts and forecasts on 10,000 items in four years."""
    print("| asked | CPU s, median | least to most | runs |")
    print("|---|---|---|---|", flush=True)
    flow, at = world(first, side=5000, weekly=48.0, cut=0.7, items=_teams)
    end = from_us(flow.observed_us).date()
    asked: dict[str, Callable[[], Any]] = {
        **{name: partial(compare, flow, at=at, metric=name) for name in (*QUICK, "wait:Queue")},
        "lead_time, control": partial(compare, flow, at=at, control=("team", "blue")),
        "lead_time, groups": partial(compare, flow, groups=("team", "blue", "red")),
        "lead_time, 104 weeks": partial(compare, flow, at=at, weeks=104),
        "latest (three verdicts)": partial(latest, flow),
        **{f"forecast {n} items": partial(forecast, flow, items=n) for n in (40, 1000)},
        **{
            f"forecast {n} days": partial(forecast, flow, until=end + timedelta(days=n))
            for n in (28, 365)
        },
    }
    for name, call in asked.items():
        took = sorted(_cpu(call) for _ in range(trials))
        ends = f"{took[0]:.2f} to {took[-1]:.2f}"
        print(f"| {name} | {np.median(took):.2f} | {ends} | {trials} |", flush=True)


def _cpu(call: Callable[[], Any]) -> float:
    begun = process_time()
    call()
    return process_time() - begun


def _teams(number: int, after: bool) -> dict[str, str]:
    return {"team": ("blue", "red")[number % 2]}


def main() -> None:
    """Print the table that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["verdicts", "fake", "forecasts", "speed"])
    parser.add_argument("--trials", type=int, default=300)
    parser.add_argument("--first", type=int, default=0, help="number of the first trial")
    parser.add_argument("--worlds", nargs="+", choices=KINDS, default=KINDS, help="of verdicts")
    arguments = parser.parse_args()
    how = {"trials": arguments.trials, "first": arguments.first}
    if arguments.what == "verdicts":
        verdicts(**how, kinds=arguments.worlds)
    else:
        {"fake": fake, "forecasts": forecasts, "speed": speed}[arguments.what](**how)


if __name__ == "__main__":
    main()

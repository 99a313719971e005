"""How often are verdicts and forecasts right? Calibration on made-up worlds and on real series.

``python -m benchmarks.evidence verdicts|fake|forecasts [--trials N]`` prints one table:

- ``verdicts``: standing worlds (false alarms: at most 5%) and a cut by 30% with 150 items a side
  (found: at least 85%; the true effect inside the interval: at least 90%), all from events on.
- ``fake``: random dates in real pull requests, at which nothing was changed: at most 10%.
- ``forecasts``: rolling origins in real series; coverage within 5 points, pinball at most 0.98 of
  the plain Monte Carlo's.

``fake`` and ``forecasts`` read the shared data beside the checkout (``VSM_SHARED``).
"""

import argparse
import tarfile
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from tests.conftest import shared_root
from tests.evidence.worlds import STAGES, world
from tests.worlds import make_log, make_stream
from vsmlib.errors import VsmError
from vsmlib.evidence import compare
from vsmlib.evidence.backtest import LEVELS
from vsmlib.evidence.rates import History, plain
from vsmlib.flow import Flow

KINDS = ("plain", "tails", "seasons", "lasting", "items")
SECONDS = 86_400
VERDICTS = ("improved", "worse", "no_evidence", "too_little_data")


def share(values: Any) -> str:
    return f"{100 * np.mean(values):5.1f} %" if len(values) else "–"


def verdicts(trials: int, kinds: Sequence[str] = KINDS) -> None:
    print("| world | false alarms | cut by 30%: found | true effect inside | trials |")
    print("|---|---|---|---|---|", flush=True)
    for kind in kinds:
        wrong, found, inside = [], [], []
        for seed in range(trials):
            flow, at = world(seed, kind)
            wrong.append(compare(flow, at=at, guard=False).verdict in ("improved", "worse"))
            flow, at = world(seed, kind, cut=0.7)
            made = compare(flow, at=at, guard=False)
            found.append(made.verdict == "improved")
            low, high = (made["relative"][end] for end in ("low", "high"))
            ends = -1 if low is None else low, np.inf if high is None else high
            inside.append(ends[0] <= -0.3 <= ends[1])
        cells = [share(x) for x in (wrong, found, inside)]
        print(f"| {kind} | {' | '.join(cells)} | {trials} |", flush=True)


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


def fake(trials: int) -> None:
    rng, all_projects, made = np.random.default_rng(1), list(projects()), []
    while len(made) < trials:
        table = all_projects[rng.integers(len(all_projects))]
        rows = []
        for i, (begun, ended) in enumerate(table[["created_at", "merged_at"]].to_numpy()):
            rows.append((f"i{i}", int(begun * 1e6), 2 * i, "queue", None))
            rows.append((f"i{i}", int(ended * 1e6), 2 * i + 1, "done", None))
        flow = Flow(make_log(rows), make_stream(STAGES))
        ends = table["created_at"].quantile([0.1, 0.9]).to_numpy()
        at = date(1970, 1, 1) + timedelta(days=int(rng.uniform(*ends) // SECONDS))
        try:
            found = compare(flow, at=at, guard=False)
        except VsmError:
            continue
        if found["p_value"] is not None:
            made.append(found.verdict)
    told = {verdict: share([one == verdict for one in made]) for verdict in VERDICTS}
    print(f"| pull requests, random dates | {' | '.join(told.values())} | {trials} |")


def forecasts(trials: int) -> None:
    print("| series | days ahead | p50 | p85 | p95 | plain | pinball / plain | windows |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    merged = [t["merged_at"].to_numpy().astype(int) // SECONDS for t in projects()]
    for name, series in (("issues (TAWOS)", list(issues())), ("pull requests", merged)):
        for ahead in (14, 30):
            print(f"| {name} | {ahead} | {_windows(series, ahead, trials)} |", flush=True)


def _windows(series: list[Any], ahead: int, trials: int) -> str:
    rng, seen, ours, theirs = np.random.default_rng(2), [], [], []
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
    seen, levels = np.array(seen)[:, None], np.array(levels)
    cover = [(seen >= np.array(x)).mean(axis=0) for x in (ours, theirs)]
    apart = [seen - np.array(x) for x in (ours, theirs)]
    loss = [np.maximum(levels * x, (levels - 1) * x).mean() for x in apart]
    cells = [share([x]) for x in cover[0]] + [" / ".join(share([x]).strip() for x in cover[1])]
    return " | ".join([*cells, f"{loss[0] / loss[1]:.2f}", str(trials)])


def main() -> None:
    """Print the table that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["verdicts", "fake", "forecasts"])
    parser.add_argument("--trials", type=int, default=300)
    parser.add_argument("--worlds", nargs="+", choices=KINDS, default=KINDS, help="of verdicts")
    arguments = parser.parse_args()
    if arguments.what == "verdicts":
        verdicts(arguments.trials, arguments.worlds)
    else:
        {"fake": fake, "forecasts": forecasts}[arguments.what](arguments.trials)


if __name__ == "__main__":
    main()

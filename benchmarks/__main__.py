"""This project beside others on the same log, alternately, in one run.

``python -m benchmarks [EVENTS …] [--runs N] [--quick]`` prints CPU seconds, wall seconds and peak
memory of whole processes, and what each costs next to DuckDB SQL written by hand, whose tables it
compares with ours. ``saved log`` is `vsm measure` on the folder that `vsmlib.save` makes. Then it
runs `python -m benchmarks.peers`, to which ``--pm4py`` and ``--figure`` go.
"""

import argparse
import json
import math
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from benchmarks.generate import write
from benchmarks.measure import COMMAND, OUT, stream
from benchmarks.timed import Cost, middle, run, spread

SAVE = "import sys, vsmlib as vsm; vsm.save(vsm.read(sys.argv[1]), sys.argv[2])"
PEERS = ("vsmlib", "DuckDB SQL by hand", "saved log")


def words(peer: str, source: Path, definition: Path) -> list[str]:
    """Give the command line of a peer."""
    out = str(OUT / peer.split(maxsplit=1)[0])
    if peer == "saved log":
        source = source.with_suffix(".saved")
    if peer != PEERS[1]:
        return [*COMMAND, "measure", str(source), "--stream", str(definition), "--out", out]
    return [sys.executable, "-m", "benchmarks.by_hand", str(source), out]


def same() -> None:
    """Compare what both made, row for row; a peer that makes other tables is no peer."""
    for name in ("visits", "items", "stages", "transitions", "variants", "wip"):
        ours, hand = (OUT / p.split(maxsplit=1)[0] / f"{name}.parquet" for p in PEERS[:2])
        for column in pq.read_schema(ours).names:  # one by one: a peak of ours would be a child's
            one, other = (pd.read_parquet(path, columns=[column])[column] for path in (ours, hand))
            what = f"{name}.{column}"
            pd.testing.assert_series_equal(one, other, rtol=1e-9, check_dtype=False, obj=what)
    summary, hand = (OUT / p.split(maxsplit=1)[0] for p in PEERS[:2])
    ours = json.loads((summary / "summary.json").read_text())["waste"]
    for waste, figure, value in pd.read_parquet(hand / "waste.parquet").itertuples(index=False):
        known = ours[waste] | ours[waste].get("let_through", {}) | ours[waste].get("batch_size", {})
        assert math.isclose(known[figure], value, rel_tol=1e-9), (waste, figure, value)


def main() -> None:
    """Print one row a size and peer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", type=int, nargs="*", default=[1_000_000, 10_000_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="300,000 and 1 M events, once each")
    given, more = parser.parse_known_args()
    sizes, runs = ([300_000, 1_000_000], 1) if given.quick else (given.events, given.runs)
    OUT.mkdir(parents=True, exist_ok=True)
    definition, costs = stream(), dict[tuple[str, int], float]()
    print("| events | | CPU s: median (range) | × by hand | wall s | peak MB | n |")
    print("|---|---|---|---|---|---|---|")
    for events in sizes:
        source = OUT / f"{events}.parquet"
        if not source.exists():
            write(events, source)
        # Not in this process: a child's peak memory begins with its parent's.
        saved = [sys.executable, "-c", SAVE, str(source), str(source.with_suffix(".saved"))]
        subprocess.run(saved, check=True)
        rows: dict[str, list[Cost]] = {peer: [] for peer in PEERS}
        for _ in range(runs):
            for peer in PEERS:
                rows[peer].append(run(words(peer, source, definition)))
        same()
        for peer in PEERS:
            costs[peer, events] = middle(rows[peer], "cpu")
            ratio = costs[peer, events] / middle(rows[PEERS[1]], "cpu")
            wall, peak = middle(rows[peer], "wall"), middle(rows[peer], "peak")
            print(f"| {events:,} | {peer} | {spread(rows[peer], 'cpu')} | {ratio:.2f} "
                  f"| {wall:.1f} | {peak:.0f} | {runs} |", flush=True)  # fmt: skip
    first, last = sizes[0], sizes[-1]
    for peer in PEERS if last > first else ():
        growth = math.log(costs[peer, last] / costs[peer, first]) / math.log(last / first)
        print(f"{peer}: CPU grows with the {growth:.2f}th power of events")
    more += ["--quick"] if given.quick else ["--runs", str(runs)]
    line = [sys.executable, "-m", "benchmarks.peers", *more]
    sys.exit(subprocess.run(line, check=False).returncode)


if __name__ == "__main__":
    main()

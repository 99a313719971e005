"""This project beside named peers: the same answers from the same log, alternately, in one run.

``python -m benchmarks.peers [EVENTS …] [--runs N] [--quick] [--pm4py PYTHON] [--figure FILE]``.
The answers (case durations and a performance graph in working hours, variants, rework, handovers,
batches) are compared before anything is printed. pm4py (AGPL) is no dependency: install it into an
environment of its own and name its Python, here or in ``VSM_PM4PY``.
"""

import argparse
import json
import math
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.peers.figure import figure
from benchmarks.timed import Cost, middle, run, spread

OUT = Path(__file__).parents[2] / "out" / "benchmarks" / "peers"
ROOT = str(Path(__file__).parents[2])
OURS = ["vsmlib", "pandas", "duckdb", "polars"]
VERSION = "import importlib.metadata as m, sys; print(m.version(sys.argv[1]))"
HAS = "import importlib.util, sys; sys.exit(importlib.util.find_spec('pm4py') is None)"


def measured(folder: Path, pythons: dict[str, str], runs: int) -> dict[str, list[Cost]]:
    """Run all peers alternately and compare what they made."""
    costs: dict[str, list[Cost]] = {peer: [] for peer in pythons}
    for _ in range(runs):
        for peer, python in pythons.items():
            line = [python, "-m", f"benchmarks.peers.by_{peer}", str(folder / "log.parquet")]
            costs[peer].append(run([*line, str(folder / peer)], PYTHONPATH=ROOT))
    compare = [sys.executable, "-m", "benchmarks.peers.same", str(folder), *pythons]
    subprocess.run(compare, check=True, env=os.environ | {"PYTHONPATH": ROOT})
    return costs


def show(events: int, costs: dict[str, list[Cost]]) -> None:
    """Print a row a peer, then what each part costs in the last run."""
    print("| events | | CPU s: median (range) | × vsmlib | wall s | peak MB | n |")
    print("|---|---|---|---|---|---|---|")
    base = middle(costs["vsmlib"], "cpu")
    for peer, some in costs.items():
        ratio = middle(some, "cpu") / base
        print(f"| {events:,} | {peer} | {spread(some, 'cpu')} | {ratio:.2f} "
              f"| {middle(some, 'wall'):.1f} "
              f"| {middle(some, 'peak'):.0f} | {len(some)} |")  # fmt: skip
    spent = {peer: json.loads(some[-1].said) for peer, some in costs.items()}
    print(f"\n| CPU s of the last run | {' | '.join(spent)} |\n|---{'|---' * len(spent)}|")
    for part in spent["vsmlib"]:
        print(f"| {part} | {' | '.join(f'{s[part]:.2f}' for s in spent.values())} |", flush=True)


def where(pythons: dict[str, str]) -> str:
    """Say when, on how many cores and with which versions this was measured."""
    versions = [
        f"{peer} {subprocess.check_output([python, '-c', VERSION, peer], text=True).strip()}"
        for peer, python in pythons.items()
    ]
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    return f"{datetime.now(UTC).date()}, {machine}, {', '.join(versions)}"


def main() -> None:
    """Print one table a size, and how CPU grows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", type=int, nargs="*", default=[500_000, 1_700_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="50,000 and 150,000 events, once each")
    parser.add_argument("--pm4py", default=os.environ.get("VSM_PM4PY", sys.executable))
    parser.add_argument("--figure", type=Path, help="draw the largest size, such as docs/peers.svg")
    given = parser.parse_args()
    sizes, runs = ([50_000, 150_000], 1) if given.quick else (given.events, given.runs)
    pythons = dict.fromkeys(OURS, sys.executable)
    if subprocess.run([given.pm4py, "-c", HAS], check=False).returncode == 0:
        pythons["pm4py"] = given.pm4py
    else:
        print(f"{given.pm4py} has no pm4py: name one that has it by --pm4py PYTHON")
    print(f"{where(pythons)}\n")
    made = {}
    for events in sizes:
        folder = OUT / str(events)
        if not (folder / "stream.yaml").exists():
            line = [sys.executable, "-m", "benchmarks.peers.moves", str(events)]
            run([*line, str(folder / "log.parquet")], PYTHONPATH=ROOT)
        made[events] = measured(folder, pythons, runs)
        show(events, made[events])
    if given.figure:
        figure(sizes[-1], made[sizes[-1]], given.figure)
    first, last = sizes[0], sizes[-1]
    for peer in pythons if last > first else ():
        ratio = middle(made[last][peer], "cpu") / middle(made[first][peer], "cpu")
        print(f"{peer}: CPU grows with the {math.log(ratio) / math.log(last / first):.2f}th power")


if __name__ == "__main__":
    main()

"""How much does `vsm measure` cost? CPU seconds, wall seconds and peak memory of whole processes.

``python -m benchmarks.measure [EVENTS …] [--runs N]`` makes each log once, in
``out/benchmarks``, and prints the median and the range of N runs.
Aim at 1 M events: under 6 CPU seconds and 600 MB.
"""

import argparse
import sys
from pathlib import Path

from benchmarks.generate import STATES, write
from benchmarks.timed import run, spread

OUT = Path(__file__).parent.parent / "out" / "benchmarks"
COMMAND = [sys.executable, "-c", "from vsmlib.cli import main; main()"]
KINDS = ["wait", "wait", "active", "wait", "active", "wait", "active", "wait", "done"]


def stream(folder: Path = OUT) -> Path:
    """Write the value stream of the generated log."""
    stages = [
        f"  - {{name: {s}, kind: {k}, enter: [{s}]}}" for s, k in zip(STATES, KINDS, strict=True)
    ]
    path = folder / "stream.yaml"
    path.write_text("\n".join(["version: 1", "name: generated", "stages:", *stages, ""]))
    return path


def row(command: str, events: int, definition: Path, runs: int) -> str:
    """Run a command several times on a log of that size; one line of the table."""
    source = OUT / f"{events}.parquet"
    if not source.exists():
        write(events, source)
    line = [*COMMAND, command, str(source), "--stream", str(definition)]
    costs = [run([*line, "--out", str(OUT / "tables")]) for _ in range(runs)]
    cpu, wall, peak = (spread(costs, name) for name in ("cpu", "wall", "peak"))
    return f"| {events:,} | {cpu} | {wall} | {peak} | {len(costs)} |"


def main() -> None:
    """Print one row a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", type=int, nargs="*", default=[1_000_000])
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    definition = stream()
    print("| events | CPU s: median (range) | wall s | peak MB | n |\n|---|---|---|---|---|")
    for events in arguments.events:
        print(row("measure", events, definition, arguments.runs), flush=True)


if __name__ == "__main__":
    main()

"""The same log measured on DuckDB and on Spark: are all tables equal, and what does each cost?

``python -m benchmarks.spark [EVENTS …] [--runs N]`` runs `vsm measure` on both alternately, and
compares all tables row for row: whole numbers and texts exactly, floats to 1e-9. It prints CPU
seconds, wall seconds and peak memory of whole processes, those of Java included. Where Spark runs,
``PYSPARK_SUBMIT_ARGS`` says; by default on two cores of this machine. Needs Java and Linux.
"""

import argparse
import ctypes
import json
import os
from pathlib import Path

import pandas as pd

from benchmarks.generate import write
from benchmarks.measure import COMMAND, OUT, stream
from benchmarks.timed import Cost, middle, run, spread

ENGINES = ("duckdb", "spark")
KEYS = {"visits": ["item_id", "position"], "items": ["item_id"], "stages": ["stage"],
        "transitions": ["from_stage", "to_stage"], "wip": ["date", "stage"],
        "variants": ["path"]}  # fmt: skip
SUBMIT = "--master local[2] --driver-memory 2g --conf spark.ui.enabled=false pyspark-shell"
CHILD_SUBREAPER = 36  # of Linux's prctl: whom a child leaves behind becomes ours, to be waited for


def rounded(path: Path) -> dict[str, object]:
    """Read JSON with what lies within 1e-9 made equal."""
    text = path.read_text()
    made: dict[str, object] = json.loads(text, parse_float=lambda number: f"{float(number):.9g}")
    return made


def same(one: Path, other: Path) -> int:
    """Compare all that two runs wrote; give the number of rows."""
    rows = 0
    for name, keys in KEYS.items():
        tables = [pd.read_parquet(folder / f"{name}.parquet") for folder in (one, other)]
        first, second = (t.sort_values(keys, ignore_index=True) for t in tables)
        pd.testing.assert_frame_equal(first, second, rtol=1e-9, atol=0, check_dtype=False, obj=name)
        rows += len(first)
    assert rounded(one / "summary.json") == rounded(other / "summary.json")
    return rows


def measured(events: int, runs: int) -> tuple[dict[str, list[Cost]], int]:
    """Measure a log of that size on both engines, and compare each pair of runs."""
    source, definition = OUT / f"{events}.parquet", stream()
    if not source.exists():
        write(events, source)
    costs: dict[str, list[Cost]] = {engine: [] for engine in ENGINES}
    for _ in range(runs):
        for engine in ENGINES:
            line = ["measure", str(source), "--stream", str(definition), "--engine", engine]
            costs[engine].append(run([*COMMAND, *line, "--out", str(OUT / engine)]))
        rows = same(*(OUT / engine for engine in ENGINES))
    return costs, rows


def main() -> None:
    """Print one row a size and engine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", type=int, nargs="*", default=[1_000_000])
    parser.add_argument("--runs", type=int, default=1)
    given = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("PYSPARK_SUBMIT_ARGS", SUBMIT)
    ctypes.CDLL(None).prctl(CHILD_SUBREAPER, 1)
    print("| events | | CPU s: median (range) | × DuckDB | wall s | peak MB | n |")
    print("|---|---|---|---|---|---|---|")
    for events in given.events:
        costs, rows = measured(events, given.runs)
        for engine in ENGINES:
            ratio = middle(costs[engine], "cpu") / middle(costs["duckdb"], "cpu")
            wall, peak = middle(costs[engine], "wall"), middle(costs[engine], "peak")
            print(f"| {events:,} | {engine} | {spread(costs[engine], 'cpu')} | {ratio:.1f} "
                  f"| {wall:.1f} | {peak:.0f} | {given.runs} |", flush=True)  # fmt: skip
        print(f"{rows:,} rows in {len(KEYS)} tables are equal, and the summaries", flush=True)


if __name__ == "__main__":
    main()

"""Fifty reports of 2,000 items each: what do they cost beside their bare notebooks?

``python -m benchmarks.portfolio [--streams N] [--items M] [--bare K]`` makes one log, runs
``vsm report LOG --each team`` once, and prints CPU seconds of all its processes, wall seconds, the
peak of their memory (proportional set size, sampled twice a second) and the load before. *Bare* is
the code of the notebook alone, on K of the streams one by one, in one process that has every
library loaded. Aim at 50 streams on 2 cores: at most 1.5 times the bare CPU, 8 minutes, 3 GiB. Only
on Linux.
"""

import argparse
import ctypes
import importlib
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pandas as pd

from benchmarks.generate import EVENTS_AN_ITEM, write
from benchmarks.measure import COMMAND, OUT, stream
from vsmlib import shipped
from vsmlib.report.warm import PRELOAD

SUBREAPER = 36  # of prctl: orphans come to this process, which then knows their CPU


def bare(logs: list[Path], definition: Path) -> list[float]:
    """Run the notebook's cells on each log; CPU seconds of each, after one run to warm up."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    for name in PRELOAD:
        importlib.import_module(name)
    book = json.loads(shipped.notebook("report").read_text(encoding="utf-8"))
    cells = [c for c in book["cells"] if c["cell_type"] == "code"]
    shell, spent = InteractiveShell.instance(), []
    for log in [logs[0], *logs]:
        given = {"source": str(log), "stream": str(definition), "window_from": ""}
        given["tables"] = str(OUT / "bare")
        begin = time.process_time()
        for cell in cells:
            with capture_output():
                result = shell.run_cell("".join(cell["source"]))
            result.raise_error()
            if "parameters" in cell["metadata"].get("tags", []):
                shell.user_ns.update(given)
        spent.append(time.process_time() - begin)
    return spent[1:]


def memory(root: int) -> float:
    """Sum the proportional memory, in MiB, of all processes below one."""
    parents, total = {}, 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
    for pid in parents:
        at = pid
        while at not in (root, 0, 1):
            at = parents.get(at, 0)
        if at == root and pid != root:
            with suppress(OSError):
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
                total += sum(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
    return total / 1024


def batch(log: Path, definition: Path, out: Path) -> tuple[float, float, float]:
    """Run the batch; CPU seconds, wall seconds, peak MiB, of all that it starts."""
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    words = ["report", str(log), "--stream", str(definition), "--each", "team", "--out", str(out)]
    begin, peak = time.perf_counter(), 0.0
    process = subprocess.Popen([*COMMAND, *words], stdout=subprocess.DEVNULL)
    while process.poll() is None:
        peak = max(peak, memory(os.getpid()))
        time.sleep(0.5)
    wall = time.perf_counter() - begin
    assert process.returncode == 0, f"exit code {process.returncode}"
    with suppress(ChildProcessError):
        while True:
            os.wait()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime, wall, peak


def main() -> None:
    """Print what the reports cost, and what their notebooks alone do."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=50)
    parser.add_argument("--items", type=int, default=2_000)
    parser.add_argument("--bare", type=int, default=5)
    given = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    log, definition = OUT / f"portfolio-{given.streams}-{given.items}.parquet", stream()
    if not log.exists():
        write(given.streams * given.items * EVENTS_AN_ITEM, log, teams=given.streams)
    table, some = pd.read_parquet(log), []
    for number in range(min(given.bare, given.streams)):
        some.append(OUT / f"team-{number}.parquet")
        table[table["team"] == f"team-{number}"].to_parquet(some[-1])
    del table
    out = OUT / "portfolio"
    shutil.rmtree(out, ignore_errors=True)
    print(f"load before: {os.getloadavg()[0]:.2f}", flush=True)
    cpu, wall, peak = batch(log, definition, out)
    print(f"{given.streams} reports: {cpu:.0f} CPU s ({cpu / given.streams:.1f} each), "
          f"{wall:.0f} s, {peak:.0f} MiB", flush=True)  # fmt: skip
    alone = bare(some, definition)
    mean = sum(alone) / len(alone)
    print(f"bare: {mean:.1f} CPU s each ({min(alone):.1f} to {max(alone):.1f}, n={len(alone)}); "
          f"{cpu / given.streams / mean:.2f} times that")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())

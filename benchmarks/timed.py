"""What a whole process costs. Imports nothing heavy: a child's peak memory begins with ours."""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["Cost", "middle", "run", "spread"]


@dataclass(frozen=True)
class Cost:
    """CPU seconds, wall seconds and peak MB of a process, and the last line that it printed.

    Those of processes that it leaves behind are added where the caller is a subreaper (Linux).
    """

    cpu: float
    wall: float
    peak: float
    said: str


def run(line: Sequence[str], **more: str) -> Cost:
    """Run a command once, with more environment; show what it said if it fails, and leave."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begin = time.perf_counter()
        process = subprocess.Popen(line, stdout=out, stderr=err, env=os.environ | more)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        usages = [usage, *_left_behind()]
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode:
            sys.exit(f"{err.read().decode()}\n{' '.join(line)} ended with {process.returncode}")
        said = out.read().decode().rstrip().rpartition("\n")[2]
    cpu = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    return Cost(cpu, wall, sum(usage.ru_maxrss for usage in usages) / 1024, said)


def _left_behind() -> Iterator[resource.struct_rusage]:
    """Wait for what a child leaves running when it ends, such as the Java of Spark."""
    while True:
        try:
            yield os.wait4(-1, 0)[2]
        except ChildProcessError:
            return


def middle(costs: Sequence[Cost], name: str) -> float:
    """Median of a figure over the runs."""
    return statistics.median(getattr(cost, name) for cost in costs)


def spread(costs: Sequence[Cost], name: str) -> str:
    """Median and range of a figure over the runs."""
    values = [getattr(cost, name) for cost in costs]
    return f"{middle(costs, name):.2f} ({min(values):.2f}-{max(values):.2f})"

"""How long do 100,000 Jira issues take? ``python -m benchmarks.jira [ISSUES]``

Real issues (Apache's) are repeated under new keys, written as pages of 100 to one file, and read
in a process of its own: CPU seconds and peak memory of the reading alone.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from tests.conftest import shared_root
from vsmlib.sources.jira import read_jira
from vsmlib.sources.objects import objects

PAGE = 100


def write(path: Path, count: int) -> None:
    real = [f.thing for f in objects(shared_root() / "data" / "jira-apache.tar.xz",
                                     defaultdict(list))]  # fmt: skip
    with path.open("w") as file:
        for first in range(0, count, PAGE):
            page = [{**real[n % len(real)], "key": f"GEN-{n}", "id": str(n)}
                    for n in range(first, min(first + PAGE, count))]  # fmt: skip
            file.write(json.dumps({"startAt": first, "total": count, "issues": page}) + "\n")


def read(path: Path) -> None:
    before = time.process_time()
    extract = read_jira(path)
    seconds = time.process_time() - before
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"{extract.items.num_rows:,} issues, {extract.events.num_rows:,} events:"
          f" {seconds:.1f} CPU s, {memory:.2f} GB at most")  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("issues", type=int, nargs="?", default=100_000)
    parser.add_argument("--read", type=Path, help="only read this file")
    arguments = parser.parse_args()
    if arguments.read:
        read(arguments.read)
    else:
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder, "issues.json")
            write(made, arguments.issues)
            print(f"{made.stat().st_size / 1e9:.2f} GB of JSON")
            subprocess.run([sys.executable, "-m", "benchmarks.jira", "--read", made], check=True)

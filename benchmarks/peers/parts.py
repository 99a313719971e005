"""What each peer answers, and what each part of it costs. Needs Python alone: peers differ."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Monday to Friday, 9 to 17, on the clock of Berlin
ZONE, DAYS, OPENS, CLOSES = "Europe/Berlin", 5, 9, 17
PAUSE = 15 * 60  # seconds between two events of a batch, at most
TABLES = {
    "durations": ["working_s"],
    "dfg": ["from_stage", "to_stage", "mean_s", "median_s"],
    "variants": ["path", "items"],
    "rework": ["stage", "items"],
    "handovers": ["share"],
    "batches": ["size", "batches"],
}


class Parts:
    """The CPU seconds of a process by part; what came before it was made is ``start``."""

    def __init__(self) -> None:
        self.source, self.out = sys.argv[1], Path(sys.argv[2])
        self.out.mkdir(parents=True, exist_ok=True)
        self.spent = {"start": time.process_time()}

    @contextmanager
    def part(self, name: str) -> Iterator[Path]:
        """Measure a part; it gives the file for its answer."""
        begin = time.process_time()
        yield self.out / f"{name}.parquet"
        self.spent[name] = time.process_time() - begin

    def tell(self) -> None:
        """Print what was measured, as the last line."""
        print(f"\n{json.dumps(self.spent)}")

"""How far a batch is: a bar on a terminal, a line for each report elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self, TextIO

from vsmlib.words import duration

__all__ = ["Bar"]


class Bar:
    """Shows the progress of so many reports on stderr; what `run_all` calls with each step."""

    def __init__(self, reports: Sequence[object], file: TextIO | None = None) -> None:
        self._file = file or sys.stderr
        self._all, self._done = len(reports), 0
        self._running: dict[str, str] = {}
        self._bar: Any = None

    def __enter__(self) -> Self:
        if self._file.isatty():
            from tqdm import tqdm

            self._bar = tqdm(total=self._all, desc="reports", leave=False, file=self._file)
        return self

    def __call__(self, row: dict[str, Any], cell: int, cells: int) -> None:
        """Take note of a step: a cell of a report, or (0 of 0) that it is over."""
        if cells:
            self._running[row["name"]] = f"{row['name']} {cell}/{cells}"
        else:
            self._running.pop(row["name"], None)
            self._done += 1
        if self._bar is not None:
            self._bar.set_postfix_str(", ".join(self._running.values()), refresh=False)
            self._bar.update(0 if cells else 1)
            self._bar.refresh()
        elif not cells:
            took = duration(row.get("duration_s"))
            print(f"{row['name']}: {row['status']} in {took}", file=self._file, flush=True)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()

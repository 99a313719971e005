"""One line on the terminal that says that something is still under way, and how far it is.

Nowhere else: not in a file, a pipe or a notebook, where such lines would stand among results.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

__all__ = ["working"]

PATIENCE_S, PACE_S = 2.0, 0.2


@contextmanager
def working(what: str, file: TextIO | None = None) -> Iterator[None]:
    """Say ``what`` is under way, with its seconds, once it has taken two of them.

    The line is gone when the block ends, however it ends.

    Parameters
    ----------
    what : str
        What is done, in a few words.
    file : text file, optional
        Where to say it; by default stderr.

    Examples
    --------
    >>> with working("counting"):
    ...     sum(range(10))
    45
    """
    file = file or sys.stderr
    if not file.isatty():
        yield
        return
    done = threading.Event()
    teller = threading.Thread(target=_tell, args=(what, file, done), daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


def _tell(what: str, file: TextIO, done: threading.Event) -> None:
    begin, width = time.monotonic(), 0
    pause = PATIENCE_S
    try:
        while not done.wait(pause) and "pyspark" not in sys.modules:  # Spark has its own line
            text = f"vsm: {what}, {time.monotonic() - begin:.0f} s{_share()}"
            width = max(width, len(text))
            file.write(f"\r{text:<{width}}")
            file.flush()
            pause = PACE_S
        if width:
            file.write(f"\r{'':<{width}}\r")
            file.flush()
    except (OSError, ValueError):  # the terminal is gone
        return


def _share() -> str:
    """Say how much of the engine's query is done, where there is one."""
    duck = sys.modules.get("vsmlib.engine.duck")
    asked = getattr(duck, "under_way", None)  # it may be half imported
    percent = asked() if asked else None
    return "" if percent is None else f", a query {percent:.0f}% done"

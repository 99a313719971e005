"""One run at a time in a folder: two would mix their files."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from vsmlib.errors import ParameterError

__all__ = ["alone"]

LOCK = ".lock"


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a folder, which is made if it is not there.

    A lock of SQLite's works everywhere and dies with its process, so none is left by a killed one.

    Raises
    ------
    ParameterError
        Another run is at work there, or nothing can be written there.
    """
    path = folder / LOCK
    with contextlib.closing(_held(folder, path)):
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                path.unlink()


def _held(folder: Path, path: Path) -> sqlite3.Connection:
    lock: sqlite3.Connection | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.touch()
        file = path.stat().st_ino
        lock = sqlite3.connect(path, timeout=0, isolation_level=None)
        lock.execute("PRAGMA journal_mode=MEMORY")  # no second file beside it
        lock.execute("BEGIN EXCLUSIVE")
        # Whoever had it took the file away; another may have made a new one since.
        if path.stat().st_ino == file:
            return lock
        busy = True
    except (OSError, sqlite3.OperationalError) as error:
        busy = isinstance(error, FileNotFoundError) or "locked" in str(error)
        what = f"no report can be written there ({getattr(error, 'strerror', None) or error})"
    if lock is not None:
        lock.close()
    what = "another run is at work there" if busy else what
    hint = "wait for it, or choose another --out"
    raise ParameterError(what, where=str(folder), hint=hint)

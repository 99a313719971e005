"""What an engine says when a run fails, in one line that a person can act on."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager

from vsmlib.errors import RunError, VsmError

__all__ = ["explained", "interrupted", "told"]

# By a pattern of what the engine says: what is wrong, what to do next. The first that fits.
SAID = [
    (
        r"no space left|disk quota|max_temp_directory_size|File too large",
        "the disk is full",
        "free space, or name a larger disk (TMPDIR for temporary files, --out for tables)",
    ),
    (
        r"out of ?memory|failed to (allocate|pin)|java heap space|OutOfMemoryError",
        "out of memory",
        "give more (VSM_MEMORY, spark.driver.memory, spark.executor.memory), or choose a window",
    ),
    (
        r"ExecutorLostFailure|executor .*(lost|exited|decommission)|Checkpoint block|worker lost",
        "Spark lost an executor",
        "run again; where machines come and go, set spark.checkpoint.dir",
    ),
    (
        r"Answer from Java side is empty|error occurred while trying to connect to the Java"
        r"|Connection refused|UNAVAILABLE|Connection reset",
        "Spark is gone",
        "look at the cluster, then run again",
    ),
    (
        r"TIMESTAMP\(NANOS",
        "Spark does not read times in nanoseconds",
        "write the files with microseconds, or leave --engine spark out",
    ),
]


def explained(error: BaseException) -> VsmError | None:
    """Word an engine's error as one of ours; None where it is not an engine's."""
    origin = type(error).__module__.partition(".")[0]
    full = isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}
    if not full and origin not in {"duckdb", "_duckdb", "pyspark", "py4j", "grpc"}:
        return None
    text = str(error)
    for pattern, what, hint in SAID:
        if re.search(pattern, text, re.IGNORECASE):
            return RunError(what, hint=hint)
    if origin in {"pyspark", "py4j", "grpc"}:
        file = re.search(r"(?:file|hdfs|s3a?|abfss?|gs):/[^\s,']+", text)
        first = next((line for line in text.splitlines() if line.strip()), type(error).__name__)
        return RunError(f"Spark: {first[:200]}", where=file[0] if file else None)
    return None


def interrupted(error: BaseException) -> bool:
    """Tell whether an error means that the user pressed Ctrl-C: DuckDB makes another one of it."""
    return isinstance(error, RuntimeError) and "Query interrupted" in str(error)


@contextmanager
def told() -> Iterator[None]:
    """Raise what an engine says in our own words; also to decorate a function with."""
    try:
        yield
    except Exception as error:
        if interrupted(error):
            raise KeyboardInterrupt from error
        known = None if isinstance(error, VsmError) else explained(error)
        if known is None:
            raise
        raise known from error

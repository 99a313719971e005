"""What an engine says when a run fails, in one line that a person can act on."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote

from vsmlib.errors import RunError, SourceError, VsmError

__all__ = ["explained", "gist", "interrupted", "told"]

SPARK = {"pyspark", "py4j", "grpc"}

# By a pattern of what the engine says: whose fault, what is wrong, what to do next. The first that
# fits. What the pattern catches in brackets is the file.
SAID: list[tuple[str, type[VsmError], str, str]] = [
    (
        r"no space left|disk quota|max_temp_directory_size|File too large",
        RunError,
        "the disk is full",
        "free space, or name a larger disk (TMPDIR for temporary files, --out for tables)",
    ),
    (
        r"out of ?memory|failed to (?:allocate|pin)|java heap space|OutOfMemoryError",
        RunError,
        "out of memory",
        "give more (VSM_MEMORY, spark.driver.memory, spark.executor.memory), or choose a window",
    ),
    (
        r"ExecutorLostFailure|executor .*(?:lost|exited|decommission)|Checkpoint block|worker lost",
        RunError,
        "Spark lost an executor",
        "run again; where machines come and go, set spark.checkpoint.dir",
    ),
    (
        r"Table with name t\d+ does not exist",
        RunError,
        "the flow or log of this frame is gone",
        "keep it as long as its frames",
    ),
    (
        r"TIMESTAMP\(NANOS",
        SourceError,
        "Spark does not read times in nanoseconds",
        "write the files with microseconds, or leave --engine spark out",
    ),
    (
        r"CANNOT_MERGE_SCHEMAS",
        SourceError,
        "a column changes type from file to file",
        "write the files with one type, or leave --engine spark out",
    ),
    (r"FAILED_READ_FILE.* file (\S+?)\.\s", SourceError, "cannot be read", "check the file"),
    (
        r"PATH_NOT_FOUND.* exist: (.+?)\.\s",
        SourceError,
        "no such file or folder",
        "check the spelling",
    ),
    (
        r"Call From \S+ to (\S+) failed on connection",
        RunError,
        "the store does not answer",
        "check the address, and that it runs",
    ),
    (
        r"Answer from Java side is empty|error occurred while trying to connect to the Java"
        r"|Connection refused|UNAVAILABLE|Connection reset|stopped SparkContext",
        RunError,
        "Spark is gone",
        "look at the cluster, then run again",
    ),
]


def explained(error: BaseException) -> VsmError | None:
    """Word an engine's error as one of ours; None where it is not an engine's."""
    origin = type(error).__module__.partition(".")[0]
    full = isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}
    if not full and origin not in {"duckdb", "_duckdb", *SPARK}:
        return None
    text = str(error)
    for pattern, kind, what, hint in SAID:
        if found := re.search(pattern, text, re.IGNORECASE):
            where = unquote(found[1]) if found.groups() else None
            return kind(what, where=where, hint=hint)
    return RunError(f"Spark: {gist(error)}") if origin in SPARK else None


def gist(error: BaseException) -> str:
    r"""Give the line of an error that says most: Spark's own stands below one of its bridge.

    Examples
    --------
    >>> gist(ValueError("An error occurred while calling o1.x.\n: java.io.IOException: no host"))
    'no host'
    """
    for line in (r"(\[[A-Z_.]{5,}\].*)", r"^: (?:[\w.$]+: )?(.+)", r"(\S.*)"):
        if found := re.search(line, str(error), re.MULTILINE):
            return found[1][:200]
    return type(error).__name__


def interrupted(error: BaseException) -> bool:
    """Tell whether an error means that the user pressed Ctrl-C: engines make another one of it."""
    text = str(error)
    if type(error).__module__.partition(".")[0] in SPARK:  # PySpark then ends what runs
        return "cancellation of all jobs" in text
    return isinstance(error, RuntimeError) and "Query interrupted" in text


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

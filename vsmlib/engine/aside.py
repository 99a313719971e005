"""Files written aside and moved into place at the end, so that a failure leaves what was there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vsmlib.errors import RunError

__all__ = ["aside"]


@contextmanager
def aside(out: Path | str) -> Iterator[Path]:
    """Give a folder to write into, whose files are in ``out`` afterwards: all or none.

    Raises
    ------
    RunError
        If the folder cannot be written.
    """
    out = Path(out)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out, prefix=".partial-") as folder:
            yield Path(folder)
            for path in sorted(Path(folder).iterdir()):
                target = out / path.name
                if target.is_dir() or (path.is_dir() and target.exists()):
                    target.rename(Path(folder, f"old-{path.name}"))  # nothing replaces a folder
                path.replace(target)
    except OSError as error:
        raise RunError(
            f"cannot write the tables ({error.strerror or error})",
            where=str(out),
            hint="give --out a folder you may write to",
        ) from error

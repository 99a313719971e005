"""Which value stream a run takes: the one given, the one beside the source, or a draft."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vsmlib.engine import records
from vsmlib.errors import shown
from vsmlib.log import EventLog
from vsmlib.shipped import sample_folder
from vsmlib.sources import SAMPLE
from vsmlib.stream import ValueStream
from vsmlib.waits.suggest import suggest

UNSURE = 0.6  # below this confidence nobody knows


def stream_for(
    log: EventLog, given: ValueStream | str | Path | None = None, source: Any = None
) -> tuple[ValueStream, str]:
    """Choose the value stream of a run: the one given, the one beside the source, or a draft.

    Parameters
    ----------
    log : EventLog
        What happened.
    given : ValueStream, str or path, optional
        A stream, a ``stream.yaml`` or the name of a ready-made stream.
    source : path or str, optional
        The log's source; a ``stream.yaml`` in that folder, or beside that file, is used.

    Returns
    -------
    stream : ValueStream
    reason : str
        Why this one, for people to read; empty if it was given.
    """
    if isinstance(given, ValueStream):
        return given, ""
    if given:
        return ValueStream.load(given), ""
    beside = _beside(source)
    if beside is not None:
        return ValueStream.load(beside), f"stream {beside.name} beside the source"
    draft = suggest(log)
    unsure = [r["state"] for r in records(draft.evidence) if r["confidence"] < UNSURE]
    doubt = f"; nobody knows about {', '.join(map(shown, unsure[:5]))}" if unsure else ""
    return draft.stream, f"stream {draft.stream.name!r} suggested from the events{doubt}"


def _beside(source: Any) -> Path | None:
    if not isinstance(source, str | Path) or str(source).startswith("duckdb:"):
        return None
    path = Path(source).expanduser()
    path = sample_folder() if str(source) == SAMPLE and not path.exists() else path
    found = (path if path.is_dir() else path.parent) / "stream.yaml"
    return found if found.is_file() else None

"""What every reader hands over: events in one shape, item columns, and a receipt."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from vsmlib.findings import Finding

__all__ = ["EVENT_COLUMNS", "Extract"]

EVENT_COLUMNS = ("item_id", "t", "event", "actor", "actor_type", "source", "seq")


@dataclass(frozen=True)
class Extract:
    """The facts of one source, before anything is made of them.

    Attributes
    ----------
    events : frame
        Any frame Narwhals knows (a pyarrow table or a lazy DuckDB frame by preference) with the
        columns `EVENT_COLUMNS`: ``item_id`` string, ``t`` int64 microseconds since 1970 UTC,
        ``event`` string, ``actor`` string or null as the source names it, ``actor_type``
        ``"user"``, ``"bot"`` or null, ``source`` string, ``seq`` int64 (order in the source).
        No nulls in ``item_id``, ``t``, ``event``, ``seq``.
    items : frame or None
        One row an item, ``item_id`` first; further columns as the source has them.
    findings : list of Finding
        What the reader met: rows read, repaired, refused.
    observed_until : datetime or None
        Up to when the source is complete, if it says so (UTC).
    name : str
        A short name for titles, such as the file's stem.
    """

    events: Any
    items: Any = None
    findings: list[Finding] = field(default_factory=list)
    observed_until: datetime | None = None
    name: str = "log"

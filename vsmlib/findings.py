"""Findings: what was met in the data and what was done about it, a sentence each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Finding", "Level"]

Level = Literal["note", "warning", "error"]


@dataclass(frozen=True)
class Finding:
    """One kind of trouble (or of reassurance) in the data.

    Attributes
    ----------
    code : str
        A stable name in snake case, such as ``unparsable_time``.
    level : {"note", "warning", "error"}
        ``note``: nothing to do. ``warning``: read the figures with care. ``error``: rows were
        refused or a figure would mislead.
    count : int
        How many rows, events or items it concerns.
    what : str
        One sentence with the count in it.
    done : str
        What was done: ``refused``, ``repaired: …``, ``kept``, ….
    examples : tuple of str
        The first few, each with its place, such as ``"row 17: time 'n/a'"``.
    """

    code: str
    level: Level
    count: int
    what: str
    done: str = "kept"
    examples: tuple[str, ...] = field(default=())

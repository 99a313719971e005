"""Findings: what was met in the data and what was done about it, a sentence each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Finding", "Kind", "Level", "Met", "found"]

Level = Literal["note", "warning", "error"]
# A finding's code, level, sentence with {n} for the count, and what was done.
Kind = tuple[str, Level, str, str]
# Each place where something was met, by the code of the finding it makes.
Met = dict[str, list[str]]


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


def found(met: Met, kinds: Iterable[Kind]) -> list[Finding]:
    """Make the findings of what a reader met.

    Parameters
    ----------
    met : Met
        What was met where.
    kinds : iterable of Kind
        What each code means, in the order to tell it.

    Examples
    --------
    >>> kinds = [("gaps", "note", "{n} gaps", "kept"), ("ties", "note", "{n} ties", "kept")]
    >>> [finding.what for finding in found({"gaps": ["row 1", "row 9"]}, kinds)]
    ['2 gaps']
    """
    return [
        Finding(code, level, len(met[code]), what.format(n=f"{len(met[code]):,}"), done,
                tuple(met[code][:3]))
        for code, level, what, done in kinds
        if met.get(code)
    ]  # fmt: skip

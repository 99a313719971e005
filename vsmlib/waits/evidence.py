"""What the data of a log says about each state, and what name and data say together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw

from vsmlib.engine import records
from vsmlib.log import EventLog
from vsmlib.waits import odds
from vsmlib.waits.reasons import cause, reasons, with_elsewhere
from vsmlib.waits.signals import signals
from vsmlib.waits.words import Reading

__all__ = ["CHECK", "UNCLEAR", "Data", "look", "tag"]

UNCLEAR = 0.5  # confidence of a name that says nothing
CONTRADICTS = 1.0  # log-odds
TRUST = 0.5  # of the data's log-odds beside a name that says something
SUREST = 0.95
LIKE = {"active": "work", "wait": "waiting"}
CHECK = ": please check"  # ends a reason where nobody knows


@dataclass(frozen=True)
class Data:
    """What the data says about one state.

    Attributes
    ----------
    figures : dict
        As `vsmlib.waits.signals.signals` has them, with ``log_odds`` (above 0: work).
    said : dict of str to float
        The log-odds by signal.
    """

    figures: dict[str, Any]
    said: dict[str, float]

    @property
    def log_odds(self) -> float:
        """All signals together: above 0 is work, below waiting, 0 says nothing."""
        return float(self.figures["log_odds"])

    @property
    def kind(self) -> str:
        """``active`` or ``wait``."""
        return "active" if self.log_odds >= 0 else "wait"


def look(
    log: EventLog,
    enter: Mapping[str, Sequence[str]],
    ends: Iterable[str] = (),
    codes: nw.LazyFrame[Any] | None = None,
) -> dict[str, Data]:
    """Look at the data of each state.

    Parameters
    ----------
    log : EventLog
        What happened.
    enter : mapping of str to list of str
        The states, and the events that move an item into each.
    ends : list of str
        States that end items; they are measured, but not compared.
    codes : LazyFrame, optional
        Part of the log's codes, to look at some items only.
    """
    figures = signals(log, enter, codes)
    ended = figures["state"].isin(list(ends))
    passed = with_elsewhere(figures[~ended]).reset_index(drop=True)
    said = odds.log_odds(passed)
    passed["log_odds"] = odds.together(said, passed)
    nothing = dict.fromkeys(said.columns, 0.0)
    ending = records(figures[ended].assign(log_odds=0.0))
    made = {row["state"]: Data(row, nothing) for row in ending}
    for row, weights in zip(records(passed), records(said), strict=True):
        made[row["state"]] = Data(row, weights)
    return made


def tag(reading: Reading, data: Data, named: list[str]) -> tuple[Reading, list[str]]:
    """Join what name and data say about a state that does not end items.

    A name that says something decides; data that contradicts it lowers the confidence. Where the
    name says nothing, the data decides.

    Parameters
    ----------
    reading : Reading
        What the name says.
    data : Data
    named : list of str
        Reasons from elsewhere, the one about the name first.

    Returns
    -------
    Reading, list of str
    """
    if reading.kind not in ("active", "wait") or not data.log_odds:
        return reading, named
    if reading.confidence > UNCLEAR:
        told = reasons(data.figures, data.said, reading.kind)
        against = data.kind != reading.kind
        if against and abs(data.log_odds) >= CONTRADICTS:
            named = [*named, f"but by its data it looks like {LIKE[data.kind]}"]
        sure = _beside(reading.confidence, -abs(data.log_odds) if against else abs(data.log_odds))
        return reading._replace(confidence=sure), [*named, *told]
    told = reasons(data.figures, data.said, data.kind)
    why = cause(data.figures, data.said) if data.kind == "wait" else None
    reading = Reading(data.kind, round(odds.confidence(data.log_odds), 2), "", why)
    name, is_kind = named[0].removesuffix(CHECK), LIKE[data.kind]
    first = f"{name}; by its data it is {is_kind}" + (f": {told[0]}" if told else "")
    return reading, [first, *named[1:], *told[1:]]


def _beside(sure: float, support: float) -> float:
    """Confidence of a name when data supports (or, below 0, contradicts) it."""
    total = math.log(sure / (1 - sure)) + TRUST * support
    joined = 1 / (1 + math.exp(-total))
    return round(min(max(joined, UNCLEAR), max(SUREST, sure)), 2)

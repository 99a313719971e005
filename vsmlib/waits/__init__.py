"""Waits: which states are really waiting, and for what."""

from vsmlib.waits.causes import causes, write
from vsmlib.waits.chosen import stream_for
from vsmlib.waits.hidden import hidden
from vsmlib.waits.instances import instances
from vsmlib.waits.missing import missing
from vsmlib.waits.suggest import Draft, evidence, suggest

__all__ = [
    "Draft",
    "causes",
    "evidence",
    "hidden",
    "instances",
    "missing",
    "stream_for",
    "suggest",
    "write",
]

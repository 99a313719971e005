"""Waits: which states are really waiting, and for what."""

from vsmlib.waits.causes import causes, write
from vsmlib.waits.hidden import hidden
from vsmlib.waits.instances import instances
from vsmlib.waits.missing import missing
from vsmlib.waits.suggest import Draft, evidence, stream_for, suggest

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

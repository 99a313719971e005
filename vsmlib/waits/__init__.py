"""Waits: which states are really waiting, and for what."""

from vsmlib.waits.suggest import Draft, stream_for, suggest

__all__ = ["Draft", "stream_for", "suggest"]

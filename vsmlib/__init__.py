"""vsmlib: a workbench for software value streams.

``read`` a source to an `EventLog`, ``suggest`` or load a `ValueStream`, make a `Flow`, and look:

>>> import vsmlib as vsm
>>> flow = vsm.Flow(vsm.read("sample"), vsm.ValueStream.load("github-pull-requests"))
>>> vsm.measure.summary(flow)["delivered"]
944
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

# Loaded at first use, so that `import vsmlib` and `vsm --help` are quick.
_HOMES = {
    "Cards": "vsmlib.report",
    "EventLog": "vsmlib.log",
    "Flow": "vsmlib.flow",
    "ValueStream": "vsmlib.stream",
    "VsmError": "vsmlib.errors",
    "anonymise": "vsmlib.pseudonyms",
    "check": "vsmlib.clean",
    "provenance": "vsmlib.origin",
    "read": "vsmlib.joined",
    "save": "vsmlib.saved",
    "stitched": "vsmlib.joined",
    "stream_for": "vsmlib.waits",
    "suggest": "vsmlib.waits",
}
_MODULES = (
    "board",
    "charts",
    "evidence",
    "measure",
    "news",
    "pull",
    "sentences",
    "stitch",
    "waits",
    "waste",
    "whole",
    "words",
)

__all__ = [*_HOMES, *_MODULES]  # noqa: PLE0604 - strings all


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    if name in _MODULES:
        return importlib.import_module(f"vsmlib.{name}")
    raise AttributeError(f"module 'vsmlib' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]

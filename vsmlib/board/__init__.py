"""The board: people agree which states are waiting, and see at once what that does."""

import importlib
from typing import Any

# Loaded at first use: whoever looks at a board by browser has no need of the engine.
_HOMES = {
    "Board": "tags",
    "BoardWidget": "widget",
    "Change": "store",
    "Conflict": "store",
    "Figures": "figures",
    "Store": "store",
    "WhatIf": "whatif",
}

__all__ = [*_HOMES, "tag"]  # noqa: PLE0604 - strings all


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"vsmlib.board.{_HOMES[name]}"), name)
    if name == "tag":
        return importlib.import_module("vsmlib.board.widget").tag
    raise AttributeError(f"module 'vsmlib.board' has no attribute {name!r}")

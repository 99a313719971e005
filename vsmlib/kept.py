"""Tables made once for a flow: to draw again, or split anew, costs nothing that grows with it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import pandas as pd

from vsmlib.flow import Flow

__all__ = ["kept"]

P = ParamSpec("P")
T = TypeVar("T")


def kept(make: Callable[Concatenate[Flow, P], T]) -> Callable[Concatenate[Flow, P], T]:
    """Let a flow remember what a measure makes of it, for each set of arguments.

    Tables and dictionaries are given as copies. Only for what is small enough to look at.
    """
    signature = inspect.signature(make)

    @wraps(make)
    def made(flow: Flow, /, *words: P.args, **options: P.kwargs) -> T:
        given = signature.bind(flow, *words, **options)
        given.apply_defaults()
        said = [_plain(value) for value in [*given.arguments.values()][1:]]
        key = f"{make.__module__}.{make.__qualname__} {said}"
        return _copy(flow.once(key, lambda: make(flow, *words, **options)))

    return made


def _plain(value: Any) -> Any:
    """Word an argument so that those that mean the same are worded alike, however long."""
    if isinstance(value, Mapping):
        return [[key, _plain(inner)] for key, inner in value.items()]
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [*map(_plain, value)]
    return None if value == "" else value


def _copy(made: T) -> T:
    if isinstance(made, pd.DataFrame):  # pandas copies the data when somebody changes it
        return made.copy(deep=False)
    return deepcopy(made) if isinstance(made, dict) else made

"""Arrays by what is in them, and how functions over them are compiled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np

__all__ = ["Bools", "Floats", "Ints", "entry", "part", "step"]

Ints = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]
Function = TypeVar("Function", bound=Callable[..., Any])
STAMP = max(path.stat().st_mtime_ns for path in Path(__file__).parent.glob("*.py"))


def entry(function: Function) -> Function:
    """Compile what is called from outside: at first use, kept on disk, threads run side by side."""
    made: Any = numba.njit(cache=True, nogil=True)(function)
    # Made anew when any module here changes: numba itself looks at the function's own alone.
    made._cache._cache_file._source_stamp = STAMP
    return cast(Function, made)


def part(function: Function) -> Function:
    """Compile what is called from compiled functions."""
    return cast(Function, numba.njit(function))


def step(function: Function) -> Function:
    """Compile a part that makes no array.

    So it need not count who holds the arrays that it is given, which takes an event loop three
    quarters of its time.
    """
    uncounted: dict[str, Any] = {"_nrt": False}
    return cast(Function, numba.njit(**uncounted)(function))

"""Sums over ordered arrays: what lies before a moment, and how much of it is above a threshold."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["Ints", "before", "running_max", "sums_above"]

Ints = np.ndarray[Any, np.dtype[np.int64]]


def before(keys: Ints, times: Ints, of: Ints, moments: Ints) -> Ints:
    """Count the rows of smaller keys, and of the same key with an earlier time.

    Parameters
    ----------
    keys, times : array
        Rows sorted by key, then time; keys are not negative.
    of, moments : array
        The queries: a key and a moment each.

    Returns
    -------
    array
        For each query the place of the first row of that key at or after the moment.

    Examples
    --------
    >>> keys, times = np.array([0, 0, 1]), np.array([5, 9, 7])
    >>> before(keys, times, np.array([0, 1]), np.array([9, 8])).tolist()
    [1, 3]
    """
    # Times become ranks, so that key and time fit one integer.
    known, width = np.sort(times), len(times) + 1
    rows = keys * width + np.searchsorted(known, times)
    return np.searchsorted(rows, of * width + np.searchsorted(known, moments))


def running_max(keys: Ints, values: Ints) -> Ints:
    """Largest value so far within each key; rows are sorted by key.

    Examples
    --------
    >>> running_max(np.array([0, 0, 0, 1]), np.array([5, 9, 7, 1])).tolist()
    [5, 9, 9, 1]
    """
    known, width = np.sort(values), len(values) + 1
    top = np.maximum.accumulate(keys * width + np.searchsorted(known, values))
    made: Ints = known[top % width]
    return made


def sums_above(values: Ints, weights: Ints, low: Ints, high: Ints, threshold: Ints) -> Ints:
    """Sum the weights of rows ``low`` to ``high`` (half-open) whose value is above a threshold.

    All queries walk down a wavelet matrix of the values' ranks together, one bit at a time, so n
    rows and q queries cost (n + q) log n, however long the ranges are.

    Examples
    --------
    >>> values, weights = np.array([3, 1, 4, 1, 5]), np.array([1, 10, 100, 1000, 10000])
    >>> sums_above(values, weights, np.array([0]), np.array([4]), np.array([1])).tolist()
    [101]
    """
    order = np.argsort(values, kind="stable")
    ranks = np.empty(len(values), np.int64)
    ranks[order] = np.arange(len(values))
    cut = np.searchsorted(values[order], threshold, side="right")
    total = np.zeros(len(cut), np.int64)
    for bit in range(len(values).bit_length() - 1, -1, -1):
        ones = (ranks >> bit) & 1
        zeros, upper = np.r_[0, np.cumsum(1 - ones)], np.r_[0, np.cumsum(weights * ones)]
        right = ((cut >> bit) & 1).astype(bool)
        total += np.where(right, 0, upper[high] - upper[low])
        low, high = (np.where(right, zeros[-1] + i - zeros[i], zeros[i]) for i in (low, high))
        split = np.argsort(ones, kind="stable")
        ranks, weights = ranks[split], weights[split]
    whole = np.r_[0, np.cumsum(weights)]
    total += whole[high] - whole[low]
    return total

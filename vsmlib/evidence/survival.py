"""Times of which some are not over yet: their distribution, quantiles and scores (Kaplan-Meier)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats", "normal_scores", "quantile", "survival"]

Floats = NDArray[np.float64]
EDGE = 1e-6  # from 0 and 1, so that scores stay finite


def survival(times: Floats, known: NDArray[np.bool_]) -> tuple[Floats, Floats, NDArray[Any]]:
    """Estimate the share that takes longer (Kaplan and Meier, 1958).

    Parameters
    ----------
    times : array
        Durations; of what is not over, so far.
    known : array of bool
        False: not over.

    Returns
    -------
    array, array
        The distinct durations, and the share of items that take longer than each.
    array of int
        The place of each item's duration among them.

    Examples
    --------
    >>> survival(np.array([1.0, 2, 3, 4]), np.array([True, True, False, True]))[1].tolist()
    [0.75, 0.5, 0.5, 0.0]
    """
    distinct, place, count = np.unique(times, return_inverse=True, return_counts=True)
    at_risk = len(times) - np.concatenate([[0], np.cumsum(count)[:-1]])
    ended = np.bincount(place, known, len(distinct))
    return distinct, np.cumprod(1 - ended / at_risk), place


def quantile(times: Floats, known: NDArray[np.bool_], q: float = 0.5) -> float | None:
    """Read a quantile off the survival curve; numpy's own where everything is over.

    Returns
    -------
    float or None
        None where so many are not over that it is not reached.

    Examples
    --------
    >>> quantile(np.array([1.0, 2, 3, 4]), np.array([True] * 4))
    2.5
    """
    if known.all():
        return float(np.quantile(times, q)) if len(times) else None
    distinct, longer, _ = survival(times, known)
    drop = -np.diff(longer, prepend=1.0)
    kept = drop > 0
    if not kept.any():
        return None
    # The places of the linear-interpolated quantiles, each value having its share for weight.
    place = (np.cumsum(drop) - drop)[kept] / (1 - 1 / len(times))
    last = 1 - longer[-1]
    if last <= q:
        return None
    return float(np.interp(q, place, distinct[kept]))


def normal_scores(times: Floats, known: NDArray[np.bool_]) -> Floats:
    """Give each item the normal deviate of its rank; of one not over, that expected of it.

    Heavy tails and any unit of time come out as the same bell; no test of ranks finds more.
    """
    from scipy.special import ndtri  # scipy.stats takes a second to load

    _, longer, place = survival(times, known)
    before = np.concatenate([[1.0], longer[:-1]])
    middle = 1 - (longer + before)[place] / 2
    over = np.clip(1 - longer[place], 0, 1 - EDGE)
    expected = np.exp(-np.square(ndtri(over)) / 2) / np.sqrt(2 * np.pi) / (1 - over)
    scores = np.where(known, ndtri(np.clip(middle, EDGE, 1 - EDGE)), expected)
    return np.asarray(scores, dtype=np.float64)

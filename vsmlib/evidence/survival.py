"""Times of which some are not over yet: their distribution, quantiles and scores (Kaplan-Meier)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats", "quantile", "scores", "shape_of", "survival"]

Floats = NDArray[np.float64]
EDGE = 1e-6  # from 0 and 1, so that scores stay finite
LEAST = 1.0  # seconds, below which the logarithm of a time tells nothing
SHAPES = (0.0, 0.25, -0.25, 0.5, -0.5, 0.75, -0.75, 1.0, -1.0)


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


def shape_of(times: Floats, known: NDArray[np.bool_]) -> float:
    """Say which tail of the times is long, once their logarithm is taken.

    Returns
    -------
    float
        The shape of the generalised gamma distribution (Prentice, 1974) whose quantiles are most
        in line with theirs: 0 of log-normal times, 1 of exponential and Weibull ones, whose quick
        ones reach far, -1 of Frechet's, whose slow ones do (a Pareto tail).

    Examples
    --------
    >>> places = (np.arange(200) + 0.5) / 200
    >>> shape_of(-3600 * np.log(places), np.full(200, True))
    1.0
    """
    distinct, longer, _ = survival(times, known)
    before = np.concatenate([[1.0], longer[:-1]])
    share, middle = before - longer, np.clip(1 - (longer + before) / 2, EDGE, 1 - EDGE)
    logs = np.log(np.maximum(distinct, LEAST))

    def in_line(shape: float) -> float:
        at, size = _at(middle, shape)
        law = np.log(at / size) / shape if shape else at
        (one, both), (_, other) = np.cov(logs, law, aweights=share)
        return float(both / np.sqrt(one * other)) if one > 0 else 0.0

    return max(SHAPES, key=in_line) if np.count_nonzero(share) > 1 else 0.0


def _at(below: Floats, shape: float) -> tuple[Floats, float]:
    """Return the gamma deviates (normal ones without a shape) below which so much is, and 1/q²."""
    from scipy.special import gammaincinv, ndtri  # scipy.stats takes a second to load

    if not shape:
        return ndtri(below), 1.0
    return gammaincinv(shape**-2, 1 - below if shape < 0 else below), shape**-2


def scores(times: Floats, known: NDArray[np.bool_], shape: float = 0.0) -> Floats:
    """Give each item the score of its rank; of one not over, that expected of it.

    With the scores of the right shape no test of ranks finds more: normal deviates for log-normal
    times, those of the log-rank test for exponential ones. As the shape is read off the values, and
    ranks tell nothing of these, false alarms stay as rare (Hogg, 1974).
    """
    from scipy.special import gammainc, gammaincc

    _, longer, place = survival(times, known)
    before = np.concatenate([[1.0], longer[:-1]])
    middle = np.clip(1 - (longer + before)[place] / 2, EDGE, 1 - EDGE)
    over = np.clip(1 - longer[place], 0, 1 - EDGE)
    (at, size), (end, _) = _at(middle, shape), _at(np.maximum(over, EDGE), shape)
    if shape:
        part = gammainc if shape < 0 else gammaincc
        made = (np.where(known, at / size, part(size + 1, end) / part(size, end)) - 1) / shape
    else:
        made = np.where(known, at, np.exp(-np.square(end) / 2) / np.sqrt(2 * np.pi) / (1 - over))
    return np.asarray(made, dtype=np.float64)

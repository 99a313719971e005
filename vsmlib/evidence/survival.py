"""Times of which some are not over yet: their distribution, quantiles and scores (Kaplan-Meier)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vsmlib.evidence.laws import LAWS, NORMAL, Floats, Law

__all__ = ["Floats", "law_of", "quantile", "scores", "survival"]

EDGE = 1e-6  # from 0 and 1, so that scores stay finite
LEAST = 1.0  # seconds, below which the logarithm of a time tells nothing


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


def law_of(times: Floats, known: NDArray[np.bool_]) -> Law:
    """Say which law the times follow: that whose values are most in line with their logarithms.

    Of times that are all alike the log-normal one.

    Examples
    --------
    >>> places = (np.arange(200) + 0.5) / 200
    >>> law_of(-3600 * np.log(places), np.full(200, True))
    Gamma(shape=1.0)
    """
    distinct, longer, _ = survival(times, known)
    before = np.concatenate([[1.0], longer[:-1]])
    share, middle = before - longer, np.clip(1 - (longer + before) / 2, EDGE, 1 - EDGE)
    logs = np.log(np.maximum(distinct, LEAST))

    def in_line(law: Law) -> float:
        (one, both), (_, other) = np.cov(logs, law.at(middle), aweights=share)
        return float(both / np.sqrt(one * other)) if one > 0 else 0.0

    return max(LAWS, key=in_line) if np.count_nonzero(share) > 1 else NORMAL


def scores(times: Floats, known: NDArray[np.bool_], law: Law = NORMAL) -> Floats:
    """Give each item the score of its rank; of one not over, that expected of it.

    As the law is read off the values, and ranks tell nothing of these, false alarms stay as rare
    whichever it is (Hogg, 1974).
    """
    _, longer, place = survival(times, known)
    before = np.concatenate([[1.0], longer[:-1]])
    middle = np.clip(1 - (longer + before)[place] / 2, EDGE, 1 - EDGE)
    over = np.clip(1 - longer[place], EDGE, 1 - EDGE)
    return np.where(known, law.score(middle), law.beyond(over))

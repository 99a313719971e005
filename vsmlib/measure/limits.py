"""Natural process limits (XmR), the one place where they are worked out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["WIDE", "limits"]

WIDE, SIGMA, MOVING = 2.66, 1.128, 3.267  # Wheeler's constants for moving ranges of two


def limits(baseline: Sequence[float] | NDArray[Any], floor: float | None = 0.0) -> dict[str, float]:
    """Work out the limits of a baseline (Wheeler, Understanding Variation).

    Parameters
    ----------
    baseline : sequence of float
        Values in order of time.
    floor : float, optional
        What no value can be below; a lower limit is not below it either.

    Returns
    -------
    dict
        ``mean, moving_range`` (mean of them)``, upper, lower, sigma, moving_upper``; of no values
        the mean is NaN.

    Examples
    --------
    >>> made = limits([100, 110, 100, 110])
    >>> made["mean"], round(made["upper"], 1), round(made["lower"], 1)
    (105.0, 131.6, 78.4)
    """
    values = np.asarray(baseline, dtype=np.float64)
    mean = float(values.mean()) if len(values) else np.nan
    moving = float(np.abs(np.diff(values)).mean()) if len(values) > 1 else 0.0
    lower = mean - WIDE * moving
    return {
        "mean": mean,
        "moving_range": moving,
        "upper": mean + WIDE * moving,
        "lower": lower if floor is None else max(floor, lower),
        "sigma": moving / SIGMA,
        "moving_upper": MOVING * moving,
    }

"""Process behaviour charts (XmR): limits of a baseline, and the points that stand out of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from vsmlib.evidence.survival import Floats
from vsmlib.measure.limits import WIDE, limits

__all__ = ["RULES", "runs", "xmr"]

SHIFT, TREND = 6, 5  # in a row, of a run chart
RULES = {
    "beyond_limit": "a point beyond a limit",
    "two_of_three": "two of three in a row beyond two sigma, on one side",
    "four_of_five": "four of five in a row beyond one sigma, on one side",
    "eight_in_a_row": "eight in a row on one side of the mean",
}


def xmr(
    values: Sequence[float] | Floats | pd.Series[float],
    baseline: Sequence[float] | Floats | None = None,
    floor: float | None = 0.0,
) -> pd.DataFrame:
    """Mark the points of a series that are signals, by the limits of a baseline.

    Parameters
    ----------
    values : sequence of float
        In order of time, such as weekly throughput.
    baseline : sequence of float, optional
        The values that the limits come from; default: all.
    floor : float, optional
        What no value can be below: a lower line that is not above it sets off no rule. None: no
        such value.

    Returns
    -------
    pandas.DataFrame
        One row a value: ``value, moving_range`` (to the one before; null for the first)``, mean,
        upper, lower, moving_upper``, a bool for each of `RULES` (also ``moving_beyond``: the moving
        range is above its limit), ``signal`` (any of them). A rule marks the points on the side
        where it holds only; a point on the mean ends a run.

    Examples
    --------
    >>> xmr([40, 60, 40, 60, 40, 60, 140], baseline=[40, 60, 40, 60])["beyond_limit"].tolist()
    [False, False, False, False, False, False, True]
    """
    series = np.asarray(values, dtype=np.float64)
    made = limits(series if baseline is None else baseline, floor)
    table: dict[str, Any] = {
        "value": series,
        "moving_range": np.abs(np.diff(series, prepend=np.nan)),
    }
    table |= {name: made[name] for name in ("mean", "upper", "lower", "moving_upper")}
    signals = {rule: np.zeros(len(series), dtype=bool) for rule in RULES}
    for side in (1, -1):
        away = side * (series - made["mean"])
        lines = [
            ("beyond_limit", WIDE * made["moving_range"], 1, 1),
            ("two_of_three", 2 * made["sigma"], 2, 3),
            ("four_of_five", made["sigma"], 4, 5),
            ("eight_in_a_row", 0.0, 8, 8),
        ]
        for rule, far, least, length in lines:
            if side > 0 or floor is None or not far or made["mean"] - far > floor:
                signals[rule] |= _often(away > far, least, length)
    signals["moving_beyond"] = np.nan_to_num(table["moving_range"]) > made["moving_upper"]
    table |= signals
    table["signal"] = np.any([*signals.values()], axis=0)
    return pd.DataFrame(table)


def runs(
    values: Sequence[float] | Floats | pd.Series[float], median: float | None = None
) -> pd.DataFrame:
    """Mark what chance would hardly make in a series, for a run chart.

    Parameters
    ----------
    values : sequence of float
        In order of time.
    median : float, optional
        The line; default: the median of all values.

    Returns
    -------
    pandas.DataFrame
        One row a value: ``median, shift`` (it is one of six or more in a row on one side of the
        line; those on it neither count nor break), ``trend`` (one of five or more in a row that
        all rise or all fall; equals count once): the rules of Perla, Provost and Murray, *The run
        chart*, BMJ Quality & Safety 20 (2011).

    Examples
    --------
    >>> runs([1, 2, 3, 4, 5, 5, 4])["trend"].tolist()
    [True, True, True, True, True, True, False]
    """
    series = np.asarray(values, dtype=np.float64)
    line = float(np.median(series)) if median is None else median
    side = np.sign(series - line)
    off = side != 0
    shift = np.zeros(len(series), dtype=bool)
    shift[off] = _long(side[off], SHIFT)
    steps = np.sign(np.diff(series))
    moved = steps != 0
    rising = np.zeros(len(steps), dtype=bool)
    rising[moved] = _long(steps[moved], TREND - 1)
    trend = np.zeros(len(series), dtype=bool)
    trend[1:] |= rising
    trend[:-1] |= rising
    # What equals a neighbour within a trend belongs to it.
    for place in np.flatnonzero(~moved):
        trend[place + 1] |= trend[place]
    return pd.DataFrame({"median": line, "shift": shift, "trend": trend})


def _long(signs: Floats, least: int) -> NDArray[np.bool_]:
    """Mark stretches of one sign that are so long."""
    change = np.flatnonzero(np.diff(signs)) + 1
    ends = np.concatenate([[0], change, [len(signs)]])
    return np.repeat(np.diff(ends) >= least, np.diff(ends))


def _often(true: NDArray[np.bool_], least: int, length: int) -> NDArray[np.bool_]:
    """Mark the true ones of every stretch of a length that has at least so many."""
    marked = np.zeros(len(true), dtype=bool)
    if len(true) < length:
        return marked
    windows = np.lib.stride_tricks.sliding_window_view(true, length)
    full = windows.sum(axis=1) >= least
    for shift in range(length):
        marked[shift : shift + len(full)] |= full
    return marked & true

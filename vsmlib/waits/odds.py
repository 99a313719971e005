"""How the figures of a state add up: log-odds that it is work rather than waiting."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

__all__ = ["CERTAIN", "confidence", "log_odds", "together"]

Weights = np.ndarray[Any, np.dtype[np.float64]]
# What one unit of each signal is worth, in log-odds for work: few and round, so that no digit
# decides. A unit is e-fold odds (held, same), an e-fold rate (marks), a tenfold duration, all
# instead of none (the shares), first in, first out instead of no order.
WEIGHTS = {
    "held": 1.2,
    "same": 0.7,
    "marks": 1.0,
    "duration": 0.5,
    "batch": 1.5,
    "order": 2.5,
    "morning": 2.0,
    "weekday": 0.7,
    "off_hours": 1.0,
    "next": 0.5,
    "blocked": 2.0,
}
ENOUGH = 5  # visits below which the data has no say
DOUBT = 10  # visits that halve the distance from "nothing is known"
MOMENT_S = 60  # a median visit so short does it, too: what a machine passes on is neither
PAIRS = 20  # neighbours in a queue below which order says nothing
IN_ORDER, ANY_ORDER = 0.2, 0.5  # overtaken shares of a plain queue, and where order plays no part
FIXED_DAY, ANY_DAY = 1.0, 0.25
CLEAR = 2.5  # log-odds beyond which a state needs no comparison with the others
CERTAIN = 0.9
SLOPE = 0.7  # signals overlap, so their sum says more than it knows; fitted on labelled logs


def log_odds(figures: pd.DataFrame) -> pd.DataFrame:
    """Weigh each signal of each state.

    Parameters
    ----------
    figures : pandas.DataFrame
        As `vsmlib.waits.signals.signals` gives it.

    Returns
    -------
    pandas.DataFrame
        One row a state, one column a signal: above 0 speaks for work, below 0 for waiting, 0 says
        nothing. Add them up with `together`.
    """
    # Batches and timers empty a state by rule; what people do shows in the others.
    batch = figures["batch_share"].fillna(0)
    by_hand = np.sqrt(figures["visits"]) * (1.02 - batch)
    units = pd.DataFrame(index=figures.index)
    known = figures["known"]
    for name, least in (("held", 2), ("same", 2)):
        units[name] = _against(_odds(figures[f"{name}_share"], known, least), by_hand)
    units["marks"] = _marks(figures)
    median = np.log10(figures["median_s"].clip(lower=1))
    units["duration"] = -_against(median, by_hand).clip(-2, 2)
    units["batch"] = -batch
    order = (figures["overtaken_share"] - ANY_ORDER) / (ANY_ORDER - IN_ORDER)
    units["order"] = order.clip(-1, 1 / 2).where(figures["pairs"] >= PAIRS)
    units["morning"] = -_against(figures["morning_share"], by_hand)
    fixed = (figures["weekday_share"] - ANY_DAY) / (FIXED_DAY - ANY_DAY)
    units["weekday"] = -fixed.clip(0, 1)
    units["off_hours"] = -_against(figures["off_out"], by_hand).clip(lower=0)
    units["next"] = (figures["next_wip_ratio"] - 1).clip(-1, 0)
    units["blocked"] = -figures["blocked_share"]
    said = units.fillna(0.0) * pd.Series(WEIGHTS)
    return said.where(figures["visits"] >= ENOUGH, 0.0)


def _odds(share: pd.Series[float], known: pd.Series[int], least: int) -> pd.Series[float]:
    """Log-odds of a share, drawn to the log's own average where few visits are known."""
    if not known.sum():
        return share * np.nan
    average = (share * known).sum() / known.sum()
    share = ((share.fillna(0) * known + least * average) / (known + least)).clip(0.02, 0.98)
    odds: pd.Series[float] = share / (1 - share)
    return _log(odds).where(known > 0)


def _log(values: pd.Series[float]) -> pd.Series[float]:
    return pd.Series(np.log(values.to_numpy(float)), values.index)


def _against(values: pd.Series[float], weights: pd.Series[float]) -> pd.Series[float]:
    """Each value less the weighted mean of all that are known."""
    there = values.notna() & (weights > 0)
    if not there.any():
        return values * 0.0
    return values - float(np.average(values[there], weights=weights[there]))


def _marks(figures: pd.DataFrame) -> pd.Series[float]:
    """Compare marks a day with those elsewhere, as a log ratio; one mark more on either side."""
    inside, outside = figures["marks"], figures["marks_elsewhere"]
    days = figures["days"]
    away = (outside / figures["marks_per_day_elsewhere"]).where(outside > 0, days.sum() - days)
    ratio = _log((inside + 1) / (days + 0.02)) - _log((outside + 1) / (away + 0.02))
    return ratio.clip(-3, 3) if inside.sum() > 10 else ratio * 0.0


def together(said: pd.DataFrame, figures: pd.DataFrame) -> pd.Series[float]:
    """Add the signals up to one figure a state: above 0 is work, below is waiting.

    A stream has both, so the line between them is drawn where this log's states part, unless a
    state is clear by itself.
    """
    visits, moment = figures["visits"], figures["median_s"].clip(lower=1)
    known = visits / (visits + DOUBT) * moment / (moment + MOMENT_S)
    total = said.sum(axis=1)
    seen = visits >= ENOUGH
    compared = seen & (figures["batch_share"].fillna(0) <= 0.5)
    line = _line(total[compared].to_numpy(float), known[compared].to_numpy(float))
    return ((total - line) * known).where(seen, 0.0)


def _line(totals: Weights, weights: Weights) -> float:
    """Middle between the two groups that differ most (Otsu's method), at most `CLEAR`."""
    order = np.argsort(totals, kind="stable")
    totals, weights = totals[order].clip(-2 * CLEAR, 2 * CLEAR), weights[order]
    best, line = 0.0, 0.0
    for cut in range(1, len(totals)):
        low = float(np.average(totals[:cut], weights=weights[:cut]))
        high = float(np.average(totals[cut:], weights=weights[cut:]))
        spread = weights[:cut].sum() * weights[cut:].sum() * (high - low) ** 2
        if spread > best:
            # Groups that hardly differ are no groups: the line then stays near zero.
            best, line = spread, (low + high) / 2 * min(1.0, (high - low) / 2)
    return float(np.clip(line, -CLEAR, CLEAR))


def confidence(total: float) -> float:
    """How sure the data makes one of the kind it points to: 0.5 to `CERTAIN`.

    Examples
    --------
    >>> round(confidence(0.0), 2), round(confidence(-1.0), 2), confidence(9.0)
    (0.5, 0.67, 0.9)
    """
    return min(CERTAIN, float(1 / (1 + np.exp(-SLOPE * abs(total)))))

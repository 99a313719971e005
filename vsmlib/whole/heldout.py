"""How well the model would have foretold weeks that it had not seen, beside a plain baseline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from vsmlib.errors import ParameterError
from vsmlib.whole.arrays import Floats
from vsmlib.whole.fitted import Fitted
from vsmlib.whole.group import Scope
from vsmlib.whole.history import CANCELLED, DONE, History
from vsmlib.whole.run import futures

__all__ = ["delivered", "distance", "held_out"]

SHARE = 0.2  # of the log's time, held out at its end
FEWEST = 20  # items delivered before and in the weeks held out
DRAWS = 20
LEVEL = 1.1  # up to so many times the baseline's distance is as good
WEEK = 604_800.0


def distance(one: Floats, other: Floats) -> float:
    """Wasserstein distance of two samples: how far one has to be moved to be the other.

    Examples
    --------
    >>> distance(np.array([0.0, 2.0]), np.array([1.0, 3.0, 1.0, 3.0]))
    1.0
    """
    values = np.sort(np.r_[one, other])
    ranks = [np.searchsorted(np.sort(part), values[:-1], "right") for part in (one, other)]
    apart = np.abs(ranks[0] / len(one) - ranks[1] / len(other))
    return float((apart * np.diff(values)).sum())


def delivered(past: History) -> tuple[Floats, Floats]:
    """When each item was delivered (infinite: not yet), and its lead time so far."""
    kind = past.kind[past.stage]
    other = np.where(kind == DONE, -np.inf, past.end)
    latest = np.maximum.reduceat(other, past.first[:-1])
    moment = np.where(np.isfinite(latest), latest, past.start[past.first[:-1]])
    moment = np.where(kind[past.last] == DONE, moment, np.inf)
    spent = np.where(past.flowing[past.stage], past.end - past.start, 0.0)
    return moment, np.add.reduceat(spent, past.first[:-1])


def held_out(past: History, fitted: Callable[[History], Fitted], seed: int = 1) -> dict[str, Any]:
    """Fit to the first four fifths of the time, foretell the last fifth, and compare.

    Returns
    -------
    dict
        ``weeks`` held out; ``distance_s, baseline_distance_s``: Wasserstein distance to the lead
        times that came, of the model's and of past lead times drawn again; ``throughput_per_week``
        and ``wip`` with ``actual`` and ``model``; ``verdict``: ``ahead`` of the baseline,
        ``level`` (at most a tenth behind), ``behind``, or ``too_little_data``.
    """
    horizon = -past.since * SHARE
    moment, lead = delivered(past)
    known, came = lead[moment < -horizon], lead[(moment >= -horizon) & (moment <= 0)]
    if min(len(known), len(came)) < FEWEST:
        return {"weeks": horizon / WEEK, "verdict": "too_little_data"}
    try:
        model = fitted(past.until(-horizon))
    except ParameterError:
        return {"weeks": horizon / WEEK, "verdict": "too_little_data"}
    groups = futures(model, [None], Scope(horizon), DRAWS, seed, drawn=False)[0]
    runs = [run for group in groups for run in group]
    rng = np.random.default_rng(seed)
    again = [distance(rng.choice(known, len(came)), came) for _ in range(DRAWS)]
    made = [distance(run.lead, came) if len(run.lead) else np.inf for run in runs]
    ours, theirs = float(np.mean(made)), float(np.mean(again))
    here = ~np.isin(past.kind[past.stage], (DONE, CANCELLED))
    inside = np.minimum(past.end, 0.0) - np.maximum(past.start, -horizon)
    actual = float(np.maximum(inside, 0.0)[here].sum() / horizon)
    verdict = "ahead" if ours < theirs else "level" if ours <= LEVEL * theirs else "behind"
    rate = float(np.mean([len(run.lead) for run in runs])) / horizon
    return {
        "weeks": horizon / WEEK,
        "distance_s": ours if np.isfinite(ours) else None,
        "baseline_distance_s": theirs,
        "throughput_per_week": {"actual": len(came) / horizon * WEEK, "model": rate * WEEK},
        "wip": {"actual": actual, "model": float(np.mean([run.wip for run in runs]))},
        "verdict": verdict,
    }

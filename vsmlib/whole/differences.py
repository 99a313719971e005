"""What futures differ by: figures of replications, their difference, and what it amounts to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from vsmlib.whole.arrays import Floats
from vsmlib.whole.group import Future

__all__ = ["MATERIAL", "Groups", "difference", "leads", "mean", "measures", "percentile", "verdict"]

WEEK = 604_800.0
MATERIAL = 0.02  # a smaller share of the baseline is no difference that anybody notices
Groups = list[list[Future]]
Figure = Callable[[list[Future]], float]


def leads(groups: Groups) -> Floats:
    """Lead times of all replications."""
    return np.concatenate([run.lead for runs in groups for run in runs])


def percentile(q: float) -> Figure:
    """Return the figure that is a quantile of all lead times."""

    def of(runs: list[Future]) -> float:
        pooled = np.concatenate([run.lead for run in runs])
        return float(np.quantile(pooled, q)) if len(pooled) else np.nan

    return of


def measures(horizon: float) -> dict[str, Figure]:
    """Figures of some replications, by name."""
    return {
        "lead_time_p50_s": percentile(0.5),
        "lead_time_p85_s": percentile(0.85),
        "throughput_per_week": lambda runs: float(
            np.mean([len(run.lead) for run in runs]) * WEEK / horizon
        ),
        "wip": lambda runs: float(np.mean([run.wip for run in runs])),
        "rework_share": lambda runs: float(np.mean([run.reworked for run in runs])),
    }


def mean(runs: list[Future]) -> float:
    """Mean of all lead times."""
    lead = np.concatenate([run.lead for run in runs])
    return float(lead.mean()) if len(lead) else np.nan


def difference(before: Groups, after: Groups, of: Figure) -> dict[str, Any]:
    """Difference of a figure, and the 90 % interval of what is to be expected.

    Each group has a fit of its own, so the interval is where the differences of nine in ten groups
    would be, by their order: however skewed they are, as those of queues are. What is left of
    chance within a group makes it a little wide.
    """
    whole: float = of([r for g in after for r in g]) - of([r for g in before for r in g])
    if not np.isfinite(whole):
        return {"estimate": None, "low": None, "high": None}
    each = np.array([of(b) - of(a) for a, b in zip(before, after, strict=True)])
    each = each[np.isfinite(each)]
    if len(each) < 2:
        return {"estimate": whole, "low": None, "high": None}
    low, high = np.quantile(each, (0.05, 0.95), method="weibull").tolist()
    return {"estimate": whole, "low": min(low, whole), "high": max(high, whole)}


def verdict(baseline: dict[str, Any], differences: dict[str, Any], share: float) -> str:
    """Say whether the end-to-end time is better: by p50 and p85, and no fewer items delivered.

    ``share`` is that of the arrivals which still come, where the scenario has fewer: then fewer
    can be delivered.
    """
    lead = baseline["lead_time_s"]
    sizes = {
        "lead_time_p50_s": lead["p50"],
        "lead_time_p85_s": lead["p85"],
        "throughput_per_week": baseline["throughput_per_week"],
    }
    signs = {name: _sign(differences[name], size) for name, size in sizes.items()}
    fewer = (
        differences["throughput_per_week"]["estimate"] - (share - 1) * sizes["throughput_per_week"]
    )
    signs["throughput_per_week"] *= fewer < -MATERIAL * sizes["throughput_per_week"]
    times = [signs["lead_time_p50_s"], signs["lead_time_p85_s"]]
    if max(times) > 0 or signs["throughput_per_week"] < 0:
        return "worse" if min(times) >= 0 else "no_difference"
    return "better" if min(times) < 0 else "no_difference"


def _sign(figure: dict[str, Any], size: float | None) -> int:
    if size is None or figure["low"] is None:
        return 0
    if abs(figure["estimate"]) < MATERIAL * abs(size) or figure["low"] <= 0 <= figure["high"]:
        return 0
    return 1 if figure["estimate"] > 0 else -1

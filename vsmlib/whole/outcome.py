"""What a scenario does: both futures in figures, their difference with an interval, a verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from vsmlib.flow import KINDS
from vsmlib.whole.arrays import Floats
from vsmlib.whole.history import WAIT
from vsmlib.whole.run import POINTS, Fitted, Future

__all__ = ["Outcome", "outcome"]

WEEK = 604_800.0
MATERIAL = 0.02  # a smaller share of the baseline is no difference that anybody notices
COUNTED = "in progress", "arrived", "delivered"
Groups = list[list[Future]]


@dataclass(frozen=True)
class Outcome:
    """The stream as it is and as a scenario makes it.

    Attributes
    ----------
    data : dict
        ``baseline, scenario, difference, stages, priority, verdict, fit, warnings`` as
        `vsm simulate --json` prints them; durations in seconds.
        ``outcome["verdict"]`` is ``outcome.data["verdict"]``.
    leads : pandas.DataFrame
        ``when`` (before, after), ``quantile``, ``lead_time_s``: 101 quantiles of each.
    moving : pandas.DataFrame
        ``when, day, what`` (in progress, arrived, delivered), ``mean, low, high``: items on that
        day from now, and where 90 % of the replications are; arrived and delivered add up.
    times : pandas.DataFrame
        ``stage, kind, before_s, after_s``: mean time in each active and wait stage per delivered
        item.
    """

    data: dict[str, Any]
    leads: pd.DataFrame
    moving: pd.DataFrame
    times: pd.DataFrame

    def __getitem__(self, key: str) -> Any:
        return self.data[key]

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        return self.data


def leads(groups: Groups) -> Floats:
    """Lead times of all replications."""
    return np.concatenate([run.lead for runs in groups for run in runs])


def _percentile(q: float) -> Callable[[list[Future]], float]:
    def of(runs: list[Future]) -> float:
        pooled = np.concatenate([run.lead for run in runs])
        return float(np.quantile(pooled, q)) if len(pooled) else np.nan

    return of


def measures(horizon: float) -> dict[str, Callable[[list[Future]], float]]:
    """Figures of some replications, by name."""
    return {
        "lead_time_p50_s": _percentile(0.5),
        "lead_time_p85_s": _percentile(0.85),
        "throughput_per_week": lambda runs: float(
            np.mean([len(run.lead) for run in runs]) * WEEK / horizon
        ),
        "wip": lambda runs: float(np.mean([run.wip for run in runs])),
        "rework_share": lambda runs: float(np.mean([run.reworked for run in runs])),
    }


def _result(groups: Groups, horizon: float) -> dict[str, Any]:
    lead = leads(groups)
    quantiles = np.quantile(lead, np.linspace(0, 1, 21)).tolist() if len(lead) else [None] * 21
    figures = measures(horizon)
    runs = [run for group in groups for run in group]
    return {
        "lead_time_s": {
            "p50": quantiles[10],
            "p85": quantiles[17],
            "mean": float(lead.mean()) if len(lead) else None,
            "quantiles": quantiles,
        },
        **{name: figures[name](runs) for name in ("throughput_per_week", "wip", "rework_share")},
    }


def difference(
    before: Groups, after: Groups, of: Callable[[list[Future]], float]
) -> dict[str, Any]:
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


def outcome(
    fitted: Fitted,
    before: Groups,
    after: Groups,
    horizon: float,
    *,
    notes: list[str],
    load: Floats,
    share: float,
) -> Outcome:
    """Put both futures side by side; ``load`` is how busy each pool may have to be."""
    figures = measures(horizon)
    baseline, scenario = _result(before, horizon), _result(after, horizon)
    differences = {name: difference(before, after, of) for name, of in figures.items()}
    times = _times(fitted, before, after)
    waited = times[times["kind"] == KINDS[WAIT]].drop(columns="kind")
    names = {"before_s": "wait_before_s", "after_s": "wait_after_s"}
    said = "unstable" if (load >= 1).any() else verdict(baseline, differences, share)
    pairs = (("before", before), ("after", after))
    return Outcome(
        {
            "baseline": baseline,
            "scenario": scenario,
            "difference": differences,
            "stages": waited.rename(columns=names).to_dict("records"),
            "priority": _by_priority(before, after),
            "verdict": said,
            "warnings": notes,
        },
        pd.concat([_leads(groups, when) for when, groups in pairs], ignore_index=True),
        pd.concat([_moving(g, when, horizon) for when, g in pairs], ignore_index=True),
        times,
    )


def _by_priority(before: Groups, after: Groups) -> dict[str, Any] | None:
    """Lead times of those who go first and of the others, None where nobody does."""
    if not any(run.first.any() for groups in (before, after) for runs in groups for run in runs):
        return None
    made: dict[str, Any] = {}
    for who, goes in (("first", True), ("others", False)):
        made[who] = {}
        for when, groups in (("before", before), ("after", after)):
            lead = [run.lead[run.first == goes] for runs in groups for run in runs]
            made[who][when] = _middle(np.concatenate(lead))
    return made


def _middle(lead: Floats) -> dict[str, float | None]:
    if not len(lead):
        return dict.fromkeys(("p50", "p85", "mean"))
    p50, p85 = np.quantile(lead, (0.5, 0.85)).tolist()
    return {"p50": p50, "p85": p85, "mean": float(lead.mean())}


def _leads(groups: Groups, when: str) -> pd.DataFrame:
    lead, share = leads(groups), np.linspace(0, 1, 101)
    values = np.quantile(lead, share) if len(lead) else np.full(len(share), np.nan)
    return pd.DataFrame({"when": when, "quantile": share, "lead_time_s": values})


def _times(fitted: Fitted, before: Groups, after: Groups) -> pd.DataFrame:
    past = fitted.past
    spent = [np.mean([r.waits for g in groups for r in g], axis=0) for groups in (before, after)]
    stages = np.flatnonzero(past.flowing)
    return pd.DataFrame(
        {
            "stage": [past.names[s] for s in stages],
            "kind": [KINDS[past.kind[s]] for s in stages],
            "before_s": spent[0][stages],
            "after_s": spent[1][stages],
        }
    )


def _moving(groups: Groups, when: str, horizon: float) -> pd.DataFrame:
    counts = np.array([run.counts for runs in groups for run in runs])
    low, high = np.quantile(counts, (0.05, 0.95), axis=0)
    figures = {"mean": counts.mean(axis=0).ravel(), "low": low.ravel(), "high": high.ravel()}
    days = np.tile(np.linspace(0.0, horizon / 86_400.0, POINTS), len(COUNTED))
    return pd.DataFrame({"when": when, "day": days, "what": np.repeat(COUNTED, POINTS)} | figures)

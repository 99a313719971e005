"""What a scenario does: both futures in figures, their difference with an interval, a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from vsmlib.flow import KINDS
from vsmlib.whole.arrays import Floats
from vsmlib.whole.differences import Groups, difference, leads, measures, verdict
from vsmlib.whole.fitted import Fitted
from vsmlib.whole.group import POINTS
from vsmlib.whole.history import WAIT

__all__ = ["Outcome", "outcome"]

COUNTED = "in progress", "arrived", "delivered"


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
        ``stage, kind, before_s, after_s``: mean time in each active and wait stage, of all items
        that are there or come within the horizon, followed to their delivery: the same items
        before and after.
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


def outcome(
    fitted: Fitted,
    before: Groups,
    after: Groups,
    horizon: float,
    *,
    notes: list[str],
    share: float,
    unstable: bool,
    doubtful: bool,
) -> Outcome:
    """Put both futures side by side.

    ``unstable``: more would arrive somewhere than can be done; ``doubtful``: the log cannot tell
    it from that, and the scenario does not relieve it. Then nothing is called better, for a queue
    that grows without end would eat the gain.
    """
    figures = measures(horizon)
    baseline, scenario = _result(before, horizon), _result(after, horizon)
    differences = {name: difference(before, after, of) for name, of in figures.items()}
    times = _times(fitted, before, after)
    waited = times[times["kind"] == KINDS[WAIT]].drop(columns="kind")
    names = {"before_s": "wait_before_s", "after_s": "wait_after_s"}
    said = "unstable" if unstable else verdict(baseline, differences, share)
    said = "no_difference" if doubtful and said == "better" else said
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

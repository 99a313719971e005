"""What stands beside speed: load, people, failures, and where a scenario leaves what was seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from vsmlib import measure
from vsmlib.flow import Flow
from vsmlib.whole.arrays import Floats
from vsmlib.whole.fitted import Fitted
from vsmlib.whole.heldout import delivered
from vsmlib.whole.history import History
from vsmlib.whole.load import doubt
from vsmlib.whole.scenario import Scenario
from vsmlib.whole.system import System
from vsmlib.whole.unseen import unseen

__all__ = ["BUSY", "Known", "beside", "known", "warnings"]

DAY = 86_400.0
BUSY = 0.85
FEW = 30  # delivered items, below which every figure is rough
RECENT = 91 * DAY  # who did nothing for so long is not counted among the people


@dataclass(frozen=True)
class Known:
    """What the log says of people and failures, beside the visits.

    Attributes
    ----------
    people : int
        Who moved items in the last quarter, bots left out.
    rate : float or None
        Share of the deployments that had an incident.
    fails : float or None
        Deployments with an incident per delivered item.
    """

    people: int
    rate: float | None = None
    fails: float | None = None


def known(flow: Flow, past: History) -> Known:
    """Read people and failures from a flow's log."""
    bots = [code for code, name in enumerate(flow.log.actor_names) if name in set(flow.log.bots)]
    recent = (past.end >= -RECENT) & (past.actor >= 0) & ~np.isin(past.actor, bots)
    people = len(np.unique(past.actor[recent]))
    if "incident" not in set(flow.log.items["item_type"].dropna()):
        return Known(people)
    found = measure.delivery(flow.log)
    if found.deploys is None or found.incident is None:
        return Known(people)
    keys = measure.five_keys(flow, found=found).set_index("key")
    row = keys.loc[["change_fail_rate"]].astype({"value": "float64"})
    rate, count = float(row["value"].iloc[0]), int(row["n"].iloc[0])
    moment, _ = delivered(past)
    days = found.deploys["deployed_at"] - pd.Timestamp(flow.observed_us, unit="us", tz="UTC")
    since, until = days.dt.total_seconds().min(), days.dt.total_seconds().max()
    items = int(((moment >= max(since, past.since)) & (moment <= until)).sum())
    if not np.isfinite(rate) or not items:
        return Known(people)
    return Known(people, rate, rate * count / items)


def beside(
    fitted: Fitted,
    known: Known,
    data: dict[str, Any],
    system: System,
    load: tuple[Floats, Floats],
) -> dict[str, Any]:
    """Return ``load``, ``people`` and ``exposure`` of a result, before and after."""
    sides = {"before": data["baseline"], "after": data["scenario"]}
    more = int((system.servers - fitted.now.servers).sum())
    people = {"before": known.people, "after": known.people + more} if known.people else {}
    return {
        "load": _loads(fitted, *load),
        "people": {
            "count": people.get("before"),
            "wip_per_person": {
                when: side["wip"] / max(people[when], 1) if people else None
                for when, side in sides.items()
            },
        },
        "exposure": {
            "change_fail_rate": known.rate,
            "failed_per_week": {
                when: None if known.fails is None else side["throughput_per_week"] * known.fails
                for when, side in sides.items()
            },
        },
    }


def _loads(fitted: Fitted, was: Floats, load: Floats) -> list[dict[str, Any]]:
    """Say how busy those who serve each stage are, as it is and in the scenario."""
    names = fitted.past.names
    return [
        {"stage": names[s], "before": float(was[p]), "after": float(load[p])}
        for p, pool in enumerate(fitted.queues.pools)
        for s in pool.stages
    ]


def warnings(
    fitted: Fitted,
    fit: dict[str, Any],
    scenario: Scenario,
    system: System,
    *,
    load: Floats,
    horizon: float,
) -> list[str]:
    """Warn of queues that grow, of people who are busy, and of what the log has never seen."""
    made = [*system.notes, *_busy(fitted, load), *unseen(fitted, scenario, system, horizon)]
    if fit["held_out"]["verdict"] == "behind":
        made.append(
            "on weeks held out the model was worse than drawing past lead times again: trust "
            "the direction of a change rather than its size"
        )
    if fit["delivered"] < FEW:
        made.append(f"only {fit['delivered']} items were delivered, so every figure is rough")
    return made


def _busy(fitted: Fitted, load: Floats) -> Iterator[str]:
    most = load * (1 + doubt(fitted))
    for pool, share, top in zip(fitted.queues.pools, load, most, strict=True):
        names = ", ".join(fitted.past.names[s] for s in pool.stages)
        if share >= 1:
            yield (
                f"{names}: {share:.0%} of its capacity would be needed, so the queue grows "
                "without end and the figures depend on the horizon"
            )
        elif top >= 1:
            yield (
                f"{names}: {share:.0%} busy, which the log cannot tell from more than can be done: "
                "the queue may grow without end"
            )
        elif share > BUSY:
            yield f"{names}: {share:.0%} busy; small changes move its queue a lot"

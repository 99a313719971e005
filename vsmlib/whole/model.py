"""The model of a stream: fitted from its flow, run under scenarios."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from vsmlib.errors import ParameterError
from vsmlib.flow import Flow
from vsmlib.whole import arrivals, change, history, levers, queues, run, trains
from vsmlib.whole.change import System
from vsmlib.whole.heldout import held_out
from vsmlib.whole.history import ACTIVE, AHEAD, DONE, WAIT, History
from vsmlib.whole.kernel import Floats
from vsmlib.whole.outcome import BUSY, Outcome, outcome
from vsmlib.whole.paths import complete
from vsmlib.whole.run import Fitted
from vsmlib.whole.scenario import Scenario

__all__ = ["Model", "fit"]

DAY, WEEK = 86_400.0, 604_800.0
FEW = 30  # delivered items, below which every figure is rough
MOST = 10_000  # replications


def fit(flow: Flow) -> Model:
    """Fit a model of the stream to a flow.

    Items of the past are the items of the future: their ways, times and returns; where the log
    shows a queue for capacity, the waiting for it is made anew by the simulation. Open items count
    as what they are, not finished yet.

    Raises
    ------
    ParameterError
        If no item was delivered.

    Examples
    --------
    >>> import vsmlib as vsm
    >>> stream = vsm.ValueStream.load("github-pull-requests")
    >>> model = vsm.whole.fit(vsm.Flow(vsm.read("sample"), stream, start="2024-01-01"))
    >>> model.run(horizon_days=90, replications=20, seed=1)["verdict"]
    'no_difference'
    """
    return Model(parts(history.read(flow)))


def parts(past: History) -> Fitted:
    """Fit the parts to a history."""
    ends = past.kind[past.stage[past.last]]
    if not (ends == DONE).any():
        raise ParameterError(
            f"none of the {len(ends):,} items was delivered, so nothing says how long one takes",
            accepted="at least one delivered item; 30 or more for figures to rely on",
            hint="widen --from and --to, or look which events enter the done stage",
        )
    found = queues.find(past)
    timetable = trains.find(past, found)
    trains.bound(past, found, timetable)
    coming = arrivals.find(past)
    if not len(coming.moments):
        raise ParameterError("no item began in the window", hint="give an earlier --from")
    return Fitted(past, found, coming, change.as_it_is(past, found, timetable))


class Model:
    """A fitted stream.

    Attributes
    ----------
    fit : dict
        What the fit found (``items, delivered, arrivals_per_week, stages``), what it ``assumed``,
        what it could not tell (``unidentified``), and how well it foretold weeks that were
        ``held_out``, beside drawing past lead times again.
    """

    def __init__(self, fitted: Fitted) -> None:
        self.fitted = fitted
        self.fit = _described(fitted) | {"held_out": held_out(fitted.past, parts)}

    def run(
        self,
        scenario: Scenario | None = None,
        *,
        horizon_days: float = 180,
        replications: int = 200,
        seed: int = 1,
    ) -> Outcome:
        """Simulate the stream from today on, as it is and under a scenario.

        Both meet the same futures: the same arrivals, and items with the same needs. Lead times
        and throughput are of the items delivered within the horizon.

        Raises
        ------
        ParameterError
            If the scenario names an unknown stage, takes the last capacity, or does not fit.

        Examples
        --------
        >>> import vsmlib as vsm
        >>> stream = vsm.ValueStream.load("github-pull-requests")
        >>> model = vsm.whole.fit(vsm.Flow(vsm.read("sample"), stream, start="2024-01-01"))
        >>> more = vsm.whole.Scenario(arrivals={"scale": 1.5})
        >>> made = model.run(more, horizon_days=90, replications=20, seed=1)
        >>> made["difference"]["throughput_per_week"]["low"] > 0
        True
        """
        _check(horizon_days, replications)
        chosen, horizon = scenario or Scenario(), horizon_days * DAY
        system = change.changed(self.fitted.now, self.fitted.past, self.fitted.queues, chosen)
        before, after = run.futures(self.fitted, [None, chosen], horizon, replications, seed)
        load = self._load(chosen, system)
        notes = [*self._warnings(system, load), *self._unseen(chosen)]
        share = min(chosen.arrivals.scale, 1.0) if chosen.arrivals else 1.0
        made = outcome(self.fitted, before, after, horizon, notes=notes, load=load, share=share)
        made.data["name"] = chosen.name
        made.data["load"] = self._loads(load)
        made.data["fit"] = self.fit
        return made

    def levers(
        self,
        *,
        effort: float = 0.2,
        horizon_days: float = 180,
        replications: int = 60,
        seed: int = 1,
    ) -> pd.DataFrame:
        """Try the same effort at every stage and rank it by its effect on the end-to-end time.

        Work, waits and returns become less by the share ``effort``; capacity grows by the least it
        can, one.

        Returns
        -------
        pandas.DataFrame
            One row a lever, the most effective first: ``lever, stage, change``; ``effect_s, low_s,
            high_s``: change of the mean lead time and its 90 % interval; ``share`` of the mean;
            ``p85_s``: change of p85; ``local_s``: change of the time at the stage and in the waits
            that lead to it; ``moved_to, moved_s``: the stage at which items stay longer instead
            (null: nowhere that matters); ``local_only``: less than half of the local gain arrives;
            ``constraint``: the stage whose people are the busiest of all.

        Examples
        --------
        >>> import vsmlib as vsm
        >>> stream = vsm.ValueStream.load("github-pull-requests")
        >>> model = vsm.whole.fit(vsm.Flow(vsm.read("sample"), stream, start="2024-01-01"))
        >>> model.levers(replications=20)["lever"].iloc[0] in ("wait", "service_time", "rework")
        True
        """
        _check(horizon_days, replications)
        return levers.table(
            self.fitted,
            self._load(Scenario(), self.fitted.now),
            effort=effort,
            horizon=horizon_days * DAY,
            replications=replications,
            seed=seed,
        )

    def scenario(self, table: pd.DataFrame, *, effort: float = 0.2) -> Scenario:
        """Return the scenario of the first lever of a table of `levers`; without any, no change."""
        found = {lever[:2]: lever[3] for lever in levers.candidates(self.fitted, effort)}
        first = next(zip(table["lever"], table["stage"], strict=True), ("", ""))
        return found.get(first, Scenario())

    def _load(self, scenario: Scenario, system: System) -> Floats:
        """How much of its working time each pool needs for what arrives, in the long run."""
        past, found = self.fitted.past, self.fitted.queues
        rng = np.random.default_rng(0)
        ways = complete(past, found, np.ones(len(past.first) - 1), rng)
        ways = run.changed(ways, past, scenario, rng)
        came = past.start[past.first[:-1]] >= past.since
        of_arrival = np.r_[came, np.zeros(len(ways.first) - 1 - len(came), bool)][ways.path]
        pool = found.pool[ways.stage]
        rows = of_arrival & (pool >= 0) & np.isfinite(ways.need)
        work = np.bincount(pool[rows], ways.need[rows], len(found.pools)) / max(came.sum(), 1)
        scale = scenario.arrivals.scale if scenario.arrivals else 1.0
        there = np.array([_at_work(past, past.cal[pool.stages[0]]) for pool in found.pools])
        made: Floats = work * self.fitted.arrivals.rate * scale / (system.servers * there)
        return made

    def _unseen(self, scenario: Scenario) -> list[str]:
        """Warn of more arrivals than the past ever had in a week."""
        coming, scale = self.fitted.arrivals, scenario.arrivals.scale if scenario.arrivals else 1.0
        if not coming.block or scale <= 1:
            return []
        most = float(np.bincount((-coming.moments // coming.block).astype(int)).max())
        if coming.rate * coming.block * scale <= most:
            return []
        return ["more would arrive than in any week of the past: nothing shows what people do then"]

    def _loads(self, load: Floats) -> list[dict[str, Any]]:
        """Say how busy those who serve each stage are, as it is and in the scenario."""
        now, names = self._load(Scenario(), self.fitted.now), self.fitted.past.names
        return [
            {"stage": names[s], "before": float(now[p]), "after": float(load[p])}
            for p, pool in enumerate(self.fitted.queues.pools)
            for s in pool.stages
        ]

    def _warnings(self, system: System, load: Floats) -> list[str]:
        made = list(system.notes)
        for pool, share in zip(self.fitted.queues.pools, load, strict=True):
            names = ", ".join(self.fitted.past.names[s] for s in pool.stages)
            if share >= 1:
                made.append(
                    f"{names}: {share:.0%} of its capacity would be needed, so the queue grows "
                    "without end and the figures depend on the horizon"
                )
            elif share > BUSY:
                made.append(f"{names}: {share:.0%} busy; small changes move its queue a lot")
        if self.fit["held_out"]["verdict"] == "behind":
            made.append(
                "on weeks held out the model was worse than drawing past lead times again: trust "
                "the direction of a change rather than its size"
            )
        delivered = self.fit["delivered"]
        if delivered < FEW:
            made.append(f"only {delivered} items were delivered, so every figure is rough")
        return made


def _check(horizon_days: float, replications: int) -> None:
    if not 0 < horizon_days * DAY <= AHEAD / 2:
        raise ParameterError(
            f"--horizon {horizon_days:g}", accepted=f"days, above 0 and up to {AHEAD / DAY / 2:.0f}"
        )
    if not 1 <= replications <= MOST:
        raise ParameterError(f"--replications {replications}", accepted=f"1 to {MOST:,}")


def _at_work(past: History, number: int) -> float:
    """Share of the time that a calendar is working time."""
    if number < 0:
        return 1.0
    span = np.array([-AHEAD / 12, AHEAD / 12])
    span = np.clip(span, past.clock.opens[past.clock.first[number]], None)
    return float(np.diff(history.worked(past.clock, number, span))[0] / np.diff(span)[0])


def _described(fitted: Fitted) -> dict[str, Any]:
    past, found = fitted.past, fitted.queues
    ends = past.kind[past.stage[past.last]]
    return {
        "items": len(ends),
        "delivered": int((ends == DONE).sum()),
        "in_progress": len(past.open_items),
        "arrivals_per_week": fitted.arrivals.rate * WEEK,
        "stages": [_stage(fitted, s) for s in range(len(past.names)) if past.flowing[s]],
        "assumed": _assumed(fitted),
        "unidentified": _unidentified(past, found),
    }


def _stage(fitted: Fitted, stage: int) -> dict[str, Any]:
    past, found = fitted.past, fitted.queues
    pool = found.pools[found.pool[stage]] if found.pool[stage] >= 0 else None
    train = fitted.now.trains.get(stage)
    rows = (past.stage == stage) & ~past.still
    spent = np.where(past.kind[past.stage] == WAIT, past.end - past.start, past.work)[rows]
    return {
        "stage": past.names[stage],
        "kind": "wait" if past.kind[stage] == WAIT else "active",
        "visits": int(rows.sum()),
        "mean_s": float(spent.mean()) if len(spent) else None,
        "capacity": pool.servers if pool else None,
        "queued_share": pool.queued if pool else None,
        "released_every_s": (train.beat or float(np.diff(train.moments).mean())) if train else None,
        "released_size": train.size if train and train.size > 1 else None,
    }


def _assumed(fitted: Fitted) -> list[str]:
    past, found = fitted.past, fitted.queues
    blocks = {7 * DAY: "whole weeks of the past, drawn again", DAY: "whole days, drawn again"}
    block = blocks.get(fitted.arrivals.block, "single gaps, drawn again")
    made = [
        f"items arrive as in the past: {block}",
        "an item goes the whole way of a past item; who gives up does so as often as before",
    ]
    for pool in found.pools:
        names = ", ".join(past.names[s] for s in pool.stages)
        made.append(f"{names}: {pool.servers} at once, first come first served ({pool.why})")
    if len(past.open_items):
        made.append("an open item goes on like one that stayed as long in its stage")
    return made


def _unidentified(past: History, found: queues.Queues) -> list[str]:
    made = []
    visits = np.bincount(past.stage, minlength=len(past.kind))
    if not visits[past.kind == WAIT].any():
        made.append(
            "the stream has no wait stage, so queues inside the work cannot be told from it"
        )
    for stage in np.flatnonzero(past.kind == ACTIVE):
        name = past.names[stage]
        if visits[stage] == 1:
            made.append(f"{name}: seen once, so every visit is taken to last as long")
        elif visits[stage] and found.pool[stage] < 0:
            made.append(f"{name}: no capacity, for no queue shows in the log")
    return made

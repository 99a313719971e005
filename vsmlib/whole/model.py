"""The model of a stream: fitted from its flow, run under scenarios."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

import pandas as pd

from vsmlib.errors import ParameterError
from vsmlib.flow import Flow
from vsmlib.whole import change, levers, load, reading, run, safely
from vsmlib.whole.described import described
from vsmlib.whole.fitted import Fitted, parts
from vsmlib.whole.group import Scope
from vsmlib.whole.heldout import held_out
from vsmlib.whole.history import AHEAD
from vsmlib.whole.outcome import Outcome, outcome
from vsmlib.whole.scenario import Scenario
from vsmlib.whole.weighed import COMPARED, per_effort, side_by_side

__all__ = ["Model", "fit"]

DAY = 86_400.0
MOST = 10_000  # replications
RELIEF = 0.99  # of the load that a pool had: less is relief


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
    past = reading.read(flow)
    return Model(parts(past), safely.known(flow, past))


class Model:
    """A fitted stream.

    Attributes
    ----------
    fit : dict
        What the fit found (``items, delivered, arrivals_per_week, stages``, in words ``found``),
        what it ``assumed``, what it could not tell (``unidentified``), and how well it foretold
        weeks that were ``held_out``, beside drawing past lead times again.
    """

    def __init__(self, fitted: Fitted, known: safely.Known) -> None:
        self.fitted, self.known = fitted, known
        self.fit = described(fitted) | {"held_out": held_out(fitted.past, parts)}

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
        before, after = run.futures(self.fitted, [None, chosen], Scope(horizon), replications, seed)
        was, needed = (
            load.of_pools(self.fitted, *way)
            for way in ((Scenario(), self.fitted.now), (chosen, system))
        )
        notes = safely.warnings(self.fitted, self.fit, chosen, system, load=needed, horizon=horizon)
        share = min(chosen.arrivals.scale, 1.0) if chosen.arrivals else 1.0
        doubtful = (needed * (1 + load.doubt(self.fitted)) >= 1) & (needed > RELIEF * was)
        made = outcome(
            self.fitted,
            before,
            after,
            horizon,
            notes=notes,
            share=share,
            unstable=bool((needed >= 1).any()),
            doubtful=bool(doubtful.any()),
        )
        made.data.update(safely.beside(self.fitted, self.known, made.data, system, (was, needed)))
        effort = per_effort(chosen, made.data["difference"])
        made.data.update(name=chosen.name, effort=effort, fit=self.fit)
        return made

    def compare(
        self,
        scenarios: Iterable[Scenario],
        *,
        horizon_days: float = 180,
        replications: int = 200,
        seed: int = 1,
    ) -> pd.DataFrame:
        """Run several scenarios on the same futures and set them side by side.

        Returns
        -------
        pandas.DataFrame
            One row a scenario, the most gain in p85 first: ``scenario, verdict``; ``p50_s, p85_s``:
            their changes, with ``…_low_s, …_high_s`` of the 90 % interval;
            ``throughput_per_week``: its change; ``rework_share, busiest`` (share of its capacity
            that the busiest pool needs) with the scenario; ``effort_days`` and
            ``p85_per_day_s``, the change a day of effort (null where none is told);
            ``warnings``.

        Examples
        --------
        >>> import vsmlib as vsm
        >>> stream = vsm.ValueStream.load("github-pull-requests")
        >>> model = vsm.whole.fit(vsm.Flow(vsm.read("sample"), stream, start="2024-01-01"))
        >>> tried = [vsm.whole.Scenario(name="a", arrivals={"scale": s}) for s in (0.9, 1.2)]
        >>> len(model.compare(tried, horizon_days=30, replications=20))
        2
        """
        run = partial(self.run, horizon_days=horizon_days, replications=replications, seed=seed)
        rows = [side_by_side(run(scenario)) for scenario in scenarios]
        table = pd.DataFrame(rows, columns=COMPARED)
        return table.sort_values("p85_s", kind="stable").reset_index(drop=True)

    def levers(
        self,
        *,
        effort: float = 0.2,
        effort_days: Mapping[str, float] | None = None,
        horizon_days: float = 180,
        replications: int = 60,
        seed: int = 1,
    ) -> pd.DataFrame:
        """Try the same effort at every stage and rank it by its effect on the end-to-end time.

        Work, waits and returns become less by the share ``effort``; capacity grows by the least it
        can, one. ``effort_days`` may say what that takes, by kind of lever: ``{"capacity": 30}``.

        Returns
        -------
        pandas.DataFrame
            One row a lever, the most effective first: ``lever, stage, change``; ``effect_s, low_s,
            high_s``: change of the mean lead time and its 90 % interval; ``share`` of the mean;
            ``p85_s``: change of p85, with ``p85_low_s, p85_high_s`` and its rank ``p85_rank``
            among the levers; ``effort_days`` and ``per_day_s``, the change of the mean a day of
            effort (null where none is told); ``local_s``: change of the time at the stage and in
            the waits that lead to it; ``moved_to, moved_s``: the stage at which items stay longer
            instead (null: nowhere that matters); ``local_only``: less than half of the local gain
            arrives; ``constraint``: the stage whose people are the busiest of all.

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
            load.of_pools(self.fitted, Scenario(), self.fitted.now),
            effort=effort,
            days=effort_days or {},
            horizon=horizon_days * DAY,
            replications=replications,
            seed=seed,
        )

    def scenario(self, table: pd.DataFrame, *, effort: float = 0.2) -> Scenario:
        """Return the scenario of the first lever of a table of `levers`; without any, no change."""
        found = {lever[:2]: lever[3] for lever in levers.candidates(self.fitted, effort)}
        first = next(zip(table["lever"], table["stage"], strict=True), ("", ""))
        return found.get(first, Scenario())


def _check(horizon_days: float, replications: int) -> None:
    if not 0 < horizon_days * DAY <= AHEAD / 2:
        raise ParameterError(
            f"--horizon {horizon_days:g}", accepted=f"days, above 0 and up to {AHEAD / DAY / 2:.0f}"
        )
    if not 1 <= replications <= MOST:
        raise ParameterError(f"--replications {replications}", accepted=f"1 to {MOST:,}")

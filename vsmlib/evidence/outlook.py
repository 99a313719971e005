"""When will what is in progress be delivered? Each item by its stage and how long it is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from vsmlib.engine import to_pandas
from vsmlib.errors import ParameterError, shown
from vsmlib.evidence.backtest import LEVELS
from vsmlib.evidence.survival import Floats, quantile
from vsmlib.flow import Flow
from vsmlib.log import from_us
from vsmlib.measure.aging import aging
from vsmlib.measure.groups import DELIVERED
from vsmlib.visits import DAY_US
from vsmlib.words import listed

__all__ = ["Visits", "coverage", "day_of", "item_record", "outlook", "place_of"]

LEAST, MOST = 20, 20_000  # visits to judge by, and at most of a stage
CANCELLED, LONGEST = 3, 1096 * DAY_US  # and how far back a visit may have reached that age
ORIGINS, EACH, SEED = 60, 4, 1  # past moments of the back-test, and items looked at in each
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Visits:
    """Visits of the past as arrays: stage, from, to, when and how its item ended."""

    stage: Ints
    t0: Ints
    t1: Ints
    ended: Ints
    status: Ints

    @classmethod
    def of(cls, flow: Flow) -> Visits:
        """Gather the visits of a flow that are not at an end."""
        visits = flow.frame.filter(nw.col("kind") < DELIVERED).select("item", "stage", "t0", "t1")
        ends = flow.ends.select("item", "status", "ended_us")
        table = to_pandas(visits.join(ends, on="item").sort("t0", "item"))
        table["ended_us"] = table["ended_us"].fillna(flow.observed_us)
        columns = ["stage", "t0", "t1", "ended_us", "status"]
        stage, t0, t1, ended, status = table[columns].to_numpy(dtype=np.int64).T
        return cls(stage, t0, t1, ended, status)

    def left(self, stage: int, stayed: int, now: int) -> tuple[Floats, NDArray[np.bool_]]:
        """Return how much longer it took those that had stayed so long, as known at a moment.

        Counted from the moment at which they had stayed as long; microseconds, and whether it is
        over. Those that were cancelled by then tell nothing of deliveries.
        """
        mark, over = self.t0 + stayed, self.ended <= now
        like = (self.stage == stage) & (mark < np.minimum(self.t1, now)) & (mark > now - LONGEST)
        like &= ~(over & (self.status == CANCELLED))
        like[np.flatnonzero(like)[:-MOST]] = False
        known = over[like] & (self.status[like] == DELIVERED)
        return (np.minimum(self.ended[like], now) - mark[like]).astype(np.float64), known

    def promise(self, stage: int, stayed: int, now: int, levels: Any) -> list[float | None]:
        """Return the quantiles of what is left; None where they are not known."""
        left, known = self.left(stage, stayed, now)
        if len(left) < LEAST or known.sum() < LEAST // 2:
            return [None] * len(levels)
        return [quantile(left, known, q) for q in levels]


def outlook(flow: Flow) -> pd.DataFrame:
    """Forecast each item in progress from those that once stood as long in the same stage.

    Parameters
    ----------
    flow : Flow
        The visits.

    Returns
    -------
    pandas.DataFrame
        One row an item in progress, those with the earliest promise first: ``item_id, stage,
        stage_age_s, age_s, p50, p85, p95``: the local date by whose end it is delivered with that
        probability if it is not cancelled; null where of the last three years fewer than 20 visits
        lasted as long, or too few of their items are delivered (Kaplan and Meier, 1958).

    Examples
    --------
    >>> import vsmlib as vsm
    >>> flow = vsm.Flow(vsm.read("sample"), vsm.ValueStream.load("github-pull-requests"))
    >>> made = outlook(flow)
    >>> len(made) == vsm.measure.summary(flow)["in_progress"]
    True
    """
    table = aging(flow)
    past, now, names = Visits.of(flow), flow.observed_us, flow.stream.stage_names
    made = [
        past.promise(names.index(row["stage"]), int(row["stage_age_s"] * 1e6), now, LEVELS.values())
        for row in table.to_dict("records")
    ]
    for place, level in enumerate(LEVELS):
        table[level] = [day_of(flow, left[place]) for left in made]
    kept = ["item_id", "stage", "stage_age_s", "age_s", *LEVELS]
    order = table["p85"].map(lambda day: day or date.max)
    return table.assign(order=order).sort_values(["order", "item_id"])[kept].reset_index(drop=True)


def day_of(flow: Flow, left: float | None) -> date | None:
    """Return the local day that is so many microseconds after the end of observation."""
    if left is None:
        return None
    return from_us(flow.observed_us + int(left)).astimezone(flow.stream.zone).date()


def place_of(flow: Flow, item: str) -> tuple[int, int]:
    """Return the stage of an item in progress, and for how long it is there, in microseconds.

    Raises
    ------
    ParameterError
        If it is not in progress.
    """
    table = aging(flow).set_index("item_id")
    if item not in table.index:
        raise ParameterError(
            f"{shown(item)} is not in progress", where=flow.log.name,
            accepted=f"one of {listed(table.index.to_list()[-3:])}, {len(table)} in all"
            if len(table) else "an item in progress, and there is none",
        )  # fmt: skip
    row = table.loc[[item]].iloc[0]
    return flow.stream.stage_names.index(row["stage"]), int(row["stage_age_s"] * 1e6)


def item_record(flow: Flow, past: Visits) -> pd.DataFrame:
    """Forecast items that were in progress at moments of the past, with what was known then.

    Returns
    -------
    pandas.DataFrame
        A row an item and moment: ``day, p50, p85, p95`` (days left, null where nothing was
        promised), ``came`` (days until it was delivered; null where it was not), ``seen`` (days
        until observation ended), ``cancelled``.
    """
    rng = np.random.default_rng(SEED)
    first, last = past.t0.min(), flow.observed_us
    rows = []
    for now in np.linspace(first + (last - first) * 0.25, last, ORIGINS, endpoint=False):
        open_ = np.flatnonzero((past.t0 < now) & (past.t1 > now))
        for place in rng.permutation(open_)[:EACH]:
            left = past.promise(int(past.stage[place]), int(now - past.t0[place]), int(now),
                                LEVELS.values())  # fmt: skip
            status, took = past.status[place], (past.ended[place] - now) / DAY_US
            came = took if status == DELIVERED else np.nan
            days = [np.nan if x is None else x / DAY_US for x in left]
            seen = (last - now) / DAY_US
            rows.append((from_us(int(now)), *days, came, seen, status == CANCELLED))
    return pd.DataFrame(rows, columns=["day", *LEVELS, "came", "seen", "cancelled"])


def coverage(record: pd.DataFrame) -> dict[str, Any]:
    """Say how often promises of `item_record` were met, of those whose day was observed."""
    made: dict[str, Any] = {}
    for level in LEVELS:
        told = record[(record[level] <= record["seen"]) & ~record["cancelled"]]
        made[level] = float((told["came"] <= told[level]).mean()) if len(told) else None
    windows = int(record["p85"].notna().sum())
    return {"windows": windows, "coverage": made, "sharpness": None, "pinball_ratio": None,
            "plain": dict.fromkeys(LEVELS)}  # fmt: skip

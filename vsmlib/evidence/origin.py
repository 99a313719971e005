"""Where a change of lead time came from, stage by stage, and whether a wait merely moved."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from vsmlib.engine import to_pandas
from vsmlib.evidence.metrics import floats
from vsmlib.evidence.observed import Sample
from vsmlib.evidence.survival import Floats, survival
from vsmlib.flow import Flow
from vsmlib.measure.groups import ACTIVE, WAIT

__all__ = ["by_stage", "moved"]

DRAWS, TAIL, SEED = 400, 0.025, 1
MOST_OF = 0.5  # share of what one stage lost that another has to gain


def by_stage(sample: Sample) -> pd.DataFrame:
    """Split the change of the mean lead time into those of the stages.

    Parameters
    ----------
    sample : Sample
        Of lead times.

    Returns
    -------
    pandas.DataFrame
        ``stage, kind, before_s, after_s`` (mean elapsed time an item, over the items that are over,
        each standing for those like it that are not: inverse probability of censoring),
        ``change_s, low_s, high_s`` (95 % interval: weeks resampled). Means add up over the stages,
        and so do changes.
    """
    flow = sample.sides.flow
    made = [_side(sample, after=after) for after in (False, True)]
    (before, draws), (after, others) = made
    low, high = np.quantile(others - draws, [TAIL, 1 - TAIL], axis=0)
    table = pd.DataFrame({"stage": flow.stream.stage_names, "kind": flow.stream.kinds})
    table = table.assign(before_s=before, after_s=after, change_s=after - before, low_s=low,
                         high_s=high)  # fmt: skip
    return table[table["kind"].isin(["active", "wait"])].reset_index(drop=True)


def _side(sample: Sample, *, after: bool) -> tuple[Floats, Floats]:
    """Return the mean time of each stage on a side, and what it is in resampled weeks."""
    rows = sample.side(after=after)
    flow = sample.sides.flow if after else sample.sides.then
    values, known = floats(rows, "value"), rows["known"].to_numpy(dtype=bool)
    _, longer, place = survival(values, known)
    drop = -np.diff(longer, prepend=1.0)
    alike = np.bincount(place, known, len(drop))
    weight = np.where(known, drop[place] / np.maximum(alike[place], 1), 0.0)
    times = _times(flow).reindex(rows["item"]).fillna(0.0).to_numpy(dtype=np.float64)
    number = pd.factorize(rows["week"])[0]
    weeks = number.max() + 1
    sums = np.zeros((weeks, times.shape[1]))
    np.add.at(sums, number, times * weight[:, None])
    whole = np.bincount(number, weight, weeks)
    rng = np.random.default_rng(SEED)
    often = rng.multinomial(weeks, np.full(weeks, 1 / weeks), size=DRAWS)
    drawn = (often @ sums) / np.maximum(often @ whole, 1e-9)[:, None]
    return sums.sum(axis=0) / whole.sum(), drawn


def _times(flow: Flow) -> pd.DataFrame:
    """Seconds of each item in each active and wait stage, by the stage's place."""
    visits = flow.frame.filter(nw.col("kind").is_in([ACTIVE, WAIT]))
    visits = visits.with_columns(span=(nw.col("t1") - nw.col("t0")).cast(nw.Float64) / 1e6)
    table = to_pandas(visits.group_by("item", "stage").agg(nw.col("span").sum()))
    wide = table.pivot(index="item", columns="stage", values="span")
    made: pd.DataFrame = wide.reindex(columns=range(len(flow.stream.stage_names)))
    return made


def moved(stages: pd.DataFrame) -> dict[str, Any] | None:
    """Tell whether what one stage surely lost another surely gained, for the most part.

    Returns
    -------
    dict or None
        ``from, to`` (stages), ``share`` (of what the one lost that the other gained).
    """
    fell, rose = stages[stages["high_s"] < 0], stages[stages["low_s"] > 0]
    if fell.empty or rose.empty:
        return None
    less, more = fell.nsmallest(1, "change_s").iloc[0], rose.nlargest(1, "change_s").iloc[0]
    share = float(-more["change_s"] / less["change_s"])
    return (
        {"from": less["stage"], "to": more["stage"], "share": share} if share >= MOST_OF else None
    )

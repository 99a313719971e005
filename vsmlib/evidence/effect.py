"""From a sample to the effect: a factor on times, a difference of shares and of counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from vsmlib.evidence.drift import Posterior, Step, alone
from vsmlib.evidence.metrics import floats
from vsmlib.evidence.observed import Sample
from vsmlib.evidence.survival import Floats, law_of, scores

__all__ = ["Effect", "effect", "p_value"]

TAIL = 0.025
WIDEST = 6.0  # logarithm of the largest factor that is looked for


@dataclass(frozen=True)
class Effect:
    """What a test says: for times of factors (1: none), else of differences (0: none)."""

    p_value: float
    estimate: float
    low: float
    high: float
    sd: float  # of the logarithm of the factor, or of the difference
    moving: float  # probability that the level moves from week to week by itself


def effect(sample: Sample) -> Effect:
    """Find the effect in a sample that has enough on each side."""
    if sample.metric.kind == "time":
        return _factor(sample)
    found = _difference(sample)
    low, middle, high = (found.quantile(q) for q in (TAIL, 0.5, 1 - TAIL))
    return Effect(found.p_value, middle, low, high, found.sd, found.moving)


def p_value(sample: Sample) -> float:
    """Say how surprising the difference of both sides is where nothing changed."""
    return (
        _Times(sample).fit(0.0) if sample.metric.kind == "time" else _difference(sample)
    ).p_value


def _difference(sample: Sample) -> Posterior:
    return _counts(sample) if sample.metric.kind == "count" else _shares(sample)


class _Times:
    """The times of a sample, of which those after the change can be divided by a factor."""

    def __init__(self, sample: Sample) -> None:
        rows = sample.rows
        self.values, self.known = floats(rows, "value"), rows["known"].to_numpy(dtype=bool)
        self.changed = (rows["after"] & ~rows["control"]).to_numpy(dtype=bool)
        self.mix, self.weekly = _Mix(rows), _Weekly(rows)
        self.law = law_of(self.values, self.known)

    def fit(self, log: float) -> Posterior:
        """Find the step that is left when they are divided by a factor, given as its logarithm."""
        scaled = np.where(self.changed, self.values / np.exp(log), self.values)
        return self.weekly.fit(scores(scaled, self.known, self.law), self.mix)


def _factor(sample: Sample) -> Effect:
    """Divide what came after by factors, until no difference is left."""
    from scipy.optimize import brentq

    times = _Times(sample)

    def below(log: float) -> float:
        return times.fit(log).below(0.0)

    def solve(q: float) -> float:
        ends = below(-WIDEST) - q, below(WIDEST) - q
        if ends[0] * ends[1] > 0:
            return -np.inf if ends[0] > 0 else np.inf
        return float(brentq(lambda log: below(log) - q, -WIDEST, WIDEST, xtol=1e-3))

    found = times.fit(0.0)
    low, middle, high = (solve(q) for q in (TAIL, 0.5, 1 - TAIL))
    spread = (high - low) / 4
    middle, low, high = (float(np.exp(end)) for end in (middle, low, high))
    return Effect(found.p_value, middle, low, high, spread, found.moving)


class _Weekly:
    """Means of weeks; with a control group, by how much the others' mean is above its."""

    def __init__(self, rows: pd.DataFrame) -> None:
        week, place = np.unique(rows["week"], return_inverse=True)
        self.parts = 1 + int(rows["control"].any())
        self.cell = place * self.parts + rows["control"].to_numpy(dtype=int)
        self.size = np.bincount(self.cell, minlength=len(week) * self.parts).astype(np.float64)
        count = self.size.reshape(-1, self.parts)
        self.both = (count > 0).all(axis=1)
        items = 1 / (1 / count[self.both]).sum(axis=1)
        self.step = Step(week[self.both], items, week[self.both] >= 0)
        side = (rows["after"] * 2 + rows["control"]).to_numpy(dtype=int)
        self.order = np.lexsort((rows["at_us"], side))
        self.cell, self.led = self.cell[self.order], np.diff(side[self.order], prepend=-1) == 0

    def fit(self, values: Floats, mix: _Mix) -> Posterior:
        """Find the step in values of items."""
        ways, log = alone(mix.taken_out(values)[self.order], self.led)
        sums = np.array([np.bincount(self.cell, way, len(self.size)) for way in ways])
        means = sums / np.maximum(self.size, 1)
        apart = np.square(ways - means[:, self.cell]).sum(axis=1)
        freedom = max(0, len(values) - int((self.size > 0).sum()) - mix.extra)
        levels = means.reshape(len(ways), -1, self.parts)[:, self.both]
        moved = levels[..., 0] - levels[..., 1] if self.parts > 1 else levels[..., 0]
        return self.step.fit(moved, mix.wider, (apart, freedom), log)


class _Mix:
    """Takes out of values what the item's type, its weekday and holidays explain.

    What cannot be told apart from the mix makes the step less sure, by the factor ``wider``.
    """

    def __init__(self, rows: pd.DataFrame) -> None:
        types, days = (pd.get_dummies(rows[name], dtype=float) for name in ("type", "day"))
        mix = np.column_stack([types.to_numpy(), days.to_numpy()[:, 1:]])
        if rows["holidays"].nunique() > 1:
            mix = np.column_stack([mix, floats(rows, "holidays")])
        sides = pd.get_dummies(rows["after"] * 2 + rows["control"], dtype=float).to_numpy()
        self.mix, self.wider, self.extra = mix, 1.0, mix.shape[1] - 1
        self.solve = np.linalg.pinv(np.column_stack([mix, sides[:, 1:]]))[: mix.shape[1]]
        if self.extra:
            after = rows["after"].to_numpy(dtype=np.float64)
            left = after - mix @ (np.linalg.pinv(mix) @ after)
            self.wider = float(np.sqrt(after.var() / np.square(left).mean()))

    def taken_out(self, values: Floats) -> Floats:
        """Return the values without it."""
        made: Floats = values - self.mix @ (self.solve @ values)
        return made if self.extra else values


def _shares(sample: Sample) -> Posterior:
    rows, values = sample.rows, floats(sample.rows, "value")
    if sample.metric.name == "flow_efficiency":
        # Each item by what it adds to the pooled share of its side, so that their mean is it.
        sides = [rows["after"], rows["control"]]
        sums = rows.groupby(sides)[["value", "part"]].transform("sum").to_numpy(dtype=np.float64)
        count = rows.groupby(sides)["value"].transform("size").to_numpy(dtype=np.float64)
        share = sums[:, 1] / sums[:, 0]
        values = share + (floats(rows, "part") - share * values) / (sums[:, 0] / count)
    return _Weekly(rows).fit(values, _Mix(rows))


def _counts(sample: Sample) -> Posterior:
    rows, (before, after) = sample.rows, sample.numbers
    weeks = np.concatenate([before, after])
    counted = [rows.loc[rows["control"] == c, "week"].value_counts() for c in (False, True)]
    means = counted[0].reindex(weeks, fill_value=0).to_numpy(dtype=np.float64)
    if len(counted[1]):
        others = counted[1].reindex(weeks, fill_value=0).to_numpy(dtype=np.float64)
        level = means[weeks < 0].mean() / max(others[weeks < 0].mean(), 1e-9)
        means = means - level * others
    share = sample.open_share
    step = Step(weeks[share > 0], share[share > 0], weeks[share > 0] >= 0)
    return step.fit(np.asarray(means[share > 0] / share[share > 0], dtype=np.float64))

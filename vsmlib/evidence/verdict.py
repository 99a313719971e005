"""From a sample to an answer: both sides, the effect, and what may be said of it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from vsmlib.evidence.checks import FEW, POWER, assumptions, more_weeks, origin, sentence
from vsmlib.evidence.effect import Effect, effect
from vsmlib.evidence.metrics import floats
from vsmlib.evidence.observed import Sample
from vsmlib.evidence.survival import quantile, survival
from vsmlib.words import number

__all__ = ["SURE", "TOLD", "Comparison", "judged", "lacking"]

SURE = 0.05
FEW_WEEKS = 3  # that have items, which each side needs
TOLD = ("improved", "worse")
HALF = 0.5  # a change by this factor should not be missed
SIDES = {"before": False, "after": True}


class Comparison(dict[str, Any]):
    """An answer of `compare`: its keys are those of ``vsm compare --json``.

    Attributes
    ----------
    curves : pandas.DataFrame
        ``side`` (before, after), ``value, share``: which share of the items (weeks, for counts) of
        a side has at most that value; open ones count as not over.
    """

    curves: pd.DataFrame

    @property
    def verdict(self) -> str:
        """``improved``, ``worse``, ``no_evidence`` or ``too_little_data``."""
        return str(self["verdict"])

    @property
    def origin(self) -> str:
        """Where the change came from, in one sentence; empty where that is not known."""
        return origin(self)

    @property
    def sentence(self) -> str:
        """The verdict in one sentence."""
        return sentence(self)

    def __str__(self) -> str:
        return self.sentence


def judged(sample: Sample) -> Comparison:
    """Compare both sides of a sample."""
    metric = sample.metric
    made = Comparison(metric=metric.name, noun=metric.noun, verdict="too_little_data", p_value=None)
    made |= {name: _side(sample, after=after) for name, after in SIDES.items()}
    made |= {"effect": _range(None, unit=metric.unit), "relative": _range(None)}
    if sample.sides.groups:
        made["groups"] = dict(zip(("column", "before", "after"), sample.sides.groups, strict=True))
    if sample.sides.control is not None:
        others = {name: _side(sample, after=side, control=True) for name, side in SIDES.items()}
        made["control"] = dict(zip(("column", "value"), sample.sides.control, strict=True)) | others
    made["lacks"] = lacking(sample)
    found = None if made["lacks"] else effect(sample)
    if found is not None:
        _judge(made, sample, found)
    told = made.verdict in TOLD
    made["more_weeks"] = None if told else more_weeks(sample, made, found)
    made["assumptions"] = assumptions(sample, found.moving if found else None)
    made.curves = pd.concat([_curve(sample, side) for side in SIDES], ignore_index=True)
    return made


def _curve(sample: Sample, side: str) -> pd.DataFrame:
    """Return which share of a side has at most each value."""
    rows, numbers = sample.side(after=SIDES[side]), sample.numbers[SIDES[side]]
    known, values = rows["known"], rows["value"]
    if sample.metric.kind == "count":
        values = rows["week"].value_counts().reindex(numbers, fill_value=0)
    elif sample.metric.name == "flow_efficiency":
        values = (rows["part"] / rows["value"].where(rows["value"] > 0)).dropna()
    known = known.reindex(values.index, fill_value=True)
    distinct, longer, _ = survival(values.to_numpy(dtype=np.float64), known.to_numpy(dtype=bool))
    return pd.DataFrame({"side": side, "value": distinct, "share": 1 - longer})


def _range(estimate: Any, low: Any = None, high: Any = None, **more: Any) -> dict[str, Any]:
    ends = (float(x) if x is not None and math.isfinite(x) else None for x in (estimate, low, high))
    return dict(zip(("estimate", "low", "high"), ends, strict=True)) | more


def _side(sample: Sample, *, after: bool, control: bool = False) -> dict[str, Any]:
    """Count and measure one side."""
    rows, weeks = sample.side(after=after, control=control), sample.weeks[after]
    known = rows["known"].to_numpy(dtype=bool)
    values, kind = floats(rows, "value"), sample.metric.kind
    value: float | None
    if kind == "time":
        value = quantile(values, known)
    elif kind == "count":
        value = len(rows) / weeks if weeks else None
    elif sample.metric.name == "flow_efficiency":
        value = floats(rows, "part").sum() / values.sum() if values.sum() else None
    else:
        value = float(values.mean()) if len(values) else None
    return {"n": int(known.sum()), "value": value, "open": int((~known).sum()), "weeks": weeks}


def lacking(sample: Sample) -> str:
    """Say what a comparison lacks; empty where each side has what it needs at least."""
    for part in (False, True)[: 1 + (sample.sides.control is not None)]:
        for after in (False, True):
            rows = sample.side(after=after, control=part)
            seen = sample.weeks[after] if sample.metric.kind == "count" else rows["week"].nunique()
            if rows["known"].sum() < FEW:
                return f"each side needs {FEW} items that are over" + _unended(sample)
            if seen < FEW_WEEKS:
                return f"each side needs items in {FEW_WEEKS} weeks"
            if _side(sample, after=after, control=part)["value"] is None:
                timed = sample.metric.kind == "time"
                return "on a side more than half are not over" if timed else "no time was taken"
    if sample.metric.kind != "count" and sample.rows["value"].nunique() < 2:
        return "every item has the same value"
    return ""


def _unended(sample: Sample) -> str:
    left = int((~sample.rows["known"]).sum())
    return f" (still open: {number(left, 0)})" if left else ""


def _judge(made: Comparison, sample: Sample, found: Effect) -> None:
    """Put the effect, its interval and the verdict into the answer."""
    before, after = made["before"]["value"], made["after"]["value"]
    timed = sample.metric.kind == "time"
    none = 1.0 if timed else 0.0
    if timed:
        size = after / before if before and "control" not in made else found.estimate
    else:
        size = after - before if "control" not in made else found.estimate
    # The interval is the test's; where the level moves, the plain difference may lie beside it.
    low, high = min(found.low, size), max(found.high, size)
    made["p_value"] = found.p_value
    if timed:
        made["relative"] = _range(size - 1, low - 1, high - 1)
        ends = [before * (factor - 1) for factor in (size, low, high)]
        made["effect"] |= _range(*ends)
    else:
        made["effect"] |= _range(size, low, high)
        if before:
            made["relative"] = _range(*(x / before for x in (size, low, high)))
    sure = found.p_value <= SURE and not low <= none <= high
    if sure:
        made["verdict"] = "improved" if (size - none) * sample.metric.better > 0 else "worse"
    elif POWER * found.sd <= (-math.log(HALF) if timed else abs(before) * (1 - HALF)):
        made["verdict"] = "no_evidence"
    else:
        made["lacks"] = "even a change by half could be missed"

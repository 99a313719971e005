"""Did the change work? Before and after a date: effect, interval, verdict, and its footing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from vsmlib.engine import records
from vsmlib.errors import ParameterError
from vsmlib.evidence.checks import FEW, POWER, assumptions, more_weeks, origin, sentence
from vsmlib.evidence.effect import Effect, effect
from vsmlib.evidence.observed import (
    METRICS,
    Sample,
    Sides,
    around,
    floats,
    metric_of,
    observe,
    periods,
)
from vsmlib.evidence.observed import groups as groups_of
from vsmlib.evidence.origin import by_stage, moved
from vsmlib.evidence.survival import quantile, survival
from vsmlib.flow import Day, Flow

__all__ = ["Comparison", "compare", "compare_all"]

SURE = 0.05
FEW_WEEKS = 3  # that have items, which each side needs
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


def compare(
    flow: Flow,
    *,
    at: Day | None = None,
    before: tuple[Day, Day] | None = None,
    after: tuple[Day, Day] | None = None,
    groups: tuple[str, str, str] | None = None,
    metric: str = "lead_time",
    control: tuple[str, str] | None = None,
    weeks: int | None = None,
    ramp_up: int = 0,
    guard: bool = True,
) -> Comparison:
    """Compare before and after a date, or two periods, or two groups of items.

    Parameters
    ----------
    flow : Flow
        The visits. Its window, if it has one, bounds what is compared.
    at : str or date, optional
        Local day on which the change began.
    before, after : (str or date, str or date), optional
        Two periods instead of a date: the first day of each, and the day after its last.
    groups : (str, str, str), optional
        Two groups instead: an item column and two of its values, compared in the same weeks. The
        first takes the place of ``before``.
    metric : str
        ``lead_time``, ``cycle_time``, ``wait:STAGE`` (s; of items or visits that *entered* in a
        period, median; open and straddling ones count as not over), ``flow_efficiency`` (pooled),
        ``rework`` (share), ``throughput`` (per week of 7 days from the change; these three of
        what was delivered in a period).
    control : (str, str), optional
        An item column and its value: items that the change does not touch. The effect is then
        by how much more the others changed than they (difference in differences).
    weeks : int, optional
        Weeks on each side, at most. Default: 13, or as many up to 52 as 150 items take (throughput:
        26), since what is long ago says little about the day before the change.
    ramp_up : int
        Weeks after the change that are left out.
    guard : bool
        Look whether rework grew (or, for rework, times did): then ``improved`` is not said.

    Returns
    -------
    Comparison
        ``metric, at``, ``before`` and ``after`` (``n`` that are over, ``value, open, weeks``),
        ``effect`` (``estimate, low, high, unit``: after − before, 95 % interval), ``relative``
        (the same as fractions of before), ``verdict, p_value, assumptions``, ``more_weeks`` (that
        would tell a change by 30 %), ``guard``. Of times also ``stages`` (where it came from: as
        `vsmlib.evidence.origin.by_stage`) and ``moved`` (``from, to, share``: what one stage lost
        another gained).
        Figures that do not exist are None.

    Raises
    ------
    ParameterError
        If the metric, a date or a group does not exist, or not exactly one of a date, two periods
        and two groups is given.

    Notes
    -----
    Times are compared by their normal scores, weeks by weeks, with a level that may move by
    itself (see `vsmlib.evidence.drift`); the interval holds the factors by which all times after
    the change can be divided without a difference being found.

    Examples
    --------
    >>> import vsmlib as vsm
    >>> flow = vsm.Flow(vsm.read("sample"), vsm.ValueStream.load("github-pull-requests"))
    >>> compare(flow, at="2024-01-01").verdict
    'too_little_data'
    """
    if (weeks is not None and weeks < 1) or ramp_up < 0:
        raise ParameterError(
            f"{weeks} weeks with {ramp_up} left out", accepted="1 or more, with 0 or more"
        )
    wanted = metric_of(flow, metric)
    sides = _sides(flow, at, (before, after), groups, weeks=weeks, control=control, ramp_up=ramp_up)
    sample = observe(sides, wanted)
    made = _judged(sample)
    made["at"] = None if at is None else str(at)
    if guard and made.verdict == "improved":
        other = "lead_time" if metric == "rework" else "rework"
        _guarded(made, _judged(observe(sides, METRICS[other])))
    if wanted.kind == "time" and made["p_value"] is not None:
        _traced(made, sample if metric == "lead_time" else observe(sides, METRICS["lead_time"]))
    return made


def _sides(
    flow: Flow,
    at: Day | None,
    spans: tuple[tuple[Day, Day] | None, tuple[Day, Day] | None],
    pair: tuple[str, str, str] | None,
    **more: Any,
) -> Sides:
    """Choose how the sides are set: by a date, two periods or two groups."""
    before, after = spans
    asked = [at is not None, before is not None or after is not None, pair is not None]
    if sum(asked) != 1 or (asked[1] and (before is None or after is None)):
        raise ParameterError(
            "not one way to compare is given",
            accepted="a date (at), or two periods (before and after), or two groups",
        )
    if (pair and (more["control"] or more["ramp_up"])) or (asked[1] and more["ramp_up"]):
        raise ParameterError("only a date has a ramp-up, and groups have no control group")
    if at is not None:
        return around(flow, at, **more)
    if before is not None and after is not None:
        return periods(flow, before, after, **more)
    assert pair is not None
    return groups_of(flow, *pair, **more)


def _traced(made: Comparison, lead: Sample) -> None:
    """Say which stages the change came from, and whether a wait merely moved."""
    if not _enough(lead):
        return
    stages = by_stage(lead)
    made["stages"] = records(stages)
    made["moved"] = moved(stages) if made.verdict in ("improved", "no_evidence") else None


def compare_all(flow: Flow, *, metrics: Sequence[str], **options: Any) -> list[Comparison]:
    """Compare several metrics: the more are looked at, the more each has to show (Holm, 1979).

    Parameters
    ----------
    flow : Flow
        The visits.
    metrics : sequence of str
        As of `compare`.
    **options
        As of `compare`: what is compared with what.

    Returns
    -------
    list of Comparison
        With ``p_adjusted``, by which ``improved`` and ``worse`` are said.
    """
    made = [compare(flow, metric=name, **options) for name in metrics]
    known = sorted((m for m in made if m["p_value"] is not None), key=lambda m: m["p_value"])
    least = 0.0
    for place, one in enumerate(known):
        least = max(least, min(1.0, one["p_value"] * (len(known) - place)))
        one["p_adjusted"] = least
        if least > SURE and one.verdict in ("improved", "worse"):
            one["verdict"] = "no_evidence"
            one["held_back"] = f"as one of {len(made)} metrics it is not sure enough"
    return made


def _judged(sample: Sample) -> Comparison:
    metric = sample.metric
    made = Comparison(metric=metric.name, noun=metric.noun, verdict="too_little_data", p_value=None)
    made |= {name: _side(sample, after=after) for name, after in SIDES.items()}
    made |= {"effect": _range(None, unit=metric.unit), "relative": _range(None)}
    if sample.sides.control is not None:
        others = {name: _side(sample, after=side, control=True) for name, side in SIDES.items()}
        made["control"] = dict(zip(("column", "value"), sample.sides.control, strict=True)) | others
    found = effect(sample) if _enough(sample) else None
    if found is not None:
        _judge(made, sample, found)
    told = made.verdict in ("improved", "worse")
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


def _enough(sample: Sample) -> bool:
    """Tell whether each side has what a comparison needs at least."""
    for part in (False, True)[: 1 + (sample.sides.control is not None)]:
        for after in (False, True):
            rows = sample.side(after=after, control=part)
            seen = sample.weeks[after] if sample.metric.kind == "count" else rows["week"].nunique()
            if rows["known"].sum() < FEW or seen < FEW_WEEKS:
                return False
            if _side(sample, after=after, control=part)["value"] is None:
                return False
    return sample.metric.kind == "count" or bool(sample.rows["value"].nunique() > 1)


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


def _guarded(made: Comparison, other: Comparison) -> None:
    """Take a success back that was bought with what the guard metric measures."""
    kept = ("metric", "before", "after", "effect", "verdict", "p_value")
    made["guard"] = {key: other[key] for key in kept}
    if other.verdict == "worse":
        made["verdict"] = "no_evidence"
        made["held_back"] = f"it improved, but {other['noun']} got worse"

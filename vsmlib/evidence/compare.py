"""Did the change work? Before and after a date: effect, interval, verdict, and its footing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vsmlib.engine import records
from vsmlib.errors import ParameterError
from vsmlib.evidence.effect import p_value
from vsmlib.evidence.metrics import METRICS, metric_of
from vsmlib.evidence.observed import Sample, earlier, observe
from vsmlib.evidence.origin import by_stage, moved
from vsmlib.evidence.sides import Sides, around, periods
from vsmlib.evidence.sides import groups as groups_of
from vsmlib.evidence.verdict import SURE, TOLD, Comparison, judged, lacking
from vsmlib.flow import Day, Flow
from vsmlib.words import count

__all__ = ["Comparison", "adjusted", "as_ever", "compare", "compare_all"]

OFTEN = 0.1  # share of earlier dates that may be called a change


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
        what was delivered in a period). Where the log has deployments, the DORA keys by their names
        (as of `vsmlib.measure.five_keys`; of what was deployed in a period).
    control : (str, str), optional
        An item column and its value: items that the change does not touch. The effect is then
        by how much more the others changed than they (difference in differences).
    weeks : int, optional
        Weeks on each side, at most. Default: 13, or as many up to 20 as 150 items take (throughput:
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
        (the same as fractions of before), ``verdict, p_value, assumptions``, ``lacks`` (why it is
        too little data), ``more_weeks`` (that would tell a change by 30 %), ``guard``, ``earlier``
        (``dates`` before the change at which the same test was tried, and how many it ``called``
        a change: with more than a tenth nothing is said of this one). Of times also ``stages``
        (where it came from: as `vsmlib.evidence.origin.by_stage`) and ``moved`` (``from, to,
        share``: what one stage lost another gained). Figures that do not exist are None.

    Raises
    ------
    ParameterError
        If the metric, a date or a group does not exist, or not exactly one of a date, two periods
        and two groups is given.

    Notes
    -----
    Times are compared by scores of their ranks that suit the shape of their tails (normal deviates
    for log-normal ones), weeks by weeks, with a level that may move by itself (see
    `vsmlib.evidence.drift`); the interval holds the factors by which all times after the change can
    be divided without a difference being found.

    Examples
    --------
    >>> import vsmlib as vsm
    >>> flow = vsm.Flow(vsm.read("sample"), vsm.ValueStream.load("github-pull-requests"))
    >>> compare(flow, at="2024-01-01").verdict
    'too_little_data'
    """
    if (weeks is not None and weeks < 1) or ramp_up < 0:
        raise ParameterError(
            f"--weeks {weeks or 0} with --ramp-up {ramp_up}", accepted="1 or more, and 0 or more"
        )
    wanted = metric_of(flow, metric)
    sides = _sides(flow, at, (before, after), groups, weeks=weeks, control=control, ramp_up=ramp_up)
    sample = observe(sides, wanted)
    made = judged(sample)
    made["at"] = None if at is None else str(at)
    if at is not None:
        as_ever(made, sample)
    if guard and made.verdict == "improved":
        other = "lead_time" if metric == "rework" else "rework"
        _guarded(made, judged(observe(sides, METRICS[other])))
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
            hint="--at 2026-05-01",
        )
    if (pair and (more["control"] or more["ramp_up"])) or (asked[1] and more["ramp_up"]):
        raise ParameterError("only a date has a ramp-up, and groups have no control group")
    if at is not None:
        return around(flow, at, **more)
    if before is not None and after is not None:
        return periods(flow, before, after, **more)
    assert pair is not None
    return groups_of(flow, *pair, **more)


def as_ever(made: Comparison, sample: Sample) -> None:
    """Take a verdict back where earlier dates would often have been called a change, too."""
    if made.verdict not in TOLD:
        return
    tried = [p_value(one) for one in earlier(sample.sides, sample.metric) if not lacking(one)]
    called = sum(p <= SURE for p in tried)
    made["earlier"] = {"dates": len(tried), "called": called}
    if called > OFTEN * len(tried):
        made["verdict"] = "no_evidence"
        made["held_back"] = (
            f"at {called} of {count(len(tried), 'earlier date')} the same test would have found a "
            "change: this level moves by itself"
        )


def _traced(made: Comparison, lead: Sample) -> None:
    """Say which stages the change came from, and whether a wait merely moved."""
    if lacking(lead):
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
    return adjusted([compare(flow, metric=name, **options) for name in dict.fromkeys(metrics)])


def adjusted(made: list[Comparison]) -> list[Comparison]:
    """Take verdicts back that are not sure enough for one of so many."""
    known = sorted((m for m in made if m["p_value"] is not None), key=lambda m: m["p_value"])
    least = 0.0
    for place, one in enumerate(known):
        least = max(least, min(1.0, one["p_value"] * (len(known) - place)))
        one["p_adjusted"] = least
        if least > SURE and one.verdict in TOLD:
            one["verdict"] = "no_evidence"
            one["held_back"] = f"as one of {len(made)} metrics it is not sure enough"
    return made


def _guarded(made: Comparison, other: Comparison) -> None:
    """Take a success back that was bought with what the guard metric measures."""
    kept = ("metric", "before", "after", "effect", "verdict", "p_value")
    made["guard"] = {key: other[key] for key in kept}
    if other.verdict == "worse":
        made["verdict"] = "no_evidence"
        made["held_back"] = f"it improved, but {other['noun']} got worse"

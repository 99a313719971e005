"""Dates at which something seems to have changed: found by looking, so none of them is tested."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from vsmlib.calendar import parse_day
from vsmlib.evidence.compare import compare
from vsmlib.evidence.drift import Step
from vsmlib.evidence.metrics import Metric, floats, metric_of, rows_of
from vsmlib.evidence.sides import midnight
from vsmlib.evidence.survival import Floats, law_of, quantile, scores
from vsmlib.flow import Day, Flow
from vsmlib.log import from_us
from vsmlib.visits import DAY_US

__all__ = ["candidates", "placebos"]

WEEK_US, WINDOW, LEAST = 7 * DAY_US, 26, 6  # weeks on either side, and how many need items
STANDS_OUT, APART = 0.005, 13  # what a step would hardly reach by chance, and weeks between two


def candidates(flow: Flow, metric: str = "lead_time") -> pd.DataFrame:
    """Look at every week for a step between the half years before and after it.

    Parameters
    ----------
    flow : Flow
        The visits.
    metric : str
        As of `vsmlib.evidence.compare`.

    Returns
    -------
    pandas.DataFrame
        ``at`` (local day), ``before, after`` (the metric in the 26 weeks on either side), those
        that stand out most first; at least 13 weeks lie between two. Many weeks were looked at, so
        these are questions ("what happened then?"), not findings: only a date that was known
        beforehand can be tested with `compare`. ``attrs`` has ``noun, unit, looked_at``.

    Raises
    ------
    ParameterError
        If the metric does not exist.

    Examples
    --------
    >>> import vsmlib as vsm
    >>> flow = vsm.Flow(vsm.read("sample"), vsm.ValueStream.load("github-pull-requests"))
    >>> candidates(flow, "throughput").columns.to_list()
    ['at', 'before', 'after']
    """
    wanted, end = metric_of(flow, metric), flow.observed_us
    rows = rows_of(flow, wanted)
    rows = rows[(rows["at_us"] >= flow.begin_us) & (rows["at_us"] < end)]
    rows = rows.assign(week=((rows["at_us"] - end) // WEEK_US).astype("int64"))
    weeks, means, items = _weekly(rows, wanted)
    found = {}
    for week in range(int(weeks[0]) + LEAST, -LEAST) if len(weeks) else ():
        near = (weeks >= week - WINDOW) & (weeks < week + WINDOW)
        later = weeks[near] >= week
        if min(later.sum(), (~later).sum()) >= LEAST:
            found[week] = Step(weeks[near], items[near], later).fit(means[near]).p_value
    made = [
        (from_us(end + week * WEEK_US + WEEK_US // 2).astimezone(flow.stream.zone).date(),
         *(_value(rows, wanted, span) for span in ((week - WINDOW, week), (week, week + WINDOW))))
        for week in _apart(found)
    ]  # fmt: skip
    table = pd.DataFrame(made, columns=["at", "before", "after"])
    table.attrs |= {"noun": wanted.noun, "unit": wanted.unit, "looked_at": len(found)}
    return table


def placebos(
    flow: Flow, *, at: Day, metric: str = "lead_time", dates: int = 12, seed: int = 1,
    weeks: int | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Run the same test at random dates before a change, where nothing is known to have changed.

    Parameters
    ----------
    flow : Flow
        The visits.
    at : str or date
        Local day of the change; nothing of what came after it is used.
    metric : str
        As of `vsmlib.evidence.compare`.
    dates : int
        How many dates are tried, at least 13 weeks from either end.
    seed : int
        Of their choice.
    weeks : int, optional
        As of `vsmlib.evidence.compare`.

    Returns
    -------
    pandas.DataFrame
        ``at, verdict, p_value``, in order of time; empty where there is no such date.

    Raises
    ------
    ParameterError
        If the metric does not exist, or the date is outside the log.
    """
    day = parse_day(at, "--at")
    first, last = flow.begin_us + APART * WEEK_US, midnight(flow, at) - APART * WEEK_US
    metric_of(flow, metric)
    start = None if flow.start_us is None else from_us(flow.start_us).astimezone(flow.stream.zone)
    then = flow.between(start, day)
    rng, rows = np.random.default_rng(seed), []
    chosen = np.sort(rng.uniform(first, last, dates)) if first < last else ()
    for moment in chosen:
        tried = from_us(int(moment)).astimezone(flow.stream.zone).date()
        made = compare(then, at=tried, metric=metric, weeks=weeks, guard=False)
        rows.append((tried, made.verdict, made["p_value"]))
    return pd.DataFrame(rows, columns=["at", "verdict", "p_value"])


def _weekly(rows: pd.DataFrame, metric: Metric) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Return the weeks, what each has on average, and of how many items."""
    found = rows.groupby("week")
    if metric.kind == "count":
        every = range(rows["week"].min(), 0) if len(rows) else range(0)
        counts = found.size().reindex(every, fill_value=0)
        return _arrays(counts, np.ones(len(counts)))
    values = floats(rows, "value")
    if metric.kind == "time":
        known = rows["known"].to_numpy(dtype=bool)
        values = scores(values, known, law_of(values, known))
    elif metric.name == "flow_efficiency":
        values = floats(rows, "part") / np.maximum(values, 1e-6)
    means = pd.Series(values, rows.index).groupby(rows["week"]).mean()
    return _arrays(means, found.size())


def _arrays(
    means: pd.Series[Any], items: pd.Series[int] | Floats
) -> tuple[NDArray[np.int64], Floats, Floats]:
    weeks = np.asarray(means.index, dtype=np.int64)
    return weeks, np.asarray(means, dtype=np.float64), np.asarray(items, dtype=np.float64)


def _apart(found: dict[int, float]) -> list[int]:
    """Return the weeks that stand out, each the first within reach."""
    kept: list[int] = []
    for week in sorted(found, key=lambda week: found[week]):
        if found[week] < STANDS_OUT and all(abs(week - other) >= APART for other in kept):
            kept.append(week)
    return kept


def _value(rows: pd.DataFrame, metric: Metric, span: tuple[int, int]) -> float | None:
    part = rows[(rows["week"] >= span[0]) & (rows["week"] < span[1])]
    if metric.kind == "count":
        return len(part) / (min(span[1], 0) - max(span[0], int(rows["week"].min())))
    if metric.kind == "time":
        return quantile(floats(part, "value"), part["known"].to_numpy(dtype=bool))
    whole = part["value"].sum() if metric.name == "flow_efficiency" else len(part)
    share = part["part" if metric.name == "flow_efficiency" else "value"].sum()
    return float(share / whole) if whole else None

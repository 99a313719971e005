"""A flow metric period by period, and which periods are signals: for XmR and run charts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from vsmlib.errors import ParameterError
from vsmlib.evidence.metrics import Metric, floats, metric_of, rows_of
from vsmlib.evidence.sides import midnight
from vsmlib.evidence.survival import Floats
from vsmlib.evidence.xmr import runs, xmr
from vsmlib.flow import Day, Flow
from vsmlib.kept import kept
from vsmlib.log import from_us
from vsmlib.visits import DAY_US

__all__ = ["behaviour", "period_length", "series"]

LENGTHS, MOST, ITEMS = (1, 2, 4, 13, 52), 104, 5  # weeks, periods at most, and items in each
BASELINE = 6  # periods that limits need at least


@kept
def series(
    flow: Flow, metric: str = "lead_time", *, at: Day | None = None, weeks: int | None = None
) -> pd.DataFrame:
    """Measure a flow metric in each whole period, of one or more weeks of 7 days.

    Parameters
    ----------
    flow : Flow
        The visits.
    metric : str
        As of `vsmlib.evidence.compare`: times are medians (s) of what *ended* in the period, so
        that the newest one is complete; shares of what was delivered in it; throughput per week.
    at : str or date, optional
        Local day on which something changed: periods are counted from it, so that none straddles
        it. Default: from the end of observation.
    weeks : int, optional
        Weeks in a period. Default: so many that a period has five items, and there are no more
        than 104 of them.

    Returns
    -------
    pandas.DataFrame
        ``from, to`` (UTC times, half-open), ``items, value``, ``after`` (bool: not before the
        change). Periods without items are left out, but for throughput.
        ``attrs`` has ``metric, noun, unit, weeks, at`` (UTC time of the change, or None).

    Raises
    ------
    ParameterError
        If the metric does not exist, or the date is outside the log.
    """
    wanted = metric_of(flow, metric)
    rows = rows_of(flow, wanted)
    rows = rows[rows["known"]]
    first, end = flow.begin_us, flow.observed_us
    origin = end if at is None else midnight(flow, at)
    rows = rows[(rows["ended_us"] >= first) & (rows["ended_us"] < end)]
    weeks = weeks or period_length(len(rows), (end - first) / (7 * DAY_US))
    length = weeks * 7 * DAY_US
    place = (rows["ended_us"].astype("int64") - origin) // length
    low, high = -((origin - first) // length), (end - origin) // length
    table = _measured(rows, place, wanted, range(low, high), weeks)
    for name, step in (("from", 0), ("to", 1)):
        table[name] = [from_us(origin + (n + step) * length) for n in table.index]
    table["after"] = table.index >= 0 if at is not None else False
    made = table[["from", "to", "items", "value", "after"]].reset_index(drop=True)
    made.attrs |= {"metric": metric, "noun": wanted.noun, "unit": wanted.unit, "weeks": weeks}
    made.attrs["at"] = None if at is None else from_us(origin)
    return made


def period_length(items: int, weeks: float) -> int:
    """Choose how many weeks a period has, by how many items there are in how many weeks."""
    fitting = (n for n in LENGTHS if items * n >= ITEMS * weeks and weeks <= n * MOST)
    return next(fitting, LENGTHS[-1])


def _measured(
    rows: pd.DataFrame, place: pd.Series[int], metric: Metric, periods: range, weeks: int
) -> pd.DataFrame:
    found = rows.groupby(place)
    value = found["value"].mean()
    if metric.kind == "time":
        value = found["value"].median()
    elif metric.name == "flow_efficiency":
        value = found["part"].sum() / found["value"].sum()
    elif metric.kind == "count":
        value = found.size().reindex(periods, fill_value=0) / weeks
    items = found.size().reindex(periods, fill_value=0)
    table = pd.DataFrame({"items": items, "value": value.reindex(periods)}, index=periods)
    return table.dropna(subset="value")


def behaviour(
    flow: Flow, metric: str = "lead_time", *, at: Day | None = None, weeks: int | None = None
) -> pd.DataFrame:
    """Tell signals from noise, period by period: the tables of XmR and of run charts.

    Parameters
    ----------
    flow, metric, at, weeks
        As of `series`. With a date, the limits are those of the periods before it, and so is the
        median; what comes after is held against them.

    Returns
    -------
    pandas.DataFrame
        The columns of `series`, of `vsmlib.evidence.xmr` and of `vsmlib.evidence.runs`, and
        ``attrs``.

    Raises
    ------
    ParameterError
        As of `series`, and if there are fewer than six periods to take limits from.

    Examples
    --------
    >>> import vsmlib as vsm
    >>> flow = vsm.Flow(vsm.read("sample"), vsm.ValueStream.load("github-pull-requests"))
    >>> behaviour(flow, "throughput")[["value", "upper", "signal"]].shape[1]
    3
    """
    table = series(flow, metric, at=at, weeks=weeks)
    values: Floats = floats(table, "value")
    baseline = values[~table["after"].to_numpy(dtype=bool)]
    if len(baseline) < BASELINE:
        raise ParameterError(
            f"{len(baseline)} periods of {table.attrs['weeks']} weeks are too few for limits",
            where=flow.log.name, accepted=f"{BASELINE} or more"
            + (" before the change" if at is not None else ""), hint="choose fewer weeks",
        )  # fmt: skip
    found = pd.concat([xmr(values, baseline), runs(values, float(np.median(baseline)))], axis=1)
    made = pd.concat([table.drop(columns="value"), found], axis=1)
    made.attrs |= table.attrs
    return made

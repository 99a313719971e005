"""Work in progress by local day and stage."""

from __future__ import annotations

from datetime import date
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from vsmlib import calendar
from vsmlib.flow import Flow
from vsmlib.kept import kept
from vsmlib.log import from_us
from vsmlib.measure.groups import finished, grouped, keys, named
from vsmlib.stream_parts import CalendarSpec
from vsmlib.visits import DAY_US

__all__ = ["dates", "local_days", "offsets", "span", "wip"]

Frame = nw.LazyFrame[Any]


def local_days(flow: Flow, frame: Frame, **named_times: str) -> Frame:
    """Add local day numbers (days since 1970 in the stream's zone) of columns of microseconds.

    ``local_days(flow, frame, day0="t0")`` adds ``day0``; a null time gives a null day.
    """
    names = frame.collect_schema().names()
    for name, column in named_times.items():
        frame = frame.with_columns(uday=nw.col(column) // DAY_US).join(
            offsets(flow), on="uday", how="left"
        )
        frame = frame.select(*names, calendar.local_day_expr(t=column).alias(name))
        names.append(name)
    return frame


def offsets(flow: Flow) -> Frame:
    """Return the stream's zone as one row per UTC day.

    ``uday, off0, sw, off1`` are as `vsmlib.calendar.day_table` has them; ``piece`` counts the
    changes of the offset before that day.
    """
    whole = flow.whole or flow
    return whole.once("offsets", lambda: _offsets(whole))


def _offsets(flow: Flow) -> Frame:
    spec = CalendarSpec(timezone=str(flow.stream.zone))
    days = calendar.day_table(spec, flow.first_us, flow.observed_us)
    changed = (days["off0"] != days["off1"]).astype("int64")
    return flow.engine.table(days.assign(piece=changed.cumsum() - changed))


def _day(flow: Flow, moment_us: int) -> int:
    return (from_us(moment_us).astimezone(flow.stream.zone).date() - date(1970, 1, 1)).days


def span(flow: Flow) -> range:
    """Return the local days from the first entry, or the window's start, to the last observed."""
    return flow.once("span", lambda: _span(flow))


def _span(flow: Flow) -> range:
    # A stated end is exclusive: when it falls on midnight, that day has not begun.
    stated = flow.end_us is not None and flow.observed_us == flow.end_us
    last = _day(flow, flow.observed_us - 1 if stated else flow.observed_us)
    return range(_day(flow, flow.begin_us), last + 1)


def dates(days: pd.Series[int]) -> pd.Series[pd.Timestamp]:
    """Turn day numbers into dates."""
    return pd.Series(days.to_numpy().astype("datetime64[D]").astype("datetime64[s]"), days.index)


@kept
def wip(flow: Flow, by: str | None = None) -> pd.DataFrame:
    """Work in progress of all items by local day and stage.

    Parameters
    ----------
    flow : Flow
        The visits; with a window, of the items alive in it, on the days of the window.
    by : str, optional
        An item column that becomes the first key.

    Returns
    -------
    pandas.DataFrame
        ``date`` (local day of the stream's zone), ``stage, arrived, left, wip`` (visits open at
        the end of that day): every day from the first entry to the end of observation, every
        stage. A visit arrives on its entry day and leaves on its leaving day.
    """
    visits, order = grouped(flow, flow.frame, by), [*keys(by), "stage", "day"]
    arrived = local_days(flow, visits, day="t0").group_by(order).agg(nw.len().alias("arrived"))
    left = local_days(flow, visits.filter(nw.col("open") == 0), day="t1")
    left = left.group_by(order).agg(nw.len().alias("left"))
    days = span(flow)
    table = _dense(flow, finished(arrived, None), finished(left, None), by, days)
    names = dict(enumerate(flow.stream.stage_names))
    table["stage"] = table["stage"].map(names).astype("str")
    table["date"] = dates(table["day"])
    return named(table[[*keys(by), "date", "stage", "arrived", "left", "wip"]], by)


def _dense(
    flow: Flow, arrived: pd.DataFrame, left: pd.DataFrame, by: str | None, days: range
) -> pd.DataFrame:
    """Lay the counts on a full grid of groups, days and stages, and run them up."""
    groups = sorted(arrived["group"].unique()) if by else [""]
    stages = len(flow.stream.stage_names)
    first = int(min(arrived["day"].min(), days.start))
    counts = np.zeros((2, len(groups), days.stop - first, stages), dtype=np.int64)
    for way, table in enumerate((arrived, left)):
        column = "left" if way else "arrived"
        group = pd.Index(groups).get_indexer(pd.Index(table["group"])) if by else 0
        counts[way, group, table["day"] - first, table["stage"]] = table[column]
    level = (counts[0] - counts[1]).cumsum(axis=1)
    skip = days.start - first
    grid = np.meshgrid(range(len(groups)), days, range(stages), indexing="ij")
    table = pd.DataFrame(
        {
            "group": np.asarray(groups, dtype=object)[grid[0].ravel()],
            "day": grid[1].ravel(),
            "stage": grid[2].ravel(),
            "arrived": counts[0][:, skip:].ravel(),
            "left": counts[1][:, skip:].ravel(),
            "wip": level[:, skip:].ravel(),
        }
    )
    return table if by else table.drop(columns="group")

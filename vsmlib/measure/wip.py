"""Work in progress by local day and stage."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pandas as pd

from vsmlib.flow import Flow
from vsmlib.kept import kept
from vsmlib.measure.days import clock, dates, span
from vsmlib.measure.groups import finished, grouped, keys, labelled, named

__all__ = ["wip"]


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
    visits = grouped(flow, flow.present, by)
    left = visits.filter(nw.col("open") == 0)
    ways = [
        frame.select(*keys(by), "stage", tick=clock(flow).noon(at), way=nw.lit(way))
        for way, (frame, at) in enumerate([(visits, "t0"), (left, "t1")])
    ]
    found = nw.concat(ways).group_by(*keys(by), "stage", "tick", "way").agg(nw.len().alias("n"))
    days = span(flow)
    table = _dense(flow, finished(found, None), by, days)
    table["stage"] = labelled(table["stage"], flow.stream.stage_names)
    table["date"] = dates(table["day"])
    return named(table[[*keys(by), "date", "stage", "arrived", "left", "wip"]], by)


def _dense(flow: Flow, found: pd.DataFrame, by: str | None, days: range) -> pd.DataFrame:
    """Lay the counts on a full grid of groups, days and stages, and run them up."""
    groups = sorted(found["group"].unique()) if by else [""]
    stages, day = len(flow.stream.stage_names), clock(flow).days(found["tick"])
    first = int(min(day.min(), days.start))
    counts = np.zeros((2, len(groups), days.stop - first, stages), dtype=np.int64)
    names = found["group"] if by else [""] * len(found)
    group = pd.Index(groups).get_indexer(pd.Index(names))
    way, stage = found["way"].to_numpy(), found["stage"].to_numpy()
    np.add.at(counts, (way, group, day - first, stage), found["n"])
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

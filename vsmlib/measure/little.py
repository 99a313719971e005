"""Little's law: work in progress, the rate at which items leave, and the time that they stay."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import pandas as pd

from vsmlib.flow import Flow
from vsmlib.kept import kept
from vsmlib.log import from_us
from vsmlib.measure.groups import DELIVERED, finished, total
from vsmlib.measure.items import facts
from vsmlib.visits import DAY_US

__all__ = ["littles_law"]

WEEK_US, WEEK_S = 7 * DAY_US, 7 * 86_400.0


@kept
def littles_law(flow: Flow, weeks: int | None = None) -> dict[str, Any]:
    """Read Little's law off a window: mean WIP = departure rate x mean time in the stream.

    An item is in the stream from its first entry until it is delivered or cancelled (for an item
    that was reopened: for good), its clock stops included. Mean WIP is the exact mean over time of
    how many are in it. The law holds where as many arrive as leave; where they do not, the time is
    what it would be if the window's rates went on.

    Parameters
    ----------
    flow : Flow
        The visits.
    weeks : int, optional
        Read the last so many weeks of observation only. Otherwise the window, from its start or the
        first entry to the end of observation.

    Returns
    -------
    dict
        ``window`` (``from``, ``to``: local moments, ISO), ``days, arrived, departed`` (delivered or
        cancelled), ``arrivals_per_week, departures_per_week, wip_before, wip_after`` (at the ends),
        ``mean_wip, mean_time_in_stream_s`` (mean WIP / departure rate), ``mean_lead_time_s`` (as
        measured, of the items delivered in it). Figures that do not exist are None.
    """
    begin, end = _window(flow, weeks)
    row = finished(_sums(flow, begin, end), None).iloc[0]
    days, span = (end - begin) / DAY_US, (end - begin) / WEEK_US
    arrived, departed = int(row["arrived"]), int(row["departed"])
    rates = [n / span if span else None for n in (arrived, departed)]
    mean = float(row["present"]) / (end - begin) if span else None
    stay = mean / rates[1] * WEEK_S if mean is not None and rates[1] else None
    zone, lead = flow.stream.zone, row["lead_s"]
    return {
        "window": {
            "from": from_us(begin).astimezone(zone).isoformat(),
            "to": from_us(end).astimezone(zone).isoformat(),
        },
        "days": days,
        "arrived": arrived,
        "departed": departed,
        "arrivals_per_week": rates[0],
        "departures_per_week": rates[1],
        "wip_before": int(row["before"]),
        "wip_after": int(row["before"]) + arrived - departed,
        "mean_wip": mean,
        "mean_time_in_stream_s": stay,
        "mean_lead_time_s": None if pd.isna(lead) else float(lead),
    }


def _window(flow: Flow, weeks: int | None) -> tuple[int, int]:
    begin, end = flow.begin_us, flow.observed_us
    return (begin if weeks is None else max(begin, end - weeks * WEEK_US)), end


def _sums(flow: Flow, begin: int, end: int) -> Any:
    first, ended = nw.col("first_us"), nw.col("ended_us")
    gone = ~ended.is_null()
    until, since = ended.fill_null(end), nw.max_horizontal("first_us", nw.lit(begin))
    # What left before the window spent none of it here.
    stay = nw.max_horizontal(until - since, nw.lit(0)).cast(nw.Float64)
    delivered = (nw.col("status") == DELIVERED) & (ended >= begin)
    lead = (nw.col("process_us") + nw.col("wait_us")).cast(nw.Float64) / 1e6
    made = facts(flow).with_columns(
        present=stay,
        arrived=nw.when(first >= begin).then(1).otherwise(0),
        departed=nw.when(gone & (ended >= begin)).then(1).otherwise(0),
        before=nw.when((first < begin) & (until >= begin)).then(1).otherwise(0),
        lead_s=nw.when(delivered).then(lead),
    )
    counts = [total(c).alias(c) for c in ("arrived", "departed", "before")]
    return made.select(nw.col("present").sum(), *counts, nw.col("lead_s").mean())

"""The service level expectation, and how often it was kept by what came after it was set."""

from __future__ import annotations

import numpy as np
import pandas as pd

from vsmlib.evidence.metrics import METRICS, floats, rows_of
from vsmlib.evidence.series import period_length
from vsmlib.flow import Flow
from vsmlib.log import from_us
from vsmlib.stream_parts import seconds_of
from vsmlib.visits import DAY_US

__all__ = ["expectation"]

LEVEL, LEARN, LEAST = 0.85, 26, 10  # share that keeps it; weeks it is read off, and items at least


def expectation(flow: Flow, *, weeks: int | None = None) -> pd.DataFrame:
    """Hold what was delivered in each period against the expectation that stood before it.

    Parameters
    ----------
    flow : Flow
        The visits.
    weeks : int, optional
        Weeks in a period, counted back from the end of observation; default: as of
        `vsmlib.evidence.series`.

    Returns
    -------
    pandas.DataFrame
        ``from, to`` (UTC times, half-open), ``items`` (delivered in it), ``sle_s``, ``kept`` (share
        of them with a cycle time within it), ``kept_items``. The expectation is the ``sle`` of the
        stream's alerts, or else the p85 (linear-interpolated) of the cycle times of the 26 weeks
        before; periods with fewer than ten items to learn from, or none to judge, are left out.
        ``attrs["sle_s"]`` is what holds from now on.

    Examples
    --------
    >>> import vsmlib as vsm
    >>> flow = vsm.Flow(vsm.read("sample"), vsm.ValueStream.load("github-pull-requests"))
    >>> expectation(flow)["kept"].between(0, 1).all()
    np.True_
    """
    rows = rows_of(flow, METRICS["cycle_time"])
    rows = rows[rows["known"]].sort_values("ended_us")
    ended, took = rows["ended_us"].to_numpy(dtype=np.int64), floats(rows, "value")
    first, end, week = flow.begin_us, flow.observed_us, 7 * DAY_US
    weeks = weeks or period_length(int((ended >= first).sum()), (end - first) / week)
    agreed = flow.stream.alerts.sle if flow.stream.alerts else None

    def promised(at: int) -> float | None:
        if agreed:
            return seconds_of(agreed)
        known = took[slice(*np.searchsorted(ended, [at - LEARN * week, at]))]
        return float(np.quantile(known, LEVEL)) if len(known) >= LEAST else None

    made = []
    for to in range(end, first + weeks * week - 1, -weeks * week):
        start = to - weeks * week
        judged, sle = took[slice(*np.searchsorted(ended, [start, to]))], promised(start)
        if sle is not None and len(judged):
            kept = int((judged <= sle).sum())
            made.append((from_us(start), from_us(to), len(judged), sle, kept / len(judged), kept))
    columns = ["from", "to", "items", "sle_s", "kept", "kept_items"]
    table = pd.DataFrame(made[::-1], columns=columns)
    table.attrs |= {"sle_s": promised(end), "weeks": weeks, "agreed": bool(agreed)}
    return table

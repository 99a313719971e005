"""The last periods of equal length, what shifted in the newest, and the stream's alerts."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import pandas as pd

from vsmlib.engine import records
from vsmlib.flow import Flow
from vsmlib.kept import kept
from vsmlib.log import from_us
from vsmlib.measure.aging import aging
from vsmlib.measure.groups import finished
from vsmlib.measure.items import delivered
from vsmlib.measure.limits import limits
from vsmlib.stream_parts import seconds_of
from vsmlib.visits import DAY_US

__all__ = ["alerts", "periods", "shifts"]

BETTER = {"lead_time_p50_s": -1, "lead_time_p85_s": -1, "flow_efficiency": 1, "delivered": 1}
FEWEST = 4
SHOWN = 5


@kept
def periods(flow: Flow, days: int = 28, most: int = 8) -> pd.DataFrame:
    """Figures of the items delivered in each of the last periods, the newest last.

    Parameters
    ----------
    flow : Flow
        The visits.
    days : int
        Length of a period; they are counted back from the end of observation, in 24 hours each.
    most : int
        Periods at most; fewer where the window or the log is shorter.

    Returns
    -------
    pandas.DataFrame
        ``from, to`` (UTC times, half-open), ``delivered, lead_time_p50_s, lead_time_p85_s,
        cycle_time_p85_s`` (linear-interpolated), ``flow_efficiency`` (pooled).
    """
    start = flow.begin_us
    length = days * DAY_US
    many = max(0, min(most, (flow.observed_us - start) // length))
    lead = (nw.col("process_us") + nw.col("wait_us")).cast(nw.Float64) / 1e6
    done = delivered(flow)
    done = done.with_columns(
        # what ends with observation belongs to the newest
        ago=(nw.lit(flow.observed_us) - nw.col("ended_us")) // length,
        lead=lead,
        cycle=nw.col("cycle_us").cast(nw.Float64) / 1e6,
        process=nw.col("process_us").cast(nw.Float64) / 1e6,
    )
    spread = {"lead_time_p50_s": ("lead", 0.5), "lead_time_p85_s": ("lead", 0.85)}
    spread["cycle_time_p85_s"] = ("cycle", 0.85)
    found = done.filter(nw.col("ago") < many).group_by("ago")
    table = finished(
        found.agg(
            nw.len().alias("delivered"),
            *(nw.col(c).quantile(q, "linear").alias(n) for n, (c, q) in spread.items()),
            nw.col("process").sum().alias("process"),
            nw.col("lead").sum().alias("lead"),
        ),
        None,
    )
    ago = pd.DataFrame({"ago": range(many - 1, -1, -1)}, dtype="int64")
    table = ago.merge(table.astype({"ago": "int64"}), on="ago", how="left")
    table["delivered"] = table["delivered"].fillna(0).astype("int64")
    table["flow_efficiency"] = table["process"] / table["lead"].where(table["lead"] > 0)
    for name, back in (("from", 1), ("to", 0)):
        table[name] = [from_us(flow.observed_us - (n + back) * length) for n in table["ago"]]
    return table[["from", "to", "delivered", *spread, "flow_efficiency"]]


def shifts(table: pd.DataFrame) -> pd.DataFrame:
    """Compare the newest period with the one before, and tell signal from noise.

    Signal is what lies outside the natural process limits (XmR) of the earlier periods: a quick
    look at a few figures, on which an alert of the stream rests together with its threshold.
    Whether something changed is asked of the items, by `vsmlib.evidence`.

    Parameters
    ----------
    table : pandas.DataFrame
        As `periods` makes it.

    Returns
    -------
    pandas.DataFrame
        ``measure, before, now, lower, upper, verdict``: ``better, worse``, ``noise``, or
        ``unknown`` with fewer than four earlier values.
    """
    rows = []
    for name, good in BETTER.items():
        *earlier, now = [float(value) for value in table[name]] or [float("nan")]
        known = [value for value in earlier if pd.notna(value)]
        found = limits(known, floor=None)
        verdict = "unknown"
        if len(known) >= FEWEST and pd.notna(now):
            out = int(now > found["upper"]) - int(now < found["lower"])
            verdict = {0: "noise", good: "better"}.get(out, "worse")
        before = earlier[-1] if earlier else float("nan")
        rows.append((name, before, now, found["lower"], found["upper"], verdict))
    columns = ["measure", "before", "now", "lower", "upper", "verdict"]
    return pd.DataFrame(rows, columns=columns)


def alerts(flow: Flow) -> list[dict[str, Any]]:
    """Hold the flow against the ``alerts`` of its stream.

    Returns
    -------
    list of dict
        One each of what is beyond its threshold: ``code`` (``sle``: 85% of the last four weeks'
        items took longer; ``age``: items in progress are older; ``efficiency``: it fell by so much
        and that is signal), ``value, threshold`` (seconds, or a share), and for ages ``count`` and
        the oldest ``items``.
    """
    rules, said = flow.stream.alerts, list[dict[str, Any]]()
    if rules is None:
        return said
    table = periods(flow)
    if rules.sle and len(table):
        took, most = table["cycle_time_p85_s"].iloc[-1], seconds_of(rules.sle)
        if took > most:
            said.append({"code": "sle", "value": float(took), "threshold": most})
    if rules.age:
        most = seconds_of(rules.age)
        old = aging(flow).query("age_s > @most")
        if len(old):
            oldest = {"value": float(old["age_s"].iloc[0]), "threshold": most, "count": len(old)}
            said.append({"code": "age", **oldest, "items": old["item_id"].head(SHOWN).tolist()})
    if rules.efficiency_drop:
        change = records(shifts(table).query("measure == 'flow_efficiency'"))[0]
        drop, least = change["before"] - change["now"], float(rules.efficiency_drop)
        if change["verdict"] == "worse" and drop >= least:
            said.append({"code": "efficiency", "value": float(drop), "threshold": least})
    return said

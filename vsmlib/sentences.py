"""What the figures say, in plain sentences: worded once, for the report, notebooks and terminal."""

from __future__ import annotations

from typing import Any

import pandas as pd

from vsmlib.words import count, duration, listed, percent

__all__ = ["headline", "rework", "stuck", "where_time_goes"]

NOTHING = "No item was delivered in this window, so there is no lead time to speak of."


def headline(summary: dict[str, Any]) -> list[str]:
    """How many, how long, how much of it waiting, and what is still under way.

    Parameters
    ----------
    summary : dict
        As `vsmlib.measure.summary` makes it.

    Returns
    -------
    list of str
        One sentence each.

    Examples
    --------
    >>> headline({"delivered": 0, "in_progress": 2, "wip_age_p85_s": 86400.0})[0]
    'No item was delivered in this window, so there is no lead time to speak of.'
    """
    if not summary["delivered"]:
        return [NOTHING, *_under_way(summary)]
    window, lead = summary["window"], summary["lead_time_s"]
    said = [
        f"{count(summary['delivered'], 'item')} delivered from {window['from'][:10]} to "
        f"{window['to'][:10]}, {summary['throughput_per_week']:.1f} a week.",
        f"Half of them took {duration(lead['p50'])} or less, 85% took {duration(lead['p85'])} "
        "or less.",
    ]
    if summary["flow_efficiency"] is not None:
        work = summary["flow_efficiency"]
        said.append(f"Of that time {percent(work)} was work and {percent(1 - work)} was waiting.")
    if summary["largest_wait"]:
        wait = summary["largest_wait"]
        said.append(
            f"The longest wait is “{wait['stage']}”: {percent(wait['share_of_lead_time'])} of all "
            "lead time."
        )
    return [*said, *_under_way(summary)]


def _under_way(summary: dict[str, Any]) -> list[str]:
    if not summary["in_progress"]:
        return ["Nothing is in progress."]
    verb = "is" if summary["in_progress"] == 1 else "are"
    said = f"{count(summary['in_progress'], 'item')} {verb} in progress"
    age = summary["wip_age_p85_s"]
    return [said + (f"; 15% of them are older than {duration(age)}." if age else ".")]


def where_time_goes(stages: pd.DataFrame, delivered: int) -> list[str]:
    """Name the stages that hold most of the lead time.

    Parameters
    ----------
    stages : pandas.DataFrame
        As `vsmlib.measure.stages` makes it, without ``by``.
    delivered : int
        Number of delivered items.
    """
    flowing = stages.dropna(subset="share_of_lead_time")
    if not delivered or flowing.empty or not flowing["total_s"].sum():
        return [NOTHING]
    top = flowing.sort_values("share_of_lead_time", ascending=False).head(3)
    parts = [
        f"“{r.stage}” {percent(float(str(r.share_of_lead_time)))}"
        f" ({duration(float(str(r.total_s)) / delivered)} an item, a {r.kind} stage)"
        for r in top.itertuples()
    ]
    waits = flowing.loc[flowing["kind"] == "wait", "share_of_lead_time"].sum()
    return [
        f"Most of the lead time is in {listed(parts)}.",
        f"All wait stages together hold {percent(float(waits))} of it.",
    ]


def rework(summary: dict[str, Any], transitions: pd.DataFrame) -> list[str]:
    """Say how much goes back, and from where to where."""
    if not summary["delivered"]:
        return [NOTHING]
    share, rolled = summary["rework_share"], summary["rolled_percent_complete_accurate"]
    said = [f"{percent(share)} of the delivered items went back to a stage they had left."]
    if rolled is not None:
        said.append(
            f"{percent(rolled)} would pass every active stage at the first attempt if the stages "
            "failed independently (rolled %C&A)."
        )
    back = transitions[transitions["backward"]]
    if len(back):
        top = back.loc[back["count"].idxmax()]
        said.append(
            f"The most common way back is from “{top['from_stage']}” to “{top['to_stage']}”: "
            f"{count(int(top['count']), 'time')}."
        )
    return said


def stuck(aging: pd.DataFrame, pace: pd.DataFrame) -> list[str]:
    """Say how many items in progress are already older than delivered ones were at that stage."""
    if aging.empty:
        return ["Nothing is in progress."]
    known = aging.merge(pace[["stage", "p85_s"]], on="stage", how="left")
    late = known[known["age_s"] > known["p85_s"]]
    if late.empty:
        return ["No item in progress is older than 85% of the delivered ones were at its stage."]
    worst = late.iloc[0]
    verb = "is" if len(late) == 1 else "are"
    return [
        f"{len(late)} of {count(len(aging), 'item')} in progress {verb} older than 85% of the "
        "delivered ones were when they left the same stage.",
        f"The oldest is {worst['item_id']}, {duration(float(worst['age_s']))} old, in "
        f"“{worst['stage']}”.",
    ]

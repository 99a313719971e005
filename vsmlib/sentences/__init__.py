"""What the figures say, in plain sentences: worded once, for the report, notebooks and terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from vsmlib.engine import records
from vsmlib.findings import Finding
from vsmlib.sentences.dora import dora, dora_table
from vsmlib.sentences.evidence import (
    candidate_table,
    fake_dates,
    outlook,
    outlook_table,
    stage_changes,
)
from vsmlib.sentences.promises import lever, promise, rests
from vsmlib.sentences.prose import Points, Prose, Title
from vsmlib.sentences.waste import (
    NOTHING,
    figure_table,
    opportunities,
    opportunity_table,
    place_table,
    waste,
    worst_table,
)
from vsmlib.sentences.whole import held_out, simulated, top_lever, trap
from vsmlib.words import count, duration, listed, number, percent

__all__ = [
    "Points",
    "Prose",
    "Title",
    "candidate_table",
    "cards",
    "dora",
    "dora_table",
    "fake_dates",
    "figure_table",
    "headline",
    "held_out",
    "item_table",
    "lever",
    "littles_law",
    "notes",
    "oldest_table",
    "opportunities",
    "opportunity_table",
    "outlook",
    "outlook_table",
    "place_table",
    "promise",
    "rests",
    "rework",
    "simulated",
    "stage_changes",
    "stage_table",
    "stuck",
    "top_lever",
    "trap",
    "waste",
    "where_time_goes",
    "worst_table",
]

KIND = {"active": "work", "wait": "waiting"}
APART = 0.2  # of the larger: from there on two means are told apart


def notes(findings: Iterable[Finding], reason: str = "") -> list[str]:
    """Say what was guessed, repaired or refused on the way in, a line each.

    Parameters
    ----------
    findings : iterable of Finding
        Of the reader.
    reason : str
        Why this value stream was taken, as `vsmlib.stream_for` says it.
    """
    told = [f.what for f in findings if f.code == "columns_guessed" or f.level != "note"]
    return [f"note: {text}" for text in [*told, reason] if text]


def headline(summary: dict[str, Any]) -> Prose:
    """How many, how long, how much of it waiting, and what is still under way.

    Parameters
    ----------
    summary : dict
        As `vsmlib.measure.summary` makes it.

    Returns
    -------
    Prose
        One sentence each.

    Examples
    --------
    >>> headline({"delivered": 0, "in_progress": 2, "wip_age_p85_s": 86400.0})[0]
    'No item was delivered in this window, so there is no lead time to speak of.'
    """
    if not summary["delivered"]:
        return Prose([NOTHING, *_under_way(summary)])
    window, lead = summary["window"], summary["lead_time_s"]
    weekly = number(summary["throughput_per_week"])
    said = [
        f"{count(summary['delivered'], 'item')} delivered from {window['from'][:10]} to "
        f"{window['to'][:10]}, {weekly} a week.",
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
    return Prose([*said, *_under_way(summary)])


def _under_way(summary: dict[str, Any]) -> list[str]:
    if not summary["in_progress"]:
        return ["Nothing is in progress."]
    verb = "is" if summary["in_progress"] == 1 else "are"
    said = f"{count(summary['in_progress'], 'item')} {verb} in progress"
    age = summary["wip_age_p85_s"]
    return [said + (f"; 15% of them are older than {duration(age)}." if age else ".")]


def where_time_goes(stages: pd.DataFrame, delivered: int) -> Prose:
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
        return Prose([NOTHING])
    top = flowing.sort_values("share_of_lead_time", ascending=False).head(3)
    parts = [
        f"“{row['stage']}” {percent(row['share_of_lead_time'])}"
        f" ({duration(row['total_s'] / delivered)} an item, {KIND[row['kind']]})"
        for row in records(top)
    ]
    waits = flowing.loc[flowing["kind"] == "wait", "share_of_lead_time"].sum()
    return Prose(
        [
            f"Most of the lead time is in {listed(parts)}.",
            f"All wait stages together hold {percent(float(waits))} of it.",
        ]
    )


def rework(summary: dict[str, Any], transitions: pd.DataFrame) -> Prose:
    """Say how much goes back, and from where to where."""
    if not summary["delivered"]:
        return Prose([NOTHING])
    share, rolled = summary["rework_share"], summary["rolled_percent_complete_accurate"]
    said = [f"{percent(share)} of the delivered items went back to a stage they had left."]
    if rolled is not None:
        said.append(
            f"{percent(rolled)} would pass every active stage at the first attempt if the stages "
            "failed independently (rolled %C&A)."
        )
    back = transitions[transitions["backward"]]
    if len(back):
        top = records(back.nlargest(1, "count"))[0]
        said.append(
            f"The most common way back is from “{top['from_stage']}” to “{top['to_stage']}”: "
            f"{count(int(top['count']), 'time')}."
        )
    return Prose(said)


def stuck(aging: pd.DataFrame, pace: pd.DataFrame) -> Prose:
    """Say how many items in progress are already older than delivered ones were at that stage."""
    if aging.empty:
        return Prose(["Nothing is in progress."])
    known = aging.merge(pace[["stage", "p85_s"]], on="stage", how="left")
    late = known[known["age_s"] > known["p85_s"]]
    if late.empty:
        return Prose(
            ["No item in progress is older than 85% of the delivered ones were at its stage."]
        )
    worst = late.iloc[0]
    verb = "is" if len(late) == 1 else "are"
    said = [
        f"{len(late)} of {count(len(aging), 'item')} in progress {verb} older than 85% of the "
        "delivered ones were when they left the same stage.",
        f"The oldest is {worst['item_id']}, {duration(float(worst['age_s']))} old, in "
        f"“{worst['stage']}”.",
    ]
    return Prose(said)


def littles_law(reading: dict[str, Any]) -> Prose:
    """Say what Little's law reads, and why it may not be the lead time that was measured.

    Parameters
    ----------
    reading : dict
        As `vsmlib.measure.littles_law` makes it.
    """
    stay, lead = reading["mean_time_in_stream_s"], reading["mean_lead_time_s"]
    into, out = reading["arrivals_per_week"], reading["departures_per_week"]
    if not stay:
        return Prose(["No item left the stream in this window, so Little's law reads nothing."])
    said = [
        f"On average {number(reading['mean_wip'])} items were in the stream and {number(out)} left "
        f"it a week, so an item stays about {duration(stay)}.",
    ]
    if lead is None:
        return Prose(said)
    said.append(f"The mean lead time of what was delivered is {duration(lead)}.")
    if abs(stay - lead) > APART * max(stay, lead):
        why = "what was cancelled and where the clock stopped count in the first only"
        if abs(into - out) > APART / 2 * max(into, out):
            more = "is piling up" if into > out else "is being worked off"
            why = f"{number(into)} arrived a week while {number(out)} left, so work {more}"
        said.append(f"The two differ because {why}.")
    return Prose(said)


def cards(summary: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Label, value and note of the key figures."""
    lead = summary["lead_time_s"]
    wait = summary["largest_wait"] or {"stage": "no wait stage", "share_of_lead_time": None}
    weekly = summary["throughput_per_week"]
    return [
        ("Lead time", duration(lead["p50"]), f"median; 85% within {duration(lead['p85'])}"),
        ("Flow efficiency", percent(summary["flow_efficiency"]), "work in lead time, pooled"),
        ("Longest wait", percent(wait["share_of_lead_time"]), f"of lead time: {wait['stage']}"),
        ("Throughput", number(weekly), f"a week; {count(summary['delivered'], 'item')} in all"),
        ("In progress", number(summary["wip"], 0), f"15% older than {_age(summary)}"),
        ("Rework", percent(summary["rework_share"]), "of delivered items went back"),
    ]


def _age(summary: dict[str, Any]) -> str:
    return duration(summary["wip_age_p85_s"])


def stage_table(stages: pd.DataFrame) -> pd.DataFrame:
    """Put the stages table into words, to be looked at."""
    return (
        pd.DataFrame(
            {
                "stage": stages["stage"],
                "kind": stages["kind"],
                "items": stages["items"],
                "median": stages["p50_s"].map(duration),
                "85% within": stages["p85_s"].map(duration),
                "share of lead time": stages["share_of_lead_time"].map(percent),
                "never back (%C&A)": stages["percent_complete_accurate"].map(percent),
                "in progress": stages["wip"],
            }
        )
        .set_index("stage")
        .rename_axis(index=None, columns="stage")
    )


def oldest_table(aging: pd.DataFrame, pace: pd.DataFrame, most: int = 10) -> pd.DataFrame:
    """Put the oldest items in progress into words, with the pace of their stage beside them."""
    known = aging.merge(pace[["stage", "p85_s"]], on="stage", how="left").head(most)
    return (
        pd.DataFrame(
            {
                "item": known["item_id"],
                "stage": known["stage"],
                "age": known["age_s"].map(duration),
                "in this stage": known["stage_age_s"].map(duration),
                "85% had left it at": known["p85_s"].map(duration),
            }
        )
        .set_index("item")
        .rename_axis(index=None, columns="item")
    )


def item_table(items: pd.DataFrame, most: int = 10) -> pd.DataFrame:
    """Put the first of some delivered items into words, under a line that counts them all."""
    known = items.head(most)
    return (
        pd.DataFrame(
            {
                "item": known["item_id"],
                "type": known["item_type"],
                "delivered": known["delivered_at"].dt.strftime("%Y-%m-%d"),
                "lead time": known["lead_time_s"].map(duration),
                "of it work": known["flow_efficiency"].map(percent),
                "rework visits": known["rework_visits"],
            }
        )
        .set_index("item")
        .rename_axis(index=None, columns=count(len(items), "item"))
    )

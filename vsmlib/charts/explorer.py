"""The explorer: small views of the same items, in which a choice made in one holds in all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import takewhile
from typing import Any

import altair as alt
import pandas as pd

from vsmlib import measure
from vsmlib.charts import axes, frame, views, visit_views
from vsmlib.charts.colours import COLOURS
from vsmlib.charts.frame import Row, fit, plain, width
from vsmlib.charts.line import FLOWING
from vsmlib.flow import Flow
from vsmlib.words import DAY, count, duration

MOST_ITEMS, MOST_BARS, MOST_STEPS, MOST_TYPES = 3250, 40, 145, 6
MOST_STRIPS, MOST_PARTS, MOST_OPEN = 400, 4000, 500
CHOSEN_BY = ["type", "when", "begins", "seconds", "lasted"]
WHOLE, NAME, GAP = 800.0, 96.0, {"row": 78, "column": 132}


def explorer(flow: Flow) -> alt.ConcatChart | alt.LayerChart:
    """Draw twelve linked views of the delivered items; a brush or a click in one filters all.

    Of more than 3,250 items a sample is drawn, weighted so that shares are those of the whole;
    visits are those of at most 400 of them. `selected` lists the chosen items of a live one.
    """
    stages, summary = measure.stages(flow), measure.summary(flow)
    an_item = float(stages["visits"].sum()) / max(1, summary["delivered"])
    strips = measure.strips(flow, min(MOST_STRIPS, round(MOST_PARTS / max(1.0, an_item))))
    items, wip = measure.sample(flow, MOST_ITEMS), measure.wip(flow)
    now = measure.aging(flow, most=MOST_OPEN), measure.pace(flow)
    return draw_explorer(items, strips, wip, stages, summary, now=now)


class Views(alt.ConcatChart):
    """A grid of views; to check them against the schema, as a test does, takes half of the time."""

    def to_dict(self, validate: bool = False, **more: Any) -> dict[str, Any]:
        """Return the specification, by itself unchecked."""
        made: dict[str, Any] = super().to_dict(validate=validate, **more)
        return made


@frame.unchecked
def draw_explorer(
    items: pd.DataFrame,
    strips: pd.DataFrame,
    wip: pd.DataFrame,
    stages: pd.DataFrame,
    summary: Row,
    *,
    now: tuple[pd.DataFrame, pd.DataFrame],
) -> alt.ConcatChart | alt.LayerChart:
    """Draw it from those tables of `measure`; ``now`` are `measure.aging` and `measure.pace`."""
    title, whole = "What is behind the figures?", summary["delivered"]
    if items.empty:
        return frame.nothing(title, "No delivered item in this window")
    zone, picks = summary["window"]["timezone"], views.Picks()
    in_line = stages[stages["kind"] != "cancelled"]
    places = {name: i for i, name in enumerate(in_line["stage"], start=1)}
    data = rows_of(items, zone)
    visits = frame.compact(_visits(strips, items, data, (zone, places)))
    cut, met = frame.nested(_strips(strips, items, data)), set(strips["kind"])
    flowing = in_line["stage"][in_line["kind"].isin(FLOWING)]
    kinds = dict(zip(in_line["stage"], in_line["kind"], strict=True))
    named = {n: f"{places[n]}  {fit(n, views.LABEL - 14, 11)}" for n in flowing}
    marks = {p: summary["lead_time_s"][p] for p in ("p50", "p85", "p95")}
    lasted = [word for word in map(axes.lasted, axes.STEPS) if word in set(data["lasted"])]
    types = data.groupby("type")["weight"].sum().nlargest(MOST_TYPES).index
    shown = [
        views.scatter(data, marks, picks),
        visit_views.strips(cut, [kind for kind in COLOURS if kind in met], picks),
        views.bars("lasted", lasted, picks, title="How many took how long? Click"),
        visit_views.stage_shares(visits, kinds, named, picks),
        views.throughput(picks),
        views.flow(picks),
        views.efficiency(picks),
        visit_views.wip(wip, stages, picks),
        views.bars("type", list(types), picks, title="Of which type? Click"),
        views.aging(*now, named, picks),
        visit_views.moves(visits, places, picks),
        visit_views.hours(visits, picks),
    ]
    under = _under(summary, len(data), strips["item_id"].nunique())
    says = f"Linked views of {count(whole, 'delivered item')}: scatter, histogram, throughput, "
    says += (
        "flow, efficiency, work in progress and its age, stages, moves, hours, types and strips."
    )
    # One flat grid: a brush in a nested one makes Vega trip over it when it begins.
    return Views(
        concat=shown,
        data=frame.compact(data),
        columns=2,
        spacing=GAP,
        bounds="flush",
        resolve=alt.Resolve(scale=alt.ScaleResolveMap(color="independent", size="independent")),
        title=alt.TitleParams(text=title, subtitle=under, offset=16),
        description=says,
    )


def _under(summary: Row, drawn: int, held: int) -> list[str]:
    """Say which items are drawn, of how many of them the visits, and what a hand can do."""
    whole = summary["delivered"]
    words = [
        frame.population(summary),
        f"a weighted sample of {drawn:,}" if drawn < whole else "",
        f"visits of {held:,} of them" if held < whole else "",
        "elapsed time",
        "diamonds: with rework",
        "a drag or a click in one view holds in all, a double click ends it",
    ]
    return fit(" · ".join(filter(None, words)), WHOLE, 11.5, lines=2).split("\n")


def rows_of(items: pd.DataFrame, zone: str) -> pd.DataFrame:
    """Make one row an item, its times as numbers, so that each view filters the same way."""
    local = items["delivered_at"].dt.tz_convert(zone).dt.tz_localize(None)
    monday = local.dt.normalize() - pd.to_timedelta(local.dt.day_of_week, unit="D")
    weeks = max(1, -(-(local.max() - local.min()).days // (7 * MOST_BARS)))
    step = (monday - monday.min()).dt.days // (7 * weeks)
    begins = monday.min() + step * pd.Timedelta(weeks=weeks)
    came = items["first_entered_at"].dt.tz_convert(zone).dt.tz_localize(None)
    weight = items["weight"]
    step_ms = max(1.0, float((_ms(local).max() - _ms(came).min()) / MOST_STEPS))
    # Products and steps here rather than in the browser, where each would copy all rows at a move.
    return pd.DataFrame(
        {
            "i": range(len(items)),
            "item": items["item_id"].map(plain),
            "type": items["item_type"].fillna("(none)").map(plain),
            "when": _ms(local),
            "came": _ms(came),
            "when_by": _step(_ms(local), step_ms),
            "came_by": _step(_ms(came), step_ms),
            "begins": _ms(begins),
            "ends": _ms(begins + pd.Timedelta(weeks=weeks) * 0.86),
            "seconds": items["lead_time_s"].round(3),
            "lasted": items["lead_time_s"].map(axes.lasted),
            "lead time": items["lead_time_s"].map(duration),
            "again": (items["rework_visits"] > 0).astype(int),
            "weight": weight.round(4),
            "lead_s": (weight * items["lead_time_s"]).round(1),
            "work_s": (weight * items["process_time_s"]).round(1),
            "again_n": (weight * (items["rework_visits"] > 0)).round(4),
        }
    )


def _ms(local: pd.Series[Any]) -> pd.Series[int]:
    """Milliseconds of local times, read as if they were UTC's."""
    made: pd.Series[int] = local.astype("datetime64[ms]").astype("int64")
    return made


def _step(moments_ms: pd.Series[int], step_ms: float) -> pd.Series[int]:
    """Put moments off to the end of their step."""
    made: pd.Series[int] = (-(-moments_ms // step_ms) * step_ms).round().astype("int64")
    return made


def _visits(
    strips: pd.DataFrame,
    items: pd.DataFrame,
    data: pd.DataFrame,
    around: tuple[str, dict[str, int]],
) -> pd.DataFrame:
    """Make one row a visit, with all that its item is chosen by, and what it is counted by."""
    zone, places = around
    about = data[CHOSEN_BY].assign(item_id=items["item_id"], entered=items["first_entered_at"])
    visits = strips[strips["kind"] != "blocked"].merge(about, on="item_id")
    left = visits["entered"] + pd.to_timedelta(visits["end_s"], unit="s")
    local = left.dt.tz_convert(zone)
    place = visits["stage"].map(places)
    to = place.groupby(visits["item_id"]).shift(-1)
    slot = local.dt.day_of_week * 24 + local.dt.hour
    # One number a group: Vega makes a text of all that it groups by, row by row, at every move.
    visits = visits.assign(
        spent=((visits["end_s"] - visits["start_s"]) * visits["weight"]).round(1),
        move=(place * visit_views.PLACES + to).fillna(-1).astype(int),
        slot=slot.where(visits["kind"] == "wait", -1),
    )
    return visits[[*CHOSEN_BY, "stage", "spent", "weight", "move", "slot"]]


def _strips(strips: pd.DataFrame, items: pd.DataFrame, data: pd.DataFrame) -> pd.DataFrame:
    """Make one row an item, its strip as lists that the view lays out for those it draws."""
    parts = pd.DataFrame(
        {
            "item_id": strips["item_id"],
            "stages": strips["stage"].map(plain),
            "kinds": strips["kind"],
            "starts": strips["start_s"] / DAY,
            "ends": strips["end_s"] / DAY,
        }
    )
    packed = parts.groupby("item_id", sort=False).agg(list).reset_index()
    about = data[["i", "item", *CHOSEN_BY]].assign(item_id=items["item_id"])
    made = packed.merge(about, on="item_id")
    names = _short_names(made["item"].unique())
    return made.assign(name=made["item"].map(names)).drop(columns="item_id")


def _short_names(items: Iterable[str]) -> dict[str, str]:
    """Make names of items that fit, without the words that all of them begin with where need be."""
    words = {item: re.findall(r"\W?\w*", item) for item in items}
    same = takewhile(lambda column: len(set(column)) == 1, zip(*words.values(), strict=False))
    cut = sum(len(column[0]) for column in same)
    if all(width(item, 10) <= NAME for item in words):
        cut = 0
    return {item: fit("…" * (cut > 0) + item[cut:], NAME, 10) for item in words}

"""The explorer: small views of the same items, in which a choice made in one holds in all."""

from __future__ import annotations

import altair as alt
import pandas as pd

from vsmlib import measure
from vsmlib.charts import axes, explorer_rows, frame, picks, views, visit_views
from vsmlib.charts.colours import COLOURS
from vsmlib.charts.data import compact, nested, shared
from vsmlib.charts.explorer_rows import OTHER
from vsmlib.charts.frame import Row, fit
from vsmlib.charts.line import FLOWING
from vsmlib.flow import Flow
from vsmlib.words import count

MOST_ITEMS, MOST_TYPES = 3250, 6
MOST_STRIPS, MOST_PARTS, MOST_OPEN = 400, 4000, 500
WHOLE, GAP = 800.0, {"row": 78, "column": 132}


def explorer(flow: Flow) -> alt.ConcatChart | alt.LayerChart:
    """Draw fourteen linked views of the delivered items; a brush or a click in one filters all.

    Of more than 3,250 items a sample is drawn, weighted so that shares are those of the whole;
    visits are those of at most 400 of them. `selected` lists the chosen items of a live one.
    """
    stages, summary = measure.stages(flow), measure.headline(flow)
    an_item = float(stages["visits"].sum()) / max(1, summary["delivered"])
    strips = measure.strips(flow, min(MOST_STRIPS, round(MOST_PARTS / max(1.0, an_item))))
    items, wip = measure.ways(flow, MOST_ITEMS), measure.wip(flow)
    now = measure.aging(flow, most=MOST_OPEN), measure.pace(flow)
    return draw_explorer(items, strips, wip, stages, summary, now=now)


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
    zone = summary["window"]["timezone"]
    met = strips["stage"].unique()
    in_line = stages[(stages["kind"] != "cancelled") | stages["stage"].isin(met)]
    places = {name: i for i, name in enumerate(stages["stage"], start=1)}
    data = explorer_rows.of_items(items, zone, list(places))
    visits = compact(explorer_rows.of_visits(strips, items, data, zone, places))
    again = shared(visits)
    cut = nested(explorer_rows.of_strips(strips, items, data))
    flowing = in_line["stage"][in_line["kind"].isin(FLOWING)]
    kinds = dict(zip(in_line["stage"], in_line["kind"], strict=True))
    named = {n: f"{places[n]}  {fit(n, views.LABEL - 14, 11)}" for n in flowing}
    marks = {p: summary["lead_time_s"][p] for p in ("p50", "p85", "p95")}
    lasted = [word for word in map(axes.lasted, axes.STEPS) if word in data["lasted"].unique()]
    types = data.groupby("type")["weight"].sum().nlargest(MOST_TYPES).index
    most = data.groupby("way")["weight"].sum().nlargest(len(data)).index
    ways = {way: explorer_rows.short(way) for way in sorted(most, key=OTHER.__eq__)}
    shown = [
        views.scatter(data, marks),
        visit_views.strips(cut, [kind for kind in COLOURS if kind in strips["kind"].unique()]),
        views.bars("lasted", lasted, title="How many took how long? Click"),
        visit_views.stage_shares(visits, kinds, named),
        views.throughput(),
        views.flow(),
        views.efficiency(),
        visit_views.wip(wip, stages),
        views.bars("type", types, title="Of which type? Click"),
        views.aging(*now, named),
        visit_views.graph(again, in_line.assign(place=in_line["stage"].map(places))),
        views.bars("way", ways, title="Which way, stage by stage? Click"),
        visit_views.hours(again),
        views.bars("rework", ["no", "yes"], title="Any rework? Click"),
    ]
    under = _under(summary, len(data), strips["item_id"].nunique())
    says = f"Linked views of {count(whole, 'delivered item')}: scatter, histogram, throughput, "
    says += (
        "flow, efficiency, work in progress and its age, stages, moves, ways, hours, types, rework "
        "and strips."
    )
    # One flat grid: a brush in a nested one makes Vega trip over it when it begins.
    return picks.Views(
        concat=shown,
        params=picks.picks(),
        data=compact(data),
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

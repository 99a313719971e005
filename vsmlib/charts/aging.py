"""Ageing work in progress: how old what is under way is, against the pace of what was delivered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from vsmlib import measure
from vsmlib.charts import axes, frame
from vsmlib.charts.colours import COLOURS, INK, MUTED, PAPER, paler
from vsmlib.charts.frame import Layer, Row, fit, plain
from vsmlib.charts.line import FLOWING
from vsmlib.flow import Flow
from vsmlib.words import count, duration, listed, number

PLOT, MOST_POINTS = (680.0, 380.0), 2000
# Greys under the points: the darker, the fewer delivered items were that old on leaving the stage.
BANDS = {"p50_s": paler(MUTED, 0.91), "p85_s": paler(MUTED, 0.83), "p95_s": paler(MUTED, 0.75)}
SHAPES = {"active": "square", "wait": "triangle-up"}  # as on the map


def aging_wip(flow: Flow) -> alt.LayerChart:
    """Draw the age of every item in progress by its stage, over the pace of delivered items."""
    aging, pace = measure.aging(flow, most=MOST_POINTS), measure.pace(flow)
    return draw_aging_wip(aging, pace, measure.stages(flow), measure.counts(flow))


@frame.unchecked
def draw_aging_wip(
    aging: pd.DataFrame, pace: pd.DataFrame, stages: pd.DataFrame, summary: Row
) -> alt.LayerChart:
    """Draw ageing work from the tables `measure.aging`, `.pace`, `.stages` and `.summary`.

    Of more than 2,000 items a sample is drawn, with the oldest tenth of it whole.
    """
    title = "What is getting old?"
    if aging.empty:
        return frame.nothing(title, "No item is in progress at the end of this window")
    # Active and wait stages have a column, and others that hold items.
    held = stages["kind"].isin(FLOWING) | stages["position"].isin(aging["position"])
    columns, shown = frame.records(stages[held]), frame.thin(aging, "age_s", MOST_POINTS)
    scale, x = axes.durations(aging["age_s"], pace["p95_s"].tolist()), _across(columns)
    points, point = _points(shown, columns), _point(aging, pace, summary)
    oldest = listed([f"{row['name']} ({row['age']})" for row in frame.records(points[:-4:-1])])
    left = f"age at which {count(summary['delivered'], 'delivered item')} left the stage for good"
    population = f"{count(summary['in_progress'], 'item')} in progress"
    return frame.chart(
        [*_bands(pace, columns, scale, x), *_dots(points, scale, x)],
        title=f"{title} {point}",
        subtitle=[
            f"{population} on {summary['window']['to'][:10]}",
            f"a sample of {len(shown):,} drawn" if len(shown) < summary["in_progress"] else "",
            f"oldest: {oldest}",
            "elapsed time, clock stops excluded",
            "" if pace.empty else f"bands: {left}, {frame.PERCENTILES}",
        ],
        says=f"Age of {population} by stage. {point}. Oldest: {oldest}.",
        size=PLOT,
    )


def _point(aging: pd.DataFrame, pace: pd.DataFrame, summary: Row) -> str:
    """Say how many points lie above the line below which 85% of delivered items left the stage."""
    if pace.empty:
        return f"The oldest item is {duration(aging['age_s'].max())} old"
    late = int(pace["late"].sum())
    verb = "is" if late == 1 else "are"
    whole = f"{number(late, 0)} of {count(summary['in_progress'], 'item')}"
    return f"{whole} {verb} older than 85% of delivered ones were at that stage"


def _across(columns: Sequence[Row]) -> alt.X:
    """Return an axis with a column of width 1 a stage, its name and its number of items."""
    room, names = PLOT[0] / len(columns), {}
    narrow = room < 58
    for i, row in enumerate(columns):
        items = number(row["wip"], 0)
        name = fit(row["stage"], 110 if narrow else room - 8, 10.5, lines=1 if narrow else 3)
        names[i + 0.5] = f"{name} ({items})" if narrow else [*name.split("\n"), items]
    style: Any = {"labelFontSize": 10.5, "labelOverlap": False, "domain": False, "ticks": False}
    style |= {"labelAngle": -40 if narrow else 0, "labelLimit": 150 if narrow else room}
    axis = alt.Axis(values=list(names), labelExpr=axes.worded(names), title=None, **style)
    scale = alt.Scale(domain=[0, len(columns)], nice=False)
    return alt.X("x:Q", scale=scale, axis=axis)


def _points(aging: pd.DataFrame, columns: Sequence[Row]) -> pd.DataFrame:
    """Spread the items of a stage over its column, the same at every drawing, the oldest last."""
    aging = aging.sort_values("age_s", kind="stable", ignore_index=True)
    place = {row["position"]: i for i, row in enumerate(columns)}
    kind = aging["position"].map({row["position"]: row["kind"] for row in columns})
    # The golden ratio's multiples fill an interval evenly, however many there are.
    shift = (aging.groupby("position").cumcount() * 0.618034 + 0.5) % 1
    points = pd.DataFrame({"item": aging["item_id"].map(plain), "stage": aging["stage"].map(plain)})
    points["age"] = aging["age_s"].map(duration)
    return points.assign(
        **{"in this stage for": aging["stage_age_s"].map(duration)},
        name=points["item"].str.rsplit("/", n=1).str[-1],
        says=points["item"] + " in " + points["stage"] + ", " + points["age"] + " old",
        x=(aging["position"].map(place) + 0.17 + 0.66 * shift).round(4),
        seconds=aging["age_s"].round(3),
        colour=kind.map(COLOURS),
        shape=kind.map(SHAPES).fillna("circle"),
        size=kind.map({"wait": 80}).fillna(46),
    )


def _bands(
    pace: pd.DataFrame, columns: Sequence[Row], scale: axes.Durations, x: alt.X
) -> list[Layer]:
    place = {row["position"]: i for i, row in enumerate(columns)}
    boxes: list[Row] = []
    labels: list[Row] = []
    for row in frame.records(pace):
        left, below, labels = place[row["position"]], scale.low, []
        for name, colour in BANDS.items():
            upper = max(row[name], below)
            box = {"x": left + 0.01, "x2": left + 0.99, "seconds": below, "upper": upper}
            boxes.append({**box, "colour": colour})
            below, at = upper, scale.place(upper, PLOT[1])
            text = f"{name[1:3]}% ≤ {duration(row[name])}"
            labels.insert(0, {"text": text, "colour": MUTED, "place": at})
    if not boxes:
        return []
    mark = frame.rows(boxes).mark_rect(aria=False)
    upper_right = alt.X2("x2:Q"), alt.Y2("upper:Q"), frame.raw(alt.Fill, "colour:N")
    drawn = mark.encode(x, scale.y("seconds", "Age"), *upper_right)
    return [drawn, frame.labels(labels, PLOT[0] + 6, PLOT[1])]


def _dots(points: pd.DataFrame, scale: axes.Durations, x: alt.X) -> list[alt.Chart]:
    ends = x, scale.y("seconds", "Age")
    look = frame.raw(alt.Color, "colour:N"), frame.raw(alt.Shape, "shape:N")
    dots = frame.rows(points).mark_point(filled=True, opacity=0.9, stroke=PAPER, strokeWidth=0.7)
    drawn = dots.encode(*ends, *look, frame.raw(alt.Size, "size:Q"), alt.Description("says:N"))
    drawn = drawn.encode(tooltip=frame.tips(["item", "stage", "age", "in this stage for"]))
    # Above the oldest there is nothing that its name could cover.
    name = frame.rows(points[-1:]).mark_text(dy=-11, fontSize=10.5, color=INK, aria=False)
    return [drawn, name.encode(*ends, alt.Text("name:N"))]

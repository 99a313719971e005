"""Ageing work in progress: how old what is under way is, against the pace of what was delivered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd

from vsmlib import measure
from vsmlib.charts.axes import Durations, durations, rows
from vsmlib.charts.frame import (
    PERCENTILES,
    Layer,
    Summary,
    edge_labels,
    framed,
    nothing,
    records,
    thin,
)
from vsmlib.charts.text import plain, shorten, width, wrap
from vsmlib.charts.theme import COLOURS, INK, MUTED, PAPER
from vsmlib.words import count, duration, number

if TYPE_CHECKING:
    from vsmlib.flow import Flow

__all__ = ["aging_wip", "draw_aging_wip"]

PLOT = 680, 380
MOST_POINTS, NAMED = 2000, 3
# Greys under the points: the darker, the fewer delivered items were that old on leaving the stage.
BANDS = {"p50_s": "#f1f3f4", "p85_s": "#e3e7ea", "p95_s": "#d1d7dc"}
SHAPES = {"active": "square", "wait": "triangle-up"}  # as on the map
NEVER: Any = None

Spot = tuple[float, float, float]  # the middle of a text, its height, half its width
Columns = dict[int, dict[str, Any]]


def aging_wip(flow: Flow) -> alt.LayerChart:
    """Draw the age of every item in progress by its stage, over the pace of delivered items.

    Parameters
    ----------
    flow : Flow
        The visits.
    """
    return draw_aging_wip(
        measure.aging(flow), measure.pace(flow), measure.stages(flow), measure.summary(flow)
    )


def draw_aging_wip(
    aging: pd.DataFrame, pace: pd.DataFrame, stages: pd.DataFrame, summary: Summary
) -> alt.LayerChart:
    """Draw ageing work from the tables `measure.aging`, `.pace`, `.stages` and `.summary`.

    Of more than 2,000 items a sample is drawn, even by rank of age, with the oldest.
    """
    title = "What is getting old?"
    if aging.empty:
        return nothing(title, "No item is in progress at the end of this window")
    columns = _columns(stages, aging)
    shown = thin(aging, "age_s", MOST_POINTS)
    bands = [row for row in records(pace) if row["position"] in columns]
    scale = durations(aging["age_s"], PLOT[1], [row["p95_s"] for row in bands])
    y = alt.Y("age_s:Q", scale=scale.scale(), axis=scale.axis("Age"))
    points = _points(shown, columns)
    age, point = duration(aging["age_s"].max()), _point(aging, bands)
    until = str((summary.get("window") or {}).get("to") or "")[:10]
    sampled = f", {count(len(shown), 'item')} of them drawn, the oldest kept"
    return framed(
        [
            *_bands(bands, columns, scale, y),
            _dots(points, y),
            _oldest(points, scale, y),
            _names(columns),
        ],
        title=f"{title} {point or f'The oldest item is {age} old'}",
        subtitle=[
            f"{count(len(aging), 'item')} in progress{' on ' + until if until else ''}"
            + (sampled if len(shown) < len(aging) else ""),
            "elapsed time, clock stops excluded",
            f"grey: age at which {count(summary['delivered'] or 0, 'delivered item')} left the "
            f"stage for the last time, {PERCENTILES}"
            if bands
            else "",
        ],
        says=(
            f"Age of {count(len(aging), 'item')} in progress by stage, the oldest {age} old"
            + (point and f": {point}")
            + "."
        ),
        width=PLOT[0],
        height=PLOT[1],
    )


def _point(aging: pd.DataFrame, bands: Sequence[Mapping[str, Any]]) -> str:
    """Count the points above the line below which 85% of delivered items left the same stage."""
    limit = aging["position"].map({row["position"]: row["p85_s"] for row in bands})
    late = int((aging["age_s"] > limit).sum())
    if not bands:
        return ""
    if not late:
        return "No item is older than 85% of delivered ones were at its stage"
    verb = "is" if late == 1 else "are"
    return (
        f"{number(late, 0)} of {count(len(aging), 'item')} {verb} older than 85% of delivered "
        "ones were at that stage"
    )


def _columns(stages: pd.DataFrame, aging: pd.DataFrame) -> Columns:
    """Give each active and wait stage, and any other that holds items, a column in flow order."""
    counts = aging["position"].value_counts()
    held = [
        row
        for row in records(stages)
        if row["kind"] in ("active", "wait") or row["position"] in counts.index
    ]
    pitch = PLOT[0] / len(held)
    return {
        row["position"]: {
            "name": row["stage"],
            "kind": row["kind"],
            "items": int(counts.get(row["position"], 0)),
            "x": pitch * i,
            "pitch": pitch,
        }
        for i, row in enumerate(held)
    }


def _across(field: str) -> alt.X:
    return alt.X(field, scale=alt.Scale(domain=[0, PLOT[0]], nice=False), axis=NEVER)


def _points(aging: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """Spread the items of a stage over its column, the same at every drawing."""
    table = aging.sort_values("age_s", kind="stable", ignore_index=True)
    # The golden ratio's multiples fill an interval evenly, however many there are.
    rank = table.groupby("position").cumcount()
    shift = ((rank * 0.618034 + 0.5) % 1 - 0.5) * 0.66 + 0.5
    column = table["position"].map(columns)
    return pd.DataFrame(
        {
            "x": [c["x"] + c["pitch"] * s for c, s in zip(column, shift, strict=True)],
            "age_s": table["age_s"].round(3),
            "colour": [COLOURS[c["kind"]] for c in column],
            "shape": [SHAPES.get(c["kind"], "circle") for c in column],
            "size": [80 if c["kind"] == "wait" else 46 for c in column],
            "item": [plain(name) for name in table["item_id"]],
            "stage": [plain(c["name"]) for c in column],
            "age": [duration(s) for s in table["age_s"]],
            "says": [
                f"{plain(name)} in {plain(c['name'])}, {duration(s)} old"
                for name, c, s in zip(table["item_id"], column, table["age_s"], strict=True)
            ],
            "here": [duration(s) for s in table["stage_age_s"]],
        }
    )


def _bands(
    pace: Sequence[Mapping[str, Any]], columns: Columns, scale: Durations, y: alt.Y
) -> list[Layer]:
    if not pace:
        return []
    table = []
    for row in pace:
        left, below = columns[row["position"]]["x"], scale.low
        for name, colour in BANDS.items():
            upper = max(row[name], below)
            right = left + columns[row["position"]]["pitch"] - 1
            box = {"x": left + 1, "x2": right, "age_s": below, "upper": upper}
            table.append({**box, "colour": colour})
            below = upper
    base = alt.Chart(alt.InlineData(values=table))
    fill: Any = alt.Fill("colour:N", scale=None)
    boxes = base.mark_rect(aria=False).encode(
        _across("x:Q"), alt.X2("x2:Q"), y, alt.Y2("upper:Q"), fill
    )
    last = pace[-1]
    labels: list[dict[str, Any]] = [
        {
            "text": f"{name[1:3]}% ≤ {duration(last[name])}",
            "age_s": last[name],
            "colour": MUTED,
            "place": PLOT[1] - scale.place(last[name]),
        }
        for name in BANDS
    ]
    return [boxes, edge_labels(labels, PLOT[0] + 6, y, ends=(0, PLOT[1]))]


def _dots(points: pd.DataFrame, y: alt.Y) -> alt.Chart:
    headings = {"item": "item", "stage": "stage", "age": "age", "here": "in this stage for"}
    mark = rows(points).mark_point(filled=True, opacity=0.9, stroke=PAPER, strokeWidth=0.7)
    shape: Any = alt.Shape("shape:N", scale=None)
    size: Any = alt.Size("size:Q", scale=None)
    colour: Any = alt.Color("colour:N", scale=None)
    made: alt.Chart = mark.encode(
        _across("x:Q"),
        y,
        colour,
        shape,
        size,
        alt.Description("says:N"),
        tooltip=[alt.Tooltip(f"{name}:N", title=text) for name, text in headings.items()],
    )
    return made


def _oldest(points: pd.DataFrame, scale: Durations, y: alt.Y) -> alt.Chart:
    """Name the oldest item, and the next ones where their names cover nothing."""
    heights = [PLOT[1] - scale.place(age) for age in points["age_s"]]
    taken: list[Spot] = [(x, at, 0.0) for x, at in zip(points["x"], heights, strict=True)]
    table: list[dict[str, Any]] = []
    for row in records(points.nlargest(NAMED, "age_s")):
        words = f"{shorten(row['item'], 150, 10.5, tail=True)}, {row['age']}"
        half, at = width(words, 10.5) / 2, PLOT[1] - scale.place(row["age_s"])
        beside = [(row["x"] + way * (half + 7), at, half) for way in (1, -1)]
        spots: list[Spot] = [*beside, (row["x"], at - 12, half)]
        free = next((spot for spot in spots if _is_free(spot, taken)), None)
        if free is None and not table:
            free = spots[-1]
        if free:
            taken.append(free)
            table.append({"x": free[0], "age_s": row["age_s"], "dy": free[1] - at, "text": words})
    move: Any = alt.expr("datum.dy")
    mark = alt.Chart(alt.InlineData(values=table)).mark_text(
        align="center", baseline="middle", dy=move, fontSize=10.5, color=INK, aria=False
    )
    made: alt.Chart = mark.encode(_across("x:Q"), y, alt.Text("text:N"))
    return made


def _is_free(spot: Spot, taken: Sequence[Spot]) -> bool:
    x, at, half = spot
    return half < x < PLOT[0] - half and not any(
        abs(x - other) < half + reach + 5 and abs(at - height) < 11
        for other, height, reach in taken
    )


def _names(columns: Columns) -> alt.Chart:
    """Write the stages under their columns, slanted where columns are narrow."""
    table: list[dict[str, Any]] = []
    slanted = next(iter(columns.values()))["pitch"] < 58
    for column in columns.values():
        middle, items = column["x"] + column["pitch"] / 2, number(column["items"], 0)
        if slanted:
            name = f"{shorten(column['name'], 110, 10.5)} ({items})"
            table.append({"x": middle + 4, "down": 12, "text": name, "bold": "normal"})
            continue
        lines = wrap(column["name"], column["pitch"] - 8, 10.5, lines=3)
        for i, words in enumerate(lines):
            table.append({"x": middle, "down": 14 + 13 * i, "text": words, "bold": "normal"})
        below = 14 + 13 * len(lines) + 1
        table.append({"x": middle, "down": below, "text": items, "bold": "bold"})
    down: Any = alt.expr("datum.down")
    weight: Any = alt.expr("datum.bold")
    mark = alt.Chart(alt.InlineData(values=table)).mark_text(
        angle=320 if slanted else 0,
        align="right" if slanted else "center",
        baseline="middle",
        fontSize=10.5,
        fontWeight=weight,
        dy=down,
        color=MUTED,
        aria=False,
    )
    made: alt.Chart = mark.encode(_across("x:Q"), alt.Text("text:N"), y=alt.value(PLOT[1]))
    return made

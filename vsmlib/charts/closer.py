"""The map with a stage up close: a click on a stage shows its times and its oldest items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from vsmlib import measure
from vsmlib.charts import axes, frame
from vsmlib.charts.colours import COLOURS, INK, MUTED
from vsmlib.charts.frame import Layer, Row, fit, plain
from vsmlib.charts.line import FLOWING
from vsmlib.charts.map import draw_value_stream_map
from vsmlib.charts.states import State
from vsmlib.flow import Flow
from vsmlib.words import NO_DATA, count, duration, percent

PANEL, HIGH, OLDEST = 430.0, 190.0, 7


def stage_explorer(flow: Flow) -> alt.VConcatChart | alt.LayerChart:
    """Draw the map; beneath it, of the stage that is clicked, its times and its oldest items.

    At first that is the stage with the longest wait.
    """
    tables = measure.stages(flow), measure.transitions(flow), measure.summary(flow)
    times, aging = measure.stage_histogram(flow, list(axes.STEPS)), measure.aging(flow, each=OLDEST)
    return draw_stage_explorer(State(*tables, flow.stream.name), times, aging)


@frame.unchecked
def draw_stage_explorer(
    state: State, times: pd.DataFrame, aging: pd.DataFrame
) -> alt.VConcatChart | alt.LayerChart:
    """Draw it from the map's tables, `measure.stage_histogram` and `measure.aging`."""
    made = draw_value_stream_map(*state)
    if not state.summary["delivered"]:
        return made
    stages = frame.records(state.stages[state.stages["kind"].isin(FLOWING)])
    first = max(stages, key=lambda row: (row["share_of_lead_time"] or 0, -row["position"]))
    picked = alt.selection_point(
        name="stage",
        fields=["stage"],
        value=[{"stage": plain(first["stage"])}],
        on="click",
        empty=False,
        toggle=False,
    )
    beneath = alt.hconcat(_times(stages, times, picked), _oldest(stages, aging, picked), spacing=40)
    says = f"{made.description} A click on a stage shows how long visits to it last, and its "
    says += f"oldest items; at first of {plain(first['stage'])}."
    return Pair(vconcat=[_pickable(made, picked), beneath], spacing=8, description=says)


class Pair(frame.Unchecked, alt.VConcatChart):
    """A map and what is beneath it."""


def _pickable(drawn: alt.LayerChart, picked: alt.Parameter) -> alt.LayerChart:
    """Let the stages of a map be picked, and frame the one that is."""
    layers: list[Any] = list(drawn.layer)
    place = next(
        i for i, layer in enumerate(layers) if "median visit" in dict(*layer.data.values[:1])
    )
    frames = layers[place].copy().transform_filter(picked)
    frames.mark = alt.MarkDef("rect", fillOpacity=0, stroke=INK, strokeWidth=1.5, aria=False)
    frames.encoding.tooltip = frames.encoding.description = alt.Undefined
    layers[place] = layers[place].add_params(picked)
    drawn.layer = [*layers[:place], frames, *layers[place:]]
    return drawn


def _times(stages: Sequence[Row], times: pd.DataFrame, picked: alt.Parameter) -> alt.LayerChart:
    """Bars of the picked stage's visits by how long they lasted."""
    bars = times.assign(
        stage=times["stage"].map(plain),
        lasted=times["low_s"].map(axes.lasted),
        colour=times["kind"].map(COLOURS),
        share=times["visits"] / times.groupby("position")["visits"].transform("sum"),
    )
    bars["share"] = bars["share"].fillna(0.0).map(percent)
    bars["says"] = bars["stage"] + ", " + bars["lasted"] + ": " + bars["visits"].map(str)
    style: Any = {"labelAngle": 0, "labelFontSize": 9.5, "labelLimit": 60, "title": None}
    lines = "split(replace(replace(datum.label, ' to ', '|'), 'er ', 'er|'), '|')"
    axis, order = alt.Axis(labelExpr=lines, **style), list(dict.fromkeys(bars["lasted"]))
    x = alt.X("lasted:O", sort=order, axis=axis, scale=alt.Scale(padding=0.1))
    base = frame.rows(bars).transform_filter(picked).encode(x, alt.Y("visits:Q", axis=None))
    tips = frame.tips(["stage", "lasted", "visits", "share"])
    bar = base.mark_bar().encode(frame.raw(alt.Color, "colour:N"), alt.Description("says:N"))
    share = base.mark_text(dy=-7, color=MUTED, fontSize=10, aria=False).encode(
        text=alt.Text("share:N")
    )
    name = [fit(row["stage"], 190, 12, bold=True) for row in stages]
    words = [f"{n}: {_said(row)}" for n, row in zip(name, stages, strict=True)]
    layers = [bar.encode(tooltip=tips), share]
    return _panel("How long do visits to the clicked stage last?", stages, words, picked, layers)


def _said(row: Row) -> str:
    if duration(row["p50_s"]) == NO_DATA:
        return "no visit"
    return f"{count(row['visits'], 'visit')}, half within {duration(row['p50_s'])}"


def _oldest(stages: Sequence[Row], aging: pd.DataFrame, picked: alt.Parameter) -> alt.LayerChart:
    """List the picked stage's oldest items in progress."""
    oldest = aging.groupby("position").head(OLDEST)
    names = oldest["item_id"].map(lambda name: fit(name, 210, 11))
    listed = pd.DataFrame({"stage": oldest["stage"].map(plain), "item": names})
    listed["age"] = oldest["age_s"].map(duration) + " old"
    listed["here"] = oldest["stage_age_s"].map(duration) + " in this stage"
    listed["y"] = 12.0 + 22 * oldest.groupby("position").cumcount()
    words = [f"{count(row['wip'], 'item')} in progress in it" for row in stages]
    base = frame.rows(listed).transform_filter(picked).encode(frame.raw(alt.Y, "y:Q", axis=None))
    texts: list[Layer] = [
        base.mark_text(align="left", color=colour, aria=column == "item").encode(
            alt.Text(f"{column}:N"), x=frame.fixed(alt.XValue, x)
        )
        for column, x, colour in (("item", 0, INK), ("age", 225, INK), ("here", 310, MUTED))
    ]
    return _panel("Which items are the oldest in it?", stages, words, picked, texts)


def _panel(
    title: str,
    stages: Sequence[Row],
    words: Sequence[str],
    picked: alt.Parameter,
    layers: Sequence[Layer],
) -> alt.LayerChart:
    """Put layers under a title, and a line in words about the picked stage."""
    names = [plain(row["stage"]) for row in stages]
    head = frame.rows(pd.DataFrame({"stage": names, "words": words})).transform_filter(picked)
    line = head.mark_text(align="left", color=MUTED).encode(
        alt.Text("words:N"), x=frame.fixed(alt.XValue, 0), y=frame.fixed(alt.YValue, -14)
    )
    heading = alt.TitleParams(text=title, fontSize=14, offset=24, frame="group")
    made: alt.LayerChart = frame.layered([*layers, line])
    return made.properties(title=heading, width=PANEL, height=HIGH)

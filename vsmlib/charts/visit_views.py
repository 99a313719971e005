"""The views of the explorer that look into items: stages, moves, hours, strips."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from vsmlib.charts import axes, frame
from vsmlib.charts.colours import COLOURS, INK, MUTED, ON, paler
from vsmlib.charts.frame import Layer, plain
from vsmlib.charts.line import FLOWING
from vsmlib.charts.views import ACROSS, DONE, HIGH, HIGHER, NO_AXIS, SHARE, Picks, across, panel

STRIPS, PITCH, PLACES = 12, 13.0, 1000
WEEK: dict[float, object] = dict(enumerate(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]))


def wip(table: pd.DataFrame, stages: pd.DataFrame, picks: Picks) -> alt.LayerChart:
    """Items in each stage at the end of each day of the chosen span."""
    flowing = stages[stages["kind"].isin(FLOWING)]
    colours = {
        row["stage"]: paler(COLOURS[row["kind"]], 0.3 * (i % 2))
        for i, row in enumerate(frame.records(flowing))
    }
    days = pd.Series(table["date"].unique())
    kept = table[table["date"].isin(days[:: -(-len(days) // 160)]) & table["stage"].isin(colours)]
    rows = kept[["wip"]].assign(
        begins=pd.to_datetime(kept["date"]).astype("datetime64[ms]").astype("int64"),
        stage=kept["stage"].map(plain),
        colour=kept["stage"].map(colours),
        place=kept["stage"].map({name: i for i, name in enumerate(colours)}),
    )
    area = alt.Chart(frame.compact(rows)).transform_filter(picks.days).mark_area(aria=False)
    area = area.encode(
        across("begins"),
        alt.Y("wip:Q", axis=alt.Axis(tickCount=4, title=None)),
        frame.raw(alt.Color, "colour:N"),
        alt.Detail("place:O"),
        alt.Order("place:O"),
        tooltip=frame.tips(["stage"]),
    )
    return panel("How much was in progress, by stage?", area)


def stage_shares(
    visits: alt.InlineData, kinds: Mapping[str, str], names: Mapping[str, str], picks: Picks
) -> alt.LayerChart:
    """Shares of lead time by stage: bars of what is chosen, ticks of all items."""
    axis = alt.Axis(labelExpr=f"({axes.quoted(names)})[datum.value]", **NO_AXIS)
    place = alt.Y("stage:N", sort=None, axis=axis, scale=alt.Scale(domain=list(names)))
    layers: list[Layer] = []
    for made in (alt.Chart().transform_filter(picks.all), alt.Chart()):
        sums = made.transform_aggregate(s="sum(spent)", groupby=["stage"])
        sums = sums.transform_calculate(kind=f"({axes.quoted(kinds)})[datum.stage]")
        sums = sums.transform_filter("datum.kind == 'active' || datum.kind == 'wait'")
        sums = sums.transform_joinaggregate(whole="sum(s)")
        sums = sums.transform_calculate(share="datum.whole ? datum.s / datum.whole : 0")
        ends = sums.encode(place, alt.X("share:Q", axis=SHARE))
        if layers:
            layers.append(ends.mark_tick(color=INK, thickness=1.5, aria=False))
        else:
            scale = alt.Scale(domain=list(FLOWING), range=[COLOURS[kind] for kind in FLOWING])
            tips = [alt.Tooltip("stage:N"), alt.Tooltip("share:Q", format=".1%")]
            colour = alt.Color("kind:N", scale=scale, legend=None)
            layers.append(ends.mark_bar().encode(colour, tooltip=tips))
    size = ACROSS, max(HIGH, PITCH * len(names))
    return panel("Where did their lead time go? Ticks: all items", *layers, size=size, data=visits)


def graph(visits: alt.InlineData, stages: pd.DataFrame, picks: Picks) -> alt.LayerChart:
    """Draw moves from stage to stage as arcs, the wider the more: forward above, back below."""
    row, last = round(0.55 * HIGHER), len(stages)
    x = {place: (i + 0.5) * ACROSS / last for i, place in enumerate(stages["place"])}
    most = min(8.0, ACROSS / last / 3)
    names = dict(zip(map(str, stages["place"]), stages["stage"].map(plain), strict=True))
    at, words = (
        axes.quoted({str(place): round(mid, 1) for place, mid in x.items()}),
        axes.quoted(names),
    )
    arcs = _counted("move", picks).transform_calculate(
        a=f"floor(datum.move / {PLACES})", b=f"datum.move % {PLACES}"
    )
    arcs = arcs.transform_calculate(
        stage=f"({words})[datum.a]",
        to=f"({words})[datum.b]",
        start=f"({at})[datum.a]",
        end=f"({at})[datum.b]",
    )
    high = f"{row - 14} * pow(abs(datum.end - datum.start) / {ACROSS}, 0.6)"
    # Clockwise: over the stages on the way to the right, beneath them on the way back.
    path = f"'M' + datum.start + ',{row}A' + abs(datum.end - datum.start) / 2 + ',' + {high}"
    arcs = arcs.transform_calculate(
        path=f"{path} + ',0,0,1,' + datum.end + ',{row}'",
        says="datum.stage + ' to ' + datum.to + ': moves: ' + format(datum.n, ',.0f')",
    )
    back = {"test": "datum.b < datum.a", "value": COLOURS["rework"]}
    drawn = arcs.mark_point(size=4, filled=False, opacity=0.9).encode(
        frame.raw(alt.Shape, "path:N"),
        alt.StrokeWidth("part:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[0.7, most])),
        x=frame.fixed(alt.XValue, 0),
        y=frame.fixed(alt.YValue, 0),
        color=frame.fixed(alt.ColorValue, DONE, condition=back),
        description=alt.Description("says:N"),
        tooltip=[*frame.tips(["stage", "to"]), alt.Tooltip("n:Q", title="moves", format=",.0f")],
    )
    title = "Which moves? Forward above, back below"
    size = ACROSS, HIGHER
    return panel(title, drawn, *_discs(stages, list(x.values()), row), size=size, data=visits)


def _discs(stages: pd.DataFrame, x: Sequence[float], y: float) -> list[Layer]:
    """Draw a numbered disc a stage."""
    radius = min(9.0, 0.42 * ACROSS / len(stages))
    shown = pd.DataFrame(
        {
            "x": x,
            "stage": stages["stage"].map(plain).to_numpy(),
            "number": stages["place"].astype(str).to_numpy(),
            "fill": stages["kind"].map(COLOURS).to_numpy(),
            "ink": stages["kind"].map(ON).to_numpy(),
        }
    )
    base = frame.rows(shown).encode(
        frame.raw(alt.X, "x:Q", axis=None), y=frame.fixed(alt.YValue, y)
    )
    discs = base.mark_circle(size=math.pi * radius**2, opacity=1)
    text = base.mark_text(fontSize=round(1.25 * radius, 1), fontWeight="bold", aria=False)
    return [
        discs.encode(frame.raw(alt.Color, "fill:N"), tooltip=frame.tips(["stage"])),
        text.encode(frame.raw(alt.Color, "ink:N"), text="number:N"),
    ]


def hours(visits: alt.InlineData, picks: Picks) -> alt.LayerChart:
    """Draw waits that ended by local weekday and hour, the larger the square the more."""
    style: Any = {"title": None, "labelAngle": 0, "ticks": False, "domain": False}
    words = alt.Axis(labelExpr=axes.worded(WEEK), **style)
    shown = alt.Axis(values=[0, 6, 12, 18, 23], **style)
    tips = [alt.Tooltip("hour:O"), alt.Tooltip("n:Q", title="waits ended", format=",.0f")]
    squares = _counted("slot", picks).transform_calculate(
        weekday="floor(datum.slot / 24)", hour="datum.slot % 24"
    )
    squares = squares.mark_square(color=COLOURS["wait"], opacity=1).encode(
        alt.X("hour:O", scale=alt.Scale(domain=list(range(24))), axis=shown),
        alt.Y("weekday:O", scale=alt.Scale(domain=list(range(7))), axis=words),
        _size(150),
        tooltip=tips,
    )
    return panel("When did their waits end?", squares, data=visits)


def _counted(by: str, picks: Picks) -> alt.Chart:
    """Count rows by a number from 0 up, and relate the counts to the largest of what is chosen."""
    # The choice first, as in all views: Vega then looks each row up once, not once a view.
    made = alt.Chart().transform_filter(picks.all)
    made = made.transform_aggregate(n="sum(weight)", groupby=[by])
    made = made.transform_filter(f"datum.{by} >= 0").transform_joinaggregate(top="max(n)")
    return made.transform_calculate(part="datum.n / datum.top")


def _size(most: float) -> alt.Size:
    return alt.Size("part:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[3, most]))


def strips(cut: alt.InlineData, kinds: Sequence[str], picks: Picks) -> alt.LayerChart:
    """Draw the slowest of the chosen items, cut into their visits."""
    colours = alt.Scale(domain=list(kinds), range=[COLOURS[kind] for kind in kinds])
    chosen = alt.Chart().transform_filter(picks.all)
    chosen = chosen.transform_window(
        rank="row_number()",
        sort=[alt.SortField("seconds", order="descending"), alt.SortField("i")],
    )
    chosen = chosen.transform_filter(f"datum.rank <= {STRIPS}")
    place = alt.Y("rank:O", axis=None, scale=alt.Scale(domain=list(range(1, STRIPS + 1))))
    x = alt.X("days:Q", title=None, axis=alt.Axis(tickCount=6))
    parts = chosen.transform_flatten(
        ["stages", "kinds", "starts", "ends"], as_=["stage", "kind", "days", "days2"]
    )
    bar = parts.mark_bar(height=9).encode(
        place,
        x,
        alt.X2("days2:Q"),
        alt.Color("kind:N", scale=colours, legend=alt.Legend(orient="bottom", offset=6)),
        tooltip=frame.tips(["item", "stage", "kind"]),
    )
    names = chosen.mark_text(align="right", dx=-6, color=MUTED, fontSize=10)
    names = names.encode(place, text="name:N", x=frame.fixed(alt.XValue, 0))
    title, size = "Which were the slowest? Days since entry", (ACROSS, HIGHER)
    return panel(title, bar, names, size=size, data=cut)

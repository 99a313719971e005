"""The views of the explorer that look into items: stages, moves, hours, strips."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from vsmlib.charts import axes
from vsmlib.charts.colours import COLOURS, INK, MUTED, ON, paler
from vsmlib.charts.data import Data, compact
from vsmlib.charts.frame import each, plain
from vsmlib.charts.line import FLOWING
from vsmlib.charts.picks import CHOSEN
from vsmlib.charts.vegalite import Spec, calculated, channel, few, figures, layer, tips
from vsmlib.charts.views import ACROSS, DONE, HIGH, HIGHER, SHARE, across, named, panel

STRIPS, PITCH, PLACES = 12, 13.0, 1000
WEEK: dict[float, object] = dict(enumerate(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]))


def wip(table: pd.DataFrame, stages: pd.DataFrame) -> alt.LayerSpec:
    """Items in each stage at the end of each day of the chosen span."""
    flowing = stages[stages["kind"].isin(FLOWING)]
    colours = {
        stage: paler(COLOURS[kind], 0.3 * (i % 2))
        for i, (stage, kind) in enumerate(zip(flowing["stage"], flowing["kind"], strict=True))
    }
    day, days = pd.factorize(table["date"])
    kept = table[(day % -(-len(days) // 160) == 0) & table["stage"].isin(colours)]
    rows = kept[["wip"]].assign(
        begins=pd.to_datetime(kept["date"]).astype("datetime64[ms]").astype("int64"),
        stage=each(kept["stage"], plain),
        colour=each(kept["stage"], colours.__getitem__),
        place=each(kept["stage"], [*colours].index),
    )
    ends = {
        "x": across("begins"),
        "y": channel("wip:Q", axis={"tickCount": 4, "title": None}),
        "color": channel("colour:N", scale=None),
        "detail": channel("place:O"),
        "order": channel("place:O"),
        "tooltip": tips("stage"),
    }
    area = layer("area", ends, [{"filter": {"param": "days"}}], aria=False)
    title = "How much was in progress, by stage?"
    return panel(title, area, data=compact(rows))


def stage_shares(visits: Data, kinds: Mapping[str, str], names: Mapping[str, str]) -> alt.LayerSpec:
    """Shares of lead time by stage: bars of what is chosen, ticks of all items."""
    sums = [
        figures("aggregate", {"s": "sum(spent)"}, groupby=["stage"]),
        *calculated(kind=f"({axes.quoted(kinds)})[datum.stage]"),
        {"filter": "datum.kind == 'active' || datum.kind == 'wait'"},
        figures("joinaggregate", {"whole": "sum(s)"}),
        *calculated(share="datum.whole ? datum.s / datum.whole : 0"),
    ]
    ends = {"y": named("stage", names), "x": channel("share:Q", axis=SHARE)}
    scale = {"domain": [*FLOWING], "range": [COLOURS[kind] for kind in FLOWING]}
    seen = {
        "color": channel("kind:N", scale=scale, legend=None),
        "tooltip": [channel("stage:N"), channel("share:Q", format=".1%")],
    }
    bars = layer("bar", ends | seen, [CHOSEN, *sums])
    ticks = layer("tick", ends, sums, color=INK, thickness=1.5, aria=False)
    size = ACROSS, max(HIGH, PITCH * len(names))
    return panel(
        "Where did their lead time go? Ticks: all items", bars, ticks, size=size, data=visits
    )


def graph(visits: Data, stages: pd.DataFrame) -> alt.LayerSpec:
    """Draw moves from stage to stage as arcs, the wider the more: forward above, back below."""
    row, last = round(0.55 * HIGHER), len(stages)
    x = {place: (i + 0.5) * ACROSS / last for i, place in enumerate(stages["place"])}
    most = min(8.0, ACROSS / last / 3)
    names = dict(zip(map(str, stages["place"]), stages["stage"].map(plain), strict=True))
    words = axes.quoted(names)
    at = axes.quoted({str(place): round(mid, 1) for place, mid in x.items()})
    high = f"{row - 14} * pow(abs(datum.end - datum.start) / {ACROSS}, 0.6)"
    # Clockwise: over the stages on the way to the right, beneath them on the way back.
    path = f"'M' + datum.start + ',{row}A' + abs(datum.end - datum.start) / 2 + ',' + {high}"
    arcs = _counted("move") + calculated(
        a=f"floor(datum.move / {PLACES})",
        b=f"datum.move % {PLACES}",
        stage=f"({words})[datum.a]",
        to=f"({words})[datum.b]",
        start=f"({at})[datum.a]",
        end=f"({at})[datum.b]",
        path=f"{path} + ',0,0,1,' + datum.end + ',{row}'",
        says="datum.stage + ' to ' + datum.to + ': moves: ' + format(datum.n, ',.0f')",
    )
    back = {"test": "datum.b < datum.a", "value": COLOURS["rework"]}
    seen = {
        "x": {"value": 0},
        "y": {"value": 0},
        "shape": channel("path:N", scale=None),
        "strokeWidth": _sized(0.7, most),
        "color": {"condition": back, "value": DONE},
        "description": channel("says:N"),
        "tooltip": [*tips("stage", "to"), channel("n:Q", title="moves", format=",.0f")],
    }
    drawn = layer("point", seen, arcs, size=4, filled=False, opacity=0.9)
    discs = _discs(stages, list(x.values()), row)
    title, size = "Which moves? Forward above, back below", (ACROSS, HIGHER)
    return panel(title, drawn, *discs, size=size, data=visits)


def _discs(stages: pd.DataFrame, x: Sequence[float], y: float) -> list[Spec]:
    """Draw a numbered disc a stage."""
    radius = min(9.0, 0.42 * ACROSS / len(stages))
    names = zip(x, stages["place"], stages["stage"].map(plain), stages["kind"], strict=True)
    shown = few(
        [
            {"x": at, "stage": name, "number": str(place), "fill": COLOURS[kind], "ink": ON[kind]}
            for at, place, name, kind in names
        ]
    )
    ends = {"x": channel("x:Q", axis=None, scale=None), "y": {"value": y}}
    disc = {"color": channel("fill:N", scale=None), "tooltip": tips("stage")}
    number = {"color": channel("ink:N", scale=None), "text": channel("number:N")}
    style: Spec = {"fontSize": round(1.25 * radius, 1), "fontWeight": "bold", "aria": False}
    return [
        layer("circle", ends | disc, data=shown, size=math.pi * radius**2, opacity=1),
        layer("text", ends | number, data=shown, **style),
    ]


def hours(visits: Data) -> alt.LayerSpec:
    """Draw waits that ended by local weekday and hour, the larger the square the more."""
    style = {"title": None, "labelAngle": 0, "ticks": False, "domain": False}
    shown = {"values": [0, 6, 12, 18, 23], **style}
    words = {"labelExpr": axes.worded(WEEK), **style}
    seen = {
        "x": channel("hour:O", scale={"domain": [*range(24)]}, axis=shown),
        "y": channel("weekday:O", scale={"domain": [*range(7)]}, axis=words),
        "size": _sized(3, 150),
        "tooltip": [channel("hour:O"), channel("n:Q", title="waits ended", format=",.0f")],
    }
    split = calculated(weekday="floor(datum.slot / 24)", hour="datum.slot % 24")
    squares = layer("square", seen, [*_counted("slot"), *split], color=COLOURS["wait"], opacity=1)
    return panel("When did their waits end?", squares, data=visits)


def _counted(by: str) -> list[Spec]:
    """Count rows by a number from 0 up, and relate the counts to the largest of what is chosen."""
    return [
        CHOSEN,  # first, as in all views: Vega then looks each row up once, not once a view
        figures("aggregate", {"n": "sum(weight)"}, groupby=[by]),
        {"filter": f"datum.{by} >= 0"},
        figures("joinaggregate", {"top": "max(n)"}),
        *calculated(part="datum.n / datum.top"),
    ]


def _sized(least: float, most: float) -> Spec:
    return channel("part:Q", legend=None, scale={"domain": [0, 1], "range": [least, most]})


def strips(cut: Data, kinds: Sequence[str]) -> alt.LayerSpec:
    """Draw the slowest of the chosen items, cut into their visits."""
    colours = {"domain": [*kinds], "range": [COLOURS[kind] for kind in kinds]}
    sort = [{"field": "seconds", "order": "descending"}, {"field": "i"}]
    slowest = [
        CHOSEN,
        figures("window", {"rank": "row_number()"}, sort=sort),
        {"filter": f"datum.rank <= {STRIPS}"},
    ]
    lists = ["stages", "kinds", "starts", "ends"]
    parts = {"flatten": lists, "as": ["stage", "kind", "days", "days2"]}
    place = channel("rank:O", axis=None, scale={"domain": [*range(1, STRIPS + 1)]})
    seen = {
        "y": place,
        "x": channel("days:Q", title=None, axis={"tickCount": 6}),
        "x2": {"field": "days2"},
        "color": channel("kind:N", scale=colours, legend={"orient": "bottom", "offset": 6}),
        "tooltip": tips("item", "stage", "kind"),
    }
    bar = layer("bar", seen, [*slowest, parts], height=9)
    words = {"y": place, "text": channel("name:N"), "x": {"value": 0}}
    style: Spec = {"align": "right", "dx": -6, "color": MUTED, "fontSize": 10}
    title, size = "Which were the slowest? Days since entry", (ACROSS, HIGHER)
    return panel(title, bar, layer("text", words, slowest, **style), size=size, data=cut)

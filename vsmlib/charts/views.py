"""The views of the explorer: each draws what all choices let through, over what there is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import and_
from typing import Any

import altair as alt
import pandas as pd

from vsmlib.charts import axes, frame
from vsmlib.charts.colours import COLOURS, INK, MUTED, PAPER, paler
from vsmlib.charts.frame import Layer, fit, plain
from vsmlib.words import DAY, WEEK, duration

ACROSS, HIGH, HIGHER, LABEL = 290.0, 140.0, 190.0, 114.0
CLICK: Any = {"on": "click", "toggle": "event.shiftKey"}
BRUSH: Any = {"mark": alt.BrushConfig(fill=MUTED, fillOpacity=0.15, stroke=MUTED)}
DONE, PALE = paler(COLOURS["done"], 0.45), paler(MUTED, 0.75)
NO_AXIS: Any = {"title": None, "domain": False, "ticks": False, "labelLimit": 118}
SUMS: Any = {"n": "sum(weight)", "lead": "sum(lead_s)", "work": "sum(work_s)"}
SHARE = alt.Axis(format=".0%", tickCount=4, title=None)


class Picks:
    """What can be chosen: an area of the scatter, a span of days, a bar of those clicked at."""

    def __init__(self) -> None:
        self.area = alt.selection_interval(name="area", encodings=["x", "y"], **BRUSH)
        self.days = alt.selection_interval(name="days", encodings=["x"], **BRUSH)
        self.lasted = alt.selection_point(name="lasted", fields=["lasted"], **CLICK)
        self.type = alt.selection_point(name="type", fields=["type"], **CLICK)

        # What every choice lets through, and whether there is a choice at all.
        self.way = alt.selection_point(name="way", fields=["way"], **CLICK)
        self.rework = alt.selection_point(name="rework", fields=["rework"], **CLICK)
        each = (self.area, self.days, self.lasted, self.type, self.way, self.rework)
        self.all: Any = reduce(and_, each)
        self.any = " || ".join(f"length(data('{pick.name}_store'))" for pick in each)


def panel(
    title: str,
    *layers: Layer,
    size: tuple[float, float] = (ACROSS, HIGH),
    data: Any = alt.Undefined,
) -> alt.LayerChart:
    """Put layers under a small title that asks what they answer."""
    heading = alt.TitleParams(text=title, fontSize=12.5, frame="group", offset=10)
    wide, high = size
    return frame.layered(layers, data=data, title=heading, width=wide, height=high)


def across(field: str, **scale: Any) -> alt.X:
    """Return a small axis of local days."""
    axis = alt.Axis(tickCount=5, title=None, labelOverlap="greedy", labelFlush=False)
    return alt.X(f"{field}:T", axis=axis, scale=alt.Scale(type="utc", nice=False, **scale))


def _totals(picks: Picks) -> alt.Chart:
    """Add up the chosen items; for headline and triangle alike, so that Vega does it once."""
    made = alt.Chart().transform_filter(picks.all)
    ends: Any = {"first": "min(came)", "end": "max(when)", "again": "sum(again_n)"}
    return made.transform_aggregate(**SUMS, **ends, groupby=[])


def _weekly(made: alt.Chart) -> alt.Chart:
    """Add items up by week, or several; for throughput and efficiency alike."""
    return made.transform_aggregate(**SUMS, groupby=["begins", "ends"])


def headline(picks: Picks) -> alt.Chart:
    """Say in a line how many items are chosen, and their means."""
    words = (
        "format(datum.n, ',.0f') + (datum.n == 1 ? ' item' : ' items') + ' chosen: '"
        " + 'mean lead time ' + "
        "format(datum.lead / datum.n / 86400, ',.1f') + ' days, ' + "
        "format(datum.work / datum.lead, '.0%') + ' of it work, ' + "
        "format(datum.again / datum.n, '.0%') + ' with rework'"
    )
    made = _totals(picks)
    made = made.transform_calculate(words=f"datum.n ? {words} : 'No item is chosen'")
    text = made.mark_text(align="left", fontSize=14, fontWeight="bold", color=INK)
    made_text: alt.Chart = text.encode(
        text="words:N", x=frame.fixed(alt.XValue, 0), y=frame.fixed(alt.YValue, -46)
    )
    return made_text


def scatter(items: pd.DataFrame, marks: Mapping[str, float], picks: Picks) -> alt.LayerChart:
    """Lead times by day of delivery, with the percentiles of all."""
    scale = axes.durations(items["seconds"], list(marks.values()))
    ends = across("when", padding=8, domain=_days(items["when"])), scale.y("seconds", "")
    note, ends[1]["axis"]["title"] = ends[1]["axis"]["title"], None
    # Clipped, so that the veil covers all of a dot that lies on the axis.
    style: Any = {"filled": True, "size": 24, "strokeWidth": 0, "aria": False, "clip": True}
    base = alt.Chart().encode(*ends)
    tips = frame.tips(["item", "lead time", "type"])
    again = {"test": "datum.rework == 'yes'"}
    dots = base.mark_point(opacity=0.75, **style).encode(
        frame.fixed(
            alt.ColorValue, COLOURS["done"], condition=again | {"value": COLOURS["rework"]}
        ),
        frame.fixed(alt.ShapeValue, "circle", condition=again | {"value": "diamond"}),
        tooltip=tips,
    )
    # A veil and the chosen ones once more, on top: to paint all others anew takes thrice as long.
    chosen = dots.transform_filter(picks.all).transform_filter(picks.any)
    dim = frame.fixed(alt.OpacityValue, 0, condition={"test": picks.any, "value": 0.75})
    veil = frame.rows([{"all": 0}]).mark_rect(color=PAPER, aria=False).encode(dim)
    lines = [{"seconds": value, "text": f"{name[1:]}%"} for name, value in marks.items()]
    rule = frame.rows(lines).mark_rule(color=MUTED, strokeDash=[4, 3], aria=False).encode(ends[1])
    written = frame.rows(lines).mark_text(align="left", dx=3, color=MUTED, aria=False)
    words = written.encode(ends[1], text="text:N", x=frame.fixed(alt.XValue, ACROSS))
    layers = [dots.add_params(picks.area), veil, chosen, rule, words, headline(picks)]
    # A mark, for Vega would lift a title above the line that says what is chosen.
    title = f"How long did each take ({note.strip(', ()')})? Drag an area"
    head = frame.rows([{"text": title}]).mark_text(
        align="left", baseline="bottom", fontWeight="bold", fontSize=12.5, color=INK
    )
    layers.append(
        head.encode(text="text:N", x=frame.fixed(alt.XValue, 0), y=frame.fixed(alt.YValue, -10))
    )
    return frame.layered(layers, width=ACROSS, height=HIGHER)


def _days(when_ms: pd.Series[int]) -> list[alt.DateTime]:
    """Return the days between which all moments are; plain numbers fail where no code may run."""
    first, last = when_ms.min() // (1000 * DAY), when_ms.max() // (1000 * DAY) + 1
    ends = pd.to_datetime([first, last], unit="D")
    return [alt.DateTime(year=d.year, month=d.month, date=d.day, utc=True) for d in ends]


def bars(field: str, order: Iterable[Any], picks: Picks, *, title: str) -> alt.LayerChart:
    """Count the items of each value of a field, in an order that may word them; a click chooses."""
    named = order if isinstance(order, Mapping) else {name: name for name in order}
    words = {name: fit(word, LABEL, 11) for name, word in named.items()}
    label = alt.Axis(labelExpr=f"({axes.quoted(words)})[datum.value]", **NO_AXIS)
    base = alt.Chart().encode(
        alt.Y(f"{field}:N", sort=None, axis=label, scale=alt.Scale(domain=list(words))),
        alt.X("sum(weight):Q", axis=alt.Axis(tickCount=4, title=None, format=",.0f")),
        tooltip=[alt.Tooltip(f"{field}:N"), alt.Tooltip("sum(weight):Q", title="items")],
    )
    back = base.mark_bar(color=PALE, cursor="pointer").add_params(getattr(picks, field))
    front = base.transform_filter(picks.all).mark_bar(color=DONE, cursor="pointer", aria=False)
    return panel(title, back, front, size=(ACROSS, min(HIGH, 24.0 * len(words))))


def throughput(picks: Picks) -> alt.LayerChart:
    """Items delivered by week, or several; a drag chooses a span."""
    y = alt.Y("n:Q", axis=alt.Axis(tickCount=4, title=None))
    ends = across("begins"), y, alt.X2("ends:T"), alt.Y2(datum=0)
    back = _weekly(alt.Chart()).mark_bar(color=PALE).encode(*ends).add_params(picks.days)
    front = _weekly(alt.Chart().transform_filter(picks.all)).encode(*ends)
    front = front.mark_bar(color=DONE, aria=False)
    return panel("How many were delivered when? Drag a span", back, front)


def efficiency(picks: Picks) -> alt.LayerChart:
    """Work in lead time over time, pooled over what is chosen and over all."""
    layers: list[Layer] = []
    for made, colour in (
        (alt.Chart(), PALE),
        (alt.Chart().transform_filter(picks.all), COLOURS["active"]),
    ):
        pooled = _weekly(made)
        pooled = pooled.transform_calculate(share="datum.lead ? datum.work / datum.lead : null")
        ends = across("begins"), alt.Y("share:Q", axis=SHARE)
        layers.append(pooled.mark_line(color=colour, point={"color": colour}).encode(*ends))
    return panel("How much of lead time was work?", *layers)


def flow(picks: Picks) -> alt.LayerChart:
    """Items that came and that were delivered, added up over time, with Little's triangle."""
    y = alt.Y("total:Q", axis=alt.Axis(tickCount=4, title=None, format=",.0f"))
    layers: list[Layer] = []
    for made, colours in (
        (alt.Chart(), (PALE, PALE)),
        (alt.Chart().transform_filter(picks.all), (MUTED, COLOURS["done"])),
    ):
        for moment, colour in zip(("came_by", "when_by"), colours, strict=True):
            added = made.transform_aggregate(n="sum(weight)", groupby=[moment])
            added = added.transform_window(total="sum(n)", sort=[alt.SortField(moment)])
            line = added.mark_line(color=colour, interpolate="step-after", aria=False)
            layers.append(line.encode(across(moment), y))
    return panel("How many came (grey) and were delivered?", *layers, *_triangle(picks))


def _triangle(picks: Picks) -> list[Layer]:
    """Draw Little's law over the chosen items: average in progress = arrival rate x mean stay."""
    made = _totals(picks).transform_filter("datum.end > datum.first")
    made = made.transform_calculate(
        each="1000 * datum.lead / datum.n",
        wip="1000 * datum.lead / (datum.end - datum.first)",
        rate=f"datum.n / (datum.end - datum.first) * {WEEK * 1000:.0f}",
    )
    corner, top = "datum.end - datum.each", "datum.n + datum.wip"
    sides = made.transform_fold(["each", "wip", "rate"], as_=["side", "value"]).transform_calculate(
        x=f"datum.side == 'wip' ? datum.end : {corner}",
        total="datum.n",
        x2="datum.end",
        top=f"datum.side == 'each' ? datum.n : {top}",
    )
    ends = alt.X("x:T"), alt.X2("x2:T"), alt.Y("total:Q"), alt.Y2("top:Q")
    words = (
        "format(datum.wip, ',.3~r') + ' in work = ' + format(datum.rate, ',.3~r')"
        f" + ' a week × ' + format(datum.each / {DAY * 1000:.0f}, ',.3~r') + ' days'"
    )
    text = made.transform_calculate(words=words).mark_text(align="left", color=INK, fontSize=11)
    said = text.encode(text="words:N", x=frame.fixed(alt.XValue, 6), y=frame.fixed(alt.YValue, 7))
    return [sides.mark_rule(color=INK, strokeWidth=1.4, aria=False).encode(*ends), said]


def aging(
    table: pd.DataFrame, pace: pd.DataFrame, names: Mapping[str, str], picks: Picks
) -> alt.LayerChart:
    """Ages of what is in progress, by stage, with the ages that 85% of the delivered had there."""
    seconds = table["age_s"] if len(table) else pace["p85_s"]
    scale = axes.durations(seconds, pace["p85_s"].tolist())
    label = alt.Axis(labelExpr=f"({axes.quoted(names)})[datum.value]", **NO_AXIS)
    place = alt.Y("stage:N", sort=list(names), axis=label, scale=alt.Scale(domain=list(names)))
    x = scale.x("seconds", "")
    note, x["axis"]["title"] = str(x["axis"]["title"]).strip(", ()"), None
    rows = pd.DataFrame(
        {
            "item": table["item_id"].map(plain),
            "type": table["item_type"].fillna("(none)").map(plain),
            "stage": table["stage"],
            "seconds": table["age_s"].round(3),
            "age": table["age_s"].map(duration),
            "lasted": table["age_s"].map(axes.lasted),
        }
    )
    marks = frame.rows(pace[["stage"]].assign(seconds=pace["p85_s"]))
    ticks = marks.mark_tick(color=INK, thickness=1.5, aria=False).encode(place, x)
    base = alt.Chart(frame.compact(rows)).encode(place, x, tooltip=frame.tips(["item", "age"]))
    style: Any = {"filled": True, "size": 24, "strokeWidth": 0, "aria": False}
    back = base.mark_point(color=PALE, opacity=1, **style)
    front = base.transform_filter(picks.type & picks.lasted)
    shown = front.mark_point(color=COLOURS["active"], opacity=0.75, **style)
    title = f"How old is open work ({note})? Ticks: 85%"
    return panel(title, back, shown, ticks, size=(ACROSS, max(HIGH, 13.0 * len(names))))

"""The views of the explorer: each draws what all choices let through, over what there is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from vsmlib.charts import axes
from vsmlib.charts.colours import COLOURS, INK, MUTED, PAPER, paler
from vsmlib.charts.data import compact
from vsmlib.charts.frame import each, fit, plain
from vsmlib.charts.picks import ANY, CHOSEN, made_in
from vsmlib.charts.vegalite import Spec, calculated, channel, few, figures, layer, text, tips
from vsmlib.words import DAY, WEEK, duration

ACROSS, HIGH, HIGHER, LABEL = 290.0, 140.0, 190.0, 114.0
DONE, PALE = paler(COLOURS["done"], 0.45), paler(MUTED, 0.75)
NO_AXIS: Spec = {"title": None, "domain": False, "ticks": False, "labelLimit": 118}
SHARE: Spec = {"format": ".0%", "tickCount": 4, "title": None}
COUNTS: Spec = {"tickCount": 4, "title": None, "format": ",.0f"}
DOTS: Spec = {"filled": True, "size": 24, "strokeWidth": 0, "aria": False}
SUMS = {"n": "sum(weight)", "lead": "sum(lead_s)", "work": "sum(work_s)"}
# Of headline and triangle, so that Vega adds up once; of throughput and efficiency likewise.
ENDS = {"first": "min(came)", "end": "max(when)", "again": "sum(again_n)"}
TOTALS = [CHOSEN, figures("aggregate", SUMS | ENDS, groupby=[])]
WEEKLY = figures("aggregate", SUMS, groupby=["begins", "ends"])


def panel(
    title: str, *layers: Spec, size: tuple[float, float] = (ACROSS, HIGH), data: Any = alt.Undefined
) -> alt.LayerSpec:
    """Put layers under a small title that asks what they answer."""
    heading = {"text": title, "fontSize": 12.5, "frame": "group", "offset": 10}
    wide, high = size
    return alt.LayerSpec(layer=[*layers], data=data, title=heading, width=wide, height=high)


def across(field: str, **scale: Any) -> Spec:
    """Return a small axis of local days."""
    axis = {"tickCount": 5, "title": None, "labelOverlap": "greedy", "labelFlush": False}
    return channel(f"{field}:T", axis=axis, scale={"type": "utc", "nice": False, **scale})


def named(field: str, words: Mapping[str, str], sort: Sequence[str] | None = None) -> Spec:
    """Return a small axis of names, each in the words that stand for it."""
    axis = {"labelExpr": f"({axes.quoted(words)})[datum.value]", **NO_AXIS}
    return channel(f"{field}:N", sort=sort, axis=axis, scale={"domain": [*words]})


def untitled(end: alt.X | alt.Y) -> tuple[Spec, str]:
    """Take the title off an axis, as there is no room for it, and return both."""
    made: Any = end.to_dict(validate=False)
    title, made["axis"]["title"] = str(made["axis"]["title"]).strip(", ()"), None
    return made, title


def headline() -> Spec:
    """Say in a line how many items are chosen, and their means."""
    words = (
        "format(datum.n, ',.0f') + (datum.n == 1 ? ' item' : ' items') + ' chosen: '"
        " + 'mean lead time ' + "
        "format(datum.lead / datum.n / 86400, ',.1f') + ' days, ' + "
        "format(datum.work / datum.lead, '.0%') + ' of it work, ' + "
        "format(datum.again / datum.n, '.0%') + ' with rework'"
    )
    made = [*TOTALS, *calculated(words=f"datum.n ? {words} : 'No item is chosen'")]
    return text("words", 0, -46, made, fontSize=14, fontWeight="bold", color=INK)


def scatter(items: pd.DataFrame, marks: Mapping[str, float]) -> alt.LayerSpec:
    """Lead times by day of delivery, with the percentiles of all."""
    y, note = untitled(axes.durations(items["seconds"], list(marks.values())).y("seconds", ""))
    again = {"test": "datum.rework == 'yes'"}
    dots = {
        "x": across("when", padding=8, domain=_days(items["when"])),
        "y": y,
        "color": {"condition": again | {"value": COLOURS["rework"]}, "value": COLOURS["done"]},
        "shape": {"condition": again | {"value": "diamond"}, "value": "circle"},
        "tooltip": tips("item", "lead time", "type"),
    }
    # Clipped, so that the veil covers all of a dot that lies on the axis.
    style = DOTS | {"opacity": 0.75, "clip": True}
    # A veil and the chosen ones once more, on top: to paint all others anew takes thrice as long.
    veil = {"opacity": {"condition": {"test": ANY, "value": 0.75}, "value": 0}}
    lines = few([{"seconds": value, "text": f"{name[1:]}%"} for name, value in marks.items()])
    words = {"x": {"value": ACROSS}, "y": y, "text": channel("text:N")}
    quiet: Spec = {"color": MUTED, "aria": False}
    # A mark, for Vega would lift a title above the line that says what is chosen.
    title = few([{"text": f"How long did each take ({note})? Drag an area"}])
    bold: Spec = {"baseline": "bottom", "fontWeight": "bold", "fontSize": 12.5, "color": INK}
    layers = [
        layer("point", dots, name=made_in("area"), **style),
        layer("rect", veil, data=few([{"all": 0}]), color=PAPER, aria=False),
        layer("point", dots, [CHOSEN, {"filter": ANY}], **style),
        layer("rule", {"y": y}, data=lines, strokeDash=[4, 3], **quiet),
        layer("text", words, data=lines, align="left", dx=3, **quiet),
        headline(),
        text("text", 0, -10, data=title, **bold),
    ]
    return alt.LayerSpec(layer=layers, width=ACROSS, height=HIGHER)


def _days(when_ms: pd.Series[int]) -> list[Spec]:
    """Return the days between which all moments are; plain numbers fail where no code may run."""
    first, last = when_ms.min() // (1000 * DAY), when_ms.max() // (1000 * DAY) + 1
    ends = pd.to_datetime([first, last], unit="D")
    return [{"year": d.year, "month": d.month, "date": d.day, "utc": True} for d in ends]


def bars(field: str, order: Iterable[str] | Mapping[str, str], *, title: str) -> alt.LayerSpec:
    """Count the items of each value of a field, in an order that may word them; a click chooses."""
    worded = order if isinstance(order, Mapping) else {name: name for name in order}
    words = {name: fit(word, LABEL, 11) for name, word in worded.items()}
    ends = {
        "y": named(field, words),
        "x": channel("sum(weight):Q", axis=COUNTS),
        "tooltip": [channel(f"{field}:N"), channel("sum(weight):Q", title="items")],
    }
    style: Spec = {"cursor": "pointer"}
    back = layer("bar", ends, name=made_in(field), color=PALE, **style)
    front = layer("bar", ends, [CHOSEN], color=DONE, aria=False, **style)
    return panel(title, back, front, size=(ACROSS, min(HIGH, 24.0 * len(words))))


def throughput() -> alt.LayerSpec:
    """Items delivered by week, or several; a drag chooses a span."""
    y = channel("n:Q", axis={"tickCount": 4, "title": None})
    ends = {"x": across("begins"), "x2": {"field": "ends"}, "y": y, "y2": {"datum": 0}}
    back = layer("bar", ends, [WEEKLY], name=made_in("days"), color=PALE)
    front = layer("bar", ends, [CHOSEN, WEEKLY], color=DONE, aria=False)
    return panel("How many were delivered when? Drag a span", back, front)


def efficiency() -> alt.LayerSpec:
    """Work in lead time over time, pooled over what is chosen and over all."""
    share = calculated(share="datum.lead ? datum.work / datum.lead : null")
    ends = {"x": across("begins"), "y": channel("share:Q", axis=SHARE)}
    layers = [
        layer("line", ends, [*which, WEEKLY, *share], color=colour, point={"color": colour})
        for which, colour in (([], PALE), ([CHOSEN], COLOURS["active"]))
    ]
    return panel("How much of lead time was work?", *layers)


def flow() -> alt.LayerSpec:
    """Items that came and that were delivered, added up over time, with Little's triangle."""
    y = channel("total:Q", axis=COUNTS)
    style: Spec = {"interpolate": "step-after", "aria": False}
    layers = []
    for which, colours in (([], (PALE, PALE)), ([CHOSEN], (MUTED, COLOURS["done"]))):
        for moment, colour in zip(("came_by", "when_by"), colours, strict=True):
            added = figures("aggregate", {"n": "sum(weight)"}, groupby=[moment])
            total = figures("window", {"total": "sum(n)"}, sort=[{"field": moment}])
            ends = {"x": across(moment), "y": y}
            layers.append(layer("line", ends, [*which, added, total], color=colour, **style))
    return panel("How many came (grey) and were delivered?", *layers, *_triangle())


def _triangle() -> list[Spec]:
    """Draw Little's law over the chosen items: average in progress = arrival rate x mean stay."""
    law = [*TOTALS, {"filter": "datum.end > datum.first"}]
    law += calculated(
        each="1000 * datum.lead / datum.n",
        wip="1000 * datum.lead / (datum.end - datum.first)",
        rate=f"datum.n / (datum.end - datum.first) * {WEEK * 1000:.0f}",
    )
    corner, top = "datum.end - datum.each", "datum.n + datum.wip"
    sides = calculated(
        x=f"datum.side == 'wip' ? datum.end : {corner}",
        total="datum.n",
        x2="datum.end",
        top=f"datum.side == 'each' ? datum.n : {top}",
    )
    fold = {"fold": ["each", "wip", "rate"], "as": ["side", "value"]}
    ends = {"x": channel("x:T"), "x2": {"field": "x2"}}
    ends |= {"y": channel("total:Q"), "y2": {"field": "top"}}
    rule: Spec = {"color": INK, "strokeWidth": 1.4, "aria": False}
    words = (
        "format(datum.wip, ',.3~r') + ' in work = ' + format(datum.rate, ',.3~r')"
        f" + ' a week × ' + format(datum.each / {DAY * 1000:.0f}, ',.3~r') + ' days'"
    )
    said = text("words", 6, 7, [*law, *calculated(words=words)], color=INK, fontSize=11)
    return [layer("rule", ends, [*law, fold, *sides], **rule), said]


def aging(table: pd.DataFrame, pace: pd.DataFrame, names: Mapping[str, str]) -> alt.LayerSpec:
    """Ages of what is in progress, by stage, with the ages that 85% of the delivered had there."""
    seconds = table["age_s"] if len(table) else pace["p85_s"]
    x, note = untitled(axes.durations(seconds, pace["p85_s"].tolist()).x("seconds", ""))
    ends = {"y": named("stage", names, list(names)), "x": x}
    rows = pd.DataFrame(
        {
            "item": each(table["item_id"], plain),
            "type": each(table["item_type"].fillna("(none)"), plain),
            "stage": table["stage"],
            "seconds": table["age_s"].round(3),
            "age": table["age_s"].map(duration),
            "lasted": axes.binned(table["age_s"]),
        }
    )
    dots = ends | {"tooltip": tips("item", "age")}
    style: Spec = {"color": INK, "thickness": 1.5, "aria": False}
    paces = zip(pace["stage"], pace["p85_s"], strict=True)
    marks = few([{"stage": stage, "seconds": seconds} for stage, seconds in paces])
    both = {"filter": {"and": [{"param": "type"}, {"param": "lasted"}]}}
    layers = [
        layer("point", dots, color=PALE, opacity=1, **DOTS),
        layer("point", dots, [both], color=COLOURS["active"], opacity=0.75, **DOTS),
        layer("tick", ends, data=marks, **style),
    ]
    size = ACROSS, max(HIGH, 13.0 * len(names))
    title = f"How old is open work ({note})? Ticks: 85%"
    return panel(title, *layers, size=size, data=compact(rows))

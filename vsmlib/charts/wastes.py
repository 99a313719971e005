"""What waits were for, what an item would gain without a waste, and how wastes change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from vsmlib import measure, waste
from vsmlib.charts import axes, frame
from vsmlib.charts.colours import CAUSES, COLOURS, INK, MUTED, PAPER
from vsmlib.charts.frame import Layer, Row, fit, plain
from vsmlib.flow import Flow
from vsmlib.waste import Waste
from vsmlib.words import DAY, count, duration, listed, percent

__all__ = ["draw_opportunities", "draw_wait_causes", "draw_waste_over_time", "opportunities",
           "wait_causes", "waste_over_time"]  # fmt: skip

WASTES = {"waiting": COLOURS["wait"], "rework": COLOURS["rework"], "switching": COLOURS["active"]}
NAMES, ENDS, MOST = 230.0, 150.0, 10
PLOT = (640.0, 300.0)


def wait_causes(flow: Flow) -> alt.LayerChart:
    """Draw what the waits of delivered items were for: each wait stage, cut by cause."""
    places, summary = waste.waiting(flow).places, measure.counts(flow)
    return draw_wait_causes(places, summary, flow.stream.stage_names)


def draw_wait_causes(places: pd.DataFrame, summary: Row, names: list[str]) -> alt.LayerChart:
    """Draw causes from the places of `vsmlib.waste.waiting`, in the order of the names."""
    title, waited = "What do items wait for?", places[places["days"] > 0]
    if waited.empty or not summary["delivered"]:
        return frame.nothing(title, "No delivered item waited in this window")
    order = {
        name: place for place, name in enumerate(n for n in names if n in set(waited["stage"]))
    }
    rows = waited.assign(place=waited["stage"].map(order), rank=waited["what"].map([*CAUSES].index))
    rows = rows.sort_values(["place", "rank"], ignore_index=True)
    rows["each"] = rows["days"] / summary["delivered"]
    sums = rows.groupby("place")["each"]
    rows["end"] = sums.cumsum()
    rows["start"] = rows["end"] - rows["each"]
    rows["of"] = rows["each"] / sums.transform("sum")
    by_cause = rows.groupby("what")["days"].sum().sort_values(ascending=False)
    whole = by_cause / by_cause.sum()
    point = listed([f"{what} {percent(part)}" for what, part in whole.head(3).items()])
    return frame.chart(
        _stacked(rows, [*order]),
        title=f"{title} {point}",
        subtitle=[
            frame.population(summary),
            "means per delivered item, shares of its wait time",
            "elapsed time",
            "unexplained: the data do not say",
        ],
        says=f"Bars of {count(len(order), 'wait')} cut by cause: {point} of "
        f"{duration(by_cause.sum() / summary['delivered'] * DAY)} an item waited.",
        size=(frame.WIDTH - NAMES - ENDS, 40.0 * len(order)),
    )


def _stacked(rows: pd.DataFrame, names: list[str]) -> list[Layer]:
    shown = [cause for cause in CAUSES if cause in set(rows["what"])]
    tips = {
        "stage": rows["stage"].map(plain),
        "cause": rows["what"],
        "mean per item": (rows["each"] * DAY).map(duration),
        "share of this wait": rows["of"].map(percent),
        "items": rows["items"],
    }
    bars = pd.DataFrame(tips).assign(place=rows["place"], start=rows["start"], end=rows["end"])
    bars["says"] = bars["stage"] + ", " + bars["cause"] + ": " + bars["mean per item"] + ", "
    bars["says"] += bars["share of this wait"] + " of this wait"
    colour = alt.Color("cause:N", scale=alt.Scale(domain=shown, range=[CAUSES[c] for c in shown]),
                       legend=alt.Legend(offset=6, columns=6))  # fmt: skip
    length = alt.X("start:Q", axis=None, scale=alt.Scale(domain=[0, rows["end"].max()]))
    base = frame.rows(bars).encode(length, alt.X2("end:Q"), _named(names))
    drawn = base.mark_bar(stroke=PAPER, strokeWidth=1).encode(
        colour, alt.Description("says:N"), tooltip=frame.tips(tips)
    )
    ends = rows.groupby("place")["end"].max().reset_index()
    ends["words"] = (ends["end"] * DAY).map(duration) + " an item"
    return [drawn, _written(ends, _named(names), "end:Q")]


def _named(names: list[str], up: float = 0) -> alt.Y:
    words = axes.worded(dict(enumerate(fit(name, NAMES - 10, 12) for name in names)))
    style: Any = {"labelLimit": NAMES, "labelFontSize": 12, "labelColor": INK, "domain": True}
    axis = alt.Axis(labelExpr=words, title=None, labelOffset=-up, zindex=1, **style)
    return alt.Y("place:O", axis=axis, scale=alt.Scale(padding=0.3))


def _written(rows: pd.DataFrame, place: alt.Y, at: str) -> alt.Chart:
    style: Any = {"align": "left", "baseline": "middle", "fontSize": 12, "fontWeight": "bold"}
    text = frame.rows(rows).mark_text(dx=8, aria=False, **style)
    made: alt.Chart = text.encode(alt.X(at, axis=None), place, alt.Text("words:N"))
    return made


def opportunities(flow: Flow) -> alt.LayerChart:
    """Draw what a delivered item would save, the largest opportunity on top."""
    return draw_opportunities(waste.opportunities(flow), measure.counts(flow))


def draw_opportunities(table: pd.DataFrame, summary: Row) -> alt.LayerChart:
    """Draw opportunities from `vsmlib.waste.opportunities`; of more than ten the largest ten."""
    title, ranked = "What would an item gain?", table.dropna(subset="days_per_item")
    if ranked.empty or not summary["delivered"]:
        return frame.nothing(title, "No delivered item lost time in this window")
    rows = ranked.head(MOST).reset_index(drop=True)
    top = rows.iloc[0]
    point = f"{duration(top['days_per_item'] * DAY)} without {top['what']}"
    point += f" in {fit(top['stage'], 300, 17)}"
    left = f"the largest {len(rows)} of {len(ranked)}" if len(ranked) > len(rows) else ""
    return frame.chart(
        _gains(rows),
        title=f"{title} {point}",
        subtitle=[
            frame.population(summary),
            "means over delivered items, elapsed time",
            "each saves what those above it leave: no second is counted twice",
            "" if rows["low"].isna().all() else "lines: 90% intervals over items",
            left,
        ],
        says=f"Bars of opportunities, the {len(rows)} largest, by days an item would "
        f"save: {point}; all together {percent(ranked['share'].sum())} of lead time.",
        size=(frame.WIDTH - NAMES - ENDS, 44.0 * len(rows)),
    )


def _gains(table: pd.DataFrame) -> list[Layer]:
    spread = table[["low", "high"]].mul(DAY).map(duration)
    tips = {
        "stage": table["stage"].map(plain),
        "waste": table["waste"],
        "what": table["what"].map(plain),
        "an item saves": (table["days_per_item"] * DAY).map(duration),
        "90% interval": spread["low"] + " to " + spread["high"],
        "share of lead time": table["share"].map(percent),
        "items": table["items"],
        "talk to": table["owner"].fillna("nobody is named").map(plain),
        "for example": table["examples"].map(plain),
    }
    rows = pd.DataFrame(tips).assign(place=table.index, length=table["days_per_item"])
    rows["low"], rows["high"] = (table[end].fillna(rows["length"]) for end in ("low", "high"))
    rows["words"] = rows["an item saves"] + " · " + rows["share of lead time"]
    rows["says"] = rows["stage"] + ", " + rows["what"] + ": " + rows["an item saves"] + " an item"
    names = [f"{fit(stage, NAMES - 14, 12)}" for stage in table["stage"]]
    shown = [name for name in WASTES if name in set(table["waste"])]
    colour = alt.Color("waste:N", scale=alt.Scale(domain=shown, range=[WASTES[w] for w in shown]),
                       legend=alt.Legend(offset=6))  # fmt: skip
    length = alt.X("length:Q", axis=None, scale=alt.Scale(domain=[0, rows["high"].max()]))
    place = _named(names, up=7)
    base = frame.rows(rows).encode(length, place)
    bars = base.mark_bar().encode(colour, alt.Description("says:N"), tooltip=frame.tips(tips))
    lines = frame.rows(rows).mark_rule(color=INK, strokeWidth=1.4, aria=False)
    lines = lines.encode(alt.X("low:Q", axis=None), alt.X2("high:Q"), place)
    what = base.mark_text(dy=8, dx=-6, align="right", baseline="middle", fontSize=10.5, aria=False,
                          color=MUTED, limit=NAMES - 14)  # fmt: skip
    under = what.encode(text=alt.Text("what:N"), x=frame.fixed(alt.XValue, 0))
    return [bars, lines, under, _written(rows, place, "high:Q")]


def waste_over_time(flow: Flow) -> alt.LayerChart:
    """Draw month by month which share of lead time is waiting, rework, switching."""
    found = [find(flow) for find in waste.EVERY if find is not waste.overproduction]
    return draw_waste_over_time(found, measure.counts(flow))


def draw_waste_over_time(wastes: list[Waste], summary: Row) -> alt.LayerChart:
    """Draw trends from the wastes of `vsmlib.waste`."""
    title = "Which waste grows?"
    known = {w.name: w.trend.dropna(subset="share") for w in wastes}
    known = {name: trend for name, trend in known.items() if trend["share"].any()}
    if not known:
        return frame.nothing(title, "No delivered item lost time in this window")
    rows = pd.concat(trend.assign(waste=name) for name, trend in known.items())
    rows["day"] = pd.to_datetime(rows["month"] + "-15", utc=True)
    rows["when"], rows["of it"] = axes.iso(rows["day"]), rows["share"].map(percent)
    rows["says"] = rows["waste"] + ", " + rows["month"] + ": " + rows["of it"]
    point = listed([f"{name} {_halves(trend)}" for name, trend in known.items()])
    return frame.chart(
        _lines(rows, known),
        title=f"{title} {point}",
        subtitle=[
            frame.population(summary),
            "by the month of delivery, shares of the lead time of that month's items, elapsed time",
            "wastes overlap",
        ],
        says=f"Lines of the shares of {count(len(known), 'waste')} in lead time by month, from the "
        f"first half of the months to the second: {point}.",
        size=PLOT,
    )


def _halves(trend: pd.DataFrame) -> str:
    half = len(trend) // 2
    parts = (trend[:half], trend[half:]) if half else (trend,)
    return " → ".join(percent(part["days"].sum() / part["of_days"].sum()) for part in parts)


def _lines(rows: pd.DataFrame, known: Mapping[str, pd.DataFrame]) -> list[Layer]:
    top = min(1.0, float(rows["share"].max()) * 1.1)
    axis = alt.Axis(title="Share of time", format="%", tickCount=5)
    y = alt.Y("share:Q", axis=axis, scale=alt.Scale(domain=[0, top], nice=False))
    colour = alt.Color("waste:N", legend=None, scale=alt.Scale(
        domain=[*known], range=[WASTES[name] for name in known]))  # fmt: skip
    columns = ["month", "waste", "of it", "items", "share", "when", "says"]
    base = frame.rows(rows[columns]).encode(axes.days("when", rows["day"], padding=12), y, colour)
    line = base.mark_line(strokeWidth=2.5, aria=False)
    dots = base.mark_point(filled=True, size=46, opacity=1, strokeWidth=0).encode(
        alt.Description("says:N"), tooltip=frame.tips(["month", "waste", "of it", "items"])
    )
    labels = [
        {"text": f"{name} {percent(trend['share'].iloc[-1])}", "colour": INK,
         "swatch": WASTES[name], "place": PLOT[1] * (1 - trend["share"].iloc[-1] / top)}
        for name, trend in known.items()
    ]  # fmt: skip
    return [line, dots, frame.labels(labels, PLOT[0] + 8, PLOT[1], gap=15)]

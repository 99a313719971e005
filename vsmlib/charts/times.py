"""How long items take: where lead time goes, and the lead time of every delivered item."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from vsmlib import measure
from vsmlib.charts import axes, frame
from vsmlib.charts.colours import COLOURS, INK, MUTED
from vsmlib.charts.frame import Layer, Row, fit, plain
from vsmlib.charts.line import FLOWING, figures
from vsmlib.flow import Flow
from vsmlib.words import count, duration, percent

NAMES, ENDS = 230.0, 165.0  # pixels at most for names of stages, and for the figures behind bars
MOST_POINTS, PLOT = 2000, (690.0, 380.0)


def time_by_stage(flow: Flow) -> alt.LayerChart:
    """Draw where lead time goes: bars of the stages' shares of it, with their means."""
    return draw_time_by_stage(measure.stages(flow), measure.totals(flow))


def draw_time_by_stage(stages: pd.DataFrame, summary: Row) -> alt.LayerChart:
    """Draw where lead time goes from the tables `measure.stages` and `measure.summary`."""
    title, flowing = "Where does the lead time go?", stages[stages["kind"].isin(FLOWING)]
    if not summary["delivered"] or not (flowing["share_of_lead_time"] > 0).any():
        return frame.nothing(title, "No delivered item spent time in a stage in this window")
    bars = pd.DataFrame([figures(row, summary["delivered"]) for row in frame.records(flowing)])
    share = flowing["share_of_lead_time"].reset_index(drop=True)
    bars = bars.assign(place=bars.index, length=share, words=share.map(percent))
    bars["mean"] = bars["mean per item"] + " per item"
    bars["says"] = bars["stage"] + ", " + bars["kind"] + ": " + bars["words"] + " of lead time, "
    bars["says"] += bars["mean"]
    top = bars.iloc[int(share.argmax())]
    point = f"{top['words']} of it into {fit(top['stage'], 420, 17)}"
    named = min(NAMES, max(frame.width(name, 12) for name in bars["stage"])) + 10
    across = frame.WIDTH - ENDS - named
    return frame.chart(
        _bars(bars, named, across),
        title=f"{title} {point}",
        subtitle=[
            frame.population(summary),
            "shares of their summed lead time, means per delivered item",
            "elapsed time",
        ],
        says=f"Bars of {count(len(bars), 'stage')} by share of lead time: {point}, {top['mean']}; "
        f"{percent(1 - summary['flow_efficiency'])} of it is waiting.",
        size=(across, len(bars) * (34 if len(bars) <= 12 else 28)),
    )


def _bars(bars: pd.DataFrame, named: float, across: float) -> list[alt.Chart]:
    style: Any = {"labelLimit": NAMES, "labelFontSize": 12, "labelColor": INK, "domain": True}
    words = axes.worded(dict(enumerate(bars["stage"])))
    names = alt.Axis(labelExpr=words, title=None, **style)
    length = alt.X("length:Q", axis=None, scale=alt.Scale(domain=[0, bars["length"].max()]))
    place = alt.Y("place:O", axis=names, scale=alt.Scale(padding=0.3))
    colours = alt.Scale(domain=FLOWING, range=[COLOURS[kind] for kind in FLOWING])
    base = frame.rows(bars).encode(length, place)
    written: Any = {"align": "left", "baseline": "middle", "aria": False}
    over = base.mark_bar(opacity=0).encode(
        alt.Description("says:N"),
        x=frame.fixed(alt.XValue, -named),
        x2=frame.fixed(alt.X2Value, across + ENDS),
        tooltip=frame.tips(bars.columns[: list(bars).index("place")]),
    )
    shown = alt.Color("kind:N", scale=colours, legend=alt.Legend(offset=6))
    return [
        base.mark_bar(aria=False).encode(shown),
        base.mark_text(dx=8, fontSize=12, fontWeight="bold", **written).encode(
            text=alt.Text("words:N")
        ),
        base.mark_text(dx=46, color=MUTED, **written).encode(text=alt.Text("mean:N")),
        over,
    ]


def lead_time_scatter(flow: Flow) -> alt.LayerChart:
    """Draw the lead time of every delivered item by the day of its delivery."""
    return draw_lead_time_scatter(measure.sample(flow, MOST_POINTS), measure.headline(flow))


def draw_lead_time_scatter(items: pd.DataFrame, summary: Row) -> alt.LayerChart:
    """Draw lead times from the tables `measure.sample` or `measure.items`, and `measure.summary`.

    Of more than 2,000 items a sample is drawn, with the slowest tenth of it whole.
    """
    title, delivered = "How long do items take?", items[items["lead_time_s"].notna()]
    if delivered.empty:
        return frame.nothing(title, "No delivered item in this window")
    shown, lead = frame.thin(delivered, "lead_time_s", MOST_POINTS), summary["lead_time_s"]
    p50, p85, p95 = (duration(lead[p]) for p in ("p50", "p85", "p95"))
    scale = axes.durations(delivered["lead_time_s"], [lead["p50"], lead["p85"], lead["p95"]])
    point = f"Half within {p50}, 85% within {p85}"
    whole = summary["delivered"]
    again = round(whole * summary["rework_share"])
    names = [f"without rework ({whole - again:,})", f"with rework ({again:,})"]
    return frame.chart(
        [*_lines(lead, scale), _dots(shown, names, summary["window"]["timezone"], scale)],
        title=f"{title} {point if whole > 1 else f'The one delivered took {p50}'}",
        subtitle=[
            frame.population(summary),
            f"a sample of {len(shown):,} drawn" if len(shown) < whole else "",
            "elapsed time",
            frame.PERCENTILES,
        ],
        says=f"Scatter of the lead time of {count(whole, 'delivered item')} by day of "
        f"delivery: median {p50}, 85% within {p85}, 95% within {p95}, {again:,} with rework.",
        size=PLOT,
    )


def _dots(items: pd.DataFrame, names: list[str], zone: str, scale: axes.Durations) -> alt.Chart:
    local = items["delivered_at"].dt.tz_convert(zone)
    tips = {
        "item": items["item_id"].map(plain),
        "delivered": local.dt.strftime("%Y-%m-%d"),
        "lead time": items["lead_time_s"].map(duration),
        "process time": items["process_time_s"].map(duration),
        "wait time": items["wait_time_s"].map(duration),
        "rework visits": items["rework_visits"],
    }
    kind = (items["rework_visits"] > 0).map({False: names[0], True: names[1]})
    points = pd.DataFrame({**tips, "when": axes.iso(local), "kind": kind})
    points["seconds"] = items["lead_time_s"].round(3)
    opacity = 0.55 if len(points) <= 1500 else 0.35
    style: Any = {"filled": True, "size": 30, "opacity": opacity, "strokeWidth": 0}
    colour = alt.Scale(domain=names, range=[COLOURS["done"], COLOURS["rework"]])
    shape = alt.Scale(domain=names, range=["circle", "diamond"])
    ends = axes.days("when", local, "Delivered", padding=10), scale.y("seconds", "Lead time")
    look = alt.Color("kind:N", scale=colour), alt.Shape("kind:N", scale=shape)
    mark = frame.rows(points).mark_point(aria=False, **style)
    made: alt.Chart = mark.encode(*ends, *look, tooltip=frame.tips(tips))
    return made


def _lines(lead: Row, scale: axes.Durations) -> list[Layer]:
    labels = [
        {
            "seconds": lead[p],
            "text": f"{p[1:]}% ≤ {duration(lead[p])}",
            "colour": INK if p == "p85" else MUTED,
            "place": scale.place(lead[p], PLOT[1]),
        }
        for p in ("p95", "p85", "p50")
    ]
    lines = frame.rows(labels).mark_rule(color=MUTED, strokeDash=[4, 3], aria=False)
    lines = lines.encode(scale.y("seconds", "Lead time"))
    return [lines, frame.labels(labels, PLOT[0] + 8, PLOT[1])]

"""How past forecasts held: what was promised, what came, and how often each level was met."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from vsmlib import evidence
from vsmlib.charts import axes, frame
from vsmlib.charts.colours import COLOURS, INK, LINE, MUTED, paler
from vsmlib.charts.frame import Layer
from vsmlib.words import count, number, percent

__all__ = ["HELD", "draw_track_record"]

PLOT, LOW = (690.0, 230.0), 130.0
LEVELS = {"p50": 0.5, "p85": 0.85, "p95": 0.95}
HELD = "How often did such forecasts hold?"


def draw_track_record(made: evidence.Forecast) -> alt.VConcatChart | alt.LayerChart:
    """Draw the back-test of an answer of `vsmlib.evidence.forecast`: promised, come, coverage."""
    past, test = made.past, made["backtest"]
    if past.empty:
        return frame.nothing(HELD, "No past window to test on")
    kept = ", ".join(f"{name} in {percent(test['coverage'][name])}" for name in LEVELS)
    dates = "date" in made.chances
    what = "days until so many were delivered" if dates else "all items delivered in so many days"
    ratio = test["pinball_ratio"]
    better = f"the loss is {number(ratio, 2)} times the plain Monte Carlo's" if ratio else ""
    return frame.panels(
        [_windows(past, dates), _coverage(test)],
        title=f"{HELD} {kept}",
        subtitle=[
            f"the same question on {count(len(past), 'day')} of the past, local days: {what}",
            "bars from p50 to p95 (cut at the top; triangle: all of it is above), the tick is p85, "
            "the point what came",
            better,
        ],
        says=f"Past forecasts and what came, in {count(len(past), 'window')}: met were {kept}.",
    )


def _windows(past: pd.DataFrame, dates: bool) -> alt.LayerChart:
    days = pd.to_datetime(past["day"])
    met = past["came"] <= past["p85"] if dates else past["came"] >= past["p85"]
    rows = past[["p50", "p85", "p95", "came"]].assign(
        x=axes.iso(days), begins=days.dt.strftime("%Y-%m-%d"),
        colour=met.map({True: COLOURS["done"], False: COLOURS["rework"]}),
        says=days.dt.strftime("%Y-%m-%d") + ": promised " + past["p85"].map(number) + " (p85), "
        + past["came"].map(number) + " came",
    )  # fmt: skip
    # Wild promises must not press flat what came: they are cut at the top.
    top = max(float(past["came"].max()) * 1.3, float(past["p85"].median()) * 1.5, 1.0)
    title = "Days" if dates else "Items"
    y = alt.Y("p50:Q", axis=alt.Axis(title=title, tickCount=5, tickMinStep=1),
              scale=alt.Scale(domain=[0, top], nice=False, clamp=True))  # fmt: skip
    base = frame.rows(rows).encode(axes.days("x", days, padding=10))
    wide = max(2.0, min(7.0, PLOT[0] / len(rows) * 0.55))
    within = base.transform_filter(f"datum.p50 < {top}")
    above = base.transform_filter(f"datum.p50 >= {top}").mark_point(
        shape="triangle-up", filled=True, size=30, color=paler(COLOURS["active"], 0.45), aria=False
    )
    bars = within.mark_rule(color=paler(COLOURS["active"], 0.45), strokeWidth=wide, aria=False)
    tick = base.transform_filter(f"datum.p85 < {top}").mark_tick(
        color=COLOURS["active"], thickness=2, size=wide + 4, aria=False
    )
    dots = base.mark_point(filled=True, size=36, opacity=1, strokeWidth=0)
    layers: list[Layer] = [
        bars.encode(y, alt.Y2("p95:Q")),
        tick.encode(alt.Y("p85:Q")),
        above.encode(y=frame.fixed(alt.YValue, 5)),
        dots.encode(
            alt.Y("came:Q"), frame.raw(alt.Color, "colour:N"), alt.Description("says:N"),
            tooltip=frame.tips(["begins", "p50", "p85", "p95", "came"]),
        ),
    ]  # fmt: skip
    looks = {"came, p85 met": COLOURS["done"], "came, p85 not met": COLOURS["rework"],
             "promised": paler(COLOURS["active"], 0.45)}  # fmt: skip
    told = [{"text": text, "swatch": colour, "colour": INK, "place": 20.0 * (i + 1)}
            for i, (text, colour) in enumerate(looks.items())]  # fmt: skip
    layers.append(frame.labels(told, PLOT[0] + 8, PLOT[1]))
    return frame.layered(layers, width=PLOT[0], height=PLOT[1])


def _coverage(test: Any) -> alt.LayerChart:
    """Draw how often each level was met beside how often it should have been."""
    rows = [
        {"place": LOW * (i + 0.5) / 3, "level": name, "should": q, "met": test["coverage"][name],
         "plain": test["plain"][name], "text": f"{name}: met in {percent(test['coverage'][name])}"}
        for i, (name, q) in enumerate(LEVELS.items())
    ]  # fmt: skip
    axis = alt.Axis(title="met in (upright: as often as said; ring: plain Monte Carlo)", format="%")
    scale = alt.Scale(domain=[0, 1], nice=False)
    base = frame.rows(rows).encode(frame.raw(alt.Y, "place:Q", axis=None))
    should = base.mark_tick(color=INK, thickness=2, size=24, orient="vertical", aria=False)
    met = base.mark_point(filled=True, color=COLOURS["active"], size=110, opacity=1, aria=False)
    theirs = base.mark_point(color=MUTED, size=80, strokeWidth=1.6, aria=False)
    line = base.mark_rule(color=LINE, aria=False)
    labels = [{"text": row["text"], "colour": INK, "place": row["place"]} for row in rows]
    layers: list[Layer] = [
        line.encode(alt.X("should:Q", scale=scale, axis=axis), alt.X2("met:Q")),
        should.encode(alt.X("should:Q", scale=scale)),
        theirs.encode(alt.X("plain:Q", scale=scale)),
        met.encode(alt.X("met:Q", scale=scale)),
        frame.labels(labels, PLOT[0] + 16, LOW),
    ]
    return frame.layered(layers, width=PLOT[0], height=LOW)

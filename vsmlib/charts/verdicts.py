"""Did a change work: both sides of a comparison, and its effect with how sure that is."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from vsmlib import evidence
from vsmlib.charts import axes, frame
from vsmlib.charts.colours import COLOURS, INK, LINE, MUTED
from vsmlib.charts.frame import Layer, Row
from vsmlib.flow import Day, Flow
from vsmlib.words import count, figure, percent

PLOT, LOW, POINTS = (630.0, 260.0), 54.0, 250
SIDES = {"before": LINE, "after": COLOURS["done"]}
SAYS = {
    "improved": "it improved", "worse": "it got worse", "no_evidence": "no evidence of a change",
    "too_little_data": "too little data to tell",
}  # fmt: skip
REACH = 2.0  # relative change beyond which the axis of the effect is cut


def before_and_after(
    flow: Flow, at: Day, metric: str = "lead_time", **options: Any
) -> alt.VConcatChart | alt.LayerChart:
    """Draw how a metric is spread before and after a date, and the effect with its interval.

    The options are those of `vsmlib.evidence.compare`.
    """
    return draw_before_and_after(evidence.compare(flow, at=at, metric=metric, **options))


def draw_before_and_after(made: evidence.Comparison) -> alt.VConcatChart | alt.LayerChart:
    """Draw an answer of `vsmlib.evidence.compare`."""
    noun, curves = frame.plain(made["noun"]), made.curves
    title = f"{noun[0].upper()}{noun[1:]}, before and after: {SAYS[made.verdict]}"
    if curves.empty or not curves["share"].max() or curves["value"].max() <= 0:
        return frame.nothing(title, "No item is over on either side")
    parts = [_curves(made, curves)]
    if made["relative"]["low"] is not None or made["relative"]["high"] is not None:
        parts.append(_effect(made))
    sides = ", ".join(_side(made, side) for side in SIDES)
    unit = {"items per week": "week"}.get(made["effect"]["unit"], "item")
    what = (
        "that entered in the period" if made["effect"]["unit"] == "s" else "delivered in the period"
    )
    return frame.panels(
        parts,
        title=title,
        subtitle=[
            f"all items {what}: {sides}",
            f"the line is the share of {unit}s with at most that {noun}",
            "what is open counts as not over yet" if made["effect"]["unit"] == "s" else "",
            "elapsed time",
        ],
        says=f"Two curves of {noun}: {made.sentence}",
    )


def _side(made: Row, side: str) -> str:
    row = made[side]
    still = f", {row['open']:,} not over" if row["open"] else ""
    return f"{count(row['weeks'], 'week')} {side} ({count(row['n'], 'item')}{still})"


def _curves(made: Row, curves: pd.DataFrame) -> alt.LayerChart:
    unit, noun = made["effect"]["unit"], frame.plain(made["noun"])
    scale: axes.Durations | axes.Figures = axes.Figures(unit, curves["value"].max() * 1.02)
    if unit == "s":
        middle = curves.loc[(curves["share"] - 0.5).abs().groupby(curves["side"]).idxmin(), "value"]
        scale = axes.durations(curves["value"], [*middle])
    x = scale.x(
        "value", noun[0].upper() + noun[1:] + (", items a week" if unit.endswith("week") else "")
    )
    axis = alt.Axis(title=None, format="%", tickCount=5)
    y = alt.Y("share:Q", axis=axis, scale=alt.Scale(domain=[0, 1], nice=False))
    layers: list[Layer] = []
    ends = []
    for side, colour in SIDES.items():
        rows = _steps(curves[curves["side"] == side], scale)
        base = frame.rows(rows).encode(x, y)
        style: Any = {"color": colour, "strokeWidth": 2.4, "interpolate": "step-after"}
        layers.append(base.mark_line(aria=False, **style))
        words = f"{side}: {_typical(made, side)}"
        ends.append({"text": words, "colour": MUTED if side == "before" else INK, "swatch": colour,
                     "place": PLOT[1] * (1 - rows["share"].iloc[-1])})  # fmt: skip
    half = frame.rows([{"share": 0.5}]).mark_rule(color=MUTED, strokeDash=[4, 3], aria=False)
    every = [half.encode(y), *layers, frame.labels(ends, PLOT[0] + 8, PLOT[1], gap=18)]
    return frame.layered(every, width=PLOT[0], height=PLOT[1])


def _typical(made: Row, side: str) -> str:
    unit = made["effect"]["unit"]
    words = {"s": "median", "items per week": "mean"}.get(unit, "in all")
    value = made[side]["value"]
    return f"{words} {figure(value, unit)}" if value is not None else "half are not over"


def _steps(curve: pd.DataFrame, scale: axes.Durations | axes.Figures) -> pd.DataFrame:
    """Return at most some hundred steps of a curve, from the axis's foot to its end."""
    kept = curve.iloc[:: max(1, len(curve) // POINTS)]
    kept = pd.concat([kept, curve.iloc[-1:]]).drop_duplicates("value")
    first = scale.low if isinstance(scale, axes.Durations) else 0.0
    foot = pd.DataFrame({"value": [first], "share": [0.0]})
    end = pd.DataFrame(
        {"value": [scale.high], "share": curve["share"].iloc[-1:].to_list() or [0.0]}
    )
    return pd.concat([foot, kept[["value", "share"]], end], ignore_index=True)


def _effect(made: Row) -> alt.LayerChart:
    """Draw the relative change as a point within its interval, beside the line of no change."""
    rel = made["relative"]
    reach = _reach(rel)
    ends = {"low": -1.0, "estimate": 0.0, "high": reach}
    row = {end: least if rel[end] is None else rel[end] for end, least in ends.items()}
    colour = COLOURS["done"] if made["verdict"] in ("improved", "worse") else MUTED
    left = -min(reach, 1.0)
    scale = alt.Scale(domain=[left, reach], nice=False, clamp=True)
    low, share, high = (_signed(rel[end]) for end in ends)
    title = f"change against before: {share}, 95% interval {low} to {high}"
    axis = alt.Axis(title=title, format="+%", tickCount=7, titleColor=INK)
    base = frame.rows([{**row, "none": 0.0}])
    y: Any = {"y": alt.value(LOW / 2)}
    across = base.mark_rule(color=colour, strokeWidth=5, aria=False)
    point = base.mark_point(filled=True, color=colour, size=150, opacity=1, aria=False)
    none = base.mark_rule(color=INK, strokeDash=[4, 3], aria=False)
    layers: list[Layer] = [
        none.encode(alt.X("none:Q", scale=scale, axis=axis)),
        across.encode(alt.X("low:Q", scale=scale), alt.X2("high:Q"), **y),
        point.encode(alt.X("estimate:Q", scale=scale), **y),
    ]
    # Where the interval goes on beyond the axis, its end is an arrow.
    for goes_on, at, shape in (
        (row["low"] < left, 0.0, "triangle-left"),
        (rel["high"] is None or row["high"] > reach, PLOT[0], "triangle-right"),
    ):
        style: Any = {"shape": shape, "size": 220, "filled": True, "opacity": 1, "aria": False}
        head = base.mark_point(color=colour, **style)
        layers += [head.encode(x=frame.fixed(alt.XValue, at), **y)] if goes_on else []
    return frame.layered(layers, width=PLOT[0], height=LOW)


def _reach(relative: Row) -> float:
    """Return how far the axis goes: to what is estimated, and to its interval within reason."""
    at, most = (abs(float(relative[end] or 0.0)) for end in ("estimate", "high"))
    return max(0.2, at * 1.15, min(most * 1.05, max(REACH, at * 1.5)))


def _signed(share: float | None) -> str:
    if share is None:
        return "no limit"
    return ("+" if share > 0 else "") + percent(share)

"""Signal or noise: process behaviour charts (XmR) and run charts of any flow metric."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import altair as alt
import pandas as pd

from vsmlib import evidence
from vsmlib.charts import axes, frame
from vsmlib.charts.colours import COLOURS, INK, LINE, MUTED
from vsmlib.charts.frame import Layer
from vsmlib.charts.weeks import worded
from vsmlib.errors import ParameterError
from vsmlib.flow import Day, Flow
from vsmlib.words import count, figure, listed

Scale: TypeAlias = axes.Durations | axes.Figures
PLOT, LOW, MARGIN = (690.0, 230.0), 96.0, 1.12
MEANS = {"s": "median of what ended", "share": "pooled over what was delivered"}
RULES = {
    "beyond_limit": "beyond a limit",
    "two_of_three": "two of three near a limit",
    "four_of_five": "four of five off the mean",
    "eight_in_a_row": "eight in a row on one side",
    "moving_beyond": "a jump beyond its limit",
}


@dataclass(frozen=True)
class Panel:
    """One plot: its rows, its axis, lines by their names, and how high it is."""

    rows: pd.DataFrame
    scale: Scale
    lines: dict[str, float]
    what: str
    high: float = PLOT[1]


def process_behaviour(
    flow: Flow, metric: str = "lead_time", *, at: Day | None = None, weeks: int | None = None
) -> alt.VConcatChart | alt.LayerChart:
    """Draw a flow metric with its natural limits, its moving range and its signals (XmR).

    With the date of a change, its limits are those of the periods before.
    """
    try:
        return draw_process_behaviour(evidence.behaviour(flow, metric, at=at, weeks=weeks))
    except ParameterError as error:
        return _too_little(error, at)


def run_chart(
    flow: Flow, metric: str = "lead_time", *, at: Day | None = None, weeks: int | None = None
) -> alt.LayerChart:
    """Draw a flow metric around its median, with its shifts and trends."""
    try:
        return draw_run_chart(evidence.behaviour(flow, metric, at=at, weeks=weeks))
    except ParameterError as error:
        return _too_little(error, at)


def _too_little(error: ParameterError, at: Day | None) -> alt.LayerChart:
    """Draw that there is too little; what was asked wrongly stays an error."""
    if "too few" not in str(error):
        raise error
    return frame.nothing("Signal or noise?", f"No limits: {error}")


@frame.unchecked
def draw_process_behaviour(table: pd.DataFrame) -> alt.VConcatChart | alt.LayerChart:
    """Draw the table of `vsmlib.evidence.behaviour`: values above, moving ranges below."""
    if table.empty:
        return frame.nothing("Signal or noise?", "No item was delivered in this window")
    unit, noun, weeks = _what(table)
    last, found = table.iloc[-1], [text for rule, text in RULES.items() if table[rule].any()]
    top = max(table["value"].max(), last["upper"]) * MARGIN
    jump = max(table["moving_range"].max(), last["moving_upper"]) * MARGIN
    scale, moved = _scale(unit, top), _scale(unit, jump)
    signals = int(table["signal"].sum())
    point = count(signals, "signal") if signals else "no signal"
    point += f" in {count(len(table), 'period')} of {worded(weeks)}"
    lines = {"upper": last["upper"], "mean": last["mean"], "lower": last["lower"]}
    above = Panel(_rows(table, unit, table["signal"]), scale, lines, noun)
    jumps = table.assign(value=table["moving_range"]).iloc[1:]
    below = _rows(jumps, unit, jumps["moving_beyond"])
    under = Panel(below, moved, {"limit": last["moving_upper"]}, "moving range", LOW)
    made: alt.VConcatChart = frame.panels(
        [
            frame.layered(_layers(each, table), width=PLOT[0], height=each.high)
            for each in (above, under)
        ],
        title=f"{_capital(noun)}: signal or noise? {_capital(point)}",
        subtitle=[
            *_population(table),
            "limits: mean ± 2.66 × mean moving range" + _baseline(table),
            f"large: {listed(found)}" if found else "no rule of detection is met",
        ],
        says=f"Process behaviour chart of {noun}: {point}; mean {figure(last['mean'], unit)}, "
        f"limits {figure(last['lower'], unit)} and {figure(last['upper'], unit)}.",
    ).resolve_scale(x="shared")
    return made


def draw_run_chart(table: pd.DataFrame) -> alt.LayerChart:
    """Draw the table of `vsmlib.evidence.behaviour` as a run chart: the median, shifts, trends."""
    if table.empty:
        return frame.nothing("Signal or noise?", "No item was delivered in this window")
    unit, noun, weeks = _what(table)
    line, told = table["median"].iloc[-1], table["shift"] | table["trend"]
    names = [name for name in ("shift", "trend") if table[name].any()]
    point = f"{listed(['a ' + name for name in names])} in it" if names else "no shift, no trend"
    # Rules of a run chart count sides and directions, which a log scale leaves as they are.
    scale = _scale(unit, table["value"].max() * MARGIN)
    if unit == "s":
        scale = axes.durations(table["value"], [line])
    return frame.chart(
        _layers(Panel(_rows(table, unit, told), scale, {"median": line}, noun), table),
        title=f"{_capital(noun)}, {worded(weeks)} by {worded(weeks)}: {point}",
        subtitle=[
            *_population(table),
            "large: six or more in a row on one side of the median, or five or more that all rise "
            "or all fall",
            "the median is that" + _baseline(table).strip(",") if table["after"].any() else "",
        ],
        says=f"Run chart of {noun} in {count(len(table), 'period')}: {point}; the median is "
        f"{figure(line, unit)}.",
        size=PLOT,
    )


def _what(table: pd.DataFrame) -> tuple[str, str, int]:
    return table.attrs["unit"], frame.plain(table.attrs["noun"]), table.attrs["weeks"]


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _scale(unit: str, high: float) -> Scale:
    if unit != "s":
        return axes.Figures(unit, high)
    return axes.Durations(log=False, low=0.0, high=max(high, 1.0))


def _population(table: pd.DataFrame) -> list[str]:
    unit, weeks = table.attrs["unit"], table.attrs["weeks"]
    first, last = table["from"].iloc[0], table["to"].iloc[-1]
    how = MEANS.get(unit, "mean per week of what was delivered")
    return [f"{count(int(table['items'].sum()), 'item')} delivered, {first:%Y-%m-%d} to "
            f"{last:%Y-%m-%d}", f"{how} in each {worded(weeks)}, elapsed time"]  # fmt: skip


def _baseline(table: pd.DataFrame) -> str:
    return ", of the periods before the change" if table["after"].any() else ""


def _rows(table: pd.DataFrame, unit: str, signal: pd.Series[bool]) -> pd.DataFrame:
    begins = table["from"].dt.strftime("%Y-%m-%d")
    words = table["value"].map(lambda value: figure(value, unit))
    told = signal.map({True: ": a signal", False: ""})
    says = "from " + begins + ": " + words + ", " + table["items"].map(lambda n: count(n, "item"))
    return pd.DataFrame({
        "begins": begins, "figure": words, "items": table["items"], "value": table["value"],
        "middle": axes.iso(table["from"] + (table["to"] - table["from"]) / 2),
        "says": says + told, "seen": signal.map({True: 110.0, False: 34.0}),
        "colour": signal.map({True: COLOURS["rework"], False: COLOURS["done"]}),
    })  # fmt: skip


def _layers(panel: Panel, table: pd.DataFrame) -> list[Layer]:
    rows, scale, high = panel.rows, panel.scale, panel.high
    unit, y = (
        table.attrs["unit"],
        scale.y("value", _capital(panel.what) + _per(table.attrs["unit"])),
    )
    base = frame.rows(rows).encode(axes.days("middle", table["from"], padding=10), y)
    line = base.mark_line(color=LINE, strokeWidth=1, aria=False)
    style: Any = {"filled": True, "opacity": 0.95, "strokeWidth": 0}
    dots = base.mark_point(**style).encode(
        frame.raw(alt.Size, "seen:Q"), frame.raw(alt.Color, "colour:N"), alt.Description("says:N"),
        tooltip=frame.tips(["begins", "figure", "items"]),
    )  # fmt: skip
    marks = [
        {"value": value, "text": f"{name} {figure(value, unit) if value else 0}",
         "colour": INK if name in ("mean", "median") else MUTED, "place": scale.place(value, high)}
        for name, value in panel.lines.items()
    ]  # fmt: skip
    rule = frame.rows(marks).mark_rule(strokeDash=[4, 3], aria=False)
    rule = rule.encode(y, frame.raw(alt.Color, "colour:N"))
    layers = [rule, line, dots, frame.labels(marks, PLOT[0] + 8, high)]
    return [*_change(table, high), *layers]


def _per(unit: str) -> str:
    return ", items a week" if unit.endswith("week") else ""


def _change(table: pd.DataFrame, high: float) -> list[Layer]:
    """Draw the change as an upright line with its date."""
    at = pd.Series([table.attrs["at"]]).dropna()
    if at.empty:
        return []
    rows = pd.DataFrame({"middle": axes.iso(at), "text": "change of " + at.dt.strftime("%Y-%m-%d")})
    base = frame.rows(rows).encode(axes.days("middle", table["from"], padding=10))
    rule = base.mark_rule(color=COLOURS["active"], strokeWidth=2, aria=False)
    if high < PLOT[1]:
        return [rule]
    text = base.mark_text(align="left", dx=6, color=COLOURS["active"], aria=False)
    return [rule, text.encode(alt.Text("text:N"), y=frame.fixed(alt.YValue, 8))]

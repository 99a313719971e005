"""What a change does to the whole: the stream before and after a scenario."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from vsmlib import measure
from vsmlib.charts import axes, frame
from vsmlib.charts.colours import COLOURS, INK, MUTED, PAPER, paler
from vsmlib.charts.frame import Layer, fit, plain
from vsmlib.charts.levers import ENDS, NAMES, signed
from vsmlib.charts.states import State, draw_current_and_future
from vsmlib.flow import Flow
from vsmlib.whole import Outcome
from vsmlib.words import count, duration, number, percent

PLOT = (640.0, 300.0)
SLIGHT = 0.02  # of the largest move: a smaller one is not worth a word
# The baseline pale, the scenario full: as in the explorer, where pale is all.
WHEN = {"before": COLOURS["cancelled"], "after": COLOURS["active"]}


def lead_times(outcome: Outcome) -> alt.LayerChart:
    """Draw the share of items delivered within a time, as the stream is and in the scenario."""
    title, table = "How long will items take?", outcome.leads.dropna()
    if table["when"].nunique() < len(WHEN):
        return frame.nothing(title, "No item is delivered within the horizon")
    p50, p85 = (_change(outcome, p) for p in ("p50", "p85"))
    rows = table[table["quantile"] < 1].assign(
        within=table["lead_time_s"].map(duration), share=table["quantile"].map(percent)
    )
    # The last fiftieth would leave no room for the rest.
    scale = axes.Durations(
        False, 0.0, float(rows["lead_time_s"][rows["quantile"] <= 0.95].max()) or 1.0
    )
    y = alt.Y("quantile:Q", scale=alt.Scale(domain=[0, 1]),
              axis=alt.Axis(title="Share of items", format="%", tickCount=5))  # fmt: skip
    rows = rows[rows["lead_time_s"] <= scale.high]
    base = frame.rows(rows).encode(scale.x("lead_time_s", "Lead time"), y, _when())
    lines = base.mark_line(strokeWidth=2.5, aria=False)
    over = base.mark_point(size=40, opacity=0, filled=True, aria=False)
    over = over.encode(tooltip=frame.tips(["when", "within", "share"]))
    marks = pd.DataFrame({"quantile": [0.5, 0.85], "words": ["50%", "85%"]})
    rule = frame.rows(marks).mark_rule(color=MUTED, strokeDash=[4, 3], aria=False).encode(y)
    style: Any = {"align": "left", "dx": 6, "color": MUTED, "aria": False}
    words = (
        frame.rows(marks)
        .mark_text(**style)
        .encode(y, text=alt.Text("words:N"), x=frame.fixed(alt.XValue, PLOT[0]))
    )
    point = f"Half within {p50}, 85% within {p85}"
    return frame.chart(
        [rule, lines, over, words],
        title=f"{title} {point}",
        subtitle=[_over(outcome), "elapsed time", "to the left of the pale line is faster"],
        says=f"Lines of the share of items delivered within a time, before and after: {point}.",
        size=PLOT,
    )


def _change(outcome: Outcome, name: str) -> str:
    return " → ".join(duration(outcome[w]["lead_time_s"][name]) for w in ("baseline", "scenario"))


def _over(outcome: Outcome) -> str:
    days = number(outcome.moving["day"].max(), 0)
    return f"simulated: items delivered in the next {days} days"


def _when() -> alt.Color:
    scale = alt.Scale(domain=[*WHEN], range=[*WHEN.values()])
    return alt.Color("when:N", scale=scale, legend=alt.Legend(offset=26))


def stock_and_flow(outcome: Outcome) -> alt.HConcatChart:
    """Draw what is in progress over the days to come, and what arrives and is delivered."""
    table = outcome.moving
    ends = table[table["day"] == table["day"].max()].set_index(["what", "when"])["mean"]
    said = {w: [number(ends[w, x]) for x in WHEN] for w in ("in progress", "delivered")}
    point = "; ".join(f"{what} {' → '.join(values)}" for what, values in said.items())
    stock, moved = table[table["what"] == "in progress"], table[table["what"] != "in progress"]
    parts = [
        _curves(stock, "Items in progress"),
        _curves(moved, "Items since now", dashed="arrived"),
    ]
    title = fit(f"What piles up, what gets through? At the end {point}", frame.WIDTH, 17, lines=3)
    under = "all items, simulated, means · bands: 90% of the futures · dashed: arrived"
    heading = alt.TitleParams(text=title.split("\n"), subtitle=under)
    says = f"Lines of items in progress and of items arrived and delivered, at the end {point}."
    made: alt.HConcatChart = alt.hconcat(*parts, spacing=50, title=heading)
    return made.properties(description=says)


def _curves(table: pd.DataFrame, title: str, dashed: str = "") -> alt.LayerChart:
    rows = table.round(2).assign(
        dash=table["what"].map(lambda what: [4, 3] if what == dashed else [1, 0]),
        range=table["low"].map(lambda n: number(n, 0)) + " to " + table["high"].map(number),
        items=table["mean"].map(number),
        on=table["day"].map(lambda d: f"day {number(d, 0)}"),
        line=table["what"] + table["when"],
    )
    y = axes.counts("mean", max(1.0, float(table["high"].max())), title)
    x = alt.X("day:Q", axis=alt.Axis(title="Days from now", tickCount=6),
              scale=alt.Scale(nice=False))  # fmt: skip
    base = frame.rows(rows).encode(x, y, _when(), alt.Detail("line:N"))
    bands = base.transform_filter(f"datum.what != '{dashed}'")
    band = bands.mark_area(opacity=0.18, aria=False).encode(
        alt.Y("low:Q", title=title), alt.Y2("high:Q")
    )
    line = base.mark_line(strokeWidth=2.5, aria=False)
    line = line.encode(frame.raw(alt.StrokeDash, "dash:N"))
    over = base.mark_point(size=50, opacity=0, filled=True, aria=False)
    over = over.encode(tooltip=frame.tips(["what", "when", "on", "items", "range"]))
    made: alt.LayerChart = alt.LayerChart(layer=[band, line, over])
    return made.properties(width=345, height=260)


def queue_shift(outcome: Outcome) -> alt.LayerChart:
    """Draw the time of an item in each stage, as it is and in the scenario."""
    title, table = "Where does the time go instead?", outcome.times
    table = table[table[["before_s", "after_s"]].sum(axis=1) > 0].reset_index(drop=True)
    if table.empty:
        return frame.nothing(title, "No item is delivered within the horizon")
    moved = table["after_s"] - table["before_s"]
    ends = dict.fromkeys((int(moved.argmin()), int(moved.argmax())))
    told = [i for i in ends if abs(moved[i]) > SLIGHT * moved.abs().max()]
    where = (f"{signed(moved[i])} in {fit(table['stage'][i], 260, 17)}" for i in told)
    point = ", ".join(where) or "nowhere: nothing changes"
    return frame.chart(
        _shift(table, moved),
        title=f"{title} {point}",
        subtitle=[
            "simulated: means of all items in progress or to come, to their delivery",
            "elapsed",
        ],
        says=f"Pairs of points, before and after, of {count(len(table), 'stage')}: {point}.",
        size=(frame.WIDTH - NAMES - ENDS, max(34.0 * len(table), 60.0)),
    )


def _shift(table: pd.DataFrame, moved: pd.Series[float]) -> list[Layer]:
    wide = pd.DataFrame(
        {
            "stage": table["stage"].map(plain),
            "kind": table["kind"],
            "before": table["before_s"].map(duration),
            "after": table["after_s"].map(duration),
            "change": moved.map(signed),
            "place": table.index,
            "start": table["before_s"],
            "end": table["after_s"],
        }
    )
    wide["says"] = wide["stage"] + ": " + wide["before"] + " before, " + wide["after"] + " after"
    scale = axes.Durations(False, 0.0, float(table[["before_s", "after_s"]].max().max()) * 1.04)
    place, tips = _one_line(wide["stage"].tolist()), ["stage", "kind", "before", "after", "change"]
    base = frame.rows(wide).encode(place)
    line = base.mark_rule(color=MUTED, strokeWidth=2, aria=False)
    line = line.encode(scale.x("start", "Time in the stage"), alt.X2("end:Q"))
    ends = pd.concat(
        wide.assign(when=when, at=wide[side])
        for when, side in (("before", "start"), ("after", "end"))
    )
    dots = frame.rows(ends).mark_point(filled=True, size=110, opacity=1, stroke=PAPER)
    dots = dots.encode(scale.x("at", "Time in the stage"), place, _when(),
                       alt.Description("says:N"), tooltip=frame.tips(tips))  # fmt: skip
    style: Any = {"align": "left", "baseline": "middle", "fontSize": 12, "fontWeight": "bold"}
    words = base.mark_text(aria=False, **style)
    place = frame.fixed(alt.XValue, frame.WIDTH - NAMES - ENDS + 10)
    return [line, dots, words.encode(text=alt.Text("change:N"), x=place)]


def _one_line(names: list[str]) -> alt.Y:
    words = axes.worded(dict(enumerate(fit(name, NAMES - 10, 12) for name in names)))
    style: Any = {"labelLimit": NAMES, "labelFontSize": 12, "labelColor": INK, "grid": True}
    axis = alt.Axis(labelExpr=words, title=None, gridColor=paler(MUTED, 0.75), **style)
    return alt.Y("place:O", axis=axis, scale=alt.Scale(padding=0.3))


def map_after(flow: Flow, outcome: Outcome) -> alt.VConcatChart:
    """Draw the measured map, and under it the map with the scenario's change of every stage.

    A mean of the measured map grows or shrinks as the simulated one does.
    """
    sums = measure.stage_sums(flow)
    return draw_map_after(sums, outcome, flow.stream.name)


def draw_map_after(sums: measure.Tables, outcome: Outcome, name: str) -> alt.VConcatChart:
    """Draw both maps from `measure.stage_sums` and an outcome."""
    delivered = max(sums.summary["delivered"], 1)
    mean = sums.stages.set_index("stage")["total_s"] / delivered
    means = {
        row["stage"]: float(mean[row["stage"]]) * row["after_s"] / row["before_s"]
        for row in frame.records(outcome.times)
        if row["before_s"] > 0
    }
    tables = [sums, measure.rescaled(sums, means)]
    current, future = (State(t.stages, t.transitions, t.summary, name) for t in tables)
    return draw_current_and_future(current, future)

"""How lead times are spread over the delivered items."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from vsmlib import measure
from vsmlib.charts import axes, frame
from vsmlib.charts.colours import COLOURS, INK, MUTED, PAPER, paler
from vsmlib.charts.frame import Layer, Row
from vsmlib.flow import Flow
from vsmlib.words import count, duration, number, percent

PLOT = (760.0, 300.0)
MARKS, APART = ("p50", "p85", "p95"), 104.0  # pixels that the words of a mark take
TITLE = "How are lead times spread?"
NOBODY = "No delivered item in this window"


def lead_time_histogram(flow: Flow) -> alt.LayerChart:
    """Draw how many delivered items took how long, with the times within which 50 to 95% lie."""
    spread = measure.spread(flow)
    if spread.empty:
        return frame.nothing(TITLE, NOBODY)
    bins = measure.histogram(flow, _scale(spread).edges())
    return draw_lead_time_histogram(bins, spread, measure.counts(flow))


def draw_lead_time_histogram(
    bins: pd.DataFrame, spread: pd.DataFrame, summary: Row
) -> alt.LayerChart:
    """Draw the spread from the tables `measure.histogram`, `measure.spread`, `measure.summary`."""
    if spread.empty or bins.empty:
        return frame.nothing(TITLE, NOBODY)
    scale, lead = _scale(spread), {mark: float(spread[f"{mark}_s"].iloc[0]) for mark in MARKS}
    p50, p85, p95 = (duration(lead[mark]) for mark in MARKS)
    point = f"Half within {p50}, 85% within {p85}, the slowest took {duration(_most(spread))}"
    one = summary["delivered"] == 1
    widths = "bins of equal width" + (" on the log scale" if scale.log else "")
    return frame.chart(
        [*_bars(bins, scale), *_marks(lead, scale)],
        title=f"{TITLE} {f'The one delivered took {p50}' if one else point}",
        subtitle=[frame.population(summary), widths, "elapsed time", frame.PERCENTILES],
        says=f"Histogram of the lead time of {count(summary['delivered'], 'delivered item')}: "
        f"median {p50}, 85% within {p85}, 95% within {p95}, at most {duration(_most(spread))}.",
        size=PLOT,
    )


def _most(spread: pd.DataFrame) -> float:
    return float(spread["max_s"].iloc[0])


def _scale(spread: pd.DataFrame) -> axes.Durations:
    # The ends and the middle decide as the whole would: an axis asks for no more of its data.
    return axes.durations(spread.loc[spread.index[0], ["min_s", "p50_s", "max_s"]].astype(float))


def _bars(bins: pd.DataFrame, scale: axes.Durations) -> list[Layer]:
    first, last = bins["low_s"].map(duration), bins["high_s"].map(duration)
    lead = first + " to " + last
    lead.iloc[0] = f"under {last.iloc[0]}"
    share = (bins["items"] / bins["items"].sum()).map(percent)
    rows = pd.DataFrame({"lead time": lead, "items": bins["items"], "share": share})
    rows["says"] = lead + ": " + bins["items"].map(lambda n: count(n, "item")) + ", " + share
    rows["low"] = bins["low_s"].clip(lower=scale.low)
    rows["high"], rows["zero"] = bins["high_s"].clip(upper=scale.high), 0
    top = max(1, int(bins["items"].max()))
    ends = scale.x("low", "Lead time"), alt.X2("high:Q"), axes.counts("items", top, "Items")
    style: Any = {"stroke": PAPER, "strokeWidth": 1}
    mark = frame.rows(rows).mark_rect(color=paler(COLOURS["done"], 0.45), **style)
    drawn = mark.encode(*ends, alt.Y2("zero:Q"), alt.Description("says:N"))
    return [drawn.encode(tooltip=frame.tips(["lead time", "items", "share"]))]


def _marks(lead: Row, scale: axes.Durations) -> list[Layer]:
    """Draw the percentiles as lines, their words above the plot and pushed apart."""
    at = [PLOT[0] - scale.place(lead[mark], PLOT[0]) for mark in MARKS]
    # The axis's title stands above the plot, too, at its left end.
    words = frame.spread(at, APART, APART / 2 + 34, PLOT[0] + 8 - APART / 2)
    rows = [
        {
            "seconds": lead[mark],
            "text": f"{number(float(mark[1:]))}% ≤ {duration(lead[mark])}",
            "colour": INK if mark == "p85" else MUTED,
            "place": place,
        }
        for mark, place in zip(MARKS, words, strict=True)
    ]
    lines = frame.rows(rows).mark_rule(strokeDash=[4, 3], color=INK, aria=False)
    text = frame.rows(rows).mark_text(align="center", aria=False)
    text = text.encode(
        alt.Text("text:N"), frame.raw(alt.Color, "colour:N"), y=frame.fixed(alt.YValue, -9)
    )
    across = frame.raw(alt.X, "place:Q", axis=None)
    return [lines.encode(scale.x("seconds", "Lead time")), text.encode(across)]

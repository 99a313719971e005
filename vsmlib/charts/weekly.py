"""Throughput: items delivered by week, against those that arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd

from vsmlib import measure
from vsmlib.charts.axes import HEADROOM, counts, days, rows
from vsmlib.charts.frame import Layer, Summary, between, edge_labels, framed, nothing
from vsmlib.charts.theme import COLOURS, INK, MUTED, PAPER, paler
from vsmlib.words import count, number

if TYPE_CHECKING:
    from vsmlib.flow import Flow

__all__ = ["draw_throughput", "throughput"]

MOST_BARS = 160
PLOT = 745, 300
PALE = 0.4


def throughput(flow: Flow) -> alt.LayerChart:
    """Draw how many items were delivered each week, and how many arrived.

    Parameters
    ----------
    flow : Flow
        The visits.
    """
    return draw_throughput(measure.throughput(flow), measure.summary(flow))


def draw_throughput(weeks: pd.DataFrame, summary: Summary) -> alt.LayerChart:
    """Draw throughput from the tables `measure.throughput` and `measure.summary`.

    More than 160 weeks are drawn in bars of four, thirteen or 52 weeks.
    """
    title = "How many items are delivered?"
    if weeks.empty or not weeks[["delivered", "arrived"]].to_numpy().any():
        return nothing(title, "No item arrived or was delivered in this window")
    size = next(s for s in (1, 4, 13, 52, len(weeks)) if len(weeks) <= s * MOST_BARS)
    bars, period = _blocks(weeks, size), "week" if size == 1 else f"{size} weeks"
    whole = bars[bars["complete"]] if bars["complete"].any() else bars
    median = whole[["delivered", "arrived"]].median()
    out, into = number(median["delivered"]), number(median["arrived"])
    total, entered = summary["delivered"] or 0, int(weeks["arrived"].sum())
    return framed(
        _layers(bars, whole, float(median["delivered"]), period),
        title=f"{title} In the median {out} per {period}, against {into} arriving",
        subtitle=[
            f"{count(total, 'item')} delivered, {number(entered, 0)} arrived{between(summary)}",
            f"medians of whole {'weeks' if size == 1 else 'periods'}",
            "" if bars["complete"].all() else f"part {'weeks' if size == 1 else 'periods'} pale",
        ],
        says=(
            f"Bars of items delivered per {period} with a line of arrivals: in the median "
            f"{out} delivered and {into} arrived."
        ),
        width=PLOT[0],
        height=PLOT[1],
    )


def _blocks(weeks: pd.DataFrame, size: int) -> pd.DataFrame:
    """Add up blocks of weeks, counted back from the last."""
    block = (len(weeks) - 1 - pd.RangeIndex(len(weeks))) // size
    made = weeks.groupby(block).agg(
        week=("week", "min"),
        delivered=("delivered", "sum"),
        arrived=("arrived", "sum"),
        cancelled=("cancelled", "sum"),
        complete=("complete", "all"),
        n=("week", "size"),
    )
    start = pd.to_datetime(made.pop("week")).dt.tz_localize("UTC")
    length = pd.to_timedelta(made["n"] * 7, unit="D")
    made["complete"] &= made.pop("n") == size
    made = made.assign(when=start, mid=start + length / 2, end=start + length * 0.86)
    made = made.assign(until=start + length, begins=start.dt.strftime("%Y-%m-%d"), zero=0)
    return made.sort_values("when", ignore_index=True)


def _layers(bars: pd.DataFrame, whole: pd.DataFrame, median: float, period: str) -> list[Layer]:
    top = max(1, int(bars[["delivered", "arrived"]].to_numpy().max()))
    ends = [1000 * bars["when"].min().timestamp(), 1000 * bars["until"].max().timestamp()]
    what = f"Items per {period}"
    tips = [alt.Tooltip("begins:N", title=f"{period} from")]
    tips += [alt.Tooltip(f"{n}:Q", title=n) for n in ("delivered", "arrived", "cancelled")]
    pale: Any = alt.Opacity("pale:Q", scale=None)
    bars = bars.assign(pale=bars["complete"].map({True: 1.0, False: PALE}))
    bars["says"] = [
        f"{period} from {begins}: {number(out, 0)} delivered, {number(into, 0)} arrived"
        for begins, out, into in zip(
            bars["begins"], bars["delivered"], bars["arrived"], strict=True
        )
    ]
    x, y = days(ends), counts("delivered", top, what)
    bar = rows(bars).mark_rect(color=paler(COLOURS["done"], 0.45))
    says = alt.Description("says:N")
    drawn = bar.encode(x, alt.X2("end:T"), y, alt.Y2("zero:Q"), pale, says, tooltip=tips)
    # Arrivals of a part week would look like a slump; paper around the line parts it from bars.
    base = rows(whole).encode(days(ends, field="mid"), counts("arrived", top, what))
    lines = [
        base.mark_line(color=colour, strokeWidth=thick, aria=False)
        for colour, thick in ((PAPER, 4), (INK, 1.6))
    ]
    return [drawn, *lines, *_labels(whole, median, y, top)]


def _labels(whole: pd.DataFrame, median: float, y: alt.Y, top: int) -> list[Layer]:
    last = whole.iloc[-1]
    at = {
        "arrived": float(last["arrived"]),
        f"median {number(median)}": median,
        "delivered": float(last["delivered"]) / 2,
    }
    labels = [
        {
            "text": text,
            "colour": COLOURS["done"] if text == "delivered" else INK,
            "delivered": value,
            "place": PLOT[1] * (1 - value / top / HEADROOM),
        }
        for text, value in at.items()
    ]
    base = alt.Chart(alt.InlineData(values=[{"delivered": median}]))
    line = base.mark_rule(color=MUTED, strokeDash=[4, 3], aria=False).encode(y)
    return [line, edge_labels(labels, PLOT[0] + 8, y, ends=(0, PLOT[1]))]

"""How long items take: where lead time goes, and the lead time of every delivered item."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd

from vsmlib import measure
from vsmlib.charts.axes import Durations, days, durations, local, rows, span
from vsmlib.charts.canvas import Canvas
from vsmlib.charts.frame import (
    PERCENTILES,
    WIDTH,
    Layer,
    Summary,
    edge_labels,
    framed,
    nothing,
    population,
    records,
    thin,
)
from vsmlib.charts.line import per_item
from vsmlib.charts.text import plain, shorten, width, wrap
from vsmlib.charts.theme import COLOURS, INK, MUTED
from vsmlib.words import count, duration, number, percent

if TYPE_CHECKING:
    from vsmlib.flow import Flow

__all__ = ["draw_lead_time_scatter", "draw_time_by_stage", "lead_time_scatter", "time_by_stage"]

NAMES, ENDS = 190.0, 190.0
MOST_POINTS = 5000
PLOT = 690, 380


def time_by_stage(flow: Flow) -> alt.LayerChart:
    """Draw where lead time goes: a bar a stage, its share of the lead time and its mean.

    Parameters
    ----------
    flow : Flow
        The visits.
    """
    return draw_time_by_stage(measure.stages(flow), measure.summary(flow))


def draw_time_by_stage(stages: pd.DataFrame, summary: Summary) -> alt.LayerChart:
    """Draw where lead time goes from the tables `measure.stages` and `measure.summary`."""
    title, delivered = "Where does the lead time go?", int(summary["delivered"] or 0)
    flowing = [row for row in records(stages) if row["kind"] in ("active", "wait")]
    if not delivered or not any((row["share_of_lead_time"] or 0) > 0 for row in flowing):
        return nothing(title, "No delivered item spent time in a stage in this window")
    canvas = Canvas(WIDTH)
    canvas.key(NAMES + 8, 8, {"active": "active", "wait": "wait"})
    y = _bars(canvas, flowing, delivered)
    canvas.height = y
    top = max(flowing, key=lambda row: row["share_of_lead_time"])
    share, where = percent(top["share_of_lead_time"]), plain(top["stage"])
    waits = sum(row["share_of_lead_time"] for row in flowing if row["kind"] == "wait")
    return framed(
        canvas.layers(),
        title=f"Where does the lead time go? {share} of it into {shorten(where, 420, 17)}",
        subtitle=[
            population(summary),
            "shares of their summed lead time, means per delivered item",
            "elapsed time",
        ],
        says=(
            f"Bars of {count(len(flowing), 'stage')} by share of lead time: {where} takes {share}, "
            f"{duration(per_item(top, delivered))} per delivered item; waits take {percent(waits)}."
        ),
        width=WIDTH,
        height=y,
    )


def _bars(canvas: Canvas, flowing: list[dict[str, Any]], delivered: int) -> float:
    tall, y = (34.0 if len(flowing) <= 12 else 28.0), 26.0
    longest = max(row["share_of_lead_time"] for row in flowing)
    for row in flowing:
        middle, share = y + tall / 2, row["share_of_lead_time"]
        lines = wrap(row["stage"], NAMES - 8, 12, lines=2)
        for i, words in enumerate(lines):
            at = middle + (i - (len(lines) - 1) / 2) * 13
            canvas.text(NAMES - 4, at, words, size=12, align="right")
        end = NAMES + 8 + (WIDTH - NAMES - 8 - ENDS) * share / longest
        half = tall / 2 - 6
        canvas.box(
            (NAMES + 8, middle - half),
            (max(end, NAMES + 9), middle + half),
            colour=COLOURS[row["kind"]],
        )
        words, mean = percent(share), duration(per_item(row, delivered))
        canvas.text(end + 8, middle, words, size=12, bold=True)
        after = end + 14 + width(words, 12, bold=True)
        canvas.text(after, middle, f"{mean} per item", size=11, colour=MUTED)
        tip = {
            "stage": plain(row["stage"]),
            "kind": str(row["kind"]),
            "share of lead time": percent(share, 1),
            "mean per delivered item": mean,
            "median visit": duration(row["p50_s"]),
            "visits": number(row["visits"], 0),
        }
        says = f"{tip['stage']}, {tip['kind']}: {words} of lead time, {mean} per item"
        canvas.hit((0, y), (WIDTH, y + tall), tip=tip, says=says)
        y += tall
    canvas.path([(NAMES + 8, 26), (NAMES + 8, y)], colour=MUTED)
    return y + 4


def lead_time_scatter(flow: Flow) -> alt.LayerChart:
    """Draw the lead time of every delivered item by the day of its delivery.

    Parameters
    ----------
    flow : Flow
        The visits.
    """
    return draw_lead_time_scatter(measure.items(flow), measure.summary(flow))


def draw_lead_time_scatter(items: pd.DataFrame, summary: Summary) -> alt.LayerChart:
    """Draw lead times from the tables `measure.items` and `measure.summary`.

    Of more than 5,000 items a sample is drawn, even by rank of lead time, with the extremes.
    """
    title = "How long do items take?"
    delivered = items[items["lead_time_s"].notna()]
    if delivered.empty:
        return nothing(title, "No delivered item in this window")
    shown = thin(delivered, "lead_time_s", MOST_POINTS)
    lead = summary["lead_time_s"]
    marks = {"50%": lead["p50"], "85%": lead["p85"], "95%": lead["p95"]}
    scale = durations(delivered["lead_time_s"], PLOT[1], list(marks.values()))
    points = _points(shown, (summary.get("window") or {}).get("timezone") or "UTC")
    y = alt.Y("lead_s:Q", scale=scale.scale(), axis=scale.axis("Lead time"))
    reworked = int((delivered["rework_visits"] > 0).sum())
    sampled = "" if len(shown) == len(delivered) else f"{count(len(shown), 'item')} of them drawn, "
    return framed(
        [*_percentile_lines(marks, scale, y), _dots(points, y, reworked, len(delivered))],
        title=f"{title} {_point(lead, len(delivered))}",
        subtitle=[
            population(summary),
            sampled and sampled + "even by rank of lead time, extremes kept",
            "elapsed time",
            PERCENTILES,
        ],
        says=(
            f"Scatter of the lead time of {count(len(delivered), 'delivered item')} by day of "
            f"delivery: median {duration(lead['p50'])}, 85% within {duration(lead['p85'])}, "
            f"95% within {duration(lead['p95'])}, {number(reworked, 0)} with rework."
        ),
        width=PLOT[0],
        height=PLOT[1],
    )


def _point(lead: Mapping[str, float], delivered: int) -> str:
    if delivered == 1:
        return f"The one delivered took {duration(lead['p50'])}"
    return f"Half within {duration(lead['p50'])}, 85% within {duration(lead['p85'])}"


def _points(items: pd.DataFrame, zone: str) -> pd.DataFrame:
    when = local(items["delivered_at"], zone)
    return pd.DataFrame(
        {
            "when": when,
            "day": when.dt.strftime("%Y-%m-%d"),
            "lead_s": items["lead_time_s"].round(3),
            "item": [plain(name) for name in items["item_id"]],
            "lead": [duration(s) for s in items["lead_time_s"]],
            "process": [duration(s) for s in items["process_time_s"]],
            "wait": [duration(s) for s in items["wait_time_s"]],
            "again": items["rework_visits"].astype("int64"),
            "rework": items["rework_visits"] > 0,
        }
    )


def _dots(points: pd.DataFrame, y: alt.Y, reworked: int, whole: int) -> alt.Chart:
    names = {
        False: f"without rework ({number(whole - reworked, 0)})",
        True: f"with rework ({number(reworked, 0)})",
    }
    points = points.assign(rework=points["rework"].map(names))
    domain = list(names.values())
    colour = alt.Scale(domain=domain, range=[COLOURS["done"], COLOURS["rework"]])
    shape = alt.Scale(domain=domain, range=["circle", "diamond"])
    headings = {
        "item": "item",
        "day": "delivered",
        "lead": "lead time",
        "process": "process time",
        "wait": "wait time",
        "again": "rework visits",
    }
    legend = alt.Legend(symbolOpacity=1, symbolSize=60)
    opacity = 0.55 if len(points) <= 1500 else 0.35
    mark = rows(points).mark_point(filled=True, size=30, opacity=opacity, strokeWidth=0, aria=False)
    made: alt.Chart = mark.encode(
        days(span(points["when"]), "Delivered"),
        y,
        alt.Color("rework:N", scale=colour, legend=legend),
        alt.Shape("rework:N", scale=shape, legend=legend),
        tooltip=[alt.Tooltip(f"{name}:N", title=text) for name, text in headings.items()],
    )
    return made


def _percentile_lines(marks: dict[str, float], scale: Durations, y: alt.Y) -> list[Layer]:
    table: list[dict[str, Any]] = [
        {
            "lead_s": value,
            "text": f"{share} ≤ {duration(value)}",
            "colour": INK if share == "85%" else MUTED,
            "place": PLOT[1] - scale.place(value),
        }
        for share, value in reversed(marks.items())
    ]
    base = alt.Chart(alt.InlineData(values=table))
    lines = base.mark_rule(color=MUTED, strokeDash=[4, 3], aria=False).encode(y)
    return [lines, edge_labels(table, PLOT[0] + 8, y, ends=(0, PLOT[1]))]

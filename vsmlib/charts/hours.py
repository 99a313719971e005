"""The hours of the week in which waits end, beside those in which they accrue."""

from __future__ import annotations

import math
from collections.abc import Sequence

import altair as alt
import pandas as pd

from vsmlib import measure
from vsmlib.charts import frame
from vsmlib.charts.canvas import Canvas
from vsmlib.charts.colours import COLOURS, FAINT, INK, MUTED, PAPER, paler
from vsmlib.charts.frame import Row, width
from vsmlib.flow import Flow
from vsmlib.words import count, duration, number, percent

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LEFT, TOP, CELL, TALL = 84.0, 44.0, 24.0, 26.0  # of the cells, in pixels
ENDS = LEFT + 24 * CELL + 16  # where the sums of the days stand
PALER = (0.75, 0.6, 0.45, 0.3, 0.0)  # the shades, from the fewest ends to the most


def wait_heat_map(flow: Flow) -> alt.LayerChart:
    """Draw in which hours of the local week waits end."""
    return draw_wait_heat_map(measure.wait_hours(flow), measure.counts(flow))


def draw_wait_heat_map(hours: pd.DataFrame, summary: Row) -> alt.LayerChart:
    """Draw when waits end from the tables `measure.wait_hours` and `measure.summary`."""
    title, ended = "When do waits end?", int(hours["ended"].sum())
    if not ended:
        return frame.nothing(title, "No delivered item waited in this window")
    days = hours.groupby("weekday")[["ended", "wait_s"]].sum()
    fullest = int(days["ended"].argmax())
    few, share = _half(hours["ended"]), percent(days["ended"].max() / ended)
    point = f"Half of them within {count(few, 'hour')} of the week's 168"
    point += f", {share} on {DAYS[fullest]}s"
    if ended == 1:
        point = f"The one wait ended on a {DAYS[fullest]}"
    canvas = Canvas()
    _key(canvas, bounds(int(hours["ended"].max())))
    _cells(canvas, hours, bounds(int(hours["ended"].max())))
    _sums(canvas, days)
    return frame.chart(
        canvas.layers(),
        title=f"{title} {point}",
        subtitle=[
            f"{count(ended, 'visit')} to wait stages of {frame.population(summary)}",
            f"local hours of {summary['window']['timezone']}",
            "elapsed time, summed over all visits",
        ],
        says=f"Heat map of the hours of the week in which {count(ended, 'wait')} ended: {point}.",
        size=(frame.WIDTH, TOP + 7 * TALL + 24),
    )


def _half(ended: pd.Series[int]) -> int:
    """Count the fewest hours in which half of all waits ended."""
    running = ended.sort_values(ascending=False).cumsum()
    return int((running < running.iloc[-1] / 2).sum()) + 1


def bounds(most: int) -> list[int]:
    """Return the highest count of each shade: narrow steps for the many hours with few ends."""
    return sorted({math.ceil(most * i * i / len(PALER) ** 2) for i in range(1, len(PALER) + 1)})


def _shade(ended: int, steps: Sequence[int]) -> str:
    if not ended:
        return PAPER
    place = next(i for i, step in enumerate(steps) if ended <= step)
    return paler(COLOURS["done"], PALER[place - len(steps)])


def _key(canvas: Canvas, steps: Sequence[int]) -> None:
    canvas.text(LEFT, 8, "waits that ended in the hour", 11, colour=MUTED)
    x, low = LEFT + 160, 1
    for step in [0, *steps]:
        words = (
            number(step, 0) if step <= low or not step else f"{number(low, 0)}–{number(step, 0)}"
        )
        canvas.box(x, 2, x + 12, 14, _shade(step, steps), stroke=FAINT)
        canvas.text(x + 17, 8, words, 11, colour=MUTED)
        x, low = x + 34 + width(words, 11), step + 1


def _cells(canvas: Canvas, hours: pd.DataFrame, steps: Sequence[int]) -> None:
    ended, waited = hours["ended"].sum(), hours["wait_s"].sum()
    for row in frame.records(hours):
        day, hour = int(row["weekday"]), int(row["hour"])
        x, y = LEFT + hour * CELL, TOP + (day - 1) * TALL
        ends = x + 0.5, y + 0.5, x + CELL - 0.5, y + TALL - 0.5
        canvas.box(*ends, _shade(int(row["ended"]), steps), stroke=FAINT)
        tip = {
            "hour": f"{DAYS[day - 1]}, {hour}:00 to {hour + 1}:00",
            "waits ended": number(row["ended"], 0),
            "of all that ended": percent(row["ended"] / ended, 1),
            "time waited": duration(row["wait_s"]),
            "of all time waited": percent(row["wait_s"] / waited, 1) if waited else "",
        }
        says = f"{tip['hour']}: {count(row['ended'], 'wait')} ended"
        canvas.hit(*ends, tip=tip, says=says)
    for hour in range(0, 25, 3):
        x = LEFT + hour * CELL
        canvas.text(x, TOP + 7 * TALL + 12, f"{hour}:00", align="center", colour=MUTED)


def _sums(canvas: Canvas, days: pd.DataFrame) -> None:
    whole = days.sum()
    columns = {"ended": "of ends", "wait_s": "of waiting"}
    for i, (column, words) in enumerate(columns.items()):
        x = ENDS + 40 + 66 * i
        canvas.text(x, TOP - 11, words, align="right", colour=MUTED)
        for day, value in days[column].items():
            share = percent(value / whole[column]) if whole[column] else percent(None)
            style = {"weight": "bold"} if i == 0 and value == days[column].max() else {}
            y = TOP + (int(str(day)) - 0.5) * TALL
            canvas.text(x, y, share, 11.5, align="right", colour=INK, **style)
    for day, name in enumerate(DAYS):
        canvas.text(LEFT - 10, TOP + (day + 0.5) * TALL, name, 11.5, align="right")

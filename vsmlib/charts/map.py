"""The value stream map, drawn from measured data in the classic notation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd

from vsmlib import measure
from vsmlib.charts.canvas import Canvas
from vsmlib.charts.frame import PERCENTILES, Summary, framed, nothing, population, records
from vsmlib.charts.ladder import draw_ladder, draw_totals
from vsmlib.charts.line import BELOW, SHAPE, WIDTH, Line, draw_line, hands, in_line
from vsmlib.charts.rework import arcs, draw_arcs, room_for
from vsmlib.charts.text import plain, shorten, wrap
from vsmlib.charts.theme import MUTED
from vsmlib.words import count, duration, listed, percent

if TYPE_CHECKING:
    from vsmlib.flow import Flow

__all__ = ["draw_value_stream_map", "value_stream_map"]


def value_stream_map(flow: Flow) -> alt.LayerChart:
    """Draw the value stream: stages, waits, rework, the time ladder and the totals.

    Parameters
    ----------
    flow : Flow
        The visits.

    Returns
    -------
    altair.LayerChart
        960 pixels wide.
    """
    return draw_value_stream_map(
        measure.stages(flow), measure.transitions(flow), measure.summary(flow), flow.stream.name
    )


def draw_value_stream_map(
    stages: pd.DataFrame, transitions: pd.DataFrame, summary: Summary, title: str
) -> alt.LayerChart:
    """Draw the map from the tables `measure.stages`, `.transitions` and `.summary`.

    Parameters
    ----------
    stages, transitions : pandas.DataFrame
        The tables, not grouped.
    summary : dict
        The headline figures.
    title : str
        The stream's name.
    """
    rows = records(stages)
    delivered = int(summary["delivered"] or 0)
    if not delivered:
        return nothing(f"{shorten(title, 420, 17)}: value stream map", _nobody(summary))
    moves = _with_shares(transitions)
    canvas, line = Canvas(WIDTH), in_line(rows)
    chosen, back = arcs(line, list(moves.values()))
    _stack(line, [room_for(chosen, row) for row in range(line.rows)])
    _key(canvas, line)
    ends = draw_line(canvas, line, moves, delivered)
    draw_arcs(canvas, line, chosen)
    y = draw_ladder(canvas, line, ends[-1], delivered)
    y = draw_totals(canvas, y + 16, summary)
    canvas.height = _notes(canvas, y + 18, _remarks(rows, len(chosen), back))
    return framed(
        canvas.layers(),
        title=_point(title, summary),
        subtitle=[
            population(summary),
            "median and 85% of single visits, means and shares pooled over items",
            "elapsed time",
            PERCENTILES,
        ],
        says=_says(title, summary, rows),
        width=WIDTH,
        height=canvas.height,
        room=WIDTH,
    )


def _nobody(summary: Summary) -> str:
    return (
        "No delivered item in this window, so no stage can be timed; "
        f"{count(summary['wip'] or 0, 'item')} in progress"
    )


def _with_shares(transitions: pd.DataFrame) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Return moves by their ends, each with its share of the moves out of its stage."""
    leaving = transitions.groupby("from_stage")["count"].transform("sum")
    rows = records(transitions.assign(share=transitions["count"] / leaving))
    return {(str(row["from_stage"]), str(row["to_stage"])): row for row in rows}


def _stack(line: Line, above: list[float]) -> None:
    """Set the rows under one another, each with room for its arcs and its names."""
    y = 30.0
    for room in above:
        line.tops.append(y + room + SHAPE / 2)
        y = line.tops[-1] + SHAPE / 2 + BELOW + 26


def _key(canvas: Canvas, line: Line) -> None:
    kinds = {place.stage["kind"] for place in line.places}
    words = {"active": "active", "wait": "wait", "excluded": "clock stopped", "done": "delivered"}
    shown = {kind: text for kind, text in words.items() if kind in kinds}
    shapes = {"wait": "triangle-up", "done": "circle", "rework": "triangle-left"}
    x = canvas.key(0, 8, {**shown, "rework": "goes back"}, shapes)
    hands(canvas, x + 6, 8)
    canvas.text(x + 16, 8, "changes hands in at least half of the moves", colour=MUTED)


def _remarks(rows: list[Any], drawn: int, back: int) -> list[str]:
    made = []
    if drawn:
        which = f"the {drawn} most frequent of {back}" if back > drawn else "all"
        made.append(f"Arcs: {which} ways back, each with its share of all moves out of its stage.")
    gone = [plain(row["stage"]) for row in rows if row["kind"] == "cancelled"]
    if gone:
        made.append(f"Not in line, because work ends there undelivered: {listed(gone)}.")
    made.append(
        "%C&A: items that leave the stage and never come back to it. "
        "Rework visits: share of visits to a stage the item had left before."
    )
    return made


def _notes(canvas: Canvas, y: float, remarks: list[str]) -> float:
    for words in wrap(" ".join(remarks), WIDTH, 10.5, lines=4):
        canvas.text(0, y, words, size=10.5, colour=MUTED)
        y += 15
    return y


def _point(title: str, summary: Summary) -> str:
    """Say the point: how much of the lead time is waiting, and where most of it is."""
    name = shorten(title, 420, 17, bold=True)
    share, largest = summary["flow_efficiency"], summary["largest_wait"]
    if share is None:
        return f"{name}: no time passed in any stage"
    made = f"{name}: {percent(1 - share)} of the lead time is waiting"
    if largest:
        where = shorten(largest["stage"], 400, 17, bold=True)
        made += f", above all in {where} ({percent(largest['share_of_lead_time'])})"
    return made


def _says(title: str, summary: Summary, rows: list[Any]) -> str:
    lead = summary["lead_time_s"]
    flowing = [row for row in rows if row["kind"] in ("active", "wait")]
    waits = sum(row["kind"] == "wait" for row in flowing)
    return (
        f"Value stream map of {title}: {count(len(flowing), 'stage')}, {waits} of them waits; "
        f"lead time {duration(lead['p50'])} in the median and {duration(lead['p85'])} for 85%, "
        f"flow efficiency {percent(summary['flow_efficiency'])}, "
        f"{count(summary['wip'], 'item')} in progress."
    )

"""The foot of the map: the time ladder, to scale, and the box of totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vsmlib.charts.axes import ticks
from vsmlib.charts.canvas import Canvas
from vsmlib.charts.line import GUTTER, WIDTH, Line, Place, per_item
from vsmlib.charts.text import fits, shorten, width
from vsmlib.charts.theme import COLOURS, FAINT, INK, MUTED, PAPER
from vsmlib.words import duration, number, percent, unit

__all__ = ["draw_ladder", "draw_totals"]

STEP = 26.0
FAN, ABOVE, BELOW = 50.0, 30.0, 14.0
NAMED = 48.0  # pixels from which a step bears its name
BOX = 58.0

Span = tuple[Place, float, float]


def draw_ladder(canvas: Canvas, line: Line, y: float, delivered: int) -> float:
    """Draw the time ladder under ``y``, its steps as wide as they are long, and return its end."""
    flowing = [p for p in line.places if p.stage["kind"] in ("active", "wait")]
    means = [per_item(p.stage, delivered) or 0.0 for p in flowing]
    whole = sum(means)
    if not whole:
        canvas.text(0, y + 20, "No delivered item spent time in a stage.", colour=MUTED)
        return y + 36
    scale = (WIDTH - GUTTER) / whole
    spans: list[Span] = []
    x = GUTTER
    for place, mean in zip(flowing, means, strict=True):
        spans.append((place, x, x + mean * scale))
        x += mean * scale
    if line.rows == 1:
        _fan(canvas, spans, y + 4, y + FAN)
    y += FAN if line.rows == 1 else ABOVE
    _steps(canvas, spans, y)
    for i, words in enumerate(("time ladder,", "mean per", "delivered item")):
        canvas.text(0, y + STEP - 14 + 13 * i, words, size=10.5, colour=MUTED)
    for (place, start, end), mean in zip(spans, means, strict=True):
        _label(canvas, place, (start, end), y, mean)
    return _scale(canvas, y + 2 * STEP + BELOW, whole, scale)


def _fan(canvas: Canvas, spans: Sequence[Span], y: float, y2: float) -> None:
    # Curves that cannot cross, from each column to its step, say which step is whose.
    for place, start, end in spans:
        middle, points = (start + end) / 2, []
        named = end - start > NAMED or place.stage["kind"] == "wait"
        foot = y2 if named else y2 + STEP
        for i in range(17):
            down = i / 16
            across = down * down * (3 - 2 * down)
            points.append((place.x + (middle - place.x) * across, y + (y2 - y) * down))
        canvas.path([*points, (middle, foot)], colour="#cfd5da")


def _steps(canvas: Canvas, spans: Sequence[Span], y: float) -> None:
    edge: list[tuple[float, float]] = []
    kinds = [str(place.stage["kind"]) for place, *_ in spans]
    for kind, following, (_, start, end) in zip(kinds, [*kinds[1:], ""], spans, strict=True):
        top, outer = (y, y) if kind == "wait" else (y + STEP, y + 2 * STEP)
        # A hair of paper between like neighbours; steps too short to see stay a hair wide.
        right = max(end - (1 if following == kind else 0), start + 1)
        canvas.box((start, top), (right, top + STEP), colour=COLOURS[kind])
        edge += [(start, outer), (end, outer)]
    canvas.path(edge, colour=INK, thick=1.2)


def _label(canvas: Canvas, place: Place, span: tuple[float, float], y: float, mean: float) -> None:
    start, end = span
    wait = place.stage["kind"] == "wait"
    room, x = end - start - 8, (start + end) / 2
    words = duration(mean)
    if fits(words, room, 12, bold=True):
        middle = y + STEP / 2 if wait else y + STEP * 1.5
        colour = INK if wait else PAPER
        canvas.text(x, middle, words, size=12, bold=True, align="center", colour=colour)
    name = shorten(place.stage["stage"], room, 10.5)
    if end - start > NAMED and len(name) > 3:
        away = y + STEP + 11 if wait else y + STEP - 11
        canvas.text(x, away, name, size=10.5, align="center", colour=MUTED)


def _scale(canvas: Canvas, y: float, whole: float, scale: float) -> float:
    name, length = unit(whole)
    canvas.path([(GUTTER, y), (WIDTH, y)])
    for tick in ticks(whole / length):
        x = GUTTER + tick * length * scale
        canvas.path([(x, y), (x, y + 4)])
        words = f"{number(tick)} {name}" if tick == 0 else number(tick)
        align = "left" if tick == 0 else "center"
        canvas.text(x, y + 13, words, size=10.5, align=align, colour=MUTED)
    return y + 22


def draw_totals(canvas: Canvas, y: float, summary: Mapping[str, Any]) -> float:
    """Draw the box of totals under ``y`` and return its end."""
    lead, share = summary["lead_time_s"], summary["flow_efficiency"]
    mean = lead["mean"]
    process = mean * share if mean is not None and share is not None else None
    cells = {
        "lead time, median": duration(lead["p50"]),
        "lead time, 85% within": duration(lead["p85"]),
        "lead time, mean": duration(mean),
        "process time, mean": duration(process),
        "flow efficiency": percent(share, 1 if (share or 0) < 0.1 else 0),
        "rolled %C&A": percent(summary["rolled_percent_complete_accurate"]),
        "in progress (WIP)": number(summary["wip"], 0),
        "delivered per week": number(summary["throughput_per_week"]),
    }
    canvas.box((0, y), (WIDTH, y + BOX), colour="#f5f6f7", rounded=2)
    pitch = WIDTH / len(cells)
    for i, (heading, words) in enumerate(cells.items()):
        x = i * pitch + 12
        size = next((s for s in (18, 16, 14) if width(words, s, bold=True) < pitch - 14), 12)
        canvas.text(x, y + 22, words, size=size, bold=True)
        canvas.text(x, y + 42, heading, size=10.5, colour=MUTED)
        if i:
            canvas.path([(x - 12, y + 12), (x - 12, y + BOX - 12)], colour=FAINT)
    return y + BOX

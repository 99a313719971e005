"""The stages of a value stream in a line: process boxes, wait triangles and their figures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vsmlib.charts.canvas import Canvas
from vsmlib.charts.text import fits, plain, wrap
from vsmlib.charts.theme import COLOURS, FAINT, INK, MUTED, PAPER
from vsmlib.words import count, duration, number, percent

__all__ = ["GUTTER", "WIDTH", "Line", "Place", "draw_line", "in_line"]

WIDTH, GUTTER = 928.0, 96.0  # 960 with the padding; the headings of the figures stand in the gutter
MOST_IN_A_ROW = 13
SHAPE, NAME_LINE, FIGURE_LINE = 42.0, 13.0, 18.0
HANDED_OVER = 0.5  # from this share of moves on, a change of hands is marked
ARROW = "#9aa4ad"
MUTED_REWORK = 0.1  # from this share on, rework has its colour

Stage = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """Where a stage stands: its centre, the row, the middle of its shape, half its width."""

    stage: Stage
    x: float
    row: int
    half: float


@dataclass
class Line:
    """All places in flow order; ``tops`` are the middles of the shapes, a row each."""

    places: list[Place]
    pitch: float
    tops: list[float]

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.places[-1].row + 1

    def y(self, place: Place) -> float:
        """Return the middle of a stage's shape."""
        return self.tops[place.row]

    def by_name(self) -> dict[str, Place]:
        """Return the places by the name of their stage."""
        return {str(place.stage["stage"]): place for place in self.places}

    @property
    def small(self) -> bool:
        """Tell whether the columns are so narrow that type must be smaller."""
        return self.pitch < 84


def in_line(stages: Sequence[Stage]) -> Line:
    """Give each stage its column, in rows of the same length; cancelled ones are not in line."""
    shown = [stage for stage in stages if stage["kind"] != "cancelled"]
    rows = math.ceil(len(shown) / MOST_IN_A_ROW)
    long = math.ceil(len(shown) / rows)
    pitch = (WIDTH - GUTTER) / long
    places = []
    for i, stage in enumerate(shown):
        half = min(pitch / 2 - 10, 50) if stage["kind"] in ("active", "excluded") else SHAPE / 2 + 3
        places.append(Place(stage, GUTTER + pitch * (i % long + 0.5), i // long, half))
    return Line(places, pitch, [])


def draw_line(
    canvas: Canvas, line: Line, moves: Mapping[tuple[str, str], Stage], delivered: int
) -> list[float]:
    """Draw all rows and return where the figures of each row end."""
    for before, after in zip(line.places, line.places[1:], strict=False):
        _arrow(canvas, line, before, after)
        move = moves.get((str(before.stage["stage"]), str(after.stage["stage"])), {})
        if (move.get("handoff_share") or 0) >= HANDED_OVER and before.row == after.row:
            _handoff(canvas, line, (before, after), float(move["handoff_share"]))
    ends = []
    for row, top in enumerate(line.tops):
        places = [place for place in line.places if place.row == row]
        for i, words in enumerate(("in progress", "now")):
            canvas.text(0, top - 6 + 13 * i, words, size=10.5, colour=MUTED)
        for place in places:
            _shape(canvas, place, top)
        below = _names(canvas, line, places, top + SHAPE / 2 + 15)
        ends.append(_figures(canvas, line, places, below, delivered))
        for place in places:
            _hit(canvas, line, place, (top - SHAPE / 2 - 4, ends[-1]), delivered)
    return ends


def _arrow(canvas: Canvas, line: Line, before: Place, after: Place) -> None:
    start, y = before.x + before.half + 4, line.y(before)
    if before.row != after.row:
        ends = [(start, min(start + 12, WIDTH), y)]
        ends.append((after.x - after.half - 18, after.x - after.half - 4, line.y(after)))
    else:
        ends = [(start, after.x - after.half - 4, y)]
    for x, x2, height in ends:
        canvas.path([(x, height), (x2 - 4, height)], colour=ARROW)
        canvas.symbol(x2 - 3, height, "triangle-right", size=36, colour=ARROW)


def _handoff(canvas: Canvas, line: Line, pair: tuple[Place, Place], share: float) -> None:
    before, after = pair
    left, right = before.x + before.half, after.x - after.half
    x, y = (left + right) / 2, line.y(before)
    hands(canvas, x, y - 11)
    if right - left > 30:
        canvas.text(x, y + 13, percent(share), size=9.5, align="center", colour=MUTED)


def hands(canvas: Canvas, x: float, y: float) -> None:
    """Draw the sign of a handoff: two heads."""
    canvas.symbol(x - 3.5, y, "circle", size=38, colour=MUTED)
    canvas.symbol(x + 3.5, y, "circle", size=38, colour=PAPER)
    canvas.symbol(x + 3.5, y, HEAD, size=4, colour=MUTED)


# A ring, as a path: Vega's own symbols are filled or stroked, and one layer does one of the two.
OUTER = "M-3.5,0A3.5,3.5,0,1,1,3.5,0A3.5,3.5,0,1,1,-3.5,0Z"
HEAD = OUTER + "M-2.3,0A2.3,2.3,0,1,0,2.3,0A2.3,2.3,0,1,0,-2.3,0Z"


def _shape(canvas: Canvas, place: Place, y: float) -> None:
    kind, x, half, tall = place.stage["kind"], place.x, place.half, SHAPE / 2
    inside, dy, room = PAPER, 0.0, 2 * half - 6
    if kind == "active":
        canvas.box((x - half, y - tall), (x + half, y + tall), colour=COLOURS[kind], rounded=2)
    elif kind == "wait":
        side = 2 * half
        canvas.symbol(x, y, "triangle-up", size=side * side, colour=COLOURS[kind])
        inside, dy, room = INK, 9, half
    elif kind == "done":
        for radius, colour in ((17.0, COLOURS[kind]), (13.0, PAPER), (10.0, COLOURS[kind])):
            canvas.symbol(x, y, "circle", size=math.pi * radius**2, colour=colour)
        return
    else:
        upper, lower = (x - half, y - tall + 6), (x + half, y + tall - 6)
        canvas.box(upper, lower, colour=COLOURS[kind], rounded=2, edge=COLOURS["cancelled"])
        inside = MUTED
    words = number(place.stage["wip"], 0)
    size = next((s for s in (13, 11, 9.5) if fits(words, room, s, bold=True)), 8)
    canvas.text(x, y + dy, words, size=size, bold=True, align="center", colour=inside)


def _names(canvas: Canvas, line: Line, places: Sequence[Place], y: float) -> float:
    size = 10.5 if line.small else 12
    wrapped = [wrap(p.stage["stage"], line.pitch - 8, size, lines=3, bold=True) for p in places]
    for place, lines in zip(places, wrapped, strict=True):
        colour = MUTED if place.stage["kind"] == "excluded" else INK
        for i, words in enumerate(lines):
            height = y + i * (NAME_LINE if line.small else NAME_LINE + 1)
            canvas.text(place.x, height, words, size=size, bold=True, align="center", colour=colour)
    return y + max(map(len, wrapped)) * (NAME_LINE + 1) + 6


# Pixels from the shapes of a row to the end of its figures, its names being three lines long.
BELOW = 15 + 3 * (NAME_LINE + 1) + 6 + FIGURE_LINE * 6
HEADINGS = ("median visit", "85% of visits", "mean per item", "items", "%C&A", "rework visits")


def _cells(stage: Stage, delivered: int) -> list[tuple[str, str, bool]]:
    """Word the figures of a stage, a (text, colour, bold) for each heading."""
    kind = stage["kind"]
    plain_ink = MUTED if kind == "excluded" else INK
    if kind == "done":
        blank = ("", INK, False)
        return [blank, blank, blank, (number(stage["items"], 0), INK, False), blank, blank]
    rework = rework_share(stage)
    loud = (rework or 0) >= MUTED_REWORK
    return [
        (duration(stage["p50_s"]), plain_ink, True),
        (f"≤ {duration(stage['p85_s'])}" if stage["visits"] else duration(None), plain_ink, False),
        (duration(per_item(stage, delivered)), plain_ink, False),
        (number(stage["items"], 0), plain_ink, False),
        (percent(stage["percent_complete_accurate"]), plain_ink, False),
        (percent(rework), COLOURS["rework"] if loud else plain_ink, loud),
    ]


def rework_share(stage: Stage) -> float | None:
    """Share of a stage's visits that are repeats."""
    return stage["rework_visits"] / stage["visits"] if stage["visits"] else None


def per_item(stage: Stage, delivered: int) -> float | None:
    """Mean seconds that a delivered item spends in the stage, over all its visits."""
    return float(stage["total_s"]) / delivered if delivered else None


def _figures(
    canvas: Canvas, line: Line, places: Sequence[Place], y: float, delivered: int
) -> float:
    right = places[-1].x + line.pitch / 2
    for i, heading in enumerate(HEADINGS):
        middle = y + FIGURE_LINE * (i + 0.5)
        canvas.path([(0, y + FIGURE_LINE * i), (right, y + FIGURE_LINE * i)], colour=FAINT)
        canvas.text(0, middle, heading, size=10.5, colour=MUTED)
    for place in places:
        for i, (words, colour, bold) in enumerate(_cells(place.stage, delivered)):
            middle, size = y + FIGURE_LINE * (i + 0.5), 10 if line.small else 11.5
            canvas.text(place.x, middle, words, size=size, bold=bold, align="center", colour=colour)
    return y + FIGURE_LINE * len(HEADINGS)


def _hit(
    canvas: Canvas, line: Line, place: Place, between: tuple[float, float], delivered: int
) -> None:
    stage, half = place.stage, line.pitch / 2
    tip = {
        "stage": plain(stage["stage"]),
        "kind": str(stage["kind"]),
        "median visit": duration(stage["p50_s"]),
        "85% of visits up to": duration(stage["p85_s"]),
        "95% of visits up to": duration(stage["p95_s"]),
        "mean visit": duration(stage["mean_s"]),
        "mean per delivered item": duration(per_item(stage, delivered)),
        "share of lead time": percent(stage["share_of_lead_time"], 1),
        "items": number(stage["items"], 0),
        "visits": number(stage["visits"], 0),
        "rework visits": f"{number(stage['rework_visits'], 0)} ({percent(rework_share(stage))})",
        "complete and accurate": percent(stage["percent_complete_accurate"], 1),
        "in progress now": number(stage["wip"], 0),
    }
    says = (
        f"{tip['stage']}, {tip['kind']}: median visit {tip['median visit']}, "
        f"{count(stage['items'], 'item')}, {tip['in progress now']} in progress"
    )
    upper, lower = (place.x - half, between[0]), (place.x + half, between[1])
    canvas.hit(upper, lower, tip=tip, says=says)

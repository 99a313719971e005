"""The rework arcs of the map: where work goes back, how often, from where to where."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vsmlib.charts.canvas import Canvas
from vsmlib.charts.line import SHAPE, Line, Place
from vsmlib.charts.text import plain, shorten, width
from vsmlib.charts.theme import COLOURS
from vsmlib.words import number, percent

__all__ = ["Arc", "arcs", "draw_arcs", "room_for"]

MOST = 5
LABEL = 11.0
LOWEST, STEP = 20.0, 16.0  # how high arcs rise, in pixels, and how far apart
ALONG = (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74)  # where on its arc a label may stand
APART = 9.0  # between the ends of two arcs at one stage
FLAT = 0.6  # arcs are flatter than half an ellipse, so that they leave their stages upright

Move = Mapping[str, Any]


@dataclass(frozen=True)
class Arc:
    """A backward move: its figures, its stages, the ends of its arc and how high that rises."""

    move: Move
    start: Place
    end: Place
    x: float
    x2: float
    rise: float = LOWEST
    middle: float = 0.0  # of the label

    @property
    def within(self) -> bool:
        """Tell whether both ends are in one row; else a stub names where it goes."""
        return self.start.row == self.end.row

    @property
    def label(self) -> str:
        """The share of all moves out of the stage."""
        words = percent(self.move["share"])
        return words if self.within else f"{words} to {shorten(self.end.stage['stage'], 90, LABEL)}"

    @property
    def wide(self) -> float:
        """Pixels that the label takes."""
        return width(self.label, LABEL, bold=True)

    @property
    def span(self) -> tuple[float, float]:
        """Left and right end of what the arc takes up."""
        return (self.x2, self.x) if self.within else (self.x - self.wide - 24, self.x)

    def curve(self, steps: int) -> list[tuple[float, float]]:
        """Return points from start to end, heights counted from the arc's foot upwards."""
        if not self.within:
            return [(self.x, 0.0), (self.x, self.rise), (self.x - 6, self.rise)]
        middle, radius = (self.x + self.x2) / 2, (self.x - self.x2) / 2
        turns = [math.pi * i / steps for i in range(steps + 1)]
        return [
            (middle + radius * math.cos(turn), self.rise * abs(math.sin(turn)) ** FLAT)
            for turn in turns
        ]


def arcs(line: Line, moves: Sequence[Move]) -> tuple[list[Arc], int]:
    """Choose the most frequent backward moves and give each its ends and its height.

    Returns
    -------
    list of Arc
        At most five.
    int
        How many backward moves there are in all.
    """
    places = line.by_name()
    back = [
        move
        for move in moves
        if move["backward"] and move["from_stage"] in places and move["to_stage"] in places
    ]
    top = sorted(back, key=lambda move: -int(move["count"]))[:MOST]
    starts = [places[str(move["from_stage"])] for move in top]
    ends = [places[str(move["to_stage"])] for move in top]
    drawn = [
        Arc(move, starts[i], ends[i], _foot(i, starts, ends), _foot(~i, ends, starts))
        for i, move in enumerate(top)
    ]
    return _labelled(_lifted(drawn)), len(back)


def _foot(which: int, here: Sequence[Place], there: Sequence[Place]) -> float:
    """Place an arc's foot among all arcs' feet at one stage, so that no two arcs cross there.

    From the left: what leaves, the shorter first; what arrives (numbered ~0, ~1, …), the longer
    first.
    """
    leaving = which >= 0
    starts, ends = (here, there) if leaving else (there, here)
    stage = here[which if leaving else ~which]
    feet = [(0, _length(a, b), i) for i, (a, b) in _both(starts, ends) if a is stage]
    feet += [(1, -_length(a, b), ~i) for i, (a, b) in _both(starts, ends) if b is stage]
    order = [foot for *_, foot in sorted(feet)]
    return stage.x + (order.index(which) - (len(order) - 1) / 2) * APART


def _both(starts: Sequence[Place], ends: Sequence[Place]) -> list[tuple[int, tuple[Place, Place]]]:
    return list(enumerate(zip(starts, ends, strict=True)))


def _length(start: Place, end: Place) -> int:
    return int(start.stage["position"] - end.stage["position"])


def _lifted(drawn: Sequence[Arc]) -> list[Arc]:
    """Raise each arc above the shorter ones that it shares room with."""
    placed: list[Arc] = []
    for arc in sorted(drawn, key=lambda a: a.span[1] - a.span[0]):
        beside = [o.rise for o in placed if _share_room(arc, o)]
        levels = (LOWEST + STEP * i for i in range(MOST))
        free = next(rise for rise in levels if all(abs(rise - o) >= STEP for o in beside))
        placed.append(replace(arc, rise=free))
    return placed


def _share_room(arc: Arc, other: Arc) -> bool:
    overlap = min(arc.span[1], other.span[1]) - max(arc.span[0], other.span[0])
    return overlap > 0 and arc.start.row == other.start.row


def _labelled(drawn: Sequence[Arc]) -> list[Arc]:
    """Put each label where no other arc and no other label runs through it, if there is a place."""
    placed: list[Arc] = []
    for arc in drawn:
        left, right = arc.span
        spots = [replace(arc, middle=left + (right - left) * at) for at in ALONG]
        if not arc.within:
            spots = [replace(arc, middle=arc.x - 10 - arc.wide / 2)]
        others = [other for other in drawn if other.move is not arc.move]
        free = (s for s in spots if not any(_covers(o, s) for o in others))
        placed.append(next(free, spots[0]))
    return placed


def _covers(other: Arc, arc: Arc) -> bool:
    """Tell whether another arc runs through this one's label."""
    reach = arc.wide / 2 + 4
    return other.start.row == arc.start.row and any(
        abs(x - arc.middle) < reach and abs(height - arc.rise) < STEP / 2
        for x, height in other.curve(96)
    )


def room_for(drawn: Sequence[Arc], row: int) -> float:
    """Pixels that the arcs of a row take above its shapes."""
    return max((arc.rise + STEP for arc in drawn if arc.start.row == row), default=0.0)


def draw_arcs(canvas: Canvas, line: Line, drawn: Sequence[Arc]) -> None:
    """Draw the arcs, each with its share at its height."""
    colour = COLOURS["rework"]
    for arc in drawn:
        foot = line.y(arc.start) - SHAPE / 2 - 6
        points = [(x, foot - height) for x, height in arc.curve(32)]
        canvas.path(points, colour=colour, thick=round(1.2 + 3 * arc.move["share"], 1))
        if arc.within:
            canvas.symbol(*points[-1], "triangle-down", size=52, colour=colour)
        else:
            left = arc.middle - arc.wide / 2 - 6
            canvas.symbol(left, foot - arc.rise, "triangle-left", size=44, colour=colour)
        style: dict[str, Any] = {"size": LABEL, "bold": True, "align": "center", "halo": True}
        canvas.text(arc.middle, foot - arc.rise, arc.label, colour=colour, **style)
        _hit(canvas, arc, foot - arc.rise)


def _hit(canvas: Canvas, arc: Arc, y: float) -> None:
    move, reach = arc.move, arc.wide / 2 + 4
    tip = {
        "rework": f"{plain(move['from_stage'])} back to {plain(move['to_stage'])}",
        "moves": number(move["count"], 0),
        "share of moves out of the stage": percent(move["share"], 1),
    }
    says = f"Rework: {tip['rework']}, {tip['moves']} moves, {percent(move['share'])} of moves out"
    canvas.hit((arc.middle - reach, y - 9), (arc.middle + reach, y + 9), tip=tip, says=says)

"""Stages in a row of the map: their shapes, figures, handoffs, and the arcs of rework."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

from vsmlib.charts.canvas import Canvas
from vsmlib.charts.colours import COLOURS, FAINT, INK, LINE, MUTED, ON_WAIT, PAPER
from vsmlib.charts.frame import fit, plain, width
from vsmlib.words import NO_DATA, duration, number, percent

WIDTH, GUTTER = 928.0, 96.0  # 960 with the padding; the headings of the figures stand in the gutter
MOST_IN_A_ROW, MOST_ARCS = 13, 5
TALL, FIGURE = 42.0, 18.0  # a shape, and a line of figures, in pixels
LOWEST, STEP, APART = 20.0, 16.0, 9.0  # heights of arcs, and the room between their feet
NARROW = 84  # pixels of a column that needs smaller type
HANDED_OVER, LOUD = 0.5, 0.1  # shares from which a change of hands is marked, and rework coloured
DRAWN = ["median visit", "85% of visits", "mean per item", "items", "people", "%C&A"]
DRAWN += ["rework visits"]
SAID = ["median visit", "mean per item", "items", "in progress now"]
FLOWING = ("active", "wait")
CENTRED: dict[str, Any] = {"weight": "bold", "align": "center"}

Stage = Mapping[str, Any]
Moves = Mapping[tuple[str, str], Mapping[str, Any]]


@dataclass(frozen=True)
class Place:
    """Where a stage stands in its row: the middle and the width of its column, in pixels."""

    stage: Stage
    x: float
    room: float

    @property
    def half(self) -> float:
        """Half the width of its shape."""
        return min(self.room / 2 - 10, 50) if self.stage["kind"] in ("active", "excluded") else 24


@dataclass
class Arc:
    """A way back within a row: its stages, the ends of its arc and how high that rises."""

    move: Mapping[str, Any]
    start: Place
    end: Place
    x: float = 0
    x2: float = 0
    rise: float = LOWEST


def in_rows(stages: Sequence[Stage]) -> list[list[Place]]:
    """Give each stage its column, in rows of the same length; cancelled ones are not in line."""
    shown = [stage for stage in stages if stage["kind"] != "cancelled"]
    long = math.ceil(len(shown) / math.ceil(len(shown) / MOST_IN_A_ROW))
    room = (WIDTH - GUTTER) / long
    places = [Place(s, GUTTER + room * (i % long + 0.5), room) for i, s in enumerate(shown)]
    return [places[i : i + long] for i in range(0, len(places), long)]


def figures(stage: Stage, delivered: int) -> dict[str, str]:
    """Word the figures of a stage, heading to text."""
    most = duration(stage["p85_s"])
    return {
        "stage": plain(stage["stage"]),
        "kind": str(stage["kind"]),
        "median visit": duration(stage["p50_s"]),
        "85% of visits": most if most == NO_DATA else f"≤ {most}",
        "mean per item": duration(stage["total_s"] / delivered),
        "share of lead time": percent(stage["share_of_lead_time"], 1),
        "items": number(stage["items"], 0),
        "people": number(stage["people"], 0),
        "visits": number(stage["visits"], 0),
        "rework visits": percent(rework_share(stage)),
        "%C&A": percent(stage["percent_complete_accurate"]),
        "in progress now": number(stage["wip"], 0),
    }


def rework_share(stage: Stage) -> float | None:
    """Share of a stage's visits that are repeats."""
    return stage["rework_visits"] / stage["visits"] if stage["visits"] else None


def arcs(rows: Sequence[Sequence[Place]], moves: Moves) -> list[list[Arc]]:
    """Give the most frequent ways back within a row an arc; return them row by row."""
    back = [
        Arc(move, start, end)
        for row in rows
        for start in row
        for end in row
        if (move := moves.get((start.stage["stage"], end.stage["stage"]))) and move["backward"]
    ]
    drawn = sorted(back, key=lambda arc: -int(arc.move["count"]))[:MOST_ARCS]
    by_row = [[arc for arc in drawn if arc.start in row] for row in rows]
    for row_of_arcs in by_row:
        _set_feet(row_of_arcs)
        _lift(row_of_arcs)
    return by_row


def _set_feet(drawn: Sequence[Arc]) -> None:
    """Put the arcs' feet at a stage beside one another, so that no two arcs cross there."""
    # From the left: what leaves, the shorter first; what arrives, the longer first.
    feet = [(arc.start.x, 0, arc.start.x - arc.end.x, i) for i, arc in enumerate(drawn)]
    feet += [(arc.end.x, 1, arc.end.x - arc.start.x, i) for i, arc in enumerate(drawn)]
    for x, group in groupby(sorted(feet), key=lambda foot: foot[0]):
        here = list(group)
        for n, (_, arrives, _, i) in enumerate(here):
            at = x + (n - (len(here) - 1) / 2) * APART
            setattr(drawn[i], "x2" if arrives else "x", at)


def _lift(drawn: Sequence[Arc]) -> None:
    """Raise each arc above the shorter ones that it shares room with."""
    placed: list[Arc] = []
    for arc in sorted(drawn, key=lambda arc: arc.x - arc.x2):
        beside = {other.rise for other in placed if arc.x2 < other.x and other.x2 < arc.x}
        arc.rise = next(r for i in range(MOST_ARCS) if (r := LOWEST + STEP * i) not in beside)
        placed.append(arc)


def draw_arcs(canvas: Canvas, drawn: Sequence[Arc], y: float) -> None:
    """Draw arcs above the shapes whose middles are at ``y``, each with its share of moves."""
    colour, foot = COLOURS["rework"], y - TALL / 2 - 6
    for arc in drawn:
        bend, top = min(30, (arc.x - arc.x2) / 2), -arc.rise
        path = f"M{arc.x},0C{arc.x},{top},{arc.x - bend / 2},{top},{arc.x - bend},{top}"
        path += f"H{arc.x2 + bend}C{arc.x2 + bend / 2},{top},{arc.x2},{top},{arc.x2},-6"
        canvas.path(path, 0, foot, stroke=colour, thick=round(1.2 + 3 * arc.move["share"], 1))
        canvas.path("M-4.5,-8H4.5L0,0Z", arc.x2, foot, fill=colour)
    for arc in drawn:
        # Half a column left of where it starts: no other arc's foot stands there.
        x, at, words = arc.start.x - arc.start.room / 2, foot - arc.rise, percent(arc.move["share"])
        half = width(words, 11, bold=True) / 2 + 3
        canvas.box(x - half, at - 6, x + half, at + 6, PAPER)
        canvas.text(x, at, words, 11, colour=colour, **CENTRED)
        tip = {
            "rework": f"{plain(arc.start.stage['stage'])} back to {plain(arc.end.stage['stage'])}",
            "moves": number(arc.move["count"], 0),
            "share of moves out of the stage": percent(arc.move["share"], 1),
        }
        says = f"Rework: {tip['rework']}, {words} of the moves out of the stage"
        canvas.hit(x - half, at - 9, x + half, at + 9, tip=tip, says=says)


def draw_row(canvas: Canvas, row: Sequence[Place], moves: Moves, y: float, delivered: int) -> float:
    """Draw a row of stages, the middles of their shapes at ``y``; return where it ends."""
    for before, after in pairwise(row):
        move = moves.get((before.stage["stage"], after.stage["stage"]), {})
        _arrow(canvas, before.x + before.half, after.x - after.half, y, move)
    words = [figures(place.stage, delivered) for place in row]
    if _known(words, "in progress now"):
        canvas.text(0, y - 6, "in progress\nnow", colour=MUTED)
    for place in row:
        _shape(canvas, place, y)
    size, names_at = 10.5 if row[0].room < NARROW else 12, y + TALL / 2 + 15
    names = [fit(place.stage["stage"], place.room - 8, size, lines=3, bold=True) for place in row]
    below = names_at + 14 * (1 + max(name.count("\n") for name in names)) + 6
    drawn = [heading for heading in DRAWN if _known(words, heading)]
    _headings(canvas, drawn, below, row[-1].x + row[-1].room / 2)
    end = below + FIGURE * len(drawn)
    for place, name, told in zip(row, names, words, strict=True):
        colour = MUTED if place.stage["kind"] == "excluded" else INK
        canvas.text(place.x, names_at, name, size, colour=colour, room=place.room - 8, **CENTRED)
        _figures(canvas, place, {heading: told[heading] for heading in drawn}, below, colour)
        left = place.x - place.room / 2
        tip = {heading: text for heading, text in told.items() if _known(words, heading)}
        says = f"{told['stage']}, {told['kind']}: "
        says += ", ".join(f"{heading} {tip[heading]}" for heading in SAID if heading in tip)
        canvas.hit(left, y - TALL / 2 - 4, left + place.room, end, tip=tip, says=says)
    return end


def _known(words: Sequence[Mapping[str, str]], heading: str) -> bool:
    """Say whether any stage has that figure; a line of none is not drawn."""
    return any(told[heading] != NO_DATA for told in words)


def handed_over(move: Mapping[str, Any]) -> bool:
    """Say whether a move mostly changes hands, which the map marks."""
    return (move.get("handoff_share") or 0) >= HANDED_OVER


def _arrow(canvas: Canvas, x: float, x2: float, y: float, move: Mapping[str, Any]) -> None:
    canvas.line(x + 4, y, x2 - 8, y, LINE)
    canvas.path("M-6,-3.5L0,0L-6,3.5Z", x2 - 4, y, fill=LINE)
    if handed_over(move):
        draw_hands(canvas, (x + x2) / 2, y - 11)
        if x2 - x > 30:
            words = percent(move["handoff_share"])
            canvas.text((x + x2) / 2, y + 13, words, 9.5, align="center", colour=MUTED)


def draw_hands(canvas: Canvas, x: float, y: float) -> None:
    """Draw the sign of a handoff: two heads, one of them another's."""
    canvas.disc(x - 3.5, y, 3.5, MUTED)
    canvas.disc(x + 3.5, y, 2.9, PAPER, stroke=MUTED, thick=1.2)


def _shape(canvas: Canvas, place: Place, y: float) -> None:
    kind, x, half = str(place.stage["kind"]), place.x, place.half
    colour, inside, dy, room = COLOURS[kind], PAPER, 0, 2 * half - 6
    if kind == "done":
        for radius, ring in ((17, colour), (13, PAPER), (10, colour)):
            canvas.disc(x, y, radius, ring)
        return
    if kind == "wait":
        canvas.path("M0,-21L24,21H-24Z", x, y, fill=colour)
        inside, dy, room = ON_WAIT, 9, half
    elif kind == "active":
        canvas.box(x - half, y - TALL / 2, x + half, y + TALL / 2, colour)
    else:
        canvas.box(x - half, y - 15, x + half, y + 15, colour, stroke=COLOURS["cancelled"])
        inside = MUTED
    words = number(place.stage["wip"], 0).replace(NO_DATA, "")
    size = next((s for s in (13, 11, 9.5) if width(words, s, bold=True) <= room), 8)
    canvas.text(x, y + dy, words, size, colour=inside, **CENTRED)


def _headings(canvas: Canvas, drawn: Sequence[str], y: float, right: float) -> None:
    for i, heading in enumerate(drawn):
        canvas.line(0, y + FIGURE * i, right, y + FIGURE * i, FAINT)
        canvas.text(0, y + FIGURE * (i + 0.5), heading, colour=MUTED)


def _figures(canvas: Canvas, place: Place, words: Mapping[str, str], y: float, colour: str) -> None:
    size, loud = 10 if place.room < NARROW else 11.5, (rework_share(place.stage) or 0) >= LOUD
    for i, (heading, text) in enumerate(words.items()):
        style = {"weight": "normal", "align": "center", "colour": colour}
        if i == 0:
            style["weight"] = "bold"
        if heading == "rework visits" and loud:
            style |= {"weight": "bold", "colour": COLOURS["rework"]}
        if heading == "items" or place.stage["kind"] != "done":
            canvas.text(place.x, y + FIGURE * (i + 0.5), text, size, **style)

"""Where work goes: stages in a column, moves forward on its left, those back on its right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import altair as alt
import pandas as pd

from vsmlib import measure
from vsmlib.charts import frame
from vsmlib.charts.canvas import Canvas
from vsmlib.charts.colours import COLOURS, MUTED, PAPER, paler
from vsmlib.charts.frame import Row, fit, plain, width
from vsmlib.charts.line import figures
from vsmlib.flow import Flow
from vsmlib.words import count, duration, number, percent

TITLE = "Where does work go back?"
BOX, TOP = 236.0, 62.0  # width of a stage's box; where the first stands
LANES, LANE, MOST_ARCS = 7, 37.0, 14  # beside the boxes, on either side
LEFT, RIGHT = (frame.WIDTH - BOX) / 2, (frame.WIDTH + BOX) / 2
PITCHES = {9: (52.0, 28.0), 15: (42.0, 24.0), 99: (32.0, 20.0)}  # of rows and boxes, by stages
THICKEST = 7.0
FORWARD = paler(MUTED, 0.3)


@dataclass
class Arc:
    """A move past other stages, or back: its ends as places in the column, and its lane."""

    move: Row
    start: int
    end: int
    lane: int = 0
    feet: dict[int, float] = field(default_factory=dict)

    @property
    def span(self) -> tuple[int, int]:
        """The ends from the top."""
        return min(self.start, self.end), max(self.start, self.end)


def transition_graph(flow: Flow) -> alt.LayerChart:
    """Draw the moves between stages as a graph: forward ones, skips, and ways back."""
    return draw_transition_graph(
        measure.stages(flow), measure.transitions(flow), measure.counts(flow)
    )


def draw_transition_graph(
    stages: pd.DataFrame, transitions: pd.DataFrame, summary: Row
) -> alt.LayerChart:
    """Draw the graph from the tables `measure.stages`, `.transitions` and `.summary`."""
    if transitions.empty:
        return frame.nothing(TITLE, "No delivered item moved between stages in this window")
    met = {*transitions["from_stage"], *transitions["to_stage"]}
    column = [row for row in frame.records(stages) if row["stage"] in met]
    place = {row["stage"]: i for i, row in enumerate(column)}
    moves = [
        Arc(row, place[row["from_stage"]], place[row["to_stage"]])
        for row in frame.records(transitions)
    ]
    pitch, tall = next(sizes for most, sizes in PITCHES.items() if len(column) <= most)
    canvas, most = Canvas(), int(transitions["count"].max())
    skips, back = (in_lanes([a for a in moves if side(a)]) for side in (_skips, _returns))
    _steps(canvas, [a for a in moves if a.end == a.start + 1], pitch, tall, most)
    for arcs, colour, right in ((skips, FORWARD, False), (back, COLOURS["rework"], True)):
        _arcs(canvas, arcs, colour, right=right, pitch=pitch, tall=tall, most=most)
    _boxes(canvas, column, pitch, tall, summary["delivered"])
    _headings(canvas, {row["kind"] for row in column}, _left_out(moves, skips, back))
    point = _point(moves)
    return frame.chart(
        canvas.layers(),
        title=f"{TITLE} {point}",
        subtitle=[
            f"moves of {frame.population(summary)}",
            "the wider, the more moves",
            "figures are shares of all moves out of the stage; elapsed time",
        ],
        says=f"Graph of {count(len(column), 'stage')} and {count(len(moves), 'way')} between "
        f"them: {point}.",
        size=(frame.WIDTH, TOP + len(column) * pitch + 4),
    )


def _skips(arc: Arc) -> bool:
    return arc.end > arc.start + 1


def _returns(arc: Arc) -> bool:
    return arc.end < arc.start


def _point(moves: Sequence[Arc]) -> str:
    back = sorted(filter(_returns, moves), key=lambda arc: -int(arc.move["count"]))
    if not back:
        return "Nowhere: every move leads forward"
    whole = sum(int(arc.move["count"]) for arc in moves)
    share = percent(sum(int(arc.move["count"]) for arc in back) / whole)
    names = [fit(back[0].move[end], 220, 17, bold=True) for end in ("from_stage", "to_stage")]
    return f"{share} of all moves lead back, most from {names[0]} to {names[1]}"


def in_lanes(arcs: Sequence[Arc]) -> list[Arc]:
    """Give the most frequent arcs lanes in which none meets another, short ones inside."""
    kept: list[Arc] = []
    for arc in sorted(arcs, key=lambda arc: -int(arc.move["count"])):
        if len(kept) < MOST_ARCS and _laid([*kept, arc]):
            kept.append(arc)
    _laid(kept)
    return kept


def _laid(arcs: Sequence[Arc]) -> bool:
    """Choose the lanes, and say whether there are enough."""
    placed: list[Arc] = []
    for arc in sorted(arcs, key=lambda arc: (arc.span[1] - arc.span[0], arc.span)):
        low, high = arc.span
        taken = {o.lane for o in placed if o.span[0] <= high and low <= o.span[1]}
        # Outside of what it spans, so that its ends cross no shorter arc's lane twice.
        arc.lane = max(taken, default=-1) + 1
        placed.append(arc)
    return all(arc.lane < LANES for arc in placed)


def _set_feet(arcs: Sequence[Arc], tall: float) -> None:
    """Put the feet of arcs at a box below one another, so that none crosses another there."""
    for place in {end for arc in arcs for end in arc.span}:
        here = [arc for arc in arcs if place in arc.span]
        # From the top: what comes from above, the inner lanes first; then the outer ones below.
        here.sort(key=lambda a: (0, a.lane) if place == a.span[1] else (1, -a.lane))
        gap = min(8.0, (tall - 6) / max(1, len(here) - 1))
        for n, arc in enumerate(here):
            arc.feet[place] = (n - (len(here) - 1) / 2) * gap


def _arcs(
    canvas: Canvas,
    arcs: Sequence[Arc],
    colour: str,
    *,
    right: bool,
    pitch: float,
    tall: float,
    most: int,
) -> None:
    _set_feet(arcs, tall)
    edge, way = (RIGHT, 1) if right else (LEFT, -1)
    for arc in sorted(arcs, key=lambda arc: -arc.lane):
        y, y2 = (TOP + (end + 0.5) * pitch + arc.feet[end] for end in (arc.start, arc.end))
        x, turn = edge + way * (26 + arc.lane * LANE), 7 if y2 > y else -7
        path = f"M{edge:.1f},{y:.1f}H{x - 7 * way:.1f}Q{x:.1f},{y:.1f},{x:.1f},{y + turn:.1f}"
        path += f"V{y2 - turn:.1f}Q{x:.1f},{y2:.1f},{x - 7 * way:.1f},{y2:.1f}H{edge + 6 * way:.1f}"
        canvas.path(path, stroke=colour, thick=_thick(arc, most))
        canvas.path(f"M{9 * way},-4.5V4.5L0,0Z", edge + way, y2, fill=colour)
    for arc in arcs:
        x = edge + way * (26 + arc.lane * LANE)
        # Between two rows no arc runs across.
        at = TOP + ((arc.start + arc.end + 1) // 2) * pitch
        _label(canvas, x, at, arc, COLOURS["rework"] if right else MUTED)


def _thick(arc: Arc, most: int) -> float:
    return round(1 + (THICKEST - 1) * int(arc.move["count"]) / most, 1)


def _label(canvas: Canvas, x: float, y: float, arc: Arc, colour: str) -> None:
    words = percent(arc.move["share"])
    half = width(words, 10.5, bold=True) / 2 + 2
    canvas.box(x - half, y - 6, x + half, y + 6, PAPER)
    canvas.text(x, y, words, weight="bold", align="center", colour=colour)
    tip = {
        "move": f"{plain(arc.move['from_stage'])} to {plain(arc.move['to_stage'])}",
        "moves": number(arc.move["count"], 0),
        "share of moves out of the stage": percent(arc.move["share"], 1),
        "median time before it": duration(arc.move["p50_s"]),
    }
    canvas.hit(x - 17, y - 9, x + 17, y + 9, tip=tip, says=f"{tip['move']}: {words} of moves out")


def _steps(canvas: Canvas, steps: Sequence[Arc], pitch: float, tall: float, most: int) -> None:
    """Draw the moves to the very next stage, down the middle."""
    x, gap = frame.WIDTH / 2, pitch - tall
    for step in steps:
        y = TOP + (step.start + 1) * pitch
        canvas.path(
            f"M{x},{y - gap / 2}V{y + gap / 2 - 5}", stroke=FORWARD, thick=_thick(step, most)
        )
        canvas.path("M-5,-7H5L0,0Z", x, y + gap / 2, fill=FORWARD)
        _label(canvas, x + 28, y, step, MUTED)


def _boxes(
    canvas: Canvas, column: Sequence[Row], pitch: float, tall: float, delivered: int
) -> None:
    size = 12 if tall > 20 else 11
    for i, row in enumerate(column):
        y = TOP + (i + 0.5) * pitch
        ends = LEFT, y - tall / 2, RIGHT, y + tall / 2
        canvas.box(*ends, PAPER, stroke=MUTED)
        canvas.box(LEFT, ends[1], LEFT + 10, ends[3], COLOURS[row["kind"]])
        words = number(row["items"], 0)
        canvas.text(RIGHT - 8, y, words, size, align="right", colour=MUTED)
        room = BOX - 36 - width(words, size)
        canvas.text(LEFT + 18, y, fit(row["stage"], room, size, bold=True), size, weight="bold")
        tip = figures(row, delivered)
        says = f"{tip['stage']}, {tip['kind']}: {count(row['items'], 'item')}"
        canvas.hit(*ends, tip=tip, says=says)


def _left_out(moves: Sequence[Arc], *drawn: Sequence[Arc]) -> dict[str, int]:
    return {
        "forward": sum(map(_skips, moves)) - len(drawn[0]),
        "back": sum(map(_returns, moves)) - len(drawn[1]),
    }


def _headings(canvas: Canvas, kinds: set[str], left_out: dict[str, int]) -> None:
    x = 0.0
    for kind in [kind for kind in COLOURS if kind in kinds]:
        canvas.box(x, 3, x + 10, 13, COLOURS[kind])
        canvas.text(x + 15, 8, kind, 11, colour=MUTED)
        x += 32 + width(kind, 11)
    heads = {
        "forward": (LEFT - 8, "right", "forward, past a stage", MUTED),
        "back": (RIGHT + 8, "left", "back to an earlier stage", COLOURS["rework"]),
    }
    for way, (x, align, words, colour) in heads.items():
        rare = f"; {left_out[way]} rarer ways not drawn" if left_out[way] else ""
        canvas.text(x, 38, words + rare, 11, align=align, colour=colour)
    canvas.text(frame.WIDTH / 2, 38, "items", 11, align="center", colour=MUTED)

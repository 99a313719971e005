"""The value stream map, drawn from measured data in the classic notation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from vsmlib import measure, waste
from vsmlib.charts import frame, line
from vsmlib.charts.axes import ticks
from vsmlib.charts.canvas import Canvas
from vsmlib.charts.colours import CAUSES, COLOURS, FAINT, INK, MUTED, ON_WAIT, PANEL, PAPER, paler
from vsmlib.charts.frame import Row, fit, plain, width
from vsmlib.charts.line import CENTRED, FLOWING, GUTTER, WIDTH, Arc, Moves, Place
from vsmlib.flow import Flow
from vsmlib.words import NO_DATA, count, duration, listed, number, percent, unit

STEP, NAMED = 26.0, 48.0  # height of a step of the ladder; how wide it is to bear its name
MOST_VISITS = 1_000_000
BAND = 6.0  # height of the causes along the foot of a wait
KEY = {"active": "active", "wait": "wait", "excluded": "clock stopped", "done": "delivered"}
NOBODY = "No delivered item in this window, so no stage can be timed"
POOLED = "median and 85% of single visits, means and shares pooled over items"
KEY |= {"rework": "goes back"}
MEANT = {
    "people": ("People", "known accounts that moved items out of the stage"),
    "percent_complete_accurate": ("%C&A", "items that leave the stage and never come back to it"),
    "visits": ("Rework visits", "share of visits to a stage the item had left before"),
}
SIGNS = {"wait": "M5,-5L10,4H0Z", "rework": "M0,0L9,-4.5V4.5Z"}
SIGNS |= {"done": "M0,0A4.5,4.5,0,1,1,9,0A4.5,4.5,0,1,1,0,0Z"}


def value_stream_map(flow: Flow, *, causes: bool | None = None) -> alt.LayerChart:
    """Draw the value stream: stages, waits by cause, rework, the time ladder and the totals.

    Parameters
    ----------
    flow : Flow
        The visits.
    causes : bool, optional
        Whether waits are cut by cause. To find causes takes some two seconds for each million
        visits; by default it is done where the flow, and one that it is a part of, have no more.
    """
    tables = measure.stages(flow), measure.transitions(flow), measure.summary(flow)
    if causes is None:
        causes = (flow.whole or flow).visit_count <= MOST_VISITS
    places = waste.waiting(flow).places if causes else None
    over = [*_over(tables[2]), "" if causes else "waits are not cut by cause"]
    return draw_value_stream_map(*tables, flow.stream.name, causes=places, over=over)


def draw_value_stream_map(
    stages: pd.DataFrame,
    transitions: pd.DataFrame,
    summary: Row,
    name: str,
    *,
    ladder_s: float = 0,
    over: Sequence[str] = (),
    causes: pd.DataFrame | None = None,
) -> alt.LayerChart:
    """Draw the map from the tables `measure.stages`, `.transitions` and `.summary`.

    Its ladder is at least ``ladder_s`` long, so that the ladders of several maps can be compared.
    ``over`` says what the figures are made of, where that is not delivered items.
    With ``causes``, the places of `vsmlib.waste.waiting`, waits on it are cut by cause.
    """
    found, delivered = frame.records(stages), summary["delivered"]
    if not delivered:
        return frame.nothing(f"{plain(name)}: value stream map", NOBODY)
    moves = {(row["from_stage"], row["to_stage"]): row for row in frame.records(transitions)}
    canvas, rows, y = Canvas(), line.in_rows(found), 4.0
    by_row = line.arcs(rows, moves)
    kinds = {row["kind"] for row in found} | {"rework" for arcs in by_row if arcs}
    _key(canvas, kinds, hands=any(map(line.handed_over, moves.values())))
    for row, arcs in zip(rows, by_row, strict=True):
        y += 26 + max((arc.rise + line.STEP for arc in arcs), default=0) + line.TALL / 2
        line.draw_arcs(canvas, arcs, y)
        y = line.draw_row(canvas, row, moves, y, delivered)
    parts = _parts(causes)
    y = _cause_key(canvas, parts, _ladder(canvas, rows, y, (delivered, ladder_s), parts))
    y = _totals(canvas, y + 16, summary)
    notes = fit(_notes(found, moves, by_row), WIDTH, 10.5, lines=4)
    canvas.text(0, y + 18, notes, colour=MUTED)
    return frame.chart(
        canvas.layers(),
        title=_point(name, summary),
        subtitle=over or _over(summary),
        says=_says(name, summary, found),
        size=(WIDTH, y + 30 + 13 * notes.count("\n")),
        room=WIDTH,
    )


def _over(summary: Row) -> list[str]:
    return [frame.population(summary), POOLED, "elapsed time", frame.PERCENTILES]


def _key(canvas: Canvas, kinds: set[str], *, hands: bool) -> None:
    x = 0.0
    for kind in [kind for kind in KEY if kind in kinds]:
        canvas.path(SIGNS.get(kind, "M0,-4.5H9V4.5H0Z"), x, 8, fill=COLOURS[kind])
        canvas.text(x + 14, 8, KEY[kind], 11, colour=MUTED)
        x += 30 + width(KEY[kind], 11)
    if hands:
        line.draw_hands(canvas, x + 7, 8)
        canvas.text(x + 18, 8, "changes hands in at least half of the moves", 11, colour=MUTED)


def _ladder(
    canvas: Canvas,
    rows: Sequence[Sequence[Place]],
    y: float,
    over: tuple[int, float],
    parts: Mapping[str, Mapping[str, float]],
) -> float:
    """Draw the time ladder, its steps as wide as they are long, and return where it ends."""
    flowing = [place for row in rows for place in row if place.stage["kind"] in FLOWING]
    means = [float(place.stage["total_s"]) / over[0] for place in flowing]
    if not (whole := max(sum(means), over[1])):
        canvas.text(0, y + 20, "No delivered item spent time in a stage.", 11, colour=MUTED)
        return y + 36
    foot, x, edge = y + (50 if len(rows) == 1 else 30), GUTTER, ""
    scale = (WIDTH - GUTTER) / whole
    canvas.text(0, foot + 12, "time ladder,\nmean per\ndelivered item", colour=MUTED)
    for place, mean in zip(flowing, means, strict=True):
        end, wait = x + mean * scale, place.stage["kind"] == "wait"
        if len(rows) == 1:
            _fan(canvas, place, (x + end) / 2, foot, foot + STEP * (not wait and end - x <= NAMED))
        _step(canvas, place, (x, end), foot, duration(mean))
        if wait and (part := parts.get(place.stage["stage"])):
            _band(canvas, place, (x, end), foot + STEP, part)
        outer = foot if wait else foot + 2 * STEP
        edge += f"{'L' if edge else 'M'}{x:.1f},{outer}H{end:.1f}"
        x = end
    canvas.path(edge, stroke=INK, thick=1.2)
    return _ruler(canvas, foot + 2 * STEP + 14, whole, scale)


def _fan(canvas: Canvas, place: Place, x: float, y: float, end: float) -> None:
    # Curves that cannot cross, from each column to its step, say which step is whose.
    curve = f"C{place.x:.1f},{y - 23},{x:.1f},{y - 23},{x:.1f},{y}V{end}"
    canvas.path(f"M{place.x:.1f},{y - 46}{curve}", stroke=paler(MUTED, 0.75))


def _step(canvas: Canvas, place: Place, ends: tuple[float, float], y: float, mean: str) -> None:
    x, end = ends
    middle, room, wait = (x + end) / 2, end - x - 8, place.stage["kind"] == "wait"
    top, away, colour = (y, y + STEP + 11, ON_WAIT) if wait else (y + STEP, y + STEP - 11, PAPER)
    # A hair of paper between neighbours; steps too short to see stay a hair wide.
    canvas.box(x, top, max(end - 1, x + 1), top + STEP, COLOURS[place.stage["kind"]])
    if width(mean, 12, bold=True) <= room:
        canvas.text(middle, top + STEP / 2, mean, 12, colour=colour, **CENTRED)
    if end - x > NAMED:
        name = fit(place.stage["stage"], room, 10.5)
        canvas.text(middle, away, name, align="center", colour=MUTED, room=room)


def _parts(causes: pd.DataFrame | None) -> dict[str, dict[str, float]]:
    """Shares of each wait by cause, in the order of the causes."""
    made: dict[str, dict[str, float]] = {}
    for row in frame.records(causes) if causes is not None else []:
        made.setdefault(row["stage"], {})[row["what"]] = row["days"]
    return {
        stage: {cause: part[cause] / sum(part.values()) for cause in CAUSES if part.get(cause)}
        for stage, part in made.items()
    }


def _band(
    canvas: Canvas, place: Place, ends: tuple[float, float], y: float, part: Mapping[str, float]
) -> None:
    """Draw along the foot of a wait's step how much of it was for what."""
    x, whole = ends[0], max(ends[1] - ends[0] - 1, 1)
    for cause, share in part.items():
        canvas.box(x, y - BAND, x + whole * share, y, CAUSES[cause], stroke=PAPER, thick=0.5)
        x += whole * share
    worded = listed([f"{cause} {percent(share)}" for cause, share in part.items()])
    tip = {"wait": plain(place.stage["stage"]), "for": worded}
    canvas.hit(ends[0], y - STEP, max(ends[1], ends[0] + 2), y, tip=tip,
               says=f"{tip['wait']}: {worded}")  # fmt: skip


def _cause_key(canvas: Canvas, parts: Mapping[str, Mapping[str, float]], y: float) -> float:
    shown = [cause for cause in CAUSES if any(cause in part for part in parts.values())]
    if not shown:
        return y
    x, said = GUTTER, "band along the foot of a wait, by cause:"
    canvas.text(x, y + 10, said, colour=MUTED)
    x += width(said, 10.5) + 12
    for cause in shown:
        canvas.box(x, y + 5.5, x + 9, y + 14.5, CAUSES[cause])
        canvas.text(x + 14, y + 10, cause, colour=MUTED)
        x += 30 + width(cause, 10.5)
    return y + 20


def _ruler(canvas: Canvas, y: float, whole: float, scale: float) -> float:
    name, length = unit(whole)
    canvas.line(GUTTER, y, WIDTH, y)
    for tick in ticks(whole / length):
        x = GUTTER + tick * length * scale
        canvas.line(x, y, x, y + 4)
        words, align = (number(tick), "center") if tick else (f"0 {name}", "left")
        canvas.text(x, y + 13, words, align=align, colour=MUTED)
    return y + 22


def _totals(canvas: Canvas, y: float, summary: Row) -> float:
    lead, share = summary["lead_time_s"], summary["flow_efficiency"]
    cells = {
        "lead time, median": duration(lead["p50"]),
        "lead time, 85% within": duration(lead["p85"]),
        "lead time, mean": duration(lead["mean"]),
        "process time, mean": duration(None if share is None else lead["mean"] * share),
        "flow efficiency": percent(share, 1 if (share or 0) < 0.1 else 0),
        "rolled %C&A": percent(summary["rolled_percent_complete_accurate"]),
        "in progress (WIP)": number(summary["wip"], 0),
        "delivered per week": number(summary["throughput_per_week"]),
    }
    cells = {heading: words for heading, words in cells.items() if words != NO_DATA}
    pitch = WIDTH / max(1, len(cells))
    canvas.box(0, y, WIDTH, y + 58, PANEL)
    for i, (heading, words) in enumerate(cells.items()):
        size = next((s for s in (18, 16, 14) if width(words, s, bold=True) < pitch - 14), 12)
        canvas.text(i * pitch + 12, y + 22, words, size, weight="bold")
        canvas.text(i * pitch + 12, y + 42, heading, colour=MUTED)
        if i:
            canvas.line(i * pitch, y + 12, i * pitch, y + 46, FAINT)
    return y + 58


def _notes(stages: Sequence[Row], moves: Moves, by_row: Sequence[Sequence[Arc]]) -> str:
    drawn = sum(len(arcs) for arcs in by_row)
    in_line = {row["stage"] for row in stages if row["kind"] != "cancelled"}
    back = sum(move["backward"] and in_line.issuperset(ends) for ends, move in moves.items())
    gone = [plain(row["stage"]) for row in stages if row["kind"] == "cancelled"]
    which = "the most frequent" if len(by_row) == 1 else "the most frequent within a row"
    of = f"{drawn} of {back} ways back, {which}" if back > drawn else "all ways back"
    notes = {
        f"Arcs: {of}, each with its share of all moves out of its stage.": drawn,
        f"Not in line, because work ends there undelivered: {listed(gone)}.": gone,
    } | {f"{heading}: {words}.": _has(stages, column) for column, (heading, words) in MEANT.items()}
    return " ".join(words for words, applies in notes.items() if applies)


def _has(stages: Sequence[Row], column: str) -> bool:
    return any(number(row[column]) != NO_DATA for row in stages)


def _point(name: str, summary: Row) -> str:
    """Say the point: how much of the lead time is waiting, and where most of it is."""
    share, largest = summary["flow_efficiency"], summary["largest_wait"]
    name = fit(name, 420, 17, bold=True)
    if share is None:
        return f"{name}: no time passed in any stage"
    made = f"{name}: {percent(1 - share)} of the lead time is waiting"
    if largest:
        where = fit(largest["stage"], 400, 17, bold=True)
        made += f", above all in {where} ({percent(largest['share_of_lead_time'])})"
    return made


def _says(name: str, summary: Row, stages: Sequence[Row]) -> str:
    lead, kinds = summary["lead_time_s"], [row["kind"] for row in stages if row["kind"] in FLOWING]
    told = f"mean lead time {duration(lead['mean'])}"
    if lead["p50"] is not None:
        told = (
            f"lead time {duration(lead['p50'])} in the median and {duration(lead['p85'])} for 85%"
        )
    return (
        f"Value stream map of {name}: {count(len(kinds), 'stage')}, "
        f"of which {count(kinds.count('wait'), 'wait')}; {told}, "
        f"flow efficiency {percent(summary['flow_efficiency'])}, "
        f"{count(summary['wip'], 'item')} in progress."
    )

"""The ways that items take through the stages, the most frequent first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import altair as alt
import pandas as pd

from vsmlib import measure
from vsmlib.charts import frame
from vsmlib.charts.canvas import Canvas
from vsmlib.charts.colours import COLOURS, FAINT, MUTED, ON
from vsmlib.charts.frame import Row, fit, plain
from vsmlib.flow import Flow
from vsmlib.words import count, duration, number, percent

MOST = 12
LEFT, RIGHT, TOP, PITCH = 116.0, 116.0, 34.0, 34.0  # room for figures, and from row to row
CHIP, TALL, NARROWEST = 30.0, 20.0, 16.0
LONGEST = 400  # letters of a way in words
KEYS, KEY_PITCH = 3, 20.0  # columns of the key, and from row to row


def variants(flow: Flow) -> alt.LayerChart:
    """Draw the most frequent ways of delivered items through the stages."""
    made, stream = measure.variants(flow), flow.stream
    return draw_variants(made, stream.stage_names, stream.kinds, measure.counts(flow))


def draw_variants(
    table: pd.DataFrame, names: Sequence[str], kinds: Sequence[str], summary: Row
) -> alt.LayerChart:
    """Draw the ways from the table `measure.variants` and the stream's stages in flow order."""
    title = "Which ways do items take?"
    if table.empty:
        return frame.nothing(title, "No delivered item in this window")
    shown, ways = table.head(MOST), count(len(table), "way")
    paths, most = steps(shown["path"], names), float(table["share"].iloc[0])
    canvas = Canvas()
    chip = _rows(canvas, frame.records(shown), paths, kinds)
    met = sorted({stage for path in paths for stage in path})
    end = _key(canvas, TOP + len(shown) * PITCH + 16, met, names, kinds)
    point = f"{percent(most)} take the most frequent of {ways}"
    if len(table) == 1:
        point = "All take the same one"
    rest = len(table) - len(shown)
    rare = f"{count(rest, 'rarer way')} of {percent(1 - shown['share'].sum())} of the items"
    long = any(len(path) > _room(chip) for path in paths)
    return frame.chart(
        canvas.layers(),
        title=f"{title} {point}",
        subtitle=[
            frame.population(summary),
            f"{rare} not shown" if rest else "",
            "numbers: stages in flow order, underlined where an item had been before",
            "…: the middle of a long way left out" if long else "",
            "elapsed time",
        ],
        says=f"The {count(len(shown), 'most frequent way')} of {len(table)} through the stages: "
        f"{point}.",
        size=(frame.WIDTH, end),
    )


def steps(paths: Iterable[str], names: Sequence[str]) -> list[list[int]]:
    """Find the stages of paths, as places in flow order, whatever their names hold."""
    known = sorted(names, key=len, reverse=True)
    stage = re.compile("(?:^| > )(" + "|".join(map(re.escape, known)) + ")(?= > |$)")
    place = {name: i for i, name in enumerate(names)}
    return [[place[name] for name in stage.findall(path)] for path in paths]


def _room(chip: float) -> int:
    """Count the chips that a row can hold."""
    return int((frame.WIDTH - LEFT - RIGHT) / chip)


def _rows(
    canvas: Canvas, rows: Sequence[Row], paths: Sequence[Sequence[int]], kinds: Sequence[str]
) -> float:
    """Draw a row a way, and return how wide its chips are."""
    room = frame.WIDTH - LEFT - RIGHT
    chip = min(CHIP, max(NARROWEST, room / max(map(len, paths))))
    heads = {0.0: "share of items", LEFT: "way", frame.WIDTH - RIGHT + 12: "median lead time"}
    for x, words in heads.items():
        canvas.text(x, 10, words, 11, colour=MUTED)
    for i, (row, path) in enumerate(zip(rows, paths, strict=True)):
        y = TOP + (i + 0.5) * PITCH
        canvas.line(0, y - PITCH / 2, frame.WIDTH, y - PITCH / 2, FAINT)
        canvas.text(0, y, percent(row["share"]), 14, weight="bold")
        canvas.text(46, y, f"({number(row['items'], 0)})", 11, colour=MUTED)
        median = duration(row["median_lead_time_s"])
        canvas.text(frame.WIDTH - RIGHT + 12, y, median, 12)
        _way(canvas, path, kinds, y, chip)
        tip = {
            "way": plain(row["path"])[:LONGEST],
            "items": number(row["items"], 0),
            "share": percent(row["share"], 1),
            "median lead time": median,
        }
        says = f"{tip['share']} of items, {count(len(path), 'stage')}: {tip['way']}"
        canvas.hit(0, y - PITCH / 2, frame.WIDTH, y + PITCH / 2, tip=tip, says=says)
    return chip


def _way(canvas: Canvas, path: Sequence[int], kinds: Sequence[str], y: float, chip: float) -> None:
    x, room = LEFT, _room(chip)
    left_out = range(room // 2, len(path) - (room - room // 2 - 1) if len(path) > room else 0)
    for i, stage in enumerate(path):
        if i not in left_out:
            _chip(canvas, (x, y), chip, stage, kinds[stage])
            if stage in path[:i]:
                below = y + TALL / 2
                canvas.box(x, below + 1, x + chip - 3, below + 3.5, COLOURS["rework"])
        elif i == left_out[0]:
            canvas.text(x + chip / 2 - 2, y, "…", 12, align="center", colour=MUTED)
        x += chip if i not in left_out or i == left_out[0] else 0


def _chip(canvas: Canvas, at: tuple[float, float], chip: float, stage: int, kind: str) -> None:
    x, y = at
    canvas.box(x, y - TALL / 2, x + chip - 3, y + TALL / 2, COLOURS[kind])
    style = {"weight": "bold", "align": "center", "colour": ON[kind]}
    canvas.text(x + (chip - 3) / 2, y, str(stage + 1), 11 if chip > 20 else 9.5, **style)


def _key(
    canvas: Canvas, y: float, met: Sequence[int], names: Sequence[str], kinds: Sequence[str]
) -> float:
    """Name the stages that have a chip, column by column, and return where the key ends."""
    canvas.line(0, y - 14, frame.WIDTH, y - 14, FAINT)
    down, across = -(-len(met) // KEYS), frame.WIDTH / KEYS
    for i, stage in enumerate(met):
        x, at = i // down * across, y + 10 + i % down * KEY_PITCH
        canvas.box(x, at - 7, x + 22, at + 7, COLOURS[kinds[stage]])
        style = {"weight": "bold", "align": "center", "colour": ON[kinds[stage]]}
        canvas.text(x + 11, at, str(stage + 1), 10, **style)
        name = fit(plain(names[stage]), across - 110, 11)
        canvas.text(x + 29, at, f"{name} ({kinds[stage]})", 11)
    return y + 10 + down * KEY_PITCH

"""Cumulative flow: how many items stood in which stage, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd

from vsmlib import measure
from vsmlib.charts.axes import HEADROOM, counts, days, span
from vsmlib.charts.frame import edge_labels, framed, nothing
from vsmlib.charts.text import plain, shorten
from vsmlib.charts.theme import COLOURS, INK, MUTED, paler
from vsmlib.words import count, number

if TYPE_CHECKING:
    from vsmlib.flow import Flow

__all__ = ["cumulative_flow", "draw_cumulative_flow"]

MOST_DAYS = 400
PLOT = 635, 380


def cumulative_flow(flow: Flow) -> alt.LayerChart:
    """Draw how many items stood in which stage at the end of each local day.

    Parameters
    ----------
    flow : Flow
        The visits.
    """
    return draw_cumulative_flow(measure.wip(flow), flow.stream.stage_names, flow.stream.kinds)


def draw_cumulative_flow(
    wip: pd.DataFrame, names: Sequence[str], kinds: Sequence[str]
) -> alt.LayerChart:
    """Draw cumulative flow from the table `measure.wip` and the stream's stages in flow order.

    Of more than 400 days every second, third, … is drawn, counted back from the last.
    """
    if wip.empty:
        return nothing("Cumulative flow", "No day in this window")
    stack = _Stack.of(wip, list(zip(names, kinds, strict=True)))
    table, (first, last) = stack.table, stack.table["day"].iloc[[0, -1]]
    end = {name: int(table[f"n{i}"].iloc[-1]) for i, (name, kind) in stack.open}
    under_way, fullest = (
        count(sum(end.values()), "item"),
        max(end, key=lambda n: end[n], default=""),
    )
    where = f"{number(end[fullest], 0)} in {shorten(fullest, 400, 17)}" if any(end.values()) else ""
    often = "each local day" if stack.step == 1 else f"every {stack.step} local days"
    return framed(
        [*_areas(stack), _readings(stack), _names(stack)],
        table=table,
        title=f"Cumulative flow: {under_way} in progress at the end" + (where and f", {where}"),
        subtitle=[
            f"all items, {first} to {last}",
            "cancelled ones leave the picture",
            f"counted {often}, at the end of the day",
        ],
        says=(
            f"Stacked areas of {count(len(stack.stages), 'stage')} from {first} to {last}: "
            f"{under_way} in progress at the end" + (where and f", {where}") + "."
        ),
        width=PLOT[0],
        height=PLOT[1],
    )


@dataclass(frozen=True)
class _Stack:
    """The stages as they lie on one another, the lowest first, and their counts by day.

    The table has ``when, day``, each stage's count ``n0, n1, …`` and the heights of its lower and
    upper edge, ``y0, y1, …``: names from outside are never names of fields.
    """

    stages: list[tuple[str, str]]
    table: pd.DataFrame
    step: int

    @classmethod
    def of(cls, wip: pd.DataFrame, stages: list[tuple[str, str]]) -> _Stack:
        # What is done piles up at the bottom; above it the flow runs from the top downwards.
        upwards = [stage for stage in reversed(stages) if stage[1] != "cancelled"]
        upwards.sort(key=lambda stage: stage[1] != "done")
        levels = wip.pivot(index="date", columns="stage", values="wip")
        step = -(-len(levels) // MOST_DAYS)
        levels = levels[[name for name, _ in upwards]].iloc[(len(levels) - 1) % step :: step]
        when = pd.to_datetime(levels.index).tz_localize("UTC")
        level = levels.to_numpy().astype("int64")
        table = pd.DataFrame({"when": when, "day": when.strftime("%Y-%m-%d"), "y0": 0})
        for i in range(len(upwards)):
            table[f"n{i}"], table[f"y{i + 1}"] = level[:, i], level[:, : i + 1].sum(axis=1)
        if len(table) == 1:  # an area needs two ends: a single day is drawn from its beginning on
            table = pd.concat([table.assign(when=when - pd.Timedelta(days=1)), table])
        return cls(upwards, table, step)

    @property
    def open(self) -> list[tuple[int, tuple[str, str]]]:
        """Numbered stages in which work is in progress."""
        return [(i, stage) for i, stage in enumerate(self.stages) if stage[1] != "done"]

    @property
    def top(self) -> int:
        """Height of the pile at its highest."""
        return max(1, int(self.table[f"y{len(self.stages)}"].max()))

    def x(self) -> alt.X:
        """Return the axis of days."""
        return days(span(self.table["when"], 0))

    def y(self, level: int) -> alt.Y:
        """Return the axis of items, for the lower edge of a stage."""
        return counts(f"y{level}", self.top, "Items")

    def colours(self) -> list[str]:
        """Give each stage its kind's colour, every other one of a kind paler; done is a ground."""
        seen: dict[str, int] = {}
        made = []
        for _, kind in self.stages:
            seen[kind] = seen.get(kind, -1) + 1
            made.append(paler(COLOURS[kind], 0.3 * (seen[kind] % 2) + 0.45 * (kind == "done")))
        return made


def _areas(stack: _Stack) -> list[alt.Chart]:
    made = []
    for i, colour in enumerate(stack.colours()):
        mark = alt.Chart().mark_area(color=colour, stroke="white", strokeWidth=0.6, aria=False)
        made.append(mark.encode(stack.x(), stack.y(i), alt.Y2(f"y{i + 1}:Q")))
    return made


def _readings(stack: _Stack) -> alt.Chart:
    """Let the pointer read each day's counts, from the top downwards."""
    tips = [alt.Tooltip("day:N", title="day")]
    for i, (name, _) in reversed(list(enumerate(stack.stages))):
        # Vega's tooltip shows what stands under either of these two headings as something else.
        heading = plain(name) + ("." if plain(name) in ("title", "image") else "")
        tips.append(alt.Tooltip(f"n{i}:Q", title=heading, format=",d"))
    wide = max(1.0, PLOT[0] / len(stack.table))
    mark = alt.Chart().mark_rule(strokeWidth=wide, opacity=0, aria=False)
    upper = alt.Y2(f"y{len(stack.stages)}:Q")
    made: alt.Chart = mark.encode(stack.x(), stack.y(0), upper, tooltip=tips)
    return made


def _names(stack: _Stack) -> alt.LayerChart:
    """Write the stages beside their last heights, from the top, so that flat ones are in order."""
    last, colours = stack.table.iloc[-1], stack.colours()
    labels: list[dict[str, Any]] = []
    for i, (name, kind) in reversed(list(enumerate(stack.stages))):
        middle = float(last[f"y{i}"] + last[f"y{i + 1}"]) / 2
        label = {"text": f"{shorten(name, 125, 11)}: {number(last[f'n{i}'], 0)}"}
        label["colour"] = MUTED if kind == "excluded" else INK
        place = PLOT[1] * (1 - middle / stack.top / HEADROOM)
        labels.append({**label, "swatch": colours[i], "y0": middle, "place": place})
    return edge_labels(labels, PLOT[0] + 6, stack.y(0), gap=13, ends=(4, PLOT[1] - 4))

"""Counts over time: cumulative flow and work in progress by day, and throughput by week."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

import altair as alt
import pandas as pd

from vsmlib import measure
from vsmlib.charts import axes, frame
from vsmlib.charts.colours import COLOURS, INK, MUTED, PAPER, paler
from vsmlib.charts.data import held
from vsmlib.charts.frame import Layer, Row, fit, plain
from vsmlib.flow import Flow
from vsmlib.words import DAY, count, duration, number

MOST_DAYS, MOST_BARS, SHORTEST = 250, 160, 13
LINES = ((PAPER, 4), (INK, 1.6))
PILE, BARS = (635.0, 380.0), (745.0, 300.0)


def cumulative_flow(flow: Flow, weeks: int | None = None) -> alt.LayerChart:
    """Draw how many items stood in which stage at the end of each local day.

    The triangle is Little's law, read off the last so many weeks, or the last quarter of the time:
    as high as the items in the stream on average, as steep as they leave, and so as wide as the
    time that each one stays.
    """
    weeks = weeks or max(SHORTEST, round(measure.window(flow)["days"] / 28))
    reading = measure.littles_law(flow, weeks=weeks)
    names, kinds = flow.stream.stage_names, flow.stream.kinds
    return draw_cumulative_flow(measure.wip(flow), names, kinds, reading)


@frame.unchecked
def draw_cumulative_flow(
    wip: pd.DataFrame, names: Sequence[str], kinds: Sequence[str], reading: Row | None = None
) -> alt.LayerChart:
    """Draw cumulative flow from the table `measure.wip` and the stream's stages in flow order.

    With the figures of `measure.littles_law` it has their triangle. Of more than 250 days every
    second, third, … is drawn, counted back from the last.
    """
    if wip.empty:
        return frame.nothing("Cumulative flow", "No day in this window")
    upwards = [stage for stage in zip(names, kinds, strict=True) if stage[1] != "cancelled"][::-1]
    # What is done piles up at the bottom; above it the flow runs from the top downwards.
    upwards.sort(key=lambda stage: stage[1] != "done")
    every = -(-wip["date"].nunique() // MOST_DAYS)
    pile = _pile(wip, [name for name, _ in upwards], every)
    first, last = pile["day"].iloc[[0, -1]]
    held = [(pile[f"n{i}"].iloc[-1], s) for i, (s, kind) in enumerate(upwards) if kind != "done"]
    point = f"{count(sum(n for n, _ in held), 'item')} in progress at the end"
    often = "local day" if every == 1 else f"{every} local days"
    most, fullest = max(held, default=(0, ""))
    point += f", {number(most, 0)} in {fit(fullest, 400, 17)}" if most else ""
    if reading and reading["mean_time_in_stream_s"]:
        edge = f"y{[kind for _, kind in upwards].count('done')}"
        layers, told = _with_triangle(pile, upwards, edge, reading)
    else:
        layers, told = _areas(pile, upwards), ""
    return frame.chart(
        layers,
        title=f"Cumulative flow: {point}",
        subtitle=[
            f"all items, {first} to {last}, cancelled ones leave the picture",
            f"counted every {often}, at the end of the day",
            told,
        ],
        says=f"Stacked areas of {count(len(upwards), 'stage')} from {first} to {last}: {point}. "
        f"{told}.",
        size=PILE,
    )


def _pile(
    wip: pd.DataFrame, upwards: Sequence[str], every: int, fullest: Hashable = None
) -> pd.DataFrame:
    """Lay the stages on one another: their counts ``n0, n1, …`` and their edges ``y0, y1, …``."""
    levels = wip.pivot(index="date", columns="stage", values="wip")
    levels = pd.DataFrame(levels[list(upwards)])
    kept = levels.index[(len(levels) - 1) % every :: every]
    levels = levels[levels.index.isin([*kept, fullest])]
    if len(levels) == 1:  # an area needs two ends: a single day is drawn from its beginning on
        levels = pd.concat([levels.shift(-1, freq="D"), levels])
    edges = levels.cumsum(axis=1).set_axis([f"y{i + 1}" for i in range(len(upwards))], axis=1)
    counts = levels.set_axis([f"n{i}" for i in range(len(upwards))], axis=1)
    pile = pd.concat([counts, edges], axis=1).rename_axis("date").reset_index()
    return pile.assign(when=axes.iso(pile["date"]), day=pile["date"].dt.strftime("%Y-%m-%d"), y0=0)


def _areas(
    pile: pd.DataFrame, upwards: Sequence[tuple[str, str]], top: int | None = None
) -> list[Layer]:
    last, top = pile.iloc[-1], top or _top(pile)
    base = alt.Chart()
    layers: list[Layer] = []
    labels, tips = [], [alt.Tooltip("day:N")]
    for i, (name, kind) in reversed(list(enumerate(upwards))):
        odd = [kind for _, kind in upwards[:i]].count(kind) % 2
        colour = paler(COLOURS[kind], 0.3 * odd + 0.45 * (kind == "done"))
        edges = axes.counts(f"y{i}", top, "Items"), alt.Y2(f"y{i + 1}:Q")
        area = base.mark_area(color=colour, stroke=PAPER, strokeWidth=0.6, aria=False)
        layers.append(area.encode(*edges))
        # Vega's tooltip shows what stands under either of these two headings as something else.
        heading = plain(name) + ("." if plain(name) in ("title", "image") else "")
        tips.append(alt.Tooltip(f"n{i}:Q", title=heading, format=",d"))
        middle = (last[f"y{i}"] + last[f"y{i + 1}"]) / 2 / top / axes.HEADROOM
        label = {"text": f"{fit(name, 125, 11)}: {last[f'n{i}']:,}", "swatch": colour}
        label["colour"] = MUTED if kind == "excluded" else INK
        labels.append({**label, "place": PILE[1] * (1 - middle)})
    whole = axes.counts("y0", top, "Items"), alt.Y2(f"y{len(upwards)}:Q")
    over = base.mark_rule(strokeWidth=max(1, PILE[0] / len(pile)), opacity=0, aria=False)
    layers.append(over.encode(*whole, tooltip=tips))
    # One layer around those of the same rows and days: both are then written once, not by stage.
    piled = frame.layered(layers, data=held(pile.drop(columns="date")))
    piled = piled.encode(axes.days("when", pile["date"]))
    return [piled, frame.labels(labels, PILE[0] + 6, PILE[1], gap=13)]


def _with_triangle(
    pile: pd.DataFrame, upwards: Sequence[tuple[str, str]], edge: str, reading: Row
) -> tuple[list[Layer], str]:
    """Draw Little's law over the pile's end, if it has the room, and say what it reads."""
    stay, (first, end) = reading["mean_time_in_stream_s"], pile["date"].iloc[[0, -1]]
    told = _told(reading)
    level = pile[edge].iloc[-1]
    high = level + reading["mean_wip"]
    if stay > (end - first).total_seconds() or high > 1.5 * _top(pile):
        return _areas(pile, upwards), told
    start = end - pd.Timedelta(seconds=stay)
    top = max(_top(pile), math.ceil(high))
    corners = pd.DataFrame({"date": [start, end, end, start], "n": range(4)})
    rows = corners.assign(when=axes.iso(corners["date"]), y0=[level, level, high, level])
    base = frame.rows(rows.drop(columns="date")).encode(
        axes.days("when", pile["date"]), axes.counts("y0", top, "Items"), alt.Order("n:Q")
    )
    lines = (base.mark_line(color=c, strokeWidth=w, aria=False) for c, w in LINES)
    return [*_areas(pile, upwards, top), *lines], f"triangle: {told}"


def _told(reading: Row) -> str:
    mean, into, out = (
        number(reading[name]) for name in ("mean_wip", "arrivals_per_week", "departures_per_week")
    )
    weeks, lead = round(reading["days"] / 7), reading["mean_lead_time_s"]
    last = count(weeks, "week") if weeks > 1 else duration(reading["days"] * DAY)
    told = f"Little's law, last {last}: {mean} in the stream on average, {into} arrive and {out} "
    told += f"leave a week, so each stays about {duration(reading['mean_time_in_stream_s'])}"
    return told if lead is None else f"{told}, while the mean lead time is {duration(lead)}"


def _top(pile: pd.DataFrame) -> int:
    """Return the height of the pile."""
    return max(1, int(pile.filter(regex=r"^y\d").to_numpy().max()))


def wip_over_time(flow: Flow) -> alt.LayerChart:
    """Draw how many items in progress stood in which stage at the end of each local day."""
    return draw_wip_over_time(measure.wip(flow), flow.stream.stage_names, flow.stream.kinds)


@frame.unchecked
def draw_wip_over_time(
    wip: pd.DataFrame, names: Sequence[str], kinds: Sequence[str]
) -> alt.LayerChart:
    """Draw work in progress from the table `measure.wip` and the stream's stages in flow order.

    Of more than 250 days every second, third, … is drawn, and the fullest one.
    """
    title = "How much is in progress?"
    stages = zip(names, kinds, strict=True)
    upwards = [stage for stage in stages if stage[1] not in ("done", "cancelled")][::-1]
    shown = [name for name, _ in upwards]
    levels = wip[wip["stage"].isin(shown)].groupby("date")["wip"].sum()
    if levels.empty or not levels.max():
        return frame.nothing(title, "No item was in progress at the end of any day in this window")
    every = -(-len(levels) // MOST_DAYS)
    pile = _pile(wip, shown, every, fullest=levels.idxmax())
    most, day = number(levels.max(), 0), f"{levels.idxmax():%Y-%m-%d}"
    point = f"{count(levels.iloc[-1], 'item')} at the end, at most {most} on {day}"
    often = "local day" if every == 1 else f"{every} local days"
    return frame.chart(
        _areas(pile, upwards),
        title=f"{title} {point}",
        subtitle=[
            f"all items in progress, {pile['day'].iloc[0]} to {pile['day'].iloc[-1]}",
            f"counted every {often}, at the end of the day",
            "the first stage on top",
        ],
        says=f"Stacked areas of {count(len(upwards), 'stage')}: {point}.",
        size=PILE,
    )


def throughput(flow: Flow) -> alt.LayerChart:
    """Draw how many items were delivered each week (each four of more than 160), and arrived."""
    weeks = 1 if measure.window(flow)["days"] <= 7 * MOST_BARS else 4
    return draw_throughput(measure.throughput(flow, weeks=weeks), measure.counts(flow), weeks)


def draw_throughput(table: pd.DataFrame, summary: Row, weeks: int = 1) -> alt.LayerChart:
    """Draw throughput from `measure.throughput`, of so many weeks a row, and `measure.summary`."""
    title = "How many items are delivered?"
    if table.empty or not table[["delivered", "arrived"]].to_numpy().any():
        return frame.nothing(title, "No item arrived or was delivered in this window")
    out, into = number(summary["throughput_per_week"]), number(summary["arrivals_per_week"])
    return frame.chart(
        _bars(table, weeks, (summary["throughput_per_week"] or 0) * weeks),
        title=f"{title} {out} a week, while {into} arrive",
        subtitle=[
            f"{frame.population(summary)}, {count(summary['arrived'], 'item')} arrived",
            "means over this window",
            "" if table["complete"].all() else "faint: observed in part",
        ],
        says=f"Bars of items delivered per {_period(weeks)} with a line of arrivals: "
        f"on average {out} delivered and {into} arrived a week.",
        size=BARS,
    )


def _period(weeks: int) -> str:
    return "week" if weeks == 1 else f"{weeks} weeks"


def _rows(table: pd.DataFrame, weeks: int) -> pd.DataFrame:
    start, length = table["week"], pd.Timedelta(days=7 * weeks)
    out, into = table["delivered"].map("{:,}".format), table["arrived"].map("{:,}".format)
    begins = start.dt.strftime("%Y-%m-%d")
    return table[["delivered", "arrived", "cancelled", "complete"]].assign(
        begins=begins,
        when=axes.iso(start),
        middle=axes.iso(start + length / 2),
        end=axes.iso(start + length * 0.86),
        zero=0,
        pale=table["complete"].map({True: 1.0, False: 0.4}),
        says=f"{_period(weeks)} from " + begins + ": " + out + " delivered, " + into + " arrived",
    )


def _bars(table: pd.DataFrame, weeks: int, mean: float) -> list[Layer]:
    rows, top = _rows(table, weeks), max(1, *table["delivered"], *table["arrived"])
    y, into = (axes.counts(f, top, f"Items per {_period(weeks)}") for f in ("delivered", "arrived"))
    bars = frame.rows(rows).mark_rect(color=paler(COLOURS["done"], 0.45))
    bars = bars.encode(axes.days("when", table["week"]), alt.X2("end:T"), y, alt.Y2("zero:Q"))
    tips = frame.tips(["begins", "delivered", "arrived", "cancelled"])
    bars = bars.encode(frame.raw(alt.Opacity, "pale:Q"), alt.Description("says:N"), tooltip=tips)
    # Arrivals of a part week would look like a slump; paper around the line parts it from bars.
    whole = rows[rows["complete"]] if rows["complete"].any() else rows
    base = frame.rows(whole).encode(axes.days("middle", table["week"]), into)
    paper, line = (base.mark_line(color=c, strokeWidth=w, aria=False) for c, w in LINES)
    rule = frame.rows([{"delivered": mean}]).mark_rule(strokeDash=[4, 3], color=MUTED, aria=False)
    out, into_last = whole.iloc[-1][["delivered", "arrived"]]
    levels = {"arrived": into_last, f"mean {number(mean)}": mean, "delivered": out / 2}
    labels = [
        {"text": text, "colour": INK, "place": BARS[1] * (1 - level / top / axes.HEADROOM)}
        for text, level in levels.items()
    ]
    return [bars, paper, line, rule.encode(y), frame.labels(labels, BARS[0] + 8, BARS[1])]

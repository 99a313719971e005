"""Shares over time: flow efficiency, and what sorts of items are delivered."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from vsmlib import measure
from vsmlib.charts import axes, frame
from vsmlib.charts.colours import COLOURS, FAINT, INK, MUTED, paler
from vsmlib.charts.frame import Layer, Row, fit, plain
from vsmlib.flow import Flow
from vsmlib.measure.groups import NO_VALUE
from vsmlib.words import count, listed, percent

PERIODS, MOST_PERIODS = (1, 4, 13, 52), 53
PLOT = (730.0, 280.0)
FEW = 5  # delivered items below which a share says little, and is drawn pale
PALE = f"pale: fewer than {FEW} items, or observed in part"
MOST_ROWS, TALL, APART, NAMES, ENDS = 7, 46.0, 18.0, 150.0, 130.0


def period(window: Row) -> int:
    """Choose how many weeks a row has, so that there are not too many rows to see."""
    days = window["days"]
    return next((weeks for weeks in PERIODS if days <= 7 * weeks * MOST_PERIODS), PERIODS[-1])


def worded(weeks: int) -> str:
    """Say how long a period is: week, 4 weeks."""
    return "week" if weeks == 1 else f"{weeks} weeks"


def _local(weeks: int) -> str:
    return "each local week" if weeks == 1 else f"every {weeks} local weeks"


def flow_efficiency_over_time(flow: Flow) -> alt.LayerChart:
    """Draw the flow efficiency of the items delivered in each period, of one or more weeks."""
    summary, weeks = measure.totals(flow), period(measure.window(flow))
    return draw_flow_efficiency_over_time(measure.efficiency(flow, weeks=weeks), summary, weeks)


def draw_flow_efficiency_over_time(
    table: pd.DataFrame, summary: Row, weeks: int = 1
) -> alt.LayerChart:
    """Draw efficiency from `measure.efficiency`, of so many weeks a row, and `measure.summary`."""
    title = "Does work flow better?"
    if not table["flow_efficiency"].notna().any():
        return frame.nothing(title, "No delivered item took any time in this window")
    whole, half = summary["flow_efficiency"], (len(table) + 1) // 2
    early, late = (percent(_pooled(part)) for part in (table[:half], table[half:]))
    point = f"{percent(whole)} of lead time is work"
    if _pooled(table[half:]) is not None and _pooled(table[:half]) is not None:
        point += f": {early} in the first half, {late} in the second"
    known = table[table["flow_efficiency"].notna()].reset_index(drop=True)
    return frame.chart(
        _efficiencies(known, whole, weeks),
        title=f"{title} {point}",
        subtitle=[
            frame.population(summary),
            f"flow efficiency pooled over the items delivered in {_local(weeks)}",
            "elapsed time",
            "the larger, the more items",
            PALE,
        ],
        says=f"Flow efficiency per {worded(weeks)} of {count(summary['delivered'], 'item')}: "
        f"{point}.",
        size=PLOT,
    )


def _pooled(table: pd.DataFrame) -> float | None:
    lead = float(table["lead_time_s"].sum())
    return float(table["process_time_s"].sum()) / lead if lead else None


def _efficiencies(table: pd.DataFrame, whole: float, weeks: int) -> list[Layer]:
    begins, share = table["week"].dt.strftime("%Y-%m-%d"), table["flow_efficiency"]
    rows = pd.DataFrame({"begins": begins, "flow efficiency": share.map(percent)})
    rows["items"], rows["share"] = table["delivered"], share
    rows["says"] = f"{worded(weeks)} from " + begins + ": " + rows["flow efficiency"] + " of "
    rows["says"] += table["delivered"].map(lambda n: count(n, "item"))
    rows["middle"] = axes.iso(table["week"] + pd.Timedelta(days=3.5 * weeks))
    rows["size"] = (24 + 300 * table["delivered"] / table["delivered"].max()).round(1)
    rows["pale"] = _pale(table["delivered"], table["complete"])
    top = min(1.0, max(0.1, float(share.max())) * 1.1)
    axis = alt.Axis(title="Flow efficiency", format="%", tickCount=5)
    y = alt.Y("share:Q", axis=axis, scale=alt.Scale(domain=[0, top], nice=False))
    base = frame.rows(rows).encode(axes.days("middle", table["week"], padding=12), y)
    line = base.mark_line(color=MUTED, strokeWidth=1, aria=False)
    style: Any = {"shape": "square", "filled": True, "color": COLOURS["active"], "strokeWidth": 0}
    dots = base.mark_point(**style).encode(
        frame.raw(alt.Size, "size:Q"),
        frame.raw(alt.Opacity, "pale:Q"),
        alt.Description("says:N"),
        tooltip=frame.tips(["begins", "flow efficiency", "items"]),
    )
    rule = frame.rows([{"share": whole}]).mark_rule(strokeDash=[4, 3], color=INK, aria=False)
    words = {
        "text": f"pooled {percent(whole)}",
        "colour": INK,
        "place": PLOT[1] * (1 - whole / top),
    }
    return [line, dots, rule.encode(y), frame.labels([words], PLOT[0] + 8, PLOT[1])]


def _pale(delivered: pd.Series[int], complete: pd.Series[bool]) -> pd.Series[float]:
    return ((delivered >= FEW) & complete).map({True: 0.95, False: 0.35})


def flow_distribution(flow: Flow, column: str = "item_type") -> alt.LayerChart:
    """Draw what sorts of items are delivered, as shares of each period's deliveries."""
    summary, weeks = measure.counts(flow), period(measure.window(flow))
    table = measure.distribution(flow, column, weeks=weeks)
    return draw_flow_distribution(table, summary, weeks)


def draw_flow_distribution(table: pd.DataFrame, summary: Row, weeks: int = 1) -> alt.LayerChart:
    """Draw distribution from `measure.distribution`, of so many weeks a row, and `.summary`.

    Of more than seven sorts the six most frequent have a row, and the others one together.
    """
    title, column = "What is delivered?", table.columns[1]
    if table.empty:
        return frame.nothing(title, "No delivered item in this window")
    if set(table[column]) == {NO_VALUE}:
        return frame.nothing(title, f"No delivered item says of which {plain(column)} it is")
    shares = _shares(table, column)
    sums = shares.groupby("row").agg({"sort": "first", "delivered": "sum"}).reset_index()
    whole = [percent(n / summary["delivered"]) for n in sums["delivered"]]
    parts = [f"{fit(sort, 150, 17)} {n}" for sort, n in zip(sums["sort"], whole, strict=True)]
    point = listed(parts[:3])
    if len(sums) == 1:
        point = f"Nothing but {fit(sums['sort'].iloc[0], 300, 17)}"
    return frame.chart(
        _rows(shares, sums.assign(whole=whole), weeks),
        title=f"{title} {point}",
        subtitle=[
            frame.population(summary),
            f"shares by {plain(column)} of the items delivered in {_local(weeks)}",
            f"the highest bar is {percent(shares['share'].max())}",
            "over the whole window at the right",
            PALE,
        ],
        says=f"Bars of the shares of {count(len(sums), 'sort')} of items in what is delivered per "
        f"{worded(weeks)}, {count(summary['delivered'], 'item')} in all: {listed(parts)}.",
        size=(frame.WIDTH - NAMES - ENDS, len(sums) * (TALL + APART)),
    )


def _shares(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Give the most frequent sorts a row each, numbered from the top, and the rest the last."""
    sorts = list(dict.fromkeys(table[column]))
    own = sorts if len(sorts) <= MOST_ROWS else sorts[: MOST_ROWS - 1]
    row = table[column].map({sort: i for i, sort in enumerate(own)}).fillna(len(own))
    names = [plain(sort) for sort in own] + [f"{len(sorts) - len(own)} others"]
    made = table.assign(row=row.astype(int), sort=[names[int(i)] for i in row])
    how = {"sort": "first", "delivered": "sum", "share": "sum", "complete": "first"}
    made = made.groupby(["row", "week"], sort=True).agg(how).reset_index()
    made["whole"] = made.groupby("week")["delivered"].transform("sum")
    return made


def _rows(shares: pd.DataFrame, sums: pd.DataFrame, weeks: int) -> list[Layer]:
    feet = [row * (TALL + APART) + TALL + APART / 2 for row in range(len(sums))]
    rows, upright = _bars(shares, feet, weeks), frame.raw(alt.Y, "top:Q", axis=None)
    drawn = (
        frame.rows(rows)
        .mark_rect(color=paler(COLOURS["done"], 0.3))
        .encode(
            axes.days("when", shares["week"]),
            alt.X2("end:T"),
            upright,
            alt.Y2("foot:Q"),
            frame.raw(alt.Opacity, "pale:Q"),
            alt.Description("says:N"),
            tooltip=frame.tips(["begins", "sort", "share", "items"]),
        )
    )
    line = frame.rows([{"top": y} for y in feet]).mark_rule(color=FAINT, aria=False)
    words = sums.assign(top=feet, name=[fit(s, NAMES - 14, 12, lines=2) for s in sums["sort"]])
    top = f"{sums['whole'].iloc[0]} of {count(int(sums['delivered'].sum()), 'item')}"
    words["whole"] = [top, *sums["whole"].iloc[1:]]
    style: Any = {"align": "left", "baseline": "bottom", "fontSize": 12, "aria": False}
    after = frame.rows(words[["top", "whole"]]).mark_text(fontWeight="bold", **style)
    words["top"] -= 14 * words["name"].str.count("\n")
    before = frame.rows(words[["top", "name"]]).mark_text(lineBreak="\n", **style)
    across = frame.WIDTH - NAMES - ENDS
    return [
        line.encode(upright),
        drawn,
        after.encode(upright, alt.Text("whole:N"), x=frame.fixed(alt.XValue, across + 8)),
        before.encode(upright, alt.Text("name:N"), x=frame.fixed(alt.XValue, -NAMES)),
    ]


def _bars(shares: pd.DataFrame, feet: list[float], weeks: int) -> pd.DataFrame:
    """Give each share its bar, in pixels, on the common scale of all rows."""
    start, begins = shares["week"], shares["week"].dt.strftime("%Y-%m-%d")
    # The first period may have fewer weeks: it ends where the next one begins.
    end = start.groupby(shares["row"]).shift(-1).fillna(start + pd.Timedelta(days=7 * weeks))
    rows = pd.DataFrame({"begins": begins, "sort": shares["sort"]})
    rows["share"], rows["items"] = shares["share"].map(percent), shares["delivered"]
    rows["says"] = shares["sort"] + f", {worded(weeks)} from " + begins + ": " + rows["share"]
    rows["when"], rows["end"] = axes.iso(start), axes.iso(start + (end - start) * 0.86)
    rows["foot"] = shares["row"].map(dict(enumerate(feet)))
    rows["top"] = (rows["foot"] - shares["share"] / shares["share"].max() * TALL).round(2)
    rows["pale"] = _pale(shares["whole"], shares["complete"])
    return rows[rows["items"] > 0]

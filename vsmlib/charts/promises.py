"""What can be promised: the chances of a forecast, and the expectation kept."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from vsmlib import evidence, measure
from vsmlib.charts import axes, frame
from vsmlib.charts.colours import COLOURS, INK, LINE, MUTED, paler
from vsmlib.charts.frame import Layer
from vsmlib.charts.record import HELD, draw_track_record
from vsmlib.charts.weeks import worded
from vsmlib.errors import ParameterError
from vsmlib.flow import Day, Flow
from vsmlib.words import NO_DATA, count, duration, percent

PLOT = (690.0, 230.0)
LEVELS = {"p50": 0.5, "p85": 0.85, "p95": 0.95}
WHEN = "When, or how many?"
KEPT = "Is the service level expectation kept?"
SHORT = "No forecast: too little was delivered to make one from"


def forecast(
    flow: Flow, items: int | None = None, until: Day | None = None, **options: Any
) -> alt.LayerChart:
    """Draw the chances of a forecast: by when so many are delivered, or how many until a date.

    Without either it is about as many as are in progress. The options are those of
    `vsmlib.evidence.forecast`.
    """
    made = _made(flow, items, until, options)
    return frame.nothing(WHEN, SHORT) if made is None else draw_forecast(made)


def track_record(
    flow: Flow, items: int | None = None, until: Day | None = None, **options: Any
) -> alt.VConcatChart | alt.LayerChart:
    """Draw what the same forecast promised in the past and what came, as of `forecast`."""
    made = _made(flow, items, until, options)
    return frame.nothing(HELD, SHORT) if made is None else draw_track_record(made)


def _made(
    flow: Flow, items: int | None, until: Day | None, options: dict[str, Any]
) -> evidence.Forecast | None:
    if items is None and until is None:
        items = max(1, measure.counts(flow)["in_progress"])
    try:
        return evidence.forecast(flow, items=items, until=until, **options)
    except ParameterError as error:
        if "too little to forecast" not in str(error):
            raise
        return None


def draw_forecast(made: evidence.Forecast) -> alt.LayerChart:
    """Draw the chances of an answer of `vsmlib.evidence.forecast`."""
    chances, test = made.chances, made["backtest"]
    if chances.empty:
        return frame.nothing(
            made["question"], "No date within ten years, at the rate of the last weeks"
        )
    marks = [(q, made[name]) for name, q in LEVELS.items() if made[name] is not None]
    answers = ", ".join(f"{value} ({percent(q)})" for q, value in marks)
    held = f"of {count(test['windows'], 'past window')} p85 was met in"
    kept = f"{held} {percent(test['coverage']['p85'])}" if test["windows"] else "no past to test on"
    return frame.chart(
        _chances(chances, marks),
        title=f"{made['question']} {answers}",
        subtitle=[
            f"chance that it is delivered by the end of that day, as of {made['as_of']}"
            if "date" in chances
            else f"chance that so many or more are delivered, as of {made['as_of']}",
            "days are local",
            kept,
        ],
        says=f"{made['question']} {answers}; {kept}.",
        size=PLOT,
    )


def _chances(chances: pd.DataFrame, marks: list[tuple[float, Any]]) -> list[Layer]:
    axis = alt.Axis(title="Chance", format="%", tickCount=5)
    y = alt.Y("chance:Q", axis=axis, scale=alt.Scale(domain=[0, 1], nice=False))
    rows, across, at = _across(chances, [value for _, value in marks])
    base = frame.rows(rows).encode(across, y)
    area = base.mark_area(color=paler(COLOURS["done"], 0.83), interpolate="linear", aria=False)
    line = base.mark_line(color=COLOURS["done"], strokeWidth=2, aria=False)
    over = base.mark_point(size=40, opacity=0, filled=True).encode(
        alt.Description("says:N"), tooltip=frame.tips(["at", "chance of it"])
    )
    lines = pd.DataFrame({
        "x": at, "chance": [q for q, _ in marks], "foot": 0.0,
        "text": [f"{percent(q)}  {value}" for q, value in marks],
    })  # fmt: skip
    rule = frame.rows(lines).mark_rule(color=MUTED, strokeDash=[4, 3], aria=False)
    # Right of the point, away from the curve: it falls for numbers and rises for dates.
    aside: Any = {"align": "left", "dx": 8, "dy": -8 if "items" in chances else 12}
    told = frame.rows(lines).mark_text(fontWeight="bold", aria=False, **aside)
    where = [across, y]
    dots = frame.rows(lines).mark_point(filled=True, size=70, opacity=1, color=COLOURS["done"])
    return [
        area, rule.encode(*where, alt.Y2("foot:Q")), line, dots.encode(*where), over,
        told.encode(*where, alt.Text("text:N")),
    ]  # fmt: skip


def _across(chances: pd.DataFrame, marked: list[Any]) -> tuple[pd.DataFrame, alt.X, list[Any]]:
    """Return rows and axis of dates, or of numbers of items, and where the marked ones are."""
    chances = chances.drop_duplicates(chances.columns[0], keep="last").reset_index(drop=True)
    rows = chances.assign(**{"chance of it": chances["chance"].map(percent)})
    if "date" in chances:
        dates = pd.to_datetime(pd.Series(chances["date"]))
        rows = rows.assign(x=axes.iso(dates), at=dates.dt.strftime("%Y-%m-%d"))
        places = axes.iso(pd.to_datetime(pd.Series(marked))).to_list()
        across = axes.days("x", dates, padding=10)
    else:
        rows = rows.assign(x=chances["items"], at=chances["items"].map(lambda n: count(n, "item")))
        places = marked
        axis = alt.Axis(title="Items or more", tickMinStep=1, format=",d")
        scale = alt.Scale(domain=[0, max(1, int(chances["items"].max()))], nice=False)
        across = alt.X("x:Q", axis=axis, scale=scale)
    says = rows["at"] + ": " + rows["chance of it"]
    return rows[["x", "chance", "at", "chance of it"]].assign(says=says), across, places


def kept_expectation(flow: Flow, weeks: int | None = None) -> alt.LayerChart:
    """Draw which share of each period's deliveries kept the expectation that stood before it."""
    return draw_kept_expectation(evidence.expectation(flow, weeks=weeks))


def draw_kept_expectation(table: pd.DataFrame) -> alt.LayerChart:
    """Draw the table of `vsmlib.evidence.expectation`."""
    if table.empty:
        return frame.nothing(KEPT, "No period with enough delivered items before it")
    weeks, items = table.attrs["weeks"], int(table["items"].sum())
    share = percent(int(table["kept_items"].sum()) / items)
    point = f"In {share} of {count(items, 'item')}, where 85% are promised"
    now = duration(table.attrs["sle_s"])
    told = f"from now on: 85% within {now}" if now != NO_DATA else ""
    agreed = "as agreed in the stream" if table.attrs["agreed"] else "p85 of the 26 weeks before"
    return frame.chart(
        _kept(table),
        title=f"{KEPT} {point}",
        subtitle=[
            f"{count(items, 'item')} delivered, {table['from'].iloc[0]:%Y-%m-%d} to "
            f"{table['to'].iloc[-1]:%Y-%m-%d}, by periods of {worded(weeks)}",
            f"cycle time within the expectation ({agreed}), elapsed time",
            "the larger, the more items",
            told,
        ],
        says=f"Share of items that kept the service level expectation in "
        f"{count(len(table), 'period')}: {point}. {told}.",
        size=PLOT,
    )


def _kept(table: pd.DataFrame) -> list[Layer]:
    begins, words = table["from"].dt.strftime("%Y-%m-%d"), table["kept"].map(percent)
    rows = pd.DataFrame({
        "begins": begins, "kept by": words, "items": table["items"], "kept": table["kept"],
        "expectation": table["sle_s"].map(duration), "says": begins + ": kept by " + words,
        "x": axes.iso(table["from"] + (table["to"] - table["from"]) / 2),
        "size": (24 + 300 * table["items"] / table["items"].max()).round(1),
        "colour": (table["kept"] >= LEVELS["p85"]).map({True: COLOURS["done"],
                                                        False: COLOURS["rework"]}),
    })  # fmt: skip
    axis = alt.Axis(title="Kept by", format="%", tickCount=5)
    y = alt.Y("kept:Q", axis=axis, scale=alt.Scale(domain=[0, 1.04], nice=False))
    base = frame.rows(rows).encode(axes.days("x", table["from"], padding=12), y)
    line = base.mark_line(color=LINE, strokeWidth=1, aria=False)
    dots = base.mark_point(filled=True, opacity=0.9, strokeWidth=0).encode(
        frame.raw(alt.Size, "size:Q"), frame.raw(alt.Color, "colour:N"), alt.Description("says:N"),
        tooltip=frame.tips(["begins", "kept by", "items", "expectation"]),
    )  # fmt: skip
    mark = {"kept": LEVELS["p85"], "text": "promised 85%", "colour": INK,
            "place": PLOT[1] * (1 - LEVELS["p85"] / 1.04)}  # fmt: skip
    rule = frame.rows([mark]).mark_rule(strokeDash=[4, 3], color=INK, aria=False).encode(y)
    return [rule, line, dots, frame.labels([mark], PLOT[0] + 8, PLOT[1])]

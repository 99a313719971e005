"""The levers: which change moves the whole, and where a gain stays local."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from vsmlib.charts import axes, frame
from vsmlib.charts.colours import CAUSES, COLOURS, INK, MUTED
from vsmlib.charts.frame import Layer, fit, plain
from vsmlib.words import count, duration, percent

__all__ = ["ENDS", "NAMES", "levers", "signed"]

NAMES, ENDS, MOST = 230.0, 170.0, 12
LEVERS = {"wait": COLOURS["wait"], "service_time": COLOURS["active"], "rework": COLOURS["rework"]}
LEVERS |= {"capacity": CAUSES["unavailability"], "batch": CAUSES["batching"]}
WORDED = {"wait": "wait", "service_time": "work", "rework": "rework", "capacity": "people"}
WORDED |= {"batch": "batches"}
LOCAL = "local only"


def levers(table: pd.DataFrame) -> alt.LayerChart:
    """Draw the table of `Model.levers`: the change of the mean lead time, the best on top."""
    title, rows = "Which lever moves the whole?", table.dropna(subset="effect_s").head(MOST)
    if rows.empty:
        return frame.nothing(title, "No lever could be tried: no item spends time in a stage")
    top, local = rows.iloc[0], int(rows["local_only"].sum())
    sure = (rows["high_s"] < 0) | (rows["low_s"] > 0)
    point = f"{fit(top['stage'], 300, 17)}, {plain(top['change'])}: "
    point += f"{signed(top['effect_s'])} an item"
    left = f"the first {len(rows)} of {len(table)}" if len(table) > len(rows) else ""
    hollow = "" if sure.all() else "pale: perhaps chance"
    return frame.chart(
        _effects(rows.reset_index(drop=True), sure.tolist()),
        title=f"{title} {point}",
        subtitle=[
            "all items in progress or to come, simulated: change of their mean lead time, elapsed",
            "lines: 90% intervals; 85%: rank by the time of 85% of the items",
            hollow,
            left,
        ],
        says=f"Bars of {count(len(rows), 'lever')} by their effect on the mean lead time: {point}, "
        f"{percent(abs(top['share']))} of it; {count(local, 'local optimisation')}.",
        size=(frame.WIDTH - NAMES - ENDS, 44.0 * len(rows)),
    )


def _worded(table: pd.DataFrame) -> pd.DataFrame:
    """Return what is said of each lever, by the words of the tooltip."""
    gone = table["moved_to"].map(lambda s: plain(s) if isinstance(s, str) else "nowhere")
    return pd.DataFrame(
        {
            "stage": table["stage"].map(plain),
            "change": table["change"].map(plain),
            "an item changes by": table["effect_s"].map(signed),
            "90% interval": table["low_s"].map(signed) + " to " + table["high_s"].map(signed),
            "85% of items within": table["p85_s"].map(signed),
            "rank by that": table["p85_rank"].map(str),
            "at the stage itself": table["local_s"].map(signed),
            "the queue moves to": gone,
            "busiest stage": table["constraint"].map({True: "yes", False: "no"}),
        }
    )


def _drawn(table: pd.DataFrame, tips: pd.DataFrame, sure: list[bool]) -> pd.DataFrame:
    """Return a row for each lever with all that is drawn of it."""
    rows = tips.assign(place=table.index, zero=0.0, effect=table["effect_s"])
    rows["low"], rows["high"] = (table[e].fillna(rows["effect"]) for e in ("low_s", "high_s"))
    rows["lever"] = table["lever"].map(WORDED)
    rows["pale"] = [0.95 if known else 0.45 for known in sure]
    rows["words"] = rows["an item changes by"]
    rows["slow"] = ("85%: rank " + rows["rank by that"]).where(table["p85_s"] != 0, "85%: the same")
    moved = table["moved_to"].notna()
    rows["note"] = [
        (f"{LOCAL}; " if local else "") + (f"queue moves to {fit(to, 110, 10)}" if away else "")
        for local, away, to in zip(table["local_only"], moved, tips["the queue moves to"],
                                   strict=True)
    ]  # fmt: skip
    rows["says"] = rows["stage"] + ", " + rows["change"] + ": " + rows["words"] + " " + rows["note"]
    return rows


def _effects(table: pd.DataFrame, sure: list[bool]) -> list[Layer]:
    tips = _worded(table)
    rows = _drawn(table, tips, sure)
    shown = [WORDED[lever] for lever in LEVERS if lever in set(table["lever"])]
    colours = [LEVERS[lever] for lever in LEVERS if lever in set(table["lever"])]
    ends = [min(rows["low"].min(), rows["effect"].min(), 0.0), max(rows["high"].max(), 0.0)]
    ends[1] = ends[1] if ends[1] > ends[0] else ends[0] + 1.0
    length = alt.X("effect:Q", axis=None, scale=alt.Scale(domain=ends, nice=False))
    base = frame.rows(rows).encode(
        length, _named([fit(stage, NAMES - 14, 12) for stage in table["stage"]])
    )
    bars = base.mark_bar().encode(
        alt.X2("zero:Q"),
        alt.Color("lever:N", scale=alt.Scale(domain=shown, range=colours),
                  legend=alt.Legend(offset=6)),
        frame.raw(alt.Opacity, "pale:Q"),
        alt.Description("says:N"),
        tooltip=frame.tips([*tips]),
    )  # fmt: skip
    lines = base.mark_rule(color=INK, strokeWidth=1.4, aria=False)
    lines = lines.encode(alt.X("low:Q", axis=None), alt.X2("high:Q"))
    zero = frame.rows([{"effect": 0.0}]).mark_rule(color=MUTED, aria=False).encode(length)
    return [bars, lines, zero, *_beside(base)]


def _beside(base: alt.Chart) -> list[Layer]:
    """Write the change under each name, and right of each bar what it comes to."""
    style: Any = {"baseline": "middle", "aria": False}
    small: Any = style | {"fontSize": 10.5, "color": MUTED}
    start, end = (frame.fixed(alt.XValue, frame.WIDTH - NAMES - by) for by in (ENDS - 8, 4))
    what = base.mark_text(dy=8, dx=-6, align="right", limit=NAMES - 14, **small)
    words = base.mark_text(align="left", dy=-7, fontSize=12, fontWeight="bold", **style)
    slow = base.mark_text(align="right", dy=-7, **small)
    note = base.mark_text(align="left", dy=8, limit=ENDS - 8, **small)
    return [
        what.encode(text=alt.Text("change:N"), x=frame.fixed(alt.XValue, 0)),
        words.encode(text=alt.Text("words:N"), x=start),
        slow.encode(text=alt.Text("slow:N"), x=end),
        note.encode(text=alt.Text("note:N"), x=start),
    ]


def _named(names: list[str]) -> alt.Y:
    style: Any = {"labelLimit": NAMES, "labelFontSize": 12, "labelColor": INK, "domain": False}
    words = axes.worded(dict(enumerate(names)))
    axis = alt.Axis(labelExpr=words, title=None, labelOffset=-7, zindex=1, **style)
    return alt.Y("place:O", axis=axis, scale=alt.Scale(padding=0.3))


def signed(seconds: float) -> str:
    """Word a change of a duration, with its sign."""
    return ("+" if seconds > 0 else "") + duration(seconds)

"""What happened to single items: a strip of time an item, cut into its visits."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from vsmlib import measure
from vsmlib.charts import axes, frame
from vsmlib.charts.colours import COLOURS, INK, MUTED
from vsmlib.charts.frame import Layer, Row, fit, plain
from vsmlib.flow import Flow
from vsmlib.words import count, duration, percent

ACROSS, PITCH, TALL = 610.0, 15.0, 10.0  # pixels of the plot, from strip to strip, of a strip
NAMES, SCALE_HELD, MOST_PARTS = 120.0, 0.9, 2400
KINDS = ("active", "wait", "blocked", "excluded", "cancelled", "done", "rework")
HAIR = 0.0012  # of the plot: what is shorter is drawn as long, and as much parts two neighbours


def stage_strips(flow: Flow) -> alt.LayerChart:
    """Draw the visits of a sample of delivered items along the time since each entered."""
    return draw_stage_strips(measure.strips(flow), measure.totals(flow))


def draw_stage_strips(strips: pd.DataFrame, summary: Row) -> alt.LayerChart:
    """Draw strips from the tables `measure.strips` and `measure.summary`."""
    title = "How do items spend their time?"
    if strips.empty or not strips["end_s"].max() or summary["flow_efficiency"] is None:
        return frame.nothing(title, "No delivered item took any time in this window")
    strips = _few(strips)
    items = strips.groupby("item_id", sort=False).agg({"lead_time_s": "first", "end_s": "max"})
    limit = _limit(items["end_s"])
    longer = int((items["end_s"] > limit).sum())
    waiting = percent(1 - summary["flow_efficiency"])
    point = f"{waiting} of lead time is waiting"
    few = len(items) < summary["delivered"]
    sample = "a sample, the slowest tenth of it kept" if few else "every one"
    return frame.chart(
        _layers(strips, items, axes.Durations(log=False, low=0.0, high=limit)),
        title=f"{title} {point}",
        subtitle=[
            f"{count(len(items), 'item')} of {frame.population(summary)}: {sample}",
            "the longest lead time, at the right, on top",
            "elapsed time since each entered",
            f"{longer} cut at {duration(limit)}" if longer else "",
        ],
        says=f"Strips of {count(len(items), 'item')}, cut into visits, up to {duration(limit)} "
        f"long; {point}.",
        size=(ACROSS, len(items) * PITCH + 4),
    )


def _few(strips: pd.DataFrame) -> pd.DataFrame:
    """Keep whole items, should some have gone to and fro some thousand times."""
    parts = strips.groupby("item_id", sort=False)["stage"].size().cumsum()
    kept = parts.index[parts <= max(MOST_PARTS, int(parts.iloc[0]))]
    return strips[strips["item_id"].isin(kept)][:MOST_PARTS]


def _limit(ends: pd.Series[float]) -> float:
    """End the axis where the tenth that is longest would leave the others no room."""
    most, held = float(ends.max()), float(ends.quantile(SCALE_HELD))
    return most * 1.01 if most <= 2 * held or not held else held * 1.15


def _layers(strips: pd.DataFrame, items: pd.DataFrame, scale: axes.Durations) -> list[Layer]:
    place = {item: i * PITCH + 4 for i, item in enumerate(items.index)}
    parts, again = _parts(strips, place, scale)
    met = {*parts["kind"], *again["kind"]}
    kinds = [kind for kind in KINDS if kind in met]
    colours = alt.Scale(domain=kinds, range=[COLOURS[kind] for kind in kinds])
    look = alt.Color("kind:N", scale=colours, legend=alt.Legend(offset=10))
    x, upright = scale.x("start", "Since the item entered"), frame.raw(alt.Y, "top:Q", axis=None)
    ends = x, alt.X2("end:Q"), upright, alt.Y2("top:Q")
    bars = frame.rows(parts).mark_rect(y2Offset=TALL, aria=False).encode(*ends, look)
    bars = bars.encode(tooltip=frame.tips(["item", "stage", "kind", "lasted", "began after"]))
    lines = frame.rows(again).mark_rect(y2Offset=2.5, aria=False).encode(*ends, look)
    return [bars, lines, *_words(items, place, scale)]


def _parts(
    strips: pd.DataFrame, place: Row, scale: axes.Durations
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give each part its ends; repeats of active and wait stages have a line below."""
    shown, hair = strips[strips["start_s"] < scale.high], scale.high * HAIR
    parts = pd.DataFrame({"item": shown["item_id"].map(_short), "kind": shown["kind"]})
    parts["stage"] = shown["stage"].map(plain)
    parts["lasted"] = (shown["end_s"] - shown["start_s"]).map(duration)
    parts["began after"] = shown["start_s"].map(duration)
    parts["start"] = shown["start_s"].round(1)
    ends = shown[["end_s"]].sub(hair).assign(least=shown["start_s"] + hair).max(axis=1)
    parts["end"] = ends.clip(upper=scale.high).round(1)
    parts["top"] = shown["item_id"].map(place).astype(float)
    again = (shown["visit"] > 1) & shown["kind"].isin(["active", "wait"])
    below = parts["top"] + TALL + 0.5
    return parts, parts.loc[again, ["start", "end"]].assign(kind="rework", top=below)


def _short(item: str) -> str:
    return plain(item).rsplit("/", 1)[-1]


def _words(items: pd.DataFrame, place: Row, scale: axes.Durations) -> list[Layer]:
    """Write each item's name before its strip, and its lead time behind it."""
    leads = items["lead_time_s"].map(duration)
    cut = (items["end_s"] > scale.high).map({True: "→ ", False: ""})
    rows = pd.DataFrame({"name": items.index.map(_short), "lead": (cut + leads).to_numpy()})
    rows["says"] = rows["name"] + ": lead time " + leads.to_numpy()
    rows["name"] = [fit(name, NAMES - 12, 10.5) for name in rows["name"]]
    rows["top"] = [place[item] + TALL / 2 for item in items.index]
    style: Any = {"baseline": "middle", "fontSize": 10.5}
    base = frame.rows(rows).encode(frame.raw(alt.Y, "top:Q", axis=None))
    before = base.mark_text(align="right", color=MUTED, aria=False, **style)
    after = base.mark_text(align="left", color=INK, **style)
    return [
        before.encode(alt.Text("name:N"), x=frame.fixed(alt.XValue, -8)),
        after.encode(
            alt.Text("lead:N"), alt.Description("says:N"), x=frame.fixed(alt.XValue, ACROSS + 6)
        ),
    ]

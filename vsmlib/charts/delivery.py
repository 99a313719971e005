"""The five DORA keys along the time: every lead time, every recovery, deployments by outcome."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from vsmlib import measure
from vsmlib.charts import axes, frame
from vsmlib.charts.colours import COLOURS, INK, MUTED
from vsmlib.charts.frame import Layer, Row
from vsmlib.charts.weeks import period, worded
from vsmlib.flow import Flow
from vsmlib.words import NO_DATA, count, duration, number, percent

TITLE = "How does software reach production?"
PLOT, LOW, MOST_POINTS = (655.0, 190.0), 110.0, 2500
TIMES = {"change_lead_time": "Change lead time",
         "failed_deployment_recovery_time": "Failed deployment recovery time"}  # fmt: skip
NOUNS = {"change_lead_time": "change", "failed_deployment_recovery_time": "incident"}
WORDS: dict[str, Any] = {"s": duration, "share": percent, "per week": number}
# The table of groups, in pixels: from column to column, from row to row, the longest bar.
COLUMN, PITCH, BAR, MOST_GROUPS = 138.0, 24.0, 70.0, 15
COLUMNS = {"change_lead_time": ("Lead time", "done"),
           "deployment_frequency": ("Deployments a week", "active"),
           "failed_deployment_recovery_time": ("Recovery time", "done"),
           "change_fail_rate": ("Change fail rate", "blocked"),
           "deployment_rework_rate": ("Rework rate", "rework")}  # fmt: skip
OUTCOMES = {"fine": "done", "rework": "rework", "failed": "blocked"}


def five_keys(flow: Flow, by: str | None = None) -> alt.VConcatChart | alt.LayerChart:
    """Draw the five DORA keys with the distributions behind them.

    ``by`` is a column of the deployments, such as ``team``: then a row a value of it is added.
    """
    found, weeks = measure.delivery(flow.log), period(measure.window(flow))
    keys, times = measure.five_keys(flow, found=found), measure.dora_times(flow, found)
    periods = measure.dora_periods(flow, weeks=weeks, found=found)
    split = measure.five_keys(flow, by, found) if by else None
    return draw_five_keys(keys, times, periods, str(flow.stream.zone), weeks, split)


def draw_five_keys(  # noqa: PLR0917
    keys: pd.DataFrame,
    times: pd.DataFrame,
    periods: pd.DataFrame,
    zone: str,
    weeks: int = 1,
    split: pd.DataFrame | None = None,
) -> alt.VConcatChart | alt.LayerChart:
    """Draw the keys from `measure.five_keys, dora_times, dora_periods` (of so many weeks).

    ``split`` is of `measure.five_keys` with ``by``.
    """
    if keys.empty or periods.empty:
        return frame.nothing(TITLE, "No deployment or release in this window")
    rows = {row["key"]: row for row in frame.records(keys)}
    missing = [what.lower() for key, what in TIMES.items() if not rows[key]["n"]]
    often = rows["deployment_frequency"]
    point = f"{count(often['n'], 'deployment')}, {number(often['value'])} a week"
    if rows["change_lead_time"]["n"]:
        point += f", half of the changes within {duration(rows['change_lead_time']['p50'])}"
    panels = [_deployments(periods, rows, weeks)]
    for place, key in enumerate(TIMES):
        mine = times[times["key"] == key]
        if len(mine):
            panels.insert(place * 2, _times(mine, rows[key], zone))
    under = [
        "all deployments of the window that succeeded, and what came with them",
        "elapsed time",
        frame.PERCENTILES,
        f"no data for {' and '.join(missing)}" if missing else "",
    ]
    says = f"The five DORA keys: {point}. " + " ".join(f"{_says(row)}." for row in rows.values())
    plots: Any = panels
    if split is not None:
        keys_alone = alt.vconcat(*panels, spacing=24)
        plots = [keys_alone.resolve_scale(x="shared", color="independent"), _groups(split)]
    made = frame.panels(plots, title=f"{TITLE} {point}", subtitle=under, says=says)
    across: Any = "shared" if split is None else "independent"
    return made.resolve_scale(x=across, color="independent")  # type: ignore[no-any-return]


def _says(row: Row) -> str:
    name = row["key"].replace("_", " ").capitalize()
    text = WORDS[row["unit"]](row["value"])
    if text == NO_DATA:
        return f"{name}: no data"
    unit = " a week" if row["unit"] == "per week" else ""
    bucket = f", {row['bucket']}" if isinstance(row["bucket"], str) else ""
    return f"{name}: {text}{unit}{bucket}"


def _groups(split: pd.DataFrame) -> alt.LayerChart:
    """Write the keys of each group, by name, with a bar as long as its share of the longest one."""
    by = str(split.columns[0])
    split = split.assign(name=split[by].astype(str))
    groups = sorted(set(split["name"]))
    heads, texts, bars = [], [], []
    for place, name in enumerate(groups[:MOST_GROUPS]):
        said = frame.fit(name, COLUMN - 8, 12)
        heads.append({"x": 0.0, "y": place * PITCH + PITCH / 2, "text": said})
    for turn, (key, (head, colour)) in enumerate(COLUMNS.items(), 1):
        x, mine = turn * COLUMN, split[split["key"].eq(key)]
        heads.append({"x": x, "y": -PITCH / 2, "text": head})
        most = float(mine[["value", "p85"][: 1 + (key in TIMES)]].max().max())
        for row in frame.records(mine[mine["name"].isin(groups[:MOST_GROUPS])]):
            y, long = groups.index(row["name"]) * PITCH + PITCH / 2, 0.0
            for value, thick in ((row["value"], 5), (row["p85"] if key in TIMES else None, 1.5)):
                if not pd.isna(value) and most:
                    long = max(long, value / most * BAR)
                    bars.append({"x": x, "x2": x + value / most * BAR, "y": y - thick,
                                 "y2": y + thick, "colour": COLOURS[colour]})  # fmt: skip
            texts.append({"x": x + long + 5, "y": y, "text": WORDS[row["unit"]](row["value"])})
    left_out = f"; the first {MOST_GROUPS} of {len(groups)}" if groups[MOST_GROUPS:] else ""
    title = f"By {frame.plain(by)}, in order of names; of times the median, thin: 85%{left_out}"
    layers: list[Layer] = [_written(heads, MUTED), _written(texts, INK)]
    if bars:
        drawn = frame.rows(bars).mark_rect(opacity=0.85, aria=False)
        ends = *_places(), alt.X2("x2:Q"), alt.Y2("y2:Q")
        layers.insert(0, drawn.encode(*ends, frame.raw(alt.Color, "colour:N")))
    return _panel(title, layers, PITCH * min(len(groups), MOST_GROUPS))


def _written(texts: list[dict[str, Any]], colour: str) -> alt.Chart:
    """Write texts at their places, in pixels."""
    text = frame.rows(texts).mark_text(align="left", baseline="middle", color=colour, fontSize=12)
    made: alt.Chart = text.encode(*_places(), alt.Text("text:N"))
    return made


def _places() -> list[Any]:
    return [frame.raw(alt.X, "x:Q", axis=None), frame.raw(alt.Y, "y:Q", axis=None)]


def _panel(title: str, layers: list[Layer], high: float) -> alt.LayerChart:
    heading = alt.TitleParams(text=title, fontSize=13, frame="group", offset=10)
    return frame.layered(layers, title=heading, width=PLOT[0], height=high)


def _times(times: pd.DataFrame, row: Row, zone: str) -> alt.LayerChart:
    """Draw a point a change or incident, and the lines below which 50, 85 and 95% lie."""
    marks = [float(row[p]) for p in ("p50", "p85", "p95")]
    scale, shown = (
        axes.durations(times["seconds"], marks),
        frame.thin(times, "seconds", MOST_POINTS),
    )
    local = shown["at"].dt.tz_convert(zone)
    points = pd.DataFrame({"item": shown["item_id"].map(frame.plain)})
    points["day"], points["lasted"] = local.dt.strftime("%Y-%m-%d"), shown["seconds"].map(duration)
    points["when"], points["seconds"] = axes.iso(local), shown["seconds"].round(1)
    name, few = TIMES[row["key"]], ", a sample drawn" if len(shown) < len(times) else ""
    y = scale.y("seconds", name.removeprefix("Failed deployment ").capitalize())
    style: Any = {"filled": True, "size": 26, "opacity": 0.45, "strokeWidth": 0, "aria": False}
    ends = axes.days("when", local, padding=10), y
    dots = frame.rows(points).mark_point(color=COLOURS["done"], **style).encode(*ends)
    lines = [
        {"seconds": at, "text": f"{q}% ≤ {duration(at)}", "colour": INK if q == 85 else MUTED,
         "place": scale.place(at, PLOT[1])}
        for q, at in zip((50, 85, 95), marks, strict=True)
    ]  # fmt: skip
    rule = frame.rows(lines).mark_rule(color=MUTED, strokeDash=[4, 3], aria=False).encode(y)
    tips = frame.tips(["item", "day", "lasted"])
    title = f"{_says(row).replace(name, f'{name} (median)')}; {count(row['n'], NOUNS[row['key']])}"
    layers = [rule, dots.encode(tooltip=tips), frame.labels(lines, PLOT[0] + 8, PLOT[1])]
    return _panel(f"{title}{few}", layers, PLOT[1])


def _deployments(periods: pd.DataFrame, rows: Row, weeks: int) -> alt.LayerChart:
    """Stack the deployments of each period by how they went."""
    begins = periods["week"].dt.strftime("%Y-%m-%d")
    bars = pd.DataFrame({"begins": begins, "outcome": periods["outcome"]})
    bars["deployments"] = periods["deployments"]
    bars["when"] = axes.iso(periods["week"])
    bars["end"] = axes.iso(periods["week"] + pd.Timedelta(days=7 * weeks * 0.86))
    order = periods["outcome"].map({name: place for place, name in enumerate(OUTCOMES)})
    bars = bars.assign(order=order).sort_values(["when", "order"])
    bars["top"] = bars.groupby("when")["deployments"].cumsum()
    bars["foot"] = bars["top"] - bars["deployments"]
    bars["says"] = bars["begins"] + ": " + bars["deployments"].astype(str) + " " + bars["outcome"]
    met = [name for name in OUTCOMES if name in set(bars["outcome"])]
    colours = alt.Scale(domain=met, range=[COLOURS[OUTCOMES[name]] for name in met])
    look = alt.Color(
        "outcome:N",
        scale=colours,
        legend=alt.Legend(orient="right", columns=1) if met[1:] else None,
    )
    ends = axes.days("when", periods["week"]), alt.X2("end:T")
    y = axes.counts("top", float(bars["top"].max()), "Deployments")
    drawn = frame.rows(bars).mark_rect(opacity=0.85).encode(*ends, y, alt.Y2("foot:Q"), look)
    tips = frame.tips(["begins", "outcome", "deployments"])
    shares = {"failed": "change_fail_rate", "rework": "deployment_rework_rate"}
    said = [f"{percent(rows[key]['value'])} {what}" for what, key in shares.items()]
    known = [text for text in said if NO_DATA not in text]
    title = "; ".join([_says(rows["deployment_frequency"]), *known])
    drawn = drawn.encode(alt.Description("says:N"), tooltip=tips)
    return _panel(f"{title}, by {worded(weeks)}", [drawn], LOW)

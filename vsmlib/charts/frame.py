"""What every chart has around its picture: title, population, alternative text, empty states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import altair as alt
import pandas as pd

from vsmlib.charts.text import plain, wrap
from vsmlib.charts.theme import MUTED
from vsmlib.words import count

__all__ = [
    "PERCENTILES",
    "WIDTH",
    "Summary",
    "framed",
    "nothing",
    "population",
    "records",
    "spread",
    "thin",
]

Summary: TypeAlias = Mapping[str, Any]
Layer: TypeAlias = alt.Chart | alt.LayerChart
WIDTH = 828  # of the picture with its labels: 860 with the padding of 16 on either side
PERCENTILES = "percentiles by linear interpolation"


def framed(
    layers: Sequence[Layer],
    *,
    title: str,
    subtitle: Sequence[str],
    says: str,
    width: float,
    height: float,
    room: float = WIDTH,
    table: pd.DataFrame | None = None,
) -> alt.LayerChart:
    """Put layers under a title that says the point and a subtitle that states the population.

    Parameters
    ----------
    layers : sequence of chart
        From back to front.
    title : str
        The point, or the question. Wrapped, as the subtitle is, to the room there is.
    subtitle : sequence of str
        Population, pooled or mean, elapsed or working time, percentile method.
    says : str
        The alternative text: what is seen, with figures, in one sentence.
    width, height : float
        Pixels of the plot.
    room : float
        Pixels of the plot with its axes and labels.
    table : pandas.DataFrame, optional
        The data of the layers that have none.
    """
    heading = alt.TitleParams(
        text=wrap(title, room, 17, lines=3, bold=True),
        subtitle=wrap(" · ".join(filter(None, subtitle)), room, 11.5, lines=4),
    )
    data: Any = alt.Undefined if table is None else iso_times(table)
    made: alt.LayerChart = alt.LayerChart(data=data, layer=list(layers)).properties(
        title=heading, description=plain(says), width=width, height=height
    )
    return made


def nothing(title: str, why: str) -> alt.LayerChart:
    """Return the chart of no data: the title, and why there is nothing to draw."""
    base = alt.Chart(pd.DataFrame({"text": [plain(why)]}), width=WIDTH, height=110)
    text = base.mark_text(align="left", fontSize=14, color=MUTED, aria=False)
    text = text.encode(text="text:N", x=alt.value(0), y=alt.value(45))
    says = f"{title}: {why}."
    return framed([text], title=title, subtitle=[], says=says, width=WIDTH, height=110)


def population(summary: Summary, noun: str = "item") -> str:
    """Say which items a chart is over, and when they were delivered.

    Examples
    --------
    >>> population({"delivered": 944, "window": {"from": "2023-01-01", "to": "2026-08-22"}})
    '944 items delivered, 2023-01-01 to 2026-08-22'
    """
    return f"{count(summary.get('delivered') or 0, noun)} delivered{between(summary)}"


def between(summary: Summary) -> str:
    """Say the window as local dates, after a comma; nothing where there is none."""
    window = summary.get("window") or {}
    days = [str(window[key])[:10] for key in ("from", "to") if window.get(key)]
    return ", " + " to ".join(days) if len(days) == 2 else ""


def edge_labels(
    labels: Sequence[Mapping[str, Any]], x: float, y: Any, *, gap: float = 14, ends: Any = (0, 1e9)
) -> alt.LayerChart:
    """Write labels beside a plot, each at its height or as near to it as its neighbours let it.

    Parameters
    ----------
    labels : sequence of dict
        ``text``, ``colour``, the axis's own field, ``place`` (pixels from the top) and, for a
        square in a colour before the text, ``swatch``.
    x : float
        Pixels from the left.
    y : altair.Y
        The axis that ``y`` is on.
    gap : float
        Least pixels between two labels.
    ends : tuple of float
        Pixels between which labels stay, if there is room.
    """
    places = spread([label["place"] for label in labels], gap, *ends)
    moved = [
        {**label, "dy": place - label["place"]} for label, place in zip(labels, places, strict=True)
    ]
    base = alt.Chart(alt.InlineData(values=moved))
    move: Any = alt.expr("datum.dy")
    swatched = any("swatch" in label for label in labels)
    mark = base.mark_text(align="left", baseline="middle", dy=move, aria=False)
    colour: Any = alt.Color("colour:N", scale=None)
    text = mark.encode(alt.Text("text:N"), colour, y, x=alt.value(x + 14 * swatched))
    if not swatched:
        return alt.LayerChart(layer=[text])
    fill: Any = alt.Fill("swatch:N", scale=None)
    square = base.mark_point(
        shape="square", size=80, yOffset=move, opacity=1, strokeWidth=0, aria=False
    )
    return alt.LayerChart(layer=[square.encode(fill, y, x=alt.value(x + 5)), text])


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Push labels apart along a line, each as near as may be to where it belongs.

    Parameters
    ----------
    wanted : sequence of float
        Where the labels belong, in any order.
    gap : float
        The least distance between two.
    low, high : float
        The ends of the line; kept to if the labels have room.

    Examples
    --------
    >>> spread([10, 11, 50], 12, 0, 60)
    [10, 22, 50]
    """
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed = [0.0] * len(wanted)
    floor = low
    for i in order:
        placed[i] = max(wanted[i], floor)
        floor = placed[i] + gap
    ceiling = high
    for i in reversed(order):
        placed[i] = min(placed[i], ceiling)
        ceiling = placed[i] - gap
    return placed


def thin(table: pd.DataFrame, column: str, limit: int) -> pd.DataFrame:
    """Keep at most that many rows, evenly by the rank of a column, its extremes among them.

    The tenth of the limit with the largest values stays whole: those are what people look for.
    """
    if len(table) <= limit:
        return table
    ranked = table.sort_values(column, kind="stable", ignore_index=True)
    top = limit // 10
    below, rest = len(ranked) - top, limit - top
    chosen = [round(i * (below - 1) / (rest - 1)) for i in range(rest)]
    return ranked.iloc[[*chosen, *range(below, len(ranked))]].reset_index(drop=True)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table's rows as dictionaries."""
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def iso_times(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with its times as ISO text with their zone, which Vega reads exactly."""
    moments = [name for name, t in table.dtypes.items() if isinstance(t, pd.DatetimeTZDtype)]
    return table.assign(**{str(m): table[m].dt.strftime("%Y-%m-%dT%H:%M:%SZ") for m in moments})

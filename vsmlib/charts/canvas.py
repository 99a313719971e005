"""A canvas in pixels: shapes and texts put down one by one, drawn as a few Altair layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from vsmlib.charts.text import width as text_width
from vsmlib.charts.theme import COLOURS, INK, MUTED, PAPER

__all__ = ["Canvas", "datum"]

NEVER: Any = None  # a scale or an axis that a channel does without


class Canvas:
    """Collects marks by pixel, from the upper left corner, and draws them in one fixed order.

    Lines lie below boxes, boxes below symbols, symbols below texts; what the pointer meets (and a
    screen reader reads) lies on top and is not seen.

    Parameters
    ----------
    width : float
        Pixels.
    """

    def __init__(self, width: float) -> None:
        self.width = width
        self.height = 0.0
        self._paths: list[dict[str, Any]] = []
        self._boxes: list[dict[str, Any]] = []
        self._symbols: list[dict[str, Any]] = []
        self._texts: list[dict[str, Any]] = []
        self._haloes: list[dict[str, Any]] = []
        self._hits: dict[tuple[str, ...], list[dict[str, Any]]] = {}

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 11,
        bold: bool = False,
        align: str = "left",
        colour: str = INK,
        halo: bool = False,
    ) -> None:
        """Write a line of text, its middle at ``y``; a halo keeps it legible on lines."""
        row = {"x": x, "y": y, "text": text, "colour": colour, "size": size, "align": align}
        row = {**row, "weight": "bold" if bold else "normal"}
        self._texts.append(row)
        if halo:
            self._haloes.append(row)

    def path(
        self, points: Sequence[tuple[float, float]], *, colour: str = MUTED, thick: float = 1
    ) -> None:
        """Draw a line through points."""
        path = self._paths[-1]["path"] + 1 if self._paths else 0
        for order, (x, y) in enumerate(points):
            row = {"path": path, "order": order, "x": x, "y": y}
            self._paths.append({**row, "colour": colour, "thick": thick})

    def box(
        self,
        corner: tuple[float, float],
        opposite: tuple[float, float],
        *,
        colour: str,
        rounded: float = 0,
        edge: str | None = None,
    ) -> None:
        """Fill a rectangle; an edge in another colour is dashed."""
        row = {"colour": colour, "rounded": rounded, "edge": edge}
        self._boxes.append(_between(corner, opposite) | row)

    def symbol(self, x: float, y: float, shape: str, *, size: float, colour: str) -> None:
        """Fill a symbol of Vega's; its size is an area in square pixels."""
        self._symbols.append({"x": x, "y": y, "shape": shape, "size": size, "colour": colour})

    def hit(
        self,
        corner: tuple[float, float],
        opposite: tuple[float, float],
        *,
        tip: Mapping[str, str],
        says: str,
    ) -> None:
        """Let a rectangle show a tooltip (heading to text) and read aloud what it shows."""
        row = {f"tip{i}": text for i, text in enumerate(tip.values())}
        row = _between(corner, opposite) | row | {"says": says}
        self._hits.setdefault(tuple(tip), []).append(row)

    def key(
        self, x: float, y: float, kinds: Mapping[str, str], shapes: Mapping[str, str] | None = None
    ) -> float:
        """Write a key in a row (kind to words, squares but for `shapes`); return where it ends."""
        for kind, words in kinds.items():
            shape = (shapes or {}).get(kind, "square")
            self.symbol(x + 5, y, shape, size=80, colour=COLOURS[kind])
            self.text(x + 14, y, words, colour=MUTED)
            x += 14 + text_width(words, 11) + 16
        return x

    def layers(self) -> list[alt.Chart]:
        """Return the marks as layers, from back to front."""
        drawn = [
            _path(_base(self._paths)),
            _box(_base(self._boxes)),
            _symbol(_base(self._symbols)),
            _halo(_base(self._haloes)),
            _text(_base(self._texts)),
            *(_hit(_base(rows), tip) for tip, rows in self._hits.items()),
        ]
        across = alt.Scale(domain=[0, self.width], nice=False)
        down = alt.Scale(domain=[0, self.height], nice=False, reverse=True)
        x, y = alt.X("x:Q", scale=across, axis=NEVER), alt.Y("y:Q", scale=down, axis=NEVER)
        return [layer.encode(x, y) for layer in drawn if layer.data.values]


def datum(field: str) -> Any:
    """Let a property of a mark come from a column of its data."""
    return alt.expr(f"datum.{field}")


def _between(corner: tuple[float, float], opposite: tuple[float, float]) -> dict[str, Any]:
    return {"x": corner[0], "y": corner[1], "x2": opposite[0], "y2": opposite[1]}


def _base(rows: list[dict[str, Any]]) -> alt.Chart:
    return alt.Chart(alt.InlineData(values=rows))


def _plain(channel: Any, field: str) -> Any:
    return channel(field, scale=NEVER)


def _path(base: alt.Chart) -> alt.Chart:
    colour, thick = _plain(alt.Color, "colour:N"), _plain(alt.StrokeWidth, "thick:Q")
    mark = base.mark_line(strokeJoin="round", aria=False)
    made: alt.Chart = mark.encode(colour, thick, alt.Detail("path:N"), alt.Order("order:Q"))
    return made


def _box(base: alt.Chart) -> alt.Chart:
    mark = base.mark_rect(cornerRadius=datum("rounded"), strokeDash=[3, 3], aria=False)
    fill, edge = _plain(alt.Fill, "colour:N"), _plain(alt.Stroke, "edge:N")
    made: alt.Chart = mark.encode(alt.X2("x2:Q"), alt.Y2("y2:Q"), fill, edge)
    return made


def _symbol(base: alt.Chart) -> alt.Chart:
    mark = base.mark_point(filled=True, opacity=1, strokeWidth=0, aria=False)
    shape, size = _plain(alt.Shape, "shape:N"), _plain(alt.Size, "size:Q")
    made: alt.Chart = mark.encode(shape, size, _plain(alt.Color, "colour:N"))
    return made


def _written(base: alt.Chart, **around: Any) -> alt.Chart:
    size, weight, align = datum("size"), datum("weight"), datum("align")
    style = {"fontSize": size, "fontWeight": weight, "align": align, "baseline": "middle"}
    made: alt.Chart = base.mark_text(aria=False, **style, **around).encode(alt.Text("text:N"))
    return made


def _halo(base: alt.Chart) -> alt.Chart:
    return _written(base, color=PAPER, stroke=PAPER, strokeWidth=4, strokeJoin="round")


def _text(base: alt.Chart) -> alt.Chart:
    made: alt.Chart = _written(base).encode(_plain(alt.Color, "colour:N"))
    return made


def _hit(base: alt.Chart, headings: Sequence[str]) -> alt.Chart:
    tips = [alt.Tooltip(f"tip{i}:N", title=heading) for i, heading in enumerate(headings)]
    mark = base.mark_rect(fillOpacity=0, strokeOpacity=0)
    corner = alt.X2("x2:Q"), alt.Y2("y2:Q")
    made: alt.Chart = mark.encode(*corner, alt.Description("says:N"), tooltip=tips)
    return made

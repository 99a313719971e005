"""A canvas in pixels: shapes and texts put down one by one, drawn as a few Altair layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt

from vsmlib.charts.colours import INK, MUTED
from vsmlib.charts.frame import raw, rows, tips

STYLES = {"fontSize": "size", "fontWeight": "weight", "align": "align", "limit": "room"}
STYLES |= {"lineHeight": "size + 2.5"}


class Canvas:
    """Collects shapes, texts and what the pointer meets, by pixel from the upper left corner."""

    def __init__(self) -> None:
        self.shapes: list[dict[str, Any]] = []
        self.texts: list[dict[str, Any]] = []
        self.hits: dict[tuple[str, ...], list[dict[str, Any]]] = {}

    def path(self, path: str, x: float = 0, y: float = 0, **paint: Any) -> None:
        """Draw an SVG path, moved by x and y, with ``fill``, ``stroke`` and ``thick``."""
        plain = {"fill": None, "stroke": None, "thick": 1}
        self.shapes.append({"path": path, "x": x, "y": y, **plain, **paint})

    def line(self, x: float, y: float, x2: float, y2: float, colour: str = MUTED) -> None:
        """Draw a straight line."""
        self.path(f"M{x:.1f},{y:.1f}L{x2:.1f},{y2:.1f}", stroke=colour)

    def box(self, x: float, y: float, x2: float, y2: float, fill: str, **paint: Any) -> None:
        """Fill a rectangle."""
        self.path(f"M{x:.1f},{y:.1f}H{x2:.1f}V{y2:.1f}H{x:.1f}Z", fill=fill, **paint)

    def disc(self, x: float, y: float, radius: float, fill: str, **paint: Any) -> None:
        """Fill a circle."""
        half = f"A{radius},{radius},0,1,1"
        path = f"M-{radius},0{half},{radius},0{half},-{radius},0Z"
        self.path(path, x, y, fill=fill, **paint)

    def text(self, x: float, y: float, text: str, size: float = 10.5, **style: Any) -> None:
        """Write lines of text, the middle of the first at y.

        Styles are ``weight``, ``align``, ``colour``, and the ``room`` at which lines are cut.
        """
        plain = {"weight": "normal", "align": "left", "colour": INK, "room": 1000}
        self.texts.append({"x": x, "y": y, "text": text, "size": size, **plain, **style})

    def hit(self, *corners: float, tip: Mapping[str, str], says: str) -> None:
        """Let a rectangle (x, y, x2, y2) show a tooltip (heading to text) and be read aloud."""
        row = dict(zip(("x", "y", "x2", "y2"), corners, strict=True), says=says, **tip)
        self.hits.setdefault(tuple(tip), []).append(row)

    def layers(self) -> list[alt.Chart]:
        """Return shapes, over them texts, over them what is not seen but pointed at and read."""
        ends = raw(alt.X, "x:Q", axis=None), raw(alt.Y, "y:Q", axis=None)
        paint = (
            raw(alt.Fill, "fill:N"),
            raw(alt.Stroke, "stroke:N"),
            raw(alt.StrokeWidth, "thick:Q"),
        )
        shapes = rows(self.shapes).mark_point(size=4, opacity=1, strokeJoin="round", aria=False)
        style: Any = {name: alt.expr(f"datum.{field}") for name, field in STYLES.items()}
        texts = rows(self.texts).mark_text(baseline="middle", lineBreak="\n", aria=False, **style)
        drawn = [
            shapes.encode(*ends, raw(alt.Shape, "path:N"), *paint),
            texts.encode(*ends, alt.Text("text:N"), raw(alt.Color, "colour:N")),
        ]
        corner = alt.X2("x2:Q"), alt.Y2("y2:Q"), alt.Description("says:N")
        over = [
            rows(found).mark_rect(opacity=0).encode(*ends, *corner, tooltip=tips(headings))
            for headings, found in self.hits.items()
        ]
        return [*drawn, *over]


def drawing(chart: alt.LayerChart) -> dict[str, Any]:
    """Take what was put on a canvas out of its chart, to be drawn without Vega.

    Returns
    -------
    dict
        ``title, says, width, height, shapes, texts``, as `Canvas.path` and `Canvas.text` took them;
        all of it plain data.
    """
    shown: list[Any] = [layer.data for layer in chart.layer[:2]]
    shapes, texts = (data.values for data in shown)
    plain = {name: chart[name] for name in ("width", "height")}
    title = " ".join(chart.title.text)
    return {"title": title, "says": chart.description, **plain, "shapes": shapes, "texts": texts}

"""One visual language: a colour a kind, a theme for every chart, and how charts leave Python."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

import altair as alt
import vl_convert as vlc

from vsmlib.errors import ParameterError, shown

__all__ = ["COLOURS", "apply", "save", "use_offline_renderer"]

# Told apart by eyes without red, green or blue cones, and in grey print: each kind has its own
# lightness, from done (18 of 100) to excluded (89). tests/charts/test_theme.py measures both.
COLOURS = {
    "active": "#2f6fa8",
    "wait": "#f2b84f",
    "blocked": "#86306e",
    "rework": "#d9534a",
    "done": "#15302c",
    "cancelled": "#a3a7ad",
    "excluded": "#dde1e5",
}
INK, MUTED, FAINT, PAPER = "#1f2a33", "#5d6872", "#e4e7ea", "#ffffff"
# Helvetica, Arial and Liberation Sans have the same widths: text fits on every machine alike.
FONT = "Helvetica, Arial, 'Liberation Sans', sans-serif"
VEGALITE_MIME = "application/vnd.vegalite.v6+json"
VEGALITE = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
NAME = "vsm"

HTML = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>body {{ margin: 1rem; font-family: {font}; }}</style>
</head>
<body>
<figure id="chart">{svg}</figure>
<script>{bundle}</script>
<script type="application/json" id="spec">{spec}</script>
<script>
const spec = JSON.parse(document.getElementById("spec").textContent);
vegaEmbed("#chart", spec, {{actions: false, renderer: "svg"}});
</script>
</body>
</html>
"""


def _axis() -> dict[str, Any]:
    return {
        "domainColor": MUTED,
        "gridColor": FAINT,
        "labelColor": MUTED,
        "labelFontSize": 11,
        "labelPadding": 6,
        "tickColor": MUTED,
        "tickSize": 4,
        "titleColor": MUTED,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "titlePadding": 10,
    }


def _theme() -> Any:
    config = {
        "font": FONT,
        "axis": _axis(),
        "axisX": {"grid": False},
        "axisY": {
            "domain": False,
            "ticks": False,
            # Upright, above the axis: nobody turns the head to read it.
            "titleAlign": "left",
            "titleAnchor": "end",
            "titleAngle": 0,
            "titleBaseline": "bottom",
            "titleX": 0,
            "titleY": -10,
        },
        "legend": {
            "orient": "top",
            "direction": "horizontal",
            "title": None,
            "labelColor": MUTED,
            "labelFontSize": 11,
            "symbolStrokeWidth": 0,
            "offset": 26,  # clear of the axis title
        },
        "title": {
            "anchor": "start",
            "frame": "bounds",
            "color": INK,
            "fontSize": 17,
            "fontWeight": "bold",
            "lineHeight": 22,
            "subtitleColor": MUTED,
            "subtitleFontSize": 11.5,
            "subtitleLineHeight": 16,
            "subtitlePadding": 6,
            "offset": 18,
        },
        "text": {"color": INK, "fontSize": 11},
        "view": {"stroke": None},
    }
    return {"background": PAPER, "padding": 16, "config": config}


def paler(colour: str, by: float) -> str:
    """Mix a colour with white.

    Examples
    --------
    >>> paler("#000000", 0.5)
    '#808080'
    """
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(part + (255 - part) * by):02x}" for part in parts)


def apply() -> None:
    """Register and enable the theme; importing `vsmlib.charts` calls this.

    Examples
    --------
    >>> import altair as alt
    >>> apply()
    >>> alt.theme.active
    'vsm'
    """
    alt.theme.register(NAME, enable=True)(_theme)


def _svg(spec: dict[str, Any]) -> str:
    drawn: str = vlc.vegalite_to_svg(spec, vl_version=VEGALITE)
    # Vega puts the alternative text on a page's element, which a drawing by itself lacks.
    return drawn.replace("<svg ", f'<svg role="img" aria-label="{_alternative(spec)}" ', 1)


def _alternative(spec: dict[str, Any]) -> str:
    return html.escape(str(spec.get("description", "A chart.")), quote=True)


def _offline(spec: dict[str, Any], **_: Any) -> dict[str, Any]:
    words = spec.get("description", "A chart.")
    return {VEGALITE_MIME: spec, "image/svg+xml": _svg(spec), "text/plain": words}


def use_offline_renderer() -> None:
    """Show charts without any network: a drawing for Lab, the specification for the report.

    Each chart leaves its cell as ``image/svg+xml``, which JupyterLab shows,
    ``application/vnd.vegalite.v6+json``, from which the report makes an interactive chart, and its
    alternative text as ``text/plain``.
    """
    alt.renderers.register(NAME, _offline)
    alt.renderers.enable(NAME)


def save(chart: alt.TopLevelMixin, path: str | Path) -> Path:
    """Write a chart to a file, whole or not at all, without any network.

    Parameters
    ----------
    chart : altair chart
        Any chart.
    path : str or Path
        Ends in ``.svg``, ``.png`` (twice the size), ``.pdf``, ``.json`` (the Vega-Lite
        specification) or ``.html`` (interactive, everything inside).

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ParameterError
        If the ending is another one, or the folder does not exist.
    """
    path = Path(path)
    writers = {".svg": _as_svg, ".png": _as_png, ".pdf": _as_pdf, ".json": _as_json}
    write = {**writers, ".html": _as_html}.get(path.suffix.lower())
    if write is None:
        raise ParameterError(
            f"a chart cannot be saved as {shown(path.suffix)}",
            where=str(path),
            accepted=".svg, .png, .pdf, .json, .html",
            hint="choose one of these endings",
        )
    if not path.parent.is_dir():
        raise ParameterError("the folder does not exist", where=str(path), hint="make it first")
    path.write_bytes(write(chart))
    return path


def _as_svg(chart: alt.TopLevelMixin) -> bytes:
    return _svg(chart.to_dict()).encode()


def _as_png(chart: alt.TopLevelMixin) -> bytes:
    return bytes(vlc.vegalite_to_png(chart.to_dict(), vl_version=VEGALITE, scale=2))


def _as_pdf(chart: alt.TopLevelMixin) -> bytes:
    return bytes(vlc.vegalite_to_pdf(chart.to_dict(), vl_version=VEGALITE))


def _as_json(chart: alt.TopLevelMixin) -> bytes:
    return (json.dumps(chart.to_dict(), indent=1, ensure_ascii=False) + "\n").encode()


def _as_html(chart: alt.TopLevelMixin) -> bytes:
    spec = chart.to_dict()
    # A name such as "</script>" in the data must not end the script element that carries it.
    carried = json.dumps(spec).replace("<", "\\u003c")
    page = HTML.format(
        title=_alternative(spec),
        font=FONT,
        svg=_svg(spec),
        bundle=vlc.javascript_bundle("window.vegaEmbed = vegaEmbed;", VEGALITE),
        spec=carried,
    )
    return page.encode()

"""One visual language: a colour a kind, a theme for every chart, and how charts leave Python."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

import altair as alt
import vl_convert as vlc

from vsmlib.errors import ParameterError, shown

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
# Its fonts have the same widths, so that text fits on every machine alike; titles of vertical axes
# stand upright above them, so that nobody turns the head.
CONFIG = json.loads(Path(__file__).with_name("theme.json").read_text(encoding="utf-8"))
VEGALITE_MIME = "application/vnd.vegalite.v6+json"
VEGALITE = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
PAGE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<figure id="chart">{svg}</figure>
<script>{bundle}</script>
<script>vegaEmbed("#chart", {spec}, {{actions: false, renderer: "svg"}});</script>
</html>
"""


def paler(colour: str, by: float) -> str:
    """Mix a colour with white, by a share from 0 to 1."""
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(part + (255 - part) * by):02x}" for part in parts)


def apply() -> None:
    """Register and enable the theme; importing `vsmlib.charts` calls this."""
    look: Any = {"background": PAPER, "padding": 16, "config": CONFIG}
    alt.theme.register("vsm", enable=True)(lambda: look)


def use_offline_renderer() -> None:
    """Show charts without any network: a drawing for Lab, the specification for the report."""
    alt.renderers.register("vsm", _offline)
    alt.renderers.enable("vsm")


def _offline(spec: dict[str, Any], **_: Any) -> dict[str, Any]:
    return {VEGALITE_MIME: spec, "image/svg+xml": _svg(spec), "text/plain": _alternative(spec)}


def _svg(spec: dict[str, Any]) -> str:
    drawn: str = vlc.vegalite_to_svg(spec, vl_version=VEGALITE)
    # Vega puts the alternative text on a page's element, which a drawing by itself lacks.
    named = f'<svg role="img" aria-label="{html.escape(_alternative(spec))}" '
    return drawn.replace("<svg ", named, 1)


def _alternative(spec: dict[str, Any]) -> str:
    return str(spec.get("description", "A chart."))


def _html(spec: dict[str, Any]) -> str:
    bundle = vlc.javascript_bundle("window.vegaEmbed = vegaEmbed;", VEGALITE)
    # A name such as "</script>" in the data must not end the script element that carries it.
    carried = json.dumps(spec).replace("<", "\\u003c")
    title = html.escape(_alternative(spec))
    return PAGE.format(title=title, svg=_svg(spec), bundle=bundle, spec=carried)


WRITERS: dict[str, Any] = {
    ".svg": _svg,
    ".png": lambda spec: vlc.vegalite_to_png(spec, vl_version=VEGALITE, scale=2),
    ".pdf": lambda spec: vlc.vegalite_to_pdf(spec, vl_version=VEGALITE),
    ".json": lambda spec: json.dumps(spec, indent=1, ensure_ascii=False) + "\n",
    ".html": _html,
}


def save(chart: alt.TopLevelMixin, path: str | Path) -> Path:
    """Write a chart to a file without any network, and return its path.

    Its ending is ``.svg``, ``.png`` (twice the size), ``.pdf``, ``.json`` (the Vega-Lite
    specification) or ``.html`` (interactive, everything inside).

    Raises
    ------
    ParameterError
        If the ending is another one, or the folder does not exist.
    """
    path = Path(path)
    write = WRITERS.get(path.suffix.lower())
    if write is None:
        raise ParameterError(
            f"a chart cannot be saved as {shown(path.suffix)}",
            where=str(path),
            accepted=", ".join(WRITERS),
            hint="choose one of these endings",
        )
    if not path.parent.is_dir():
        raise ParameterError("the folder does not exist", where=str(path), hint="make it first")
    made = write(chart.to_dict())
    path.write_bytes(made.encode() if isinstance(made, str) else made)
    return path

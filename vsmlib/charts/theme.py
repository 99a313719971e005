"""One theme for every chart, and how charts leave Python."""

from __future__ import annotations

import base64
import html
import json
from pathlib import Path
from typing import Any

import altair as alt
import vl_convert as vlc

from vsmlib.charts.colours import PAPER, dark, style_sheet
from vsmlib.charts.page import VEGALITE, Entry, alternative, page, svg
from vsmlib.errors import ParameterError, shown

# Its fonts have the same widths, so that text fits on every machine alike; titles of vertical axes
# stand upright above them, so that nobody turns the head.
CONFIG = json.loads(Path(__file__).with_name("theme.json").read_text(encoding="utf-8"))
VEGALITE_MIME = "application/vnd.vegalite.v6+json"


def apply() -> None:
    """Register and enable the theme; importing `vsmlib.charts` calls this."""
    look: Any = {"background": PAPER, "padding": 16, "config": CONFIG}
    alt.theme.register("vsm", enable=True)(lambda: look)


def use_offline_renderer() -> None:
    """Show charts without any network: a drawing for Lab, the specification for the report."""
    alt.renderers.register("vsm", _offline)
    alt.renderers.enable("vsm")


def _offline(spec: dict[str, Any], **_: Any) -> dict[str, Any]:
    return {VEGALITE_MIME: spec, **drawing(spec)}


def drawing(spec: dict[str, Any]) -> dict[str, str]:
    """Return what stands for a chart where no script runs, by its media type."""
    # A drawing within an image: Lab shows one by itself without its alternative text.
    words, drawn = alternative(spec), base64.b64encode(_either(spec).encode()).decode()
    image = f'<img alt="{html.escape(words)}" src="data:image/svg+xml;base64,{drawn}">'
    return {"text/html": image, "text/plain": words}


def _either(spec: dict[str, Any]) -> str:
    """Draw a chart that follows the screen it is shown on, light or dark."""
    drawn = svg(spec)
    return drawn.replace("><", f"><style>{style_sheet(drawn)}</style><", 1)


LOOKS: dict[str, Any] = {"light": str, "dark": dark}
WRITERS: dict[str, Any] = {
    ".svg": svg,
    ".png": lambda spec: vlc.vegalite_to_png(spec, vl_version=VEGALITE, scale=2),
    ".pdf": lambda spec: vlc.vegalite_to_pdf(spec, vl_version=VEGALITE),
    ".json": lambda spec: json.dumps(spec, indent=1, ensure_ascii=False) + "\n",
    ".html": lambda spec: page(alternative(spec), [Entry(spec)]),
}


def save(chart: alt.TopLevelMixin, path: str | Path, *, look: str = "light") -> Path:
    """Write a chart to a file without any network, and return its path.

    Its ending is ``.svg``, ``.png`` (twice the size), ``.pdf``, ``.json`` (the Vega-Lite
    specification) or ``.html`` (interactive, everything inside, light or dark as its reader's
    screen). The others are ``light`` or ``dark`` by their ``look``.

    Raises
    ------
    ParameterError
        If the ending or the look is another one, or the folder does not exist.
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
    if look not in LOOKS:
        what = f"no chart looks {shown(look)}"
        raise ParameterError(what, where="look", accepted=", ".join(LOOKS))
    made = write(json.loads(LOOKS[look](json.dumps(chart.to_dict()))))
    path.write_bytes(made.encode() if isinstance(made, str) else made)
    return path

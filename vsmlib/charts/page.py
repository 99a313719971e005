"""Specifications drawn without any network: as SVG, and as a page of live charts."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import altair as alt
import vl_convert as vlc

from vsmlib.charts.colours import DARK, INK, MUTED, PAPER, style_sheet

VEGALITE = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
STYLE = f"""
:root {{color-scheme: light dark}}
body {{margin: 0; padding: 1rem; font: 16px/1.5 Arial, Helvetica, sans-serif; color: {INK};
  background: {PAPER}}}
main {{max-width: 62rem; margin: auto}}
h1 {{font-size: 1.6rem}} h2 {{font-size: 1.15rem; margin: 3rem 0 .2rem}} p {{margin: .2rem 0}}
code {{color: {MUTED}}}
.unseen {{position: absolute; clip-path: inset(50%)}}
figure {{margin: 1rem 0 0; overflow-x: auto}}
@media screen and (prefers-color-scheme: dark) {{
  body {{color: {DARK[INK]}; background: {DARK[PAPER]}}} code {{color: {DARK[MUTED]}}} }}
"""
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><style>{style}</style></head>
<body><main><h1{seen}>{title}</h1>
{body}</main>
<script>{bundle}</script>
<script>
for (const figure of document.querySelectorAll("figure")) {{
  const spec = JSON.parse(figure.nextElementSibling.textContent);
  vegaEmbed(figure, spec, {{actions: false, renderer: "svg"}})
    .then(() => {{
      figure.dataset.live = "true";
      // Vega names every mark but those of a brush, which have nothing to say.
      for (const brush of figure.querySelectorAll("[class*=_brush]"))
        brush.setAttribute("aria-hidden", "true");
    }});
}}
</script></body></html>
"""
FIGURE = """<figure tabindex="0" aria-label="{label}">{svg}</figure>
<script type="application/json">{spec}</script>
"""


PATH, PLACES = re.compile(r' d="[^"]+"'), re.compile(r"(\.\d\d)\d+")


class Entry(NamedTuple):
    """A chart of a page: its specification, a heading, a sentence, and the call that draws it."""

    spec: dict[str, Any]
    heading: str = ""
    sentence: str = ""
    call: str = ""


def svg(spec: dict[str, Any]) -> str:
    """Draw a specification; its alternative text is that of the drawing."""
    drawn: str = vlc.vegalite_to_svg(spec, vl_version=VEGALITE)
    # Vega puts the alternative text on a page's element, which a drawing by itself lacks.
    named = f'<svg role="img" aria-label="{html.escape(alternative(spec))}" '
    return PATH.sub(_shorter, drawn.replace("<svg ", named, 1))


def _shorter(path: re.Match[str]) -> str:
    """Cut the places of a path to hundredths of a pixel."""
    return PLACES.sub(r"\1", path[0])


def alternative(spec: dict[str, Any]) -> str:
    """Return what a chart says to those who do not see it."""
    return str(spec.get("description", "A chart."))


def page(title: str, entries: Sequence[Entry]) -> str:
    """Write a page of live charts, everything inside, light or dark as its reader's screen."""
    return PAGE.format(
        title=html.escape(title),
        seen="" if any(entry.heading for entry in entries) else ' class="unseen"',
        style=STYLE + style_sheet(within="figure"),
        body="".join(map(_shown, entries)),
        bundle=vlc.javascript_bundle("window.vegaEmbed = vegaEmbed;", VEGALITE),
    )


def _shown(entry: Entry) -> str:
    words = f"<h2>{html.escape(entry.heading)}</h2>\n" if entry.heading else ""
    words += f"<p>{html.escape(entry.sentence)}</p>\n" if entry.sentence else ""
    words += f"<p><code>{html.escape(entry.call)}</code></p>\n" if entry.call else ""
    # A name such as "</script>" in the data must not end the script element that carries it.
    carried = json.dumps(entry.spec).replace("<", "\\u003c")
    label = html.escape(entry.heading or "Chart")
    return words + FIGURE.format(label=label, svg=svg(entry.spec), spec=carried)

"""What a drawn chart shows: texts and marks, read from its specification or its drawing."""

import html
import json
import re

import vl_convert as vlc


def spec(chart):
    """The specification, checked by Altair against Vega-Lite's schema and by JSON's own rules."""
    made = chart.to_dict(validate=True)
    json.dumps(made, allow_nan=False)
    return made


def svg(chart):
    return vlc.vegalite_to_svg(spec(chart), vl_version="6.4")


def texts(chart):
    """Every text in the drawing, in order; the lines of one text are one."""
    found = re.findall(r"<text[^>]*>(.*?)</text>", svg(chart))
    plain = [" ".join(re.sub(r"<[^>]+>", " ", text).split()) for text in found]
    return [html.unescape(text) for text in plain]


def nameless(chart):
    """Groups of marks that a screen reader is told of, without a word for them or for a mark."""
    groups = re.findall(r'<g class="(mark-\w+ role-mark[^"]*)"([^>]*)>', svg(chart))
    return [name for name, rest in groups if "graphics-symbol" in rest and "aria-label" not in rest]


def title(chart):
    return " ".join(spec(chart)["title"]["text"])


def subtitle(chart):
    return " ".join(spec(chart)["title"]["subtitle"])


def rows(chart, *fields):
    """Rows of every data set that has all these fields."""
    tables = spec(chart)["datasets"].values()
    return [row for table in tables for row in table if all(f in row for f in fields)]


def channels(chart):
    """Every channel of every layer."""
    waiting = [spec(chart)]
    while waiting:
        layer = waiting.pop()
        waiting += layer.get("layer", []) + layer.get("vconcat", [])
        for found in layer.get("encoding", {}).values():
            yield from found if isinstance(found, list) else [found]


def colours(chart):
    """Every colour that is painted so that it can be seen."""
    drawn = re.sub(r'<[^>]*opacity="0"[^>]*>|stroke="[^"]*" stroke-width="0"', "", svg(chart))
    return set(re.findall(r'(?:fill|stroke)="([^"]+)"', drawn)) - {"none", "transparent"}


def size(chart):
    """Width and height of the whole drawing in pixels."""
    found = re.search(r'width="([\d.]+)" height="([\d.]+)"', svg(chart))
    return float(found[1]), float(found[2])

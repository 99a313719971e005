"""What a drawn chart shows: texts and marks, read from its specification or its drawing."""

import json
import re

import vl_convert as vlc


def spec(chart):
    """The specification, checked by Altair against Vega-Lite's schema and by JSON's own rules."""
    made = chart.to_dict()
    json.dumps(made, allow_nan=False)
    return made


def svg(chart):
    return vlc.vegalite_to_svg(spec(chart), vl_version="6.4")


def texts(chart):
    """Every text in the drawing, in order."""
    found = re.findall(r"<text[^>]*>([^<]*)</text>", svg(chart))
    return [
        t.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").replace("&quot;", '"')
        for t in found
    ]


def title(chart):
    return " ".join(spec(chart)["title"]["text"])


def subtitle(chart):
    return " ".join(spec(chart)["title"]["subtitle"])


def rows(chart, *fields):
    """Rows of every data set that has all these fields."""
    made = spec(chart)
    named = list(made.get("datasets", {}).values())
    inline = [
        layer["data"]["values"] for layer in layers(made) if "values" in layer.get("data", {})
    ]
    return [row for table in [*named, *inline] for row in table if all(f in row for f in fields)]


def layers(made):
    for layer in made.get("layer", []):
        yield layer
        yield from layers(layer)


def size(chart):
    """Width and height of the whole drawing in pixels."""
    found = re.search(r'width="([\d.]+)" height="([\d.]+)"', svg(chart))
    return float(found[1]), float(found[2])

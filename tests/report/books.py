"""Small notebooks for the tests of reports, made with nbformat."""

import nbformat

HOSTILE = "</script><img src=x onerror=alert(1)>"
# What a notebook gets from vsmlib.charts.theme, in a few lines and without the package.
RENDERER = """
import altair as alt, pandas as pd, vl_convert as vlc
def render(spec, **_):
    return {"application/vnd.vegalite.v6+json": spec, "image/svg+xml": vlc.vegalite_to_svg(spec)}
alt.renderers.register("stand-in", render)
_ = alt.renderers.enable("stand-in")
"""
CHART = """
alt.Chart(
    pd.DataFrame({"days": [3, 9, 4], "stage": ["Review", "Wait", %r]}),
    title="Where time goes", description="Bars of days",
).mark_bar().encode(
    x=alt.X("days:Q", axis=alt.Axis(labelExpr="datum.value + ' d'")), y="stage:N",
    color=alt.value({"expr": "datum.days > 5 ? 'orange' : 'blue'"}), tooltip=["stage", "days"],
)
"""


def prose(source, **metadata):
    return nbformat.v4.new_markdown_cell(source, metadata=metadata)


def code(source, *outputs, **metadata):
    return nbformat.v4.new_code_cell(source, outputs=list(outputs), metadata=metadata)


def display(data):
    return nbformat.v4.new_output("display_data", data)


def declared(source):
    """The cell that declares parameters."""
    return code(source, tags=["parameters"])


def write(path, *cells, **metadata):
    """Write a notebook; kernel and papermill metadata are optional, as in a hand-made one."""
    book = nbformat.v4.new_notebook(cells=list(cells), metadata=metadata)
    nbformat.write(nbformat.from_dict(book), path)
    return path


def outputs(path):
    """Return the printed texts of an executed notebook."""
    cells = nbformat.read(path, as_version=4).cells
    found = [o for c in cells for o in c.get("outputs", []) if o.output_type == "stream"]
    return "".join(o.text for o in found if o.name == "stdout")

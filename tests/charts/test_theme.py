"""The one visual language, and charts that leave Python."""

import json
import re
from itertools import combinations

import altair as alt
import numpy as np
import pytest

from tests.charts import frames
from vsmlib import charts
from vsmlib.charts import theme
from vsmlib.charts.times import draw_time_by_stage
from vsmlib.errors import ParameterError

# Machado, Oliveira and Fernandes (2009), severity 1: how eyes without one sort of cones see.
EYES = {
    "all cones": np.eye(3),
    "no red": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "no green": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "no blue": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(colour):
    parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    xyz = XYZ @ np.clip(rgb, 0, 1) / np.array([0.9505, 1, 1.0888])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("eyes", EYES)
def test_every_two_kinds_are_told_apart_by_all_eyes(eyes):
    seen = {kind: lab(np.array(EYES[eyes]) @ linear(c)) for kind, c in theme.COLOURS.items()}
    nearest = min(np.linalg.norm(seen[a] - seen[b]) for a, b in combinations(seen, 2))
    assert nearest > 18  # one is a just noticeable difference


def test_the_configuration_has_no_colours_of_its_own():
    found = set(re.findall(r"#[0-9a-f]{6}", json.dumps(theme.CONFIG)))
    assert found <= {theme.INK, theme.MUTED, theme.FAINT, theme.PAPER}


def test_every_two_kinds_are_told_apart_in_grey_print():
    lightness = sorted(lab(linear(colour))[0] for colour in theme.COLOURS.values())
    assert min(np.diff(lightness)) > 7.5


def contrast(a, b):
    low, high = sorted((XYZ @ linear(a))[1] for a in (a, b))
    return (high + 0.05) / (low + 0.05)


def test_text_is_legible_on_what_it_stands_on():
    assert contrast(theme.MUTED, theme.PAPER) > 4.5
    assert contrast(theme.PAPER, theme.COLOURS["active"]) > 4.5
    assert contrast(theme.INK, theme.COLOURS["wait"]) > 4.5
    assert contrast(theme.COLOURS["rework"], theme.PAPER) > 3  # bold, and never alone


@pytest.fixture(scope="module")
def chart():
    rows = frames.hostile()
    return draw_time_by_stage(frames.stages(rows), frames.summary(rows))


@pytest.mark.parametrize(
    ("ending", "begins"),
    [("svg", b"<svg "), ("png", b"\x89PNG"), ("pdf", b"%PDF"), ("json", b"{"), ("html", b"<!DOC")],
)
def test_a_chart_is_saved_in_any_format(chart, tmp_path, ending, begins):
    path = charts.save(chart, tmp_path / f"chart.{ending.upper()}")
    assert path.read_bytes().startswith(begins)


def test_a_drawing_bears_its_alternative_text(chart, tmp_path):
    text = charts.save(chart, str(tmp_path / "a.svg")).read_text()
    assert re.match(r'<svg role="img" aria-label="Bars of 8 stages by share of lead time: ', text)


def test_a_saved_specification_is_the_chart(chart, tmp_path):
    text = charts.save(chart, tmp_path / "a.json").read_text()
    assert json.loads(text) == json.loads(json.dumps(chart.to_dict()))


def test_a_page_needs_no_network_and_no_name_ends_its_script(chart, tmp_path):
    page = charts.save(chart, tmp_path / "a.html").read_text()
    assert "<b>bold" not in page
    assert page.count("</script>") == 2  # the library, and the call with the specification
    assert not re.search(r"<(script|link)[^>]+(src|href)=", page)
    carried = re.search(r'vegaEmbed\("#chart", (.*), {actions', page)[1]
    assert json.loads(carried) == json.loads(json.dumps(chart.to_dict()))


def test_an_unknown_ending_names_the_known_ones(chart, tmp_path):
    with pytest.raises(ParameterError, match=r"saved as '\.gif'; accepted: \.svg, \.png, \.pdf"):
        charts.save(chart, tmp_path / "a.gif")
    with pytest.raises(ParameterError, match="the folder does not exist; next: make it first"):
        charts.save(chart, tmp_path / "no" / "a.svg")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def offline():
    before = alt.renderers.active
    charts.use_offline_renderer()
    yield
    alt.renderers.enable(before)


@pytest.mark.usefixtures("offline")
def test_a_cell_shows_a_drawing_and_carries_the_specification(chart):
    bundle, *_ = [chart._repr_mimebundle_()]
    bundle = bundle[0] if isinstance(bundle, tuple) else bundle
    assert set(bundle) == {"application/vnd.vegalite.v6+json", "image/svg+xml", "text/plain"}
    assert bundle["application/vnd.vegalite.v6+json"]["config"]["font"] == theme.CONFIG["font"]
    assert bundle["image/svg+xml"].startswith("<svg ")
    assert bundle["text/plain"] == chart.to_dict()["description"]

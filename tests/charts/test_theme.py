"""The one visual language, and charts that leave Python."""

import base64
import json
import re

import altair as alt
import pytest
from bs4 import BeautifulSoup

from tests.charts import frames
from vsmlib import charts
from vsmlib.charts import theme
from vsmlib.charts.times import draw_time_by_stage
from vsmlib.errors import ParameterError


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
    assert page.count("</script>") == 3  # the library, the specification, the call
    assert not re.search(r"<(script|link)[^>]+(src|href)=", page)
    carried = BeautifulSoup(page, "html.parser").find("script", type="application/json").string
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
    assert set(bundle) == {"application/vnd.vegalite.v6+json", "text/html", "text/plain"}
    assert bundle["application/vnd.vegalite.v6+json"]["config"]["font"] == theme.CONFIG["font"]
    image = BeautifulSoup(bundle["text/html"], "html.parser").img
    assert image["alt"] == chart.to_dict()["description"]
    assert base64.b64decode(image["src"].partition(",")[2]).startswith(b"<svg ")
    assert bundle["text/plain"] == chart.to_dict()["description"]

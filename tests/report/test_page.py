"""The page: complete in itself, in order, and the same for the same notebook."""

import base64
import gzip
import hashlib
import json
import re

import pytest
from bs4 import BeautifulSoup

from tests.report.books import HOSTILE, code, display, prose, write
from vsmlib.errors import RunError
from vsmlib.report import Cards, render_html

SPEC = {
    "$schema": "https://vega.github.io/schema/vega-lite/v6.4.1.json",
    "description": f"Bars {HOSTILE}",
    "data": {"values": [{"n": f"{HOSTILE}\u2028", "v": 1}]},
    "mark": "bar",
}
SVG = '<svg class="marks" width="300" height="99"><text>Stage</text></svg>'
CHART = {"application/vnd.vegalite.v6+json": SPEC, "image/svg+xml": SVG, "text/plain": "Bars"}
TABLE = """<style>td {color: red}</style><table border="1" class="dataframe">
<caption>Stages</caption><thead><tr><th></th><th>stage</th><th>days</th><th>share</th><th>since</th></tr></thead><tbody>
<tr><th>0</th><td>Review</td><td>1,204.5</td><td>12 %</td><td>2026-01-01</td></tr>
<tr><th>1</th><td>&lt;b&gt;</td><td>NaN</td><td>3 %</td><td>2026-01-02</td></tr></tbody></table>"""


@pytest.fixture
def page(tmp_path):
    """Make a page of cells and read it as a browser would."""

    def make(*cells, **metadata):
        path = write(tmp_path / "weekly.ipynb", *cells, **metadata)
        html = render_html(path, tmp_path / "weekly.html")
        return BeautifulSoup(html.read_text(encoding="utf-8"), "html.parser")

    return make


def markdown(text):
    return display({"text/markdown": text})


def policy(soup):
    return soup.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]


def test_the_page_requests_nothing_and_runs_only_its_own_script(page):
    soup = page(prose("# Title\n\n## A\n\n## B"), code("", display(CHART), display(CHART)))
    (script,) = [s for s in soup("script") if not s.get("type")]
    digest = base64.b64encode(hashlib.sha256(script.string.encode()).digest()).decode()
    assert f"default-src 'none'; script-src 'sha256-{digest}'; style-src" in policy(soup)
    assert "unsafe-eval" not in policy(soup)
    assert not soup(["link", "iframe"])
    assert all(e["src"].startswith("data:image/svg+xml;") for e in soup.find_all(src=True))
    for script in soup("script"):
        script.decompose()
    assert not re.search(r"https?://", str(soup))


def test_without_charts_no_script_is_carried(page):
    soup = page(prose("# Title\n\ntext"))
    assert not soup("script")
    assert "script-src 'none'" in policy(soup)


def test_a_chart_is_a_drawing_with_its_specification_beside_it(page):
    figure = page(code("", display(CHART))).figure
    assert figure.img["alt"] == f"Bars {HOSTILE}"
    assert base64.b64decode(figure.img["src"].partition(",")[2]).decode() == SVG
    assert figure["style"] == "--width:300px"
    carried = figure.find("script", type="application/gzip").string
    assert json.loads(gzip.decompress(base64.b64decode(carried))) == SPEC
    assert "<" not in carried


def test_a_drawing_within_an_image_is_taken_from_it(page):
    drawn = base64.b64encode(SVG.encode()).decode()
    image = f'<img alt="no matter" src="data:image/svg+xml;base64,{drawn}">'
    figure = page(code("", display({**CHART, "image/svg+xml": "", "text/html": image}))).figure
    assert base64.b64decode(figure.img["src"].partition(",")[2]).decode() == SVG
    assert figure["style"] == "--width:300px"


def test_an_svg_alone_is_a_drawing(page):
    soup = page(code("", display({"image/svg+xml": SVG, "text/plain": "A line"})))
    assert soup.figure.img["alt"] == "A line"
    assert not soup("script")


def test_code_stderr_and_cells_for_the_notebook_are_left_out(page):
    stderr = {"output_type": "stream", "name": "stderr", "text": "noise"}
    stdout = {"output_type": "stream", "name": "stdout", "text": "two <b> \x1b[31mred\x1b[0m"}
    raw = {"cell_type": "raw", "source": HOSTILE, "metadata": {}, "id": "r"}
    soup = page(code("x = 1", stderr, stdout), prose("how to run", tags=["remove-cell"]), raw)
    assert soup.main.get_text().split() == ["two", "<b>", "red"]


def test_tables_are_tables(page):
    soup = page(code("", display({"text/html": TABLE, "text/plain": "x"})))
    assert soup.table.caption.string == "Stages"
    assert soup.find(role="region")["aria-label"] == "Table 1: Stages"
    assert not soup.table.find_all(style=True)
    head = soup.thead.find_all(["td", "th"])
    assert [c.name for c in head] == ["td", "th", "th", "th", "th"]
    assert [c.get("scope") for c in head] == [None, "col", "col", "col", "col"]
    body = soup.tbody.tr.find_all(["td", "th"])
    assert body[0]["scope"] == "row"
    for row in (head, body):
        assert ["class" in c.attrs for c in row] == [True, False, True, True, False]


def test_the_last_title_and_the_first_cards_stand_in_the_head(page):
    cards = Cards([("Lead time", "4 days", HOSTILE), ("Items", "9")])
    soup = page(
        prose("# Report\n\nFor managers."),
        code("", markdown("# Most of it *waits*\n\nOf 9 items."), markdown("And so on.")),
        code("", display({"text/html": cards._repr_html_(), "text/plain": repr(cards)})),
    )
    assert soup.title.string == soup.h1.string == "Most of it waits"
    assert soup.select_one(".standfirst").get_text() == "Of 9 items."
    assert len(soup("h1")) == 1
    assert soup.main.get_text().split() == ["For", "managers.", "And", "so", "on."]
    notes = [dd.get_text() for dd in soup.select("header .vsm-card dd")]
    assert notes == ["4 days", HOSTILE, "9"]


def test_contents_list_the_headings_and_lead_to_them(page):
    soup = page(prose("# T\n## Main\n### A *b*\n## Same\n#### deep\n## Same\n## ???\n## Übersicht"))
    links = {a["href"]: a.string for a in soup.nav("a")}
    assert list(links.values()) == ["Main", "A b", "Same", "Same", "???", "Übersicht"]
    assert all(soup.main.find(id=href[1:]) for href in links)
    ids = [e["id"] for e in soup.find_all(id=True)]
    assert len(ids) == len(set(ids))
    assert page(prose("# T\n## Only")).nav is None


def test_the_page_has_language_skip_link_name_and_provenance(page):
    end = "2026-11-22T09:05:06+00:00"
    run = {"input_path": "in/report.ipynb", "end_time": end, "duration": 7.6}
    soup = page(prose("## A"), papermill=run)
    assert soup.html["lang"] == "en"
    assert soup.h1.string == "report"
    assert soup.find("a", class_="skip")["href"] == "#main"
    said = soup.footer.get_text()
    assert re.search(r"vsmlib [\d.]+ from the notebook report.ipynb on 22 November 2026", said)
    assert "at 09:05 UTC, in 8 s." in said


def test_hostile_text_in_every_place_stays_text(page):
    failed = {"output_type": "error", "ename": "E", "evalue": HOSTILE, "traceback": [HOSTILE]}
    soup = page(
        prose(f"# {HOSTILE}\n\n{HOSTILE}\n\n## {HOSTILE}\n\n## Two"),
        code("", {"output_type": "stream", "name": "stdout", "text": HOSTILE}),
        code("", markdown(f"Stage **{HOSTILE}**"), display({"text/plain": HOSTILE})),
        code("", display({"text/html": HOSTILE, "text/plain": "x"}), display(CHART)),
        code("", failed, tags=["raises-exception"]),
        papermill={"input_path": HOSTILE},
    )
    assert len(soup("img")) == 1
    assert len([s for s in soup("script") if not s.get("type")]) == 1
    assert soup.h1.string == soup.title.string == HOSTILE
    assert not [e for e in soup.find_all(True) for name in e.attrs if name.startswith("on")]


def test_the_same_notebook_gives_the_same_bytes(page, tmp_path):
    pages = [str(page(prose("# T"), code("", display(CHART)))) for _ in range(2)]
    assert pages[0] == pages[1]
    assert [p.name for p in tmp_path.glob(".*")] == []


def test_a_page_that_cannot_be_written_is_a_failed_run(tmp_path):
    path = write(tmp_path / "a.ipynb", prose("text"))
    with pytest.raises(RunError, match=r"a\.html: cannot be written \(No such.*next: make room"):
        render_html(path, tmp_path / "none" / "a.html")

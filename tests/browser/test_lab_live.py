"""Charts in the real JupyterLab, as `vsm lab` starts it: drawn, live, and nothing asked outside."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

import vsmlib as vsm
from tests.browser.jupyter import chromium, lab_server, page_of, run_all
from vsmlib import lab

CELLS = [
    "import vsmlib as vsm\nvsm.charts.use_offline_renderer()\n"
    "stream = vsm.ValueStream.load('github-pull-requests-to-release')\n"
    "flow = vsm.Flow(vsm.read('sample'), stream, start='2023-01-01')",
    "vsm.charts.value_stream_map(flow)",
    "explorer = vsm.charts.live(vsm.charts.explorer(flow))\nexplorer",
    "from IPython.display import display\n"
    "text = lambda: f'{len(vsm.charts.selected(flow, explorer))} items behind it'\n"
    "said = display(text(), display_id=True)\n"
    "explorer.selections.observe(lambda _: said.update(text()))",
]
WORDS = "[...document.querySelectorAll('.vega-embed text')].map((text) => text.textContent)"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The notebook, all of its cells run."""
    folder = tmp_path_factory.mktemp("lab")
    lab.prepare(folder)
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    book = new_notebook(cells=[new_code_cell(source) for source in CELLS], metadata=kernel)
    nbformat.write(book, folder / "notebooks" / "live.ipynb")
    with lab_server(folder) as address, chromium() as browser:
        page = page_of(browser, (1280, 1000))
        run_all(page, address, "notebooks/live.ipynb")
        page.locator(".vega-embed svg").wait_for(timeout=90_000)
        yield page


def test_the_map_is_drawn_as_a_picture_with_words_for_who_cannot_see_it(page):
    drawing = page.get_by_role("img", name="Value stream map").first
    assert drawing.bounding_box()["width"] > 600


def test_a_drag_in_the_explorer_is_heard_in_python(page):
    stream = vsm.ValueStream.load("github-pull-requests-to-release")
    flow = vsm.Flow(vsm.read("sample"), stream, start="2023-01-01")
    whole = vsm.measure.summary(flow)["delivered"]
    page.get_by_text(f"{whole} items behind it").wait_for(timeout=30_000)
    page.evaluate("document.querySelector('.vega-embed').scrollIntoView()")
    dots = page.locator(".vega-embed .mark-symbol").first.bounding_box()
    left, top, wide, high = (dots[key] for key in ("x", "y", "width", "height"))
    page.mouse.move(left + 0.3 * wide, top + 0.5 * high)
    page.mouse.down()
    page.mouse.move(left + 0.9 * wide, top + 0.97 * high, steps=5)
    page.mouse.up()
    chosen = "t => / items? chosen/.test(t)"
    page.wait_for_function(f"{WORDS}.some({chosen} && !t.startsWith('{whole} '))")
    number = page.evaluate(f"{WORDS}.find({chosen})").split()[0]
    page.get_by_text(f"{number} items behind it").wait_for(timeout=30_000)


def test_a_live_chart_follows_the_theme_of_lab_and_not_the_screen(page):
    paper = "getComputedStyle(document.querySelector('.vega-embed svg')).backgroundColor"
    assert page.evaluate("document.body.dataset.jpThemeLight") == "true"
    try:
        page.emulate_media(color_scheme="dark")
        assert page.evaluate(paper) == "rgb(255, 255, 255)"
        page.evaluate("document.body.dataset.jpThemeLight = 'false'")
        for screen in ("dark", "light"):
            page.emulate_media(color_scheme=screen)
            assert page.evaluate(paper) == "rgb(27, 34, 41)"
    finally:
        page.evaluate("document.body.dataset.jpThemeLight = 'true'")


def test_nothing_was_asked_outside_and_no_script_failed(page):
    assert page.outside == []
    assert page.errors == []

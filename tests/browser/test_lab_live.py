"""Charts in the real JupyterLab, as `vsm lab` starts it: drawn, live, and nothing asked outside."""

import os
import shutil
import socket
import subprocess
import urllib.request
from contextlib import closing

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import sync_playwright

import vsmlib as vsm
from vsmlib import lab

TOKEN = "only-this-test"
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


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """The address of a notebook in a running Lab."""
    folder = tmp_path_factory.mktemp("lab")
    lab.prepare(folder)
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    book = new_notebook(cells=[new_code_cell(source) for source in CELLS], metadata=kernel)
    nbformat.write(book, folder / "notebooks" / "live.ipynb")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [*lab.command(folder, browser=False), "--allow-root", f"--ServerApp.port={port}"]
    environment = os.environ | {"JUPYTER_CONFIG_PATH": str(lab.CONFIG), "JUPYTER_TOKEN": TOKEN}
    environment["JUPYTERLAB_WORKSPACES_DIR"] = str(folder)  # not what a person had open
    with (folder / "lab.log").open("w") as log:
        server = subprocess.Popen(words, env=environment, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(server, f"{address}/api")
            yield f"{address}/lab/tree/notebooks/live.ipynb?token={TOKEN}"
        finally:
            server.terminate()
            server.wait(30)


def _wait(server, address):
    for _ in range(240):
        try:
            return urllib.request.urlopen(address, timeout=1).close()
        except OSError:
            assert server.poll() is None, "Lab ended"
            with pytest.raises(subprocess.TimeoutExpired):
                server.wait(0.5)
    raise AssertionError("Lab does not answer")


@pytest.fixture(scope="module")
def page(url):
    """The notebook with all its cells run; notes errors and requests to elsewhere."""
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or "/usr/bin/chromium"
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.outside, page.troubles = [], []
        page.on("pageerror", lambda error: page.troubles.append(str(error)))
        page.route("**/*", lambda route: _inside(page, route))
        page.goto(url)
        page.locator(".jp-Notebook").wait_for(timeout=90_000)
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=90_000)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        page.locator(".vega-embed svg").wait_for(timeout=90_000)
        yield page
        browser.close()


def _inside(page, route):
    if route.request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
        return route.continue_()
    page.outside.append(route.request.url)
    return route.abort()


def test_the_map_is_drawn_as_a_picture_with_words_for_who_cannot_see_it(page):
    drawing = page.get_by_role("img", name="Value stream map").first
    assert drawing.bounding_box()["width"] > 600


def test_a_drag_in_the_explorer_is_heard_in_python(page):
    whole = vsm.Flow(
        vsm.read("sample"),
        vsm.ValueStream.load("github-pull-requests-to-release"),
        start="2023-01-01",
    )
    delivered = vsm.measure.summary(whole)["delivered"]
    said = page.get_by_text("items behind it'", exact=False).last
    said.wait_for()
    assert said.text_content().strip("' ") == f"{delivered} items behind it"
    plot = page.locator(".vega-embed svg")
    plot.scroll_into_view_if_needed()
    page.evaluate("document.querySelector('.vega-embed').scrollIntoView()")
    dots = page.locator(".vega-embed .mark-symbol").first.bounding_box()
    page.mouse.move(dots["x"] + 0.3 * dots["width"], dots["y"] + 0.5 * dots["height"])
    page.mouse.down()
    page.mouse.move(dots["x"] + 0.9 * dots["width"], dots["y"] + 0.97 * dots["height"], steps=5)
    page.mouse.up()
    words = "[...document.querySelectorAll('.vega-embed text')].map((t) => t.textContent)"
    page.wait_for_function(
        f"{words}.some((t) => / items? chosen/.test(t) && !t.startsWith('{delivered} '))"
    )
    chosen = next(t for t in page.evaluate(words) if "chosen" in t).split()[0]
    page.get_by_text(f"{chosen} items behind it").wait_for(timeout=15_000)


def test_nothing_was_asked_outside_and_no_script_failed(page):
    assert page.outside == []
    assert page.troubles == []

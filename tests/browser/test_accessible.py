"""The report and the gallery before axe, the checker of accessibility rules, light and dark."""

import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from vsmlib.charts import gallery
from vsmlib.report import report

LIVE = "[...document.querySelectorAll('figure')].every(f => f.dataset.live === 'true')"


@pytest.fixture(scope="module", params=["report", "gallery"])
def url(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "report":
        return report("sample", out=folder).html.as_uri()
    gallery.main(str(folder / "gallery.html"))
    return (folder / "gallery.html").as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(url, scheme):
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or "/usr/bin/chromium"
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        # axe is a script, which the page's policy would refuse.
        page = browser.new_page(color_scheme=scheme, bypass_csp=True)
        page.goto(url)
        page.wait_for_function(LIVE)
        found = Axe().run(page).response
        browser.close()
    assert [(rule["id"], rule["impact"]) for rule in found["violations"]] == []
    assert len(found["passes"]) > 20

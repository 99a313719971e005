"""Report, index and gallery before axe, the checker of accessibility rules, light and dark."""

import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from vsmlib.charts import gallery
from vsmlib.report import index, report

PRINTED = 970  # CSS pixels between the margins of an A4 page on its side
LIVE = "[...document.querySelectorAll('figure')].every(f => f.dataset.live === 'true')"


def portfolio():
    """A run of four reports: one failed, one with an alert, one with a trend, one without."""
    figures = {"lead_time_s": {"p50": 9e5, "p85": 3e6}, "flow_efficiency": 0.13, "late": 3,
               "throughput_per_week": 2.5, "in_progress": 12,
               "largest_wait": {"stage": "Waiting for review"}}  # fmt: skip
    trend = [{"lead_time_p50_s": value} for value in (9e5, None, 4e5, 7e5)]
    late = {"code": "sle", "value": 9e5, "threshold": 8e5}
    good = {"status": "done", "reason": "", "figures": figures, "report": "a/report.html"}
    rows = [good | {"name": "Red", "periods": trend}, good | {"name": "Blue", "alerts": [late]},
            good | {"name": "Green", "figures": {}},
            {"name": "Grey <b>", "status": "failed", "reason": "grey.csv: no rows"}]  # fmt: skip
    return {"title": "Teams: 4 reports", "reports": rows, "vsmlib": "0.1.0", "duration_s": 99.0,
            "began_at": "2026-01-05T06:00:00+00:00"}  # fmt: skip


@pytest.fixture(scope="module", params=["report", "index", "gallery"])
def url(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "report":
        return report("sample", out=folder).html.as_uri()
    if request.param == "index":
        (folder / "index.html").write_text(index.render(portfolio()), encoding="utf-8")
        return (folder / "index.html").as_uri()
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


def test_the_index_fits_its_paper(tmp_path):
    (tmp_path / "index.html").write_text(index.render(portfolio()), encoding="utf-8")
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or "/usr/bin/chromium"
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": PRINTED, "height": 700})
        page.emulate_media(media="print")
        page.goto((tmp_path / "index.html").as_uri())
        wide = page.evaluate("document.documentElement.scrollWidth")
        browser.close()
    assert wide <= PRINTED

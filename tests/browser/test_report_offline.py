"""The page in a real browser without any network: drawn, alive, and deaf to hostile names."""

import shutil

import altair as alt
import pandas as pd
import pytest
import vl_convert
from playwright.sync_api import sync_playwright

from tests.report.books import HOSTILE, code, display, prose, write
from vsmlib.report import Cards, render_html

LIVE = "[...document.querySelectorAll('figure.chart')].every(f => f.dataset.live === 'true')"


def output(chart):
    """A chart's output as the package's own renderer leaves it."""
    spec = chart.to_dict()
    kinds = ("application/vnd.vegalite.v6+json", "image/svg+xml")
    return display(dict(zip(kinds, (spec, vl_convert.vegalite_to_svg(spec)), strict=True)))


def charts():
    data = pd.DataFrame({"days": [3, 9, 4], "stage": ["Review", "Wait", HOSTILE]})
    bars = alt.Chart(data, title=HOSTILE, description=f"Bars {HOSTILE}").mark_bar()
    label = alt.Axis(labelExpr="format(datum.value, '.0f') + ' d'")
    colour = alt.condition("datum.days > 5", alt.value("#f2b84f"), alt.value("#2f6fa8"))
    x = alt.X("days:Q", axis=label)
    yield bars.encode(x=x, y="stage:N", color=colour, tooltip=["stage", "days"])
    yield bars.mark_line().encode(x="days:Q", y="days:Q").interactive()
    yield bars.encode(x="stage:N", y="days:Q").properties(width=1200, height=150)


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    cards = Cards([("Lead time", "4 days"), ("Stage", HOSTILE)])
    table = pd.DataFrame({"stage": ["Review", HOSTILE], "days": [3.5, 4.0]}).to_html()
    book = write(
        folder / "weekly.ipynb",
        prose(f"# Weekly\n\nOf {HOSTILE}\n\n## Where\n\n{HOSTILE}"),
        code("", display({"text/html": cards._repr_html_()}), *map(output, charts())),
        prose(f"## {HOSTILE}"),
        code("", display({"text/html": table}), display({"text/html": HOSTILE})),
    )
    return render_html(book, folder / "weekly.html").as_uri()


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or "/usr/bin/chromium"
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, url):
    """Open the page offline; it must ask for nothing and complain of nothing."""
    troubles, contexts = [], []

    def open_page(width=1280, live=True, **options):
        size = {"width": width, "height": 900}
        contexts.append(browser.new_context(offline=True, viewport=size, **options))
        page = contexts[-1].new_page()
        page.on("request", lambda r: r.url == url or troubles.append(f"request {r.url}"))
        page.on("console", lambda m: troubles.append(f"{m.type} {m.text}"))
        page.on("pageerror", lambda error: troubles.append(f"error {error}"))
        page.on("dialog", lambda dialog: (troubles.append("dialog"), dialog.dismiss()))
        page.goto(url)
        if live:
            page.wait_for_function(LIVE)
        return page, troubles

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []


def test_charts_are_drawn_and_answer_the_mouse(visit):
    page, _ = visit()
    assert page.locator("figure.chart").count() == 3
    assert page.locator("figure.chart svg").count() == 3
    bars = page.locator("figure.chart >> nth=0 >> .mark-rect path")
    assert bars.count() == 3
    assert {bar.get_attribute("fill") for bar in bars.all()} == {"#f2b84f", "#2f6fa8"}
    assert "9 d" in page.locator("figure.chart").first.text_content()
    bars.nth(2).hover()
    tooltip = page.locator("#vg-tooltip-element.visible")
    tooltip.wait_for()
    assert HOSTILE in tooltip.text_content()
    assert tooltip.locator("img").count() == 0


def test_hostile_names_are_text(visit):
    page, _ = visit()
    assert page.locator("img").count() == 0
    assert page.locator("main h2").nth(1).inner_text().startswith(HOSTILE)
    assert HOSTILE in page.locator("td", has_text="script").inner_text()
    assert HOSTILE in page.locator(".standfirst").inner_text()
    assert HOSTILE in page.locator("header .vsm-value").nth(1).inner_text()


def test_the_policy_stops_what_is_added_to_the_page(visit):
    page, troubles = visit()
    page.evaluate(
        """async () => {
            const script = document.createElement("script");
            script.textContent = "window.ran = 1";
            document.body.append(script);
            document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.ran = 1'>");
            await fetch("https://example.org").catch(() => {});
        }"""
    )
    page.evaluate("new Promise(requestAnimationFrame)")
    assert page.evaluate("window.ran") is None
    refused = [trouble for trouble in troubles if "Content Security Policy" in trouble]
    assert len(refused) >= 3
    troubles.clear()


def test_without_scripts_the_drawings_stand(visit):
    page, _ = visit(java_script_enabled=False, live=False)
    for drawing in page.locator("figure.chart img").all():
        assert drawing.bounding_box()["width"] > 200
    label = page.locator("figure.chart img").first.get_attribute("alt")
    assert label == f"Bars {HOSTILE}"


@pytest.mark.parametrize(("width", "contents"), [(390, False), (1280, True), (1920, True)])
def test_the_page_fits_every_screen(visit, width, contents):
    page, _ = visit(width)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator("nav").is_visible() is contents
    line = page.locator("main > p").first.bounding_box()["width"]
    assert line <= 42 * 17
    wide = page.locator("figure.chart").nth(2)
    assert (wide.get_attribute("data-wide") is not None) is (width == 390)


def test_contents_lead_to_the_sections(visit):
    page, _ = visit(reduced_motion="reduce")
    page.locator("nav a").nth(1).click()
    assert page.url.endswith("#script-img-src-x-onerror-alert-1")
    assert page.locator("main h2").nth(1).bounding_box()["y"] < 900


def test_the_first_tab_offers_to_skip_the_head(visit):
    page, _ = visit()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    assert page.locator(".skip").bounding_box()["x"] >= 0


@pytest.mark.parametrize("live", [True, False])
def test_charts_are_dark_in_the_dark(visit, live):
    page, _ = visit(color_scheme="dark", live=live, java_script_enabled=live)
    paper = "getComputedStyle(document.querySelector('{}')).backgroundColor"
    for part in (".chart", ".chart svg") if live else (".chart",):
        assert page.evaluate(paper.format(part)) == "rgb(27, 34, 41)"
    assert page.evaluate(paper.format("body")) == "rgb(20, 25, 30)"


def test_the_print_has_no_screen_parts_and_cuts_no_chart(visit):
    page, _ = visit(color_scheme="dark")
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert not page.locator(".anchor").first.is_visible()
    style = "getComputedStyle(document.querySelector('{}'))"
    assert page.evaluate(f"{style.format('.chart')}.breakInside") == "avoid"
    assert page.evaluate(f"{style.format('body')}.backgroundColor") == "rgb(255, 255, 255)"

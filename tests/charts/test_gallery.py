"""The gallery: every chart, its question, one page."""

import pytest
from bs4 import BeautifulSoup

from vsmlib import charts
from vsmlib.charts.gallery import QUESTIONS, main


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("gallery") / "new" / "gallery.html"
    main(str(path))
    return path


def test_every_chart_has_its_question():
    helpers = {"live", "save", "selected", "theme", "use_offline_renderer"}
    assert set(QUESTIONS) == set(charts.__all__) - helpers
    assert all(question.split(" Here: ")[0].endswith("?") for question in QUESTIONS.values())


def test_the_page_holds_all_and_asks_nothing_outside(page):
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    assert len(soup("figure")) == len(soup("h2")) == len(QUESTIONS)
    assert all(figure.svg["aria-label"] for figure in soup("figure"))
    assert not soup.find_all(src=True)
    assert not soup.find_all("link")
    assert page.stat().st_size < 5_000_000

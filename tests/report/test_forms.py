"""A report as Markdown, as PDF, and its alerts as texts."""

import json
import shutil
import sys

import pytest

from tests.report.books import HOSTILE, code, display, prose, write
from vsmlib.errors import ParameterError
from vsmlib.report import Cards, render_html, write_alerts
from vsmlib.report.forms import check_pdf, render_markdown, render_pdf


@pytest.fixture
def page(tmp_path):
    table = f"<table><thead><tr><th>a</th></tr></thead><tr><td>{HOSTILE}|x</td></tr></table>"
    book = write(
        tmp_path / "weekly.ipynb",
        prose("# Weekly\n\nRead *this*."),
        code("", display({"text/html": Cards([("Lead time", "4 days", "half")])._repr_html_()})),
        prose("## Table\n\n- one\n- [two](https://x.example/)"),
        code("", display({"text/html": table})),
        code("", display({"image/svg+xml": "<svg width='9'/>", "text/plain": "A chart"})),
    )
    return render_html(book, tmp_path / "weekly.html")


def test_markdown_has_the_words_and_tables_and_no_charts(page, tmp_path):
    text = render_markdown(page, tmp_path / "weekly.md").read_text()
    assert text.startswith("# Weekly\n\nRead *this*.\n\n- **Lead time**: 4 days; half\n\n")
    assert "\n## Table\n\n- one\n- [two](https://x.example/)\n\n| a |\n|---|\n| " in text
    assert "\\|x |" in text
    assert "<" not in text.replace("\\<", "")
    assert "chart" not in text
    assert "Made by vsmlib" in text


@pytest.mark.skipif(not shutil.which("chromium"), reason="no Chromium")
def test_a_page_is_printed(page, tmp_path):
    made = render_pdf(page, tmp_path / "weekly.pdf").read_bytes()
    assert made.startswith(b"%PDF")
    assert b"/StructTreeRoot" in made


def test_without_playwright_it_is_said_before_anything_runs(monkeypatch):
    monkeypatch.setitem(sys.modules, "playwright", None)
    with pytest.raises(ParameterError, match=r"needs Playwright and Chromium.*pip install"):
        check_pdf()


def test_alerts_are_written_for_mail_and_webhook(tmp_path):
    found = [("Blue", [{"code": "sle", "value": 9e6, "threshold": 8e6}]), ("Red", [])]
    lines = write_alerts(found, tmp_path)
    assert len(lines) == 1
    assert lines[0].startswith("Blue: Service level missed")
    assert (tmp_path / "alerts.txt").read_text() == lines[0] + "\n"
    assert json.loads((tmp_path / "alerts.json").read_text()) == {"text": lines[0] + "\n"}
    assert write_alerts([("Red", [])], tmp_path) == []
    assert (tmp_path / "alerts.txt").read_text() == ""

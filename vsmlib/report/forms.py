"""A report in further forms: Markdown for chat and e-mail, PDF for paper, alerts for a webhook."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, Tag

from vsmlib import news
from vsmlib.errors import ParameterError, RunError
from vsmlib.report import page

__all__ = ["check_pdf", "render_markdown", "render_pdf", "write_alerts"]

INLINE = {"strong": "**", "em": "*", "code": "`"}


def render_markdown(html: Path, out: Path) -> Path:
    """Write a report page as Markdown: its words, figures and tables, without the charts.

    Parameters
    ----------
    html : Path
        A page of `vsmlib.report.render_html`.
    out : Path
        The Markdown file; written whole or not at all.
    """
    soup = BeautifulSoup(html.read_text(encoding="utf-8"), "html.parser")
    for needless in soup.select("figure, script, style, nav, .skip, .anchor"):
        needless.decompose()
    head, main, foot = soup.header, soup.main, soup.footer
    blocks = [text for part in (head, main, foot) if part for text in _blocks(part)]
    return page.write_whole(out, "\n\n".join(blocks) + "\n")


def _blocks(element: Tag) -> Iterator[str]:
    for child in element.find_all(True, recursive=False):
        name = child.name
        if name in ("h1", "h2", "h3", "h4"):
            yield f"{'#' * int(name[1])} {_inline(child)}"
        elif name == "table":
            yield _table(child)
        elif name in ("ul", "ol"):
            yield "\n".join(f"- {_inline(item)}" for item in child("li"))
        elif name == "dl":
            cards = [(card.dt, card("dd")) for card in child("div")]
            yield "\n".join(
                f"- **{_inline(label)}**: {'; '.join(map(_inline, told))}"
                for label, told in cards
                if label
            )
        elif name == "pre":
            yield f"```\n{child.get_text().strip()}\n```"
        elif name == "p":
            yield _inline(child)
        else:
            yield from _blocks(child)


def _inline(element: Tag) -> str:
    """Word an element on one line; what could be taken for markup is escaped."""
    said = []
    for child in element.children:
        if not isinstance(child, Tag):
            said.append("".join(f"\\{c}" if c in "\\`*_[]<>|" else c for c in str(child)))
        elif child.name == "a" and child.get("href"):
            said.append(f"[{_inline(child)}]({child['href']})")
        else:
            mark = INLINE.get(child.name, "")
            said.append(f"{mark}{_inline(child)}{mark}")
    return " ".join("".join(said).split())


def _table(table: Tag) -> str:
    rows = [[_inline(cell) for cell in row(["th", "td"])] for row in table("tr")]
    if not rows:
        return ""
    width = max(map(len, rows))
    lines = [f"| {' | '.join(row + [''] * (width - len(row)))} |" for row in rows]
    if not table.thead:
        lines.insert(0, "|" + "   |" * width)
    return "\n".join([lines[0], "|" + "---|" * width, *lines[1:]])


def check_pdf() -> None:
    """Say before a run that no PDF can be made, where that is so.

    Raises
    ------
    ParameterError
        Playwright is not installed.
    """
    try:
        import playwright  # noqa: F401
    except ImportError:
        what = "a PDF needs Playwright and Chromium, and Playwright is not installed"
        hint = "pip install playwright && playwright install chromium, or print report.html"
        raise ParameterError(what, hint=hint) from None


def render_pdf(html: Path, out: Path) -> Path:
    """Print a report page to a tagged PDF with an outline, by Chromium without a network.

    Raises
    ------
    ParameterError, RunError
        Playwright is not installed; Chromium is not there, or fails.
    """
    check_pdf()
    from playwright.sync_api import Error, sync_playwright

    found = shutil.which("chromium") or shutil.which("chromium-browser")
    found = found or shutil.which("google-chrome")
    try:
        with sync_playwright() as player:
            browser = player.chromium.launch(executable_path=found, args=["--no-sandbox"])
            with contextlib.closing(browser):
                tab = browser.new_context(offline=True).new_page()
                tab.goto(html.resolve().as_uri())
                tab.pdf(path=out, prefer_css_page_size=True, tagged=True, outline=True)
    except Error as error:
        reason = str(error).strip().partition("\n")[0][:200]
        hint = "install Chromium (apt-get install chromium), or print report.html in a browser"
        raise RunError(f"no PDF could be made ({reason})", where=str(out), hint=hint) from None
    return out


def write_alerts(found: list[tuple[str, list[dict[str, Any]]]], out: Path) -> list[str]:
    """Write ``alerts.txt`` for an e-mail and ``alerts.json`` (``{"text": …}``) for a webhook.

    Parameters
    ----------
    found : list of tuple
        Name of a stream and its alerts, as `vsmlib.measure.alerts` makes them.
    out : Path
        A folder.

    Returns
    -------
    list of str
        The lines; without any, the files are empty texts.
    """
    lines = [f"{name}: {text}" for name, each in found if each for text in news.alerts(each)]
    text = "".join(f"{line}\n" for line in lines)
    page.write_whole(out / "alerts.txt", text)
    page.write_whole(out / "alerts.json", json.dumps({"text": text}, ensure_ascii=False) + "\n")
    return lines

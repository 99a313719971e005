"""A page made for nobody: imported by the warm process of a batch, so that its forks know how.

What is compiled at first use (templates, schemas, patterns) takes each report half a second else.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat

from vsmlib.report import page

__all__ = ["rehearse"]


def rehearse() -> str:
    """Make a page of a small notebook, and give its text."""
    table = "<table><thead><tr><th>a</th></tr></thead><tbody><tr><th>b</th></tr></tbody></table>"
    book: Any = nbformat.v4
    shown = book.new_output("display_data", {"text/html": table, "text/plain": "a"})
    cells = [book.new_markdown_cell("# A\n\n*b*\n\n## C"), book.new_code_cell("", outputs=[shown])]
    with TemporaryDirectory() as folder:
        made = Path(folder) / "a.ipynb"
        nbformat.write(book.new_notebook(cells=cells), made)  # type: ignore[no-untyped-call]
        return page.render_html(made, made.with_suffix(".html")).read_text(encoding="utf-8")


rehearse()

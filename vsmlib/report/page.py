"""One page from an executed notebook: self-contained, and asking nothing of any network.

Whatever a cell says passes `vsmlib.report.safe`; a drawing is an image, in which no script runs.
Should something get through all the same, the page's policy lets no script run but the one whose
hash it names, and no request leave.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, Tag

from vsmlib.errors import RunError
from vsmlib.report import safe

__all__ = ["Cards", "render_html", "script", "use_script", "write_whole"]

TEMPLATE = Path(__file__).parent / "template"
VEGALITE = "application/vnd.vegalite.v6+json"
SVG = "image/svg+xml"
IMAGE = re.compile(f'src="data:{re.escape(SVG)};base64,([^"]+)"')
SHOWN = [VEGALITE, "text/html", "text/markdown", SVG, "image/png", "text/plain"]
NUMBER = re.compile(r"[-\u2212+]?\d[\d., ]*\s?(%|[a-zA-Z]{1,7})?(\s\d+\s?[a-z]{1,3})?")
NO_VALUE = {"", "-", "\u2013", "\u2014", "nan", "NaN", "NaT", "None", "<NA>"}


class Cards:
    """Key figures; the first ones of a notebook stand in the head of its page.

    Parameters
    ----------
    cards : iterable of tuple of str
        Label, value and, where wanted, a note.

    Examples
    --------
    >>> Cards([("Lead time", "11 days", "half of the items take longer")])
    Lead time: 11 days (half of the items take longer)
    """

    def __init__(self, cards: Iterable[tuple[str, ...]]) -> None:
        self.cards = [tuple(map(str, card)) for card in cards]

    def __repr__(self) -> str:
        return "\n".join(f"{c[0]}: {c[1]}" + (f" ({c[2]})" if c[2:] else "") for c in self.cards)

    def _repr_html_(self) -> str:
        cards = "".join(map(_card, self.cards))
        # the style serves JupyterLab; the report drops it and has its own for the classes
        return f'<dl class="vsm-cards" style="display:flex;flex-wrap:wrap;gap:2em">{cards}</dl>'


def _card(card: tuple[str, ...]) -> str:
    label, value, *notes = map(html.escape, card)
    note = "".join(f'<dd class="vsm-note" style="margin:0">{text}</dd>' for text in notes)
    figure = f'<dd class="vsm-value" style="margin:0;font-size:1.6em">{value}</dd>'
    return f'<div class="vsm-card"><dt style="font-weight:normal">{label}</dt>{figure}{note}</div>'


def render_html(executed: Path, out_html: Path) -> Path:
    """Make one self-contained page of an executed notebook.

    Code and stderr are left out. Charts keep their drawing where no script runs and become live
    with tooltips where it does. Cells tagged ``remove-cell`` are for the notebook only. The title
    is the last ``#`` heading, so that a cell can compute it, and the paragraph after it.

    Parameters
    ----------
    executed : Path
        A notebook with outputs.
    out_html : Path
        The page; written whole or not at all.

    Raises
    ------
    RunError
        The page cannot be written.
    """
    import nbformat

    notebook: Any = nbformat.read(executed, as_version=4)  # type: ignore[no-untyped-call]
    run = notebook.metadata.get("papermill", {})
    exporter = _exporter()
    article = BeautifulSoup(exporter.from_notebook_node(notebook)[0], "html.parser")
    _tidy_tables(article)
    title, subtitle = _take_headline(article)
    title = title or Path(run.get("input_path") or executed).stem
    cards = article.select_one(".vsm-cards")
    code = script() if article.select_one("figure script") else ""
    page = exporter.environment.get_template("page.html.j2").render(
        title=title,
        running_title="".join(f"\\{ord(letter):06x}" for letter in title),
        subtitle=subtitle,
        cards=cards.extract() if cards else "",
        contents=_add_anchors(article),
        article=article,
        provenance=_provenance(run, executed),
        style=_style(),
        script=code,
        policy=_policy(code),
    )
    return write_whole(out_html, page)


def write_whole(path: Path, text: str) -> Path:
    """Write a file whole or not at all."""
    aside = path.with_name(f".{path.name}.partial")
    try:
        aside.write_text(text, encoding="utf-8", errors="replace", newline="\n")
        return aside.replace(path)
    except OSError as error:
        aside.unlink(missing_ok=True)
        what = f"cannot be written ({error.strerror or error})"
        raise RunError(what, where=str(path), hint="make room, or choose another --out") from error


_made: list[str] = []


def script() -> str:
    """Return the page's only script: Vega and the few lines that use it."""
    if not _made:
        import vl_convert

        loader = (TEMPLATE / "charts.js").read_text(encoding="utf-8")
        use_script(f"{vl_convert.javascript_bundle('window.vegaEmbed = vegaEmbed;')}\n{loader}")
    return _made[0]


def use_script(text: str) -> None:
    """Take the script that another process has made, which costs two seconds."""
    _made[:] = [text]


def _style() -> str:
    from vsmlib.charts.colours import style_sheet

    page = (TEMPLATE / "report.css").read_text(encoding="utf-8")
    return f"{page}\n{style_sheet(within='figure.chart')}"


@cache
def _exporter() -> Any:
    """Set up nbconvert with this package's template and its allowlists as filters."""
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    config = Config()
    config.NbConvertBase.display_data_priority = SHOWN
    config.TagRemovePreprocessor.enabled = True
    config.TagRemovePreprocessor.remove_cell_tags = {"remove-cell"}
    exporter: Any = HTMLExporter(  # type: ignore[no-untyped-call]
        config=config,
        template_name=TEMPLATE.name,
        extra_template_basedirs=[str(TEMPLATE.parent)],
        exclude_input=True,
    )
    for name, allow in (("prose", safe.prose), ("markup", safe.markup), ("chart", _chart)):
        exporter.register_filter(name, allow)
    return exporter


def _chart(output: Mapping[str, Any]) -> str:
    """Turn a chart's output into a drawing with its specification beside it."""
    spec, svg = output["data"].get(VEGALITE), output["data"].get(SVG, "")
    if within := IMAGE.search(output["data"].get("text/html", "")):
        svg = base64.b64decode(within[1]).decode()
    words = (spec or {}).get("description") or output["data"].get("text/plain") or "A chart."
    width = re.search(r"<svg[^>]* width=\"(\d+)", svg)
    drawn = base64.b64encode(svg.encode()).decode()
    # packed it is a tenth as long, and no name in it, such as </script>, can end the element
    packed = gzip.compress(json.dumps(spec, separators=(",", ":")).encode(), mtime=0)
    carried = base64.b64encode(packed).decode()
    live = f'<script type="application/gzip">{carried}</script>' if spec else ""
    still = f'<img alt="{html.escape(str(words))}" src="data:{SVG};base64,{drawn}">'
    style = f"--width:{width[1] if width else 0}px"
    return f'<figure class="chart" style="{style}"><div class="scroll">{still}</div>{live}</figure>'


def _tidy_tables(article: BeautifulSoup) -> None:
    """Give headers a scope, numbers the right side, and wide tables a place to scroll in."""
    for number, table in enumerate(article("table"), start=1):
        for cell in table("th"):
            cell["scope"] = "col" if cell.find_parent("thead") else "row"
            if not cell.get_text(strip=True):
                cell.name, cell.attrs = "td", {}
        _align_numbers(table)
        named = table.caption or table.find_previous(["h1", "h2", "h3"])
        label = f"Table {number}: {named.get_text(' ', strip=True) if named else ''}"
        attributes = {"class": "table", "role": "region", "tabindex": "0", "aria-label": label}
        table.wrap(article.new_tag("div", attrs=attributes))


def _align_numbers(table: Tag) -> None:
    """Mark the cells of each column that holds nothing but numbers."""
    rows = [row(["th", "td"]) for row in table("tr")]
    body = [row(["th", "td"]) for row in table.select("tbody tr")]
    if not body or len({len(row) for row in rows}) > 1:
        return
    for column, cells in enumerate(zip(*body, strict=True)):
        texts = {cell.get_text(strip=True) for cell in cells} - NO_VALUE
        if texts and all(map(NUMBER.fullmatch, texts)):
            for row in rows:
                row[column]["class"] = "number"


def _take_headline(article: BeautifulSoup) -> tuple[str, str]:
    """Take the last title and the paragraph after it out of the text; a page has one ``h1``."""
    title, subtitle = "", ""
    for heading in article("h1"):
        title, following = heading.get_text(" ", strip=True), heading.find_next_sibling()
        if not heading.find_next("h1") and following is not None and following.name == "p":
            subtitle = following.extract().decode_contents()
        heading.decompose()
    return title, subtitle


def _add_anchors(article: BeautifulSoup) -> list[dict[str, str]]:
    """Give each heading an id and an anchor; list those of the first two levels."""
    taken = {"main", "vg-tooltip-element"}
    listed = []
    for heading in article(["h2", "h3", "h4"]):
        text = heading.get_text(" ", strip=True)
        name = re.sub(r"\W+", "-", text.lower()).strip("-") or "section"
        while name in taken:
            name += f"-{len(taken)}"
        taken.add(name)
        heading["id"] = name
        link = {"class": "anchor", "href": f"#{name}", "aria-label": f"Link to: {text}"}
        heading.append(article.new_tag("a", attrs=link, string="#"))
        listed.append({"level": heading.name[1], "id": name, "text": text})
    return [heading for heading in listed if heading["level"] < "4"] if len(listed) > 1 else []


def _provenance(run: Mapping[str, Any], executed: Path) -> str:
    from vsmlib import __version__

    source = Path(run.get("input_path") or executed).name
    words = f"Made by vsmlib {__version__} from the notebook {source}"
    if run.get("end_time"):
        at = datetime.fromisoformat(run["end_time"])
        words += f" on {at.day} {at:%B %Y at %H:%M} UTC, in {run.get('duration') or 0:.0f} s"
    return words + "."


def _policy(code: str) -> str:
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    scripts = f"'sha256-{digest}'" if code else "'none'"
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )

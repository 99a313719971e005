"""What a notebook's words may bring into a page: allowlists, since names in data are hostile."""

from __future__ import annotations

from bs4 import BeautifulSoup

__all__ = ["markup", "prose"]

TAGS = [
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "pre", "code", "kbd"),
    *("ul", "ol", "li", "dl", "dt", "dd", "a", "abbr", "em", "strong", "del", "sub", "sup"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "div", "span"),
]
ATTRIBUTES = {"a": ("href",), "td": ("colspan", "rowspan"), "th": ("colspan", "rowspan")}
CLASSES = {"vsm-cards", "vsm-card", "vsm-value", "vsm-note"}
SILENT = ["style", "script", "template", "title", "svg", "math", "noscript", "iframe"]


def prose(markdown: str) -> str:
    """Turn Markdown into HTML; HTML written inside it is shown as the text it is.

    Examples
    --------
    >>> prose("*so* <img src=x onerror=alert(1)>").strip()
    '<p><em>so</em> &lt;img src=x onerror=alert(1)&gt;</p>'
    """
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    renderer = IPythonRenderer(
        escape=True, allow_harmful_protocols=False, exclude_anchor_links=True
    )
    return _allowed(MarkdownWithMath(renderer=renderer).render(markdown))


def markup(text: str) -> str:
    """Keep what is allowed of a cell's HTML: tables, lists, words and cards, without any style.

    Examples
    --------
    >>> markup('<style>b {}</style><dl onclick="x()" class="vsm-cards"><dt><img src=x>7</dt></dl>')
    '<dl class="vsm-cards"><dt>7</dt></dl>'
    """
    soup = BeautifulSoup(text, "html.parser")
    for element in soup(SILENT):
        element.decompose()
    return _allowed(str(soup))


def _allowed(text: str) -> str:
    from nbconvert.preprocessors.sanitize import SanitizeHTML

    cleaner = SanitizeHTML(tags=TAGS, attributes=_attribute, strip=True)  # type: ignore[no-untyped-call]
    return str(cleaner.sanitize_html_tags(text))  # type: ignore[no-untyped-call]


def _attribute(tag: str, name: str, value: str) -> bool:
    ours = name == "class" and set(value.split()) <= CLASSES
    return ours or name in ATTRIBUTES.get(tag, ())

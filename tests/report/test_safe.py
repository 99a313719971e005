"""Nothing in a cell's output becomes live HTML."""

import pytest
from bs4 import BeautifulSoup

from tests.report.books import HOSTILE
from vsmlib.report.safe import markup, prose

ATTACKS = [
    HOSTILE,
    "<svg onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<div style='background:url(http://evil.example)'>x</div>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<base href='http://evil.example'><meta http-equiv=refresh content='0;url=//evil.example'>",
    "<figure class='chart'><script type='application/json'>{}</script></figure>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
]


def tags(html):
    """Every tag and attribute that a browser would see."""
    soup = BeautifulSoup(html, "html.parser")
    return {e.name for e in soup.find_all(True)}, {a for e in soup.find_all(True) for a in e.attrs}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("clean", [prose, markup])
def test_attacks_leave_no_live_element(clean, attack):
    names, attributes = tags(clean(attack))
    assert names <= {"p", "a", "div", "em"}
    assert attributes <= {"href"}
    assert "javascript:" not in str(BeautifulSoup(clean(attack), "html.parser").a)


@pytest.mark.parametrize("attack", ATTACKS)
def test_html_in_markdown_is_shown_as_text(attack):
    shown = BeautifulSoup(prose(f"before {attack} after"), "html.parser").get_text()
    assert "".join(shown.split()) == "".join(f"before{attack}after".split())


@pytest.mark.parametrize(
    "link",
    ["[x](javascript:alert(1))", "[x](data:text/html,hi)", "![x](http://evil.example/a.png)"],
)
def test_markdown_links_run_nothing_and_pictures_request_nothing(link):
    assert not [word for word in ("javascript", "data:", "<img") if word in prose(link)]


def test_what_people_write_is_kept():
    html = prose("## A\n\n**b** [c](https://example.org) `d`\n\n| e | f |\n|--|--|\n| 1 | 2 |")
    assert {"h2", "strong", "a", "code", "table", "td"} <= tags(html)[0]
    html = '<table class="dataframe" border="1"><tr><th colspan="2" style="x">a</th></tr></table>'
    assert markup(html) == '<table><tbody><tr><th colspan="2">a</th></tr></tbody></table>'

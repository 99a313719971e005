"""Headings and sentences that stay text in a notebook, whatever names are in them."""

from __future__ import annotations

import re

__all__ = ["Points", "Prose", "Title"]

MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+|!~$-])")


class Title(str):
    """A heading of the first level in a notebook, whatever characters the name in it has."""

    __slots__ = ()

    def _repr_markdown_(self) -> str:
        return f"# {_plain(self)}"


class Prose(list[str]):
    """Sentences; a paragraph in a notebook, whatever characters the names in them have.

    Examples
    --------
    >>> print(Prose(["Most of it is in “*b*”.", "So be it."]))
    Most of it is in “*b*”. So be it.
    """

    def __str__(self) -> str:
        return " ".join(self)

    def _repr_markdown_(self) -> str:
        return _plain(str(self))


class Points(Prose):
    r"""Sentences of which all but the first are points of a list in a notebook.

    Examples
    --------
    >>> print(Points(["It would save:", "2 days in *b*."])._repr_markdown_())
    It would save:
    <BLANKLINE>
    - 2 days in \*b\*.
    """

    def _repr_markdown_(self) -> str:
        first, *points = map(_plain, self or [""])
        return "\n".join([first, "", *(f"- {point}" for point in points)]).strip()


def _plain(text: str) -> str:
    """Escape what Markdown would take for markup."""
    return MARKDOWN.sub(r"\\\1", " ".join(text.split()))

"""Text that fits: names from outside made plain, measured, wrapped and shortened."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["fits", "plain", "shorten", "width", "wrap"]

# Widths of Helvetica and its metric twins, in thousandths of the type size.
NARROW, SLIM = frozenset("ijl'|!.,:;I /\\[]"), frozenset('frt()-"{}`*')
BROAD, BROADEST = frozenset("mM%"), frozenset("W@")
ELLIPSIS = "…"
# Line feeds and other controls, and the marks that turn the writing direction of what follows.
UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def plain(text: object) -> str:
    r"""Put a name from outside on one line, without control or direction marks.

    Examples
    --------
    >>> plain("In\n  review")
    'In review'
    """
    return " ".join(UNSEEN.sub(" ", str(text)).split())


def _em(letter: str) -> int:
    if letter in NARROW:
        return 260
    if letter in SLIM:
        return 340
    if letter in BROAD:
        return 860
    if letter in BROADEST:
        return 980
    if letter > "\u2e7f" or unicodedata.east_asian_width(letter) in "WF":
        return 1000
    return 690 if letter.isupper() else 560


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Estimate how many pixels a text takes.

    Examples
    --------
    >>> width("Review", 10) < width("Review", 10, bold=True) < width("REVIEW", 10)
    True
    """
    return sum(map(_em, text)) * size / 1000 * (1.07 if bold else 1.0)


def fits(text: str, room: float, size: float, *, bold: bool = False) -> bool:
    """Tell whether a text fits into that many pixels."""
    return width(text, size, bold=bold) <= room


def shorten(
    text: object, room: float, size: float, *, bold: bool = False, tail: bool = False
) -> str:
    """Cut a text to that many pixels; an ellipsis says so. ``tail`` keeps its end, not its start.

    Examples
    --------
    >>> shorten("Waiting for review", 60, 10)
    'Waiting for …'
    """
    line = plain(text)
    if fits(line, room, size, bold=bold):
        return line
    while line and not fits(line + ELLIPSIS, room, size, bold=bold):
        line = line[1:] if tail else line[:-1]
    return ELLIPSIS + line if tail else line + ELLIPSIS


def wrap(text: object, room: float, size: float, *, lines: int, bold: bool = False) -> list[str]:
    """Break a text into at most that many lines of that many pixels.

    Words stay whole where they fit; what is left over after the last line is elided.

    Examples
    --------
    >>> wrap("Waiting for review by the owners", 62, 10, lines=2)
    ['Waiting for', 'review by th…']
    """
    made: list[str] = []
    rest = plain(text)
    while rest and len(made) < lines - 1 and not fits(rest, room, size, bold=bold):
        line = _first_line(rest, room, size, bold)
        made.append(line.rstrip())
        rest = rest[len(line) :].lstrip()
    return [*made, shorten(rest, room, size, bold=bold)] if rest or not made else made


def _first_line(text: str, room: float, size: float, bold: bool) -> str:
    line = ""
    for piece in re.findall(r"[^\s/_-]*[\s/_-]|[^\s/_-]+", text):
        if not fits((line + piece).rstrip(), room, size, bold=bold):
            break
        line += piece
    if line:
        return line
    while len(line) < len(text) and fits(line + text[len(line)], room, size, bold=bold):
        line += text[len(line)]
    return line or text[:1]

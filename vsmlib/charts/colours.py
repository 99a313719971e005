"""The colours of every chart, light and dark: one table, so that none is left behind in the dark.

A chart is drawn with the light ones. In the dark each is exchanged for its partner: by a style
sheet where a page decides while it is looked at, in the specification where a file is written.
"""

from __future__ import annotations

import re

# Told apart by eyes without red, green or blue cones, and in grey print: each kind has its own
# lightness, from done (18 of 100) to excluded (89). tests/charts/test_colours.py measures both.
COLOURS = {
    "active": "#2f6fa8",
    "wait": "#f2b84f",
    "blocked": "#86306e",
    "rework": "#d9534a",
    "done": "#15302c",
    "cancelled": "#a3a7ad",
    "excluded": "#dde1e5",
}
INK, MUTED, FAINT, PAPER = "#1f2a33", "#5d6872", "#e4e7ea", "#ffffff"
ON_WAIT = "#1f2a32"  # ink that stays dark in the dark, because what it stands on stays light
# What is legible on the colour of a kind of stage.
ON = {"active": PAPER, "wait": ON_WAIT, "done": PAPER, "cancelled": INK, "excluded": INK}
LINE, PANEL = "#9aa4ad", "#f5f6f7"
TINTS = (0.15, 0.3, 0.45, 0.6, 0.75, 0.83, 0.91)
# In the dark the order of lightness is turned round: what is done is the lightest.
IN_THE_DARK = {
    COLOURS["active"]: "#4a90e2",
    COLOURS["wait"]: "#f0bd5f",
    COLOURS["blocked"]: "#b04fa3",
    COLOURS["rework"]: "#ef7a6f",
    COLOURS["done"]: "#d3efe6",
    COLOURS["cancelled"]: "#6a6764",
    COLOURS["excluded"]: "#39414b",
    INK: "#e7eaec",
    MUTED: "#a3adb5",
    FAINT: "#303941",
    PAPER: "#1b2229",
    ON_WAIT: "#14191e",
    LINE: "#7f8a94",
    PANEL: "#232c34",
}


def _mix(colour: str, other: str, by: float) -> str:
    pairs = ((int(colour[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * by):02x}" for a, b in pairs)


def paler(colour: str, by: float) -> str:
    """Mix a colour with the paper, by one of the shares of `TINTS`."""
    return _mix(colour, PAPER, by)


# What a wait was for: work of other items is blue, hours in which nobody works are of night.
CAUSES = {
    "batching": COLOURS["wait"],
    "prioritization": paler(COLOURS["active"], 0.6),
    "contention": COLOURS["active"],
    "unavailability": paler(COLOURS["done"], 0.45),
    "blocked": COLOURS["blocked"],
    "unexplained": paler(COLOURS["wait"], 0.75),
}

DARK = IN_THE_DARK | {
    paler(colour, by): _mix(IN_THE_DARK[colour], IN_THE_DARK[PAPER], by)
    for colour in (*COLOURS.values(), MUTED)
    for by in TINTS
}


def dark(text: str) -> str:
    """Exchange every light colour of a specification or a drawing for its partner in the dark."""
    return re.sub(r"#[0-9a-f]{6}\b", lambda found: DARK.get(found[0], found[0]), text)


def style_sheet(drawing: str | None = None, within: str = "") -> str:
    """Return the CSS that turns light drawings dark on a screen whose owner prefers that.

    It is for the colours of one drawing, or for all, inside whatever a selector finds.
    """
    return f"@media screen and (prefers-color-scheme:dark){{{_rules(drawing, within)}}}"


def hosted_sheet(within: str) -> str:
    """Return it for a live chart in a notebook: where the host has a theme, that decides."""
    themed, free = "body[data-jp-theme-light=false]", "body:not([data-jp-theme-light])"
    return f"@media screen{{{_rules(None, f'{themed} {within}')}}}" + style_sheet(
        within=f"{free} {within}"
    )


def _rules(drawing: str | None, within: str) -> str:
    rules = (
        f'{within} [{paint}="{light}"]{{{paint}:{partner}}}'.strip()
        for light, partner in DARK.items()
        for paint in ("fill", "stroke")
        if drawing is None or f'{paint}="{light}"' in drawing
    )
    # A live chart states its paper as a style of its own.
    paper = f"{within} svg{{background-color:{DARK[PAPER]}!important}}" if within else ""
    return f"{paper}{''.join(rules)}"

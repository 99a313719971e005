"""Colours that everybody tells apart, in the light, in the dark and in grey print."""

import json
import re
from itertools import combinations

import numpy as np
import pytest

from vsmlib.charts import colours, theme
from vsmlib.charts.colours import COLOURS, FAINT, INK, MUTED, PAPER

# Machado, Oliveira and Fernandes (2009), severity 1: how eyes without one sort of cones see.
EYES = {
    "all cones": np.eye(3),
    "no red": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "no green": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "no blue": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(colour):
    parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    xyz = XYZ @ np.clip(rgb, 0, 1) / np.array([0.9505, 1, 1.0888])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


LOOKS = {
    "light": {colour: colour for colour in colours.DARK},
    "dark": colours.DARK,
}
every_look = pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)


@every_look
@pytest.mark.parametrize("eyes", EYES)
def test_every_two_kinds_are_told_apart_by_all_eyes(eyes, look):
    seen = {kind: lab(np.array(EYES[eyes]) @ linear(look[c])) for kind, c in COLOURS.items()}
    nearest = min(np.linalg.norm(seen[a] - seen[b]) for a, b in combinations(seen, 2))
    assert nearest > 18  # one is a just noticeable difference


@every_look
@pytest.mark.parametrize("eyes", EYES)
def test_every_two_causes_of_a_wait_are_told_apart_by_all_eyes(eyes, look):
    seen = [lab(np.array(EYES[eyes]) @ linear(look[c])) for c in colours.CAUSES.values()]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > 15


def test_every_two_kinds_are_told_apart_in_grey_print():
    lightness = sorted(lab(linear(colour))[0] for colour in COLOURS.values())
    assert min(np.diff(lightness)) > 7.5


def contrast(a, b):
    low, high = sorted((XYZ @ linear(a))[1] for a in (a, b))
    return (high + 0.05) / (low + 0.05)


@every_look
def test_text_is_legible_on_what_it_stands_on(look):
    assert contrast(look[INK], look[PAPER]) > 7
    assert contrast(look[MUTED], look[PAPER]) > 4.5
    assert contrast(look[MUTED], look[colours.PANEL]) > 4.5
    for kind, legible in colours.ON.items():
        assert contrast(look[legible], look[COLOURS[kind]]) > 4.5, kind
    assert contrast(look[COLOURS["rework"]], look[PAPER]) > 3  # bold, and never alone


def test_the_configuration_has_no_colours_of_its_own():
    found = set(re.findall(r"#[0-9a-f]{6}", json.dumps(theme.CONFIG)))
    assert found <= {INK, MUTED, FAINT, PAPER}


def test_what_is_dark_stays_dark_when_asked_again():
    assert not set(colours.DARK) & set(colours.DARK.values())
    assert colours.dark(f"fill: {INK}, {PAPER}1; #123456") == "fill: #e7eaec, #ffffff1; #123456"


def test_a_style_sheet_is_for_the_colours_that_are_there():
    sheet = colours.style_sheet(f'<path fill="{INK}" stroke="none"/>')
    assert sheet == (
        f'@media screen and (prefers-color-scheme:dark){{[fill="{INK}"]{{fill:#e7eaec}}}}'
    )
    whole = colours.style_sheet(within=".chart")
    assert whole.count(".chart [") == 2 * len(colours.DARK)

"""The ways that items take."""

import pytest

from tests.charts import frames, looking
from vsmlib.charts.colours import COLOURS
from vsmlib.charts.variants import draw_variants, steps

ROWS = frames.PULL_REQUESTS
NAMES, KINDS = [row[0] for row in ROWS], [row[1] for row in ROWS]


def draw(paths, rows=ROWS):
    names, kinds = [row[0] for row in rows], [row[1] for row in rows]
    return draw_variants(frames.variants(paths, names), names, kinds, frames.summary(rows))


def chips(chart):
    """Numbers of the chips, row by row."""
    found = [row for row in looking.rows(chart, "text", "weight") if row["align"] == "center"]
    by_row = {}
    for row in found:
        if row["x"] > 116 and row["size"] != 10:  # not those of the key
            by_row.setdefault(row["y"], []).append(row["text"])
    return list(by_row.values())


def test_a_way_is_a_row_of_its_stages_numbers():
    chart = draw([[0, 1, 2, 7], [0, 1, 0, 7]])
    assert chips(chart) == [["1", "2", "3", "8"], ["1", "2", "1", "8"]]
    lines = [row for row in looking.rows(chart, "path", "fill") if row["fill"] == COLOURS["rework"]]
    assert len(lines) == 1
    found = looking.texts(chart)
    for words in ("67%", "33%", "(2)", "Merged (done)", "In review (active)"):
        assert words in found
    assert "Parked (excluded)" not in found


def test_the_twelve_most_frequent_are_drawn_and_the_others_counted():
    chart = draw([[0] * i + [7] for i in range(1, 21)])
    assert len(chips(chart)) == 12
    assert "8 rarer ways of 17% of the items not shown" in looking.subtitle(chart)
    assert looking.title(chart).endswith("10% take the most frequent of 20 ways")


def test_the_middle_of_a_way_too_long_is_left_out():
    chart = draw([[i % 7 for i in range(99)] + [7]])
    (row,) = chips(chart)
    assert len(row) == 37
    assert row[-1] == "8"
    assert row.count("…") == 1
    assert "the middle of a long way left out" in looking.subtitle(chart)
    assert looking.size(chart)[0] <= 864


@pytest.mark.parametrize("path", [[0, 3, 0], [2, 1], [4, 0, 1, 2, 3, 4]])
def test_names_that_hold_what_parts_them_are_told_apart(path):
    names = ["a", "a > c", "(b", "b > a > d.", ">"]
    assert steps([" > ".join(names[i] for i in path)], names) == [path]


def test_one_way_is_one_way():
    assert looking.title(draw([[0, 7]])) == "Which ways do items take? All take the same one"

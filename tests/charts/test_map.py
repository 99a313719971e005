"""The value stream map: its grammar, and that nothing lies on anything else."""

from itertools import combinations

import pandas as pd
import pytest

from tests.charts import frames, looking
from vsmlib import charts
from vsmlib.charts.line import MOST_IN_A_ROW, in_line
from vsmlib.charts.rework import STEP, arcs
from vsmlib.charts.text import width
from vsmlib.charts.theme import COLOURS

SIZES = [3, 7, 9, 13, 14, 25]


def draw(rows, delivered=944, **changes):
    return charts.draw_value_stream_map(
        frames.stages(rows, delivered),
        frames.transitions(rows),
        {**frames.summary(rows), "delivered": delivered, **changes},
        "Library pull requests",
    )


@pytest.fixture(scope="module")
def usual():
    return draw(frames.PULL_REQUESTS)


def boxes(chart):
    """Left, right, top and bottom of every written text."""
    made = {}
    for row in looking.rows(chart, "text", "size", "align"):
        wide = width(row["text"], row["size"], bold=row["weight"] == "bold")
        left = row["x"] - {"left": 0, "center": wide / 2, "right": wide}[row["align"]]
        box = (left, left + wide, row["y"] - row["size"] / 2, row["y"] + row["size"] / 2)
        made[(row["text"], row["x"], row["y"])] = box
    return made


@pytest.mark.parametrize("n", SIZES)
def test_no_text_lies_on_another_or_outside(n):
    found = boxes(draw(frames.shape(n)))
    for (one, a), (other, b) in combinations(found.items(), 2):
        across = min(a[1], b[1]) - max(a[0], b[0])
        down = min(a[3], b[3]) - max(a[2], b[2])
        assert across <= 2 or down <= 2, (one, other)
    assert all(left >= -1 and right <= 932 for left, right, *_ in found.values())


def test_hostile_names_do_not_run_into_one_another():
    found = boxes(draw(frames.hostile()))
    for (one, a), (other, b) in combinations(found.items(), 2):
        across = min(a[1], b[1]) - max(a[0], b[0])
        assert across <= 2 or min(a[3], b[3]) - max(a[2], b[2]) <= 2, (one, other)


def test_kinds_differ_in_shape_and_colour(usual):
    symbols = {(row["shape"], row["colour"]) for row in looking.rows(usual, "shape", "size")}
    fills = {row["colour"]: row["edge"] for row in looking.rows(usual, "rounded")}
    assert ("triangle-up", COLOURS["wait"]) in symbols
    assert ("circle", COLOURS["done"]) in symbols
    assert fills[COLOURS["active"]] is None
    assert fills[COLOURS["excluded"]] == COLOURS["cancelled"]  # a dashed edge


def test_the_title_says_where_the_time_goes(usual):
    assert looking.title(usual) == (
        "Library pull requests: 82% of the lead time is waiting, above all in "
        "Waiting for re-review (32%)"
    )
    assert "944 items delivered, 2023-01-01 to 2026-08-22" in looking.subtitle(usual)
    assert "pooled" in looking.subtitle(usual)
    assert "elapsed time" in looking.subtitle(usual)


def test_figures_are_those_of_the_tables(usual):
    found = looking.texts(usual)
    for words in ("1 h 26 min", "3.4 days", "≤ 11 days", "77%", "41%", "944", "661"):
        assert words in found
    totals = ["4.4 days", "34 days", "16 days", "18%", "47%", "74", "5"]
    assert [found[found.index(t)] for t in totals] == totals


def test_hovering_a_stage_gives_all_its_figures(usual):
    tips = list(looking.rows(usual, "tip0", "tip12"))
    assert len(tips) == 8
    review = next(tip for tip in tips if tip["tip0"] == "Waiting for re-review")
    assert [review[f"tip{i}"] for i in (1, 2, 4, 7)] == ["wait", "3.4 days", "22 days", "32.0%"]
    assert review["says"] == (
        "Waiting for re-review, wait: median visit 3.4 days, 566 items, 22 in progress"
    )


def test_cancelled_stages_are_a_remark_and_not_in_line(usual):
    found = looking.texts(usual)
    assert "Closed" not in found
    assert any("work ends there undelivered: Closed." in text for text in found)


def test_the_ladder_is_to_scale(usual):
    found = looking.rows(usual, "rounded")
    steps = [row for row in found if row["rounded"] == 0]
    assert [row["colour"] for row in steps].count(COLOURS["wait"]) == 4
    upper = {row["y"] for row in steps if row["colour"] == COLOURS["wait"]}
    lower = {row["y"] for row in steps if row["colour"] == COLOURS["active"]}
    assert max(upper) < min(lower)
    stages = frames.stages(frames.PULL_REQUESTS)
    means = stages[stages["kind"].isin(["active", "wait"])]["total_s"] / 944
    wide = [row["x2"] - row["x"] for row in steps]
    for drawn, mean in zip(wide, means / means.sum() * 832, strict=True):
        assert drawn == pytest.approx(mean, abs=1.5)


def test_only_the_most_frequent_ways_back_are_drawn_and_it_says_so(usual):
    rework = [row for row in looking.rows(usual, "tip0", "tip2") if "tip3" not in row]
    assert len(rework) == 5
    assert any(text.startswith("Arcs: the 5 most frequent of 7") for text in looking.texts(usual))
    counts = [int(row["tip1"]) for row in rework]
    assert (
        min(counts)
        == frames.transitions(frames.PULL_REQUESTS).query("backward")["count"].nlargest(5).min()
    )


@pytest.mark.parametrize("n", SIZES)
def test_arcs_that_share_room_rise_to_different_heights(n):
    stages = frames.stages(frames.shape(n)).to_dict("records")
    moves = frames.transitions(frames.shape(n)).assign(share=0.1).to_dict("records")
    drawn, _ = arcs(in_line(stages), moves)
    assert drawn
    for one, other in combinations(drawn, 2):
        overlap = min(one.span[1], other.span[1]) - max(one.span[0], other.span[0])
        if overlap > 0 and one.start.row == other.start.row:
            assert abs(one.rise - other.rise) >= STEP
    assert all(arc.x > arc.x2 for arc in drawn if arc.within)


def test_handoffs_are_marked_where_hands_change(usual):
    heads = looking.rows(usual, "shape", "size")
    rings = [row for row in heads if row["shape"].startswith("M-3.5")]
    assert len(rings) == 1 + 2  # in the key, and at two moves of which 80% change hands


def test_many_stages_stand_in_rows_of_the_same_length():
    line = in_line(frames.stages(frames.shape(25)).to_dict("records"))
    assert line.rows == 2
    assert max(pd.Series([place.row for place in line.places]).value_counts()) <= MOST_IN_A_ROW
    assert in_line(frames.stages(frames.shape(13)).to_dict("records")).rows == 1


def test_without_rework_there_are_no_arcs_and_no_remark_on_them():
    rows = frames.shape(3)
    moves = frames.transitions(rows)
    chart = charts.draw_value_stream_map(
        frames.stages(rows), moves[~moves["backward"]], frames.summary(rows), "x"
    )
    assert not any(text.startswith("Arcs") for text in looking.texts(chart))


def test_items_that_took_no_time_have_no_ladder():
    stages = frames.stages(frames.shape(3)).assign(total_s=0.0, share_of_lead_time=None)
    summary = {**frames.summary(frames.shape(3)), "flow_efficiency": None, "largest_wait": None}
    chart = charts.draw_value_stream_map(stages, frames.transitions(frames.shape(3)), summary, "x")
    assert "No delivered item spent time in a stage." in looking.texts(chart)
    assert looking.title(chart) == "x: no time passed in any stage"

"""The value stream map: its grammar, and that nothing lies on anything else."""

from itertools import combinations

import pytest

import vsmlib as vsm
from tests.charts import frames, looking
from vsmlib.charts.colours import CAUSES, COLOURS
from vsmlib.charts.frame import width
from vsmlib.charts.line import MOST_IN_A_ROW, STEP, arcs, in_rows
from vsmlib.charts.map import draw_value_stream_map, value_stream_map

SIZES = [3, 7, 9, 13, 14, 25]
ROWS = frames.PULL_REQUESTS


def draw(rows, transitions=None, **changes):
    moves = frames.transitions(rows) if transitions is None else transitions
    summary = {**frames.summary(rows), **changes}
    tables = frames.stages(rows), moves, summary
    return draw_value_stream_map(*tables, "Library pull requests", causes=frames.causes(rows))


@pytest.fixture(scope="module")
def usual():
    return draw(ROWS)


def boxes(chart):
    """Left, right, top and bottom of every written line."""
    for row in looking.rows(chart, "text", "size", "align"):
        for i, line in enumerate(row["text"].split("\n")):
            wide = min(width(line, row["size"], bold=row["weight"] == "bold"), row["room"])
            left = row["x"] - {"left": 0, "center": wide / 2}[row["align"]]
            y = row["y"] + i * (row["size"] + 2.5)
            yield line, left, left + wide, y - row["size"] / 2, y + row["size"] / 2


@pytest.mark.parametrize("rows", [*map(frames.shape, SIZES), frames.hostile()], ids=len)
def test_no_text_lies_on_another_or_outside(rows):
    found = list(boxes(draw(rows)))
    for (one, *a), (other, *b) in combinations(found, 2):
        across = min(a[1], b[1]) - max(a[0], b[0])
        down = min(a[3], b[3]) - max(a[2], b[2])
        assert across <= 2 or down <= 2, (one, other)
    assert all(left >= -1 and right <= 932 for _, left, right, *_ in found)


def test_kinds_differ_in_shape_and_colour(usual):
    shapes = looking.rows(usual, "path", "fill")
    triangles = [row["fill"] for row in shapes if row["path"] == "M0,-21L24,21H-24Z"]
    assert triangles == [COLOURS["wait"]] * 4
    discs = {row["fill"] for row in shapes if row["path"].startswith("M-17,0A17")}
    assert discs == {COLOURS["done"]}
    edges = {row["fill"]: row["stroke"] for row in shapes}
    assert edges[COLOURS["active"]] is None
    assert edges[COLOURS["excluded"]] == COLOURS["cancelled"]


def test_the_title_says_where_the_time_goes(usual):
    assert looking.title(usual) == (
        "Library pull requests: 82% of the lead time is waiting, above all in "
        "Waiting for re-review (32%)"
    )
    for words in ("944 items delivered, 2023-01-01 to 2026-08-22", "pooled", "elapsed time"):
        assert words in looking.subtitle(usual)


def test_figures_are_those_of_the_tables(usual):
    found = looking.texts(usual)
    for words in ("1 h 26 min", "3.4 days", "≤ 11 days", "77%", "41%", "944", "661"):
        assert words in found
    assert {"4.4 days", "34 days", "16 days", "18%", "47%", "74", "5"} <= set(found)


def test_hovering_a_stage_gives_all_its_figures(usual):
    tips = {tip["stage"]: tip for tip in looking.rows(usual, "stage", "says")}
    assert len(tips) == 8
    review = tips["Waiting for re-review"]
    assert (review["kind"], review["median visit"]) == ("wait", "3.4 days")
    assert (review["share of lead time"], review["in progress now"]) == ("32.0%", "22")
    assert review["says"] == (
        "Waiting for re-review, wait: median visit 3.4 days, mean per item 3.9 days, items 566, "
        "in progress now 22"
    )


def test_cancelled_stages_are_a_remark_and_not_in_line(usual):
    found = looking.texts(usual)
    assert "Closed" not in found
    assert any("work ends there undelivered: Closed." in text for text in found)


def test_the_ladder_is_to_scale(usual):
    ladder = [row for row in looking.rows(usual, "path") if row["thick"] == 1.2][-1]["path"]
    ends = [float(end.split("L")[0]) for end in ladder.split("H")[1:]]
    stages = frames.stages(ROWS)
    means = stages[stages["kind"].isin(["active", "wait"])]["total_s"]
    assert ends == pytest.approx((96 + (means / means.sum()).cumsum() * 832).tolist(), abs=0.1)
    heights = [part.split(",")[1].split("H")[0] for part in ladder[1:].split("L")]
    assert len(set(heights)) == 2


def test_only_the_most_frequent_ways_back_are_drawn_and_it_says_so(usual):
    drawn = looking.rows(usual, "rework", "moves")
    counts = frames.transitions(ROWS).query("backward")["count"]
    assert sorted(int(row["moves"]) for row in drawn) == sorted(counts.nlargest(5))
    assert any(t.startswith("Arcs: 5 of 7 ways back, the most freq") for t in looking.texts(usual))


@pytest.mark.parametrize("n", SIZES)
def test_arcs_that_share_room_rise_to_different_heights(n):
    stages = frames.stages(frames.shape(n)).to_dict("records")
    moves = {
        (row["from_stage"], row["to_stage"]): row
        for row in frames.transitions(frames.shape(n)).to_dict("records")
    }
    by_row = arcs(in_rows(stages), moves)
    assert any(by_row)
    for one, other in (pair for row in by_row for pair in combinations(row, 2)):
        assert one.x > one.x2
        if min(one.x, other.x) > max(one.x2, other.x2):
            assert abs(one.rise - other.rise) >= STEP
        assert {one.x, one.x2}.isdisjoint({other.x, other.x2})


def test_handoffs_are_marked_where_hands_change(usual):
    heads = [row for row in looking.rows(usual, "path") if row["path"].startswith("M-2.9,0A2.9")]
    assert len(heads) == 1 + 2  # in the key, and at two moves of which 80% change hands


def test_many_stages_stand_in_rows_of_the_same_length():
    rows = in_rows(frames.stages(frames.shape(25)).to_dict("records"))
    assert [len(row) for row in rows] == [13, 12]
    assert len(in_rows(frames.stages(frames.shape(13)).to_dict("records"))) == 1
    assert MOST_IN_A_ROW == 13


def test_without_rework_there_are_no_arcs_and_no_remark_on_them():
    moves = frames.transitions(frames.shape(3))
    chart = draw(frames.shape(3), moves[~moves["backward"]])
    assert not any(text.startswith("Arcs") for text in looking.texts(chart))


def test_items_that_took_no_time_have_no_ladder():
    rows = frames.shape(3)
    summary = {**frames.summary(rows), "flow_efficiency": None, "largest_wait": None}
    stages = frames.stages(rows).assign(total_s=0.0, share_of_lead_time=None)
    chart = draw_value_stream_map(stages, frames.transitions(rows), summary, "x")
    assert "No delivered item spent time in a stage." in looking.texts(chart)
    assert looking.title(chart) == "x: no time passed in any stage"


def test_waits_are_cut_by_cause_along_the_ladder(usual):
    bands = [row for row in looking.rows(usual, "path") if row["thick"] == 0.5]
    assert [row["fill"] for row in bands] == [*CAUSES.values()] * 4
    tips = {tip["wait"]: tip["for"] for tip in looking.rows(usual, "wait", "for")}
    assert len(tips) == 4
    assert tips["Waiting for re-review"].startswith("batching 41%, prioritization 20%")
    assert "batching" in looking.texts(usual)


def test_without_causes_there_is_no_band_and_no_key():
    tables = frames.stages(ROWS), frames.transitions(ROWS), frames.summary(ROWS)
    assert "batching" not in looking.texts(draw_value_stream_map(*tables, "x"))


def test_causes_of_many_visits_and_of_parts_of_them_are_found_when_asked_for(monkeypatch):
    flow = vsm.Flow(vsm.read("sample"), vsm.ValueStream.load("github-pull-requests"))
    part = flow.between("2025-01-01", "2025-07-01")
    unsaid = "waits are not cut by cause"
    assert unsaid not in looking.subtitle(value_stream_map(part))
    monkeypatch.setattr("vsmlib.charts.map.MOST_VISITS", flow.visit_count - 1)
    assert part.visit_count < flow.visit_count - 1
    for whole in (flow, part):
        quick, full = value_stream_map(whole), value_stream_map(whole, causes=True)
        assert unsaid in looking.subtitle(quick)
        assert unsaid not in looking.subtitle(full)
        assert looking.rows(full, "wait", "for")
        assert not any("batching" in text for text in looking.texts(quick))

"""The moves between stages as a graph."""

from itertools import combinations

import pytest

from tests.charts import frames, looking
from vsmlib.charts.graph import LANES, MOST_ARCS, Arc, draw_transition_graph, in_lanes

ROWS = frames.PULL_REQUESTS


def draw(rows, moves=None):
    moves = frames.transitions(rows) if moves is None else moves
    return draw_transition_graph(frames.stages(rows), moves, frames.summary(rows))


def arcs(n):
    """A way back between any two of n stages, the shorter the more frequent."""
    return [Arc({"count": 99 - a + b}, a, b) for a in range(n) for b in range(a)]


@pytest.mark.parametrize("n", [2, 3, 6, 25])
def test_arcs_in_a_lane_are_apart_and_spanned_ones_are_inside(n):
    kept = in_lanes(arcs(n))
    assert len(kept) == min(len(arcs(n)), len(kept), MOST_ARCS)
    assert kept
    for one, other in combinations(kept, 2):
        apart = one.span[1] < other.span[0] or other.span[1] < one.span[0]
        assert apart or one.lane != other.lane
        if other.span[0] <= one.span[0] and one.span[1] <= other.span[1]:
            assert one.lane < other.lane
    assert all(0 <= arc.lane < LANES for arc in kept)


def test_every_move_is_drawn_with_its_share():
    moves = frames.transitions(ROWS)
    chart = draw(ROWS)
    labels = looking.rows(chart, "move", "moves")
    found = {(row["move"], row["moves"]) for row in labels}
    expected = {
        (f"{row['from_stage']} to {row['to_stage']}", str(row["count"]))
        for row in moves.to_dict("records")
    }
    assert found == expected
    assert len({(row["x"], row["y"]) for row in labels}) == len(labels)


def test_labels_lie_apart_and_beside_the_boxes():
    for n in (9, 25):
        labels = looking.rows(draw(frames.shape(n)), "move", "moves")
        for a, b in combinations(labels, 2):
            assert abs(a["x"] - b["x"]) > 30 or abs(a["y"] - b["y"]) > 12


def test_the_title_names_the_most_frequent_way_back():
    title = looking.title(draw(ROWS))
    moves = frames.transitions(ROWS)
    top = moves[moves["backward"]].nlargest(1, "count").iloc[0]
    assert title.startswith("Where does work go back? ")
    assert title.endswith(f"most from {top['from_stage']} to {top['to_stage']}")


def test_rare_ways_that_find_no_room_are_counted():
    rows = frames.shape(25)
    names = [row[0] for row in rows]
    base = frames.transitions(rows).iloc[0].to_dict()
    ways = [(a, b) for a in range(25) for b in range(a)]
    moves = frames.transitions(rows).head(0).to_dict("records")
    for a, b in ways:
        backward = {"from_stage": names[a], "to_stage": names[b], "backward": True}
        moves.append({**base, **backward, "count": 99 - a + b})
    chart = draw(rows, frames.pd.DataFrame(moves))
    drawn = len(looking.rows(chart, "move", "moves"))
    words = f"back to an earlier stage; {len(ways) - drawn} rarer ways not drawn"
    assert words in looking.texts(chart)


def test_a_stream_without_rework_says_so():
    moves = frames.transitions(ROWS)
    chart = draw(ROWS, moves[~moves["backward"]])
    assert looking.title(chart) == "Where does work go back? Nowhere: every move leads forward"

"""Batches of pieces of work, found without a loop."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.worlds import quick
from vsmlib.waits.batches import find_batches
from vsmlib.waits.diary import Work


def work(rows):
    """Work of (actor, stage, enabled, start, end) tuples."""
    return Work(*(np.array(column, np.int64) for column in zip(*rows, strict=True)))


def test_a_late_comer_ends_a_batch():
    rows = [(0, 0, 0, 5, 6), (0, 0, 5, 6, 7), (0, 0, 6, 7, 8), (0, 0, 8, 8, 9)]
    assert find_batches(work(rows)).tolist() == [0, 0, -1, -1]


def test_a_pause_ends_a_batch_and_a_gap_may_be_given():
    rows = [(0, 0, 0, 5, 6), (0, 0, 1, 7, 8)]
    assert find_batches(work(rows)).tolist() == [-1, -1]
    assert find_batches(work(rows), 1).tolist() == [0, 0]


def test_nobody_known_must_begin_at_once():
    rows = [(-1, 0, 0, 5, 9), (-1, 0, 1, 5, 5), (-1, 0, 1, 6, 6)]
    assert find_batches(work(rows)).tolist() == [0, 0, -1]


PIECES = st.lists(
    st.tuples(*(st.integers(0, n) for n in (1, 1, 8, 3, 3))).map(
        lambda p: (p[0], p[1], p[2], p[2] + p[3], p[2] + p[3] + p[4])
    ),
    min_size=1,
    max_size=14,
)


@quick
@given(PIECES, st.randoms())
def test_batches_are_what_they_are_said_to_be(rows, random):
    found = find_batches(work(rows))
    for number in set(found.tolist()) - {-1}:
        mates = sorted(
            (r for r, b in zip(rows, found, strict=True) if b == number), key=lambda r: r[3:]
        )
        assert len(mates) > 1
        assert len({mate[:2] for mate in mates}) == 1
        assert all(mate[2] <= mates[0][3] for mate in mates)
        assert all(b[3] <= max(m[4] for m in mates[: n + 1]) for n, b in enumerate(mates[1:]))
    order = list(range(len(rows)))
    random.shuffle(order)
    again = find_batches(work([rows[n] for n in order]))
    assert sorted((again >= 0).tolist()) == sorted((found >= 0).tolist())

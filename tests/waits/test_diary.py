"""A diary: who was at work when, each moment once."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.worlds import quick
from vsmlib.waits.diary import Work, diary, span


def laid(*pieces):
    """Diary of (who, possible, from, until) tuples."""
    who, enabled, start, end = np.array(pieces, np.int64).T
    return diary(Work(who, who, enabled, start, end), who)


def ask(*values):
    return tuple(np.array([value]) for value in values)


@quick
@given(st.lists(st.tuples(*(st.integers(0, n) for n in (1, 9, 9, 9))), min_size=1, max_size=12),
       st.integers(0, 30), st.integers(0, 30))  # fmt: skip
def test_a_diary_is_the_union_of_the_work(rows, one, other):
    pieces = [(who, on, on + late, on + late + long) for who, on, late, long in rows]
    who, enabled, start, end = np.array(pieces).T
    laid = diary(Work(who, who, enabled, start, end), who)
    low, high = sorted((one, other))
    asked = (np.array([0]), np.array([low]), np.array([high]))
    busy = {t for w, _, s, e in pieces if w == 0 for t in range(s, e)}
    due = len([t for t in busy if low <= t < high])
    assert laid.busy(*asked, span).tolist() == [due]
    assert laid.later(*asked, np.array([-1])).tolist() == [due]
    assert laid.later(*asked, np.array([50])).tolist() == [0]


def test_shared_time_belongs_to_the_first():
    book = laid((0, 0, 2, 6), (0, 5, 4, 9), (1, 0, 3, 4))
    assert list(zip(book.start.tolist(), book.end.tolist(), strict=True)) == [
        (2, 6),
        (6, 9),
        (3, 4),
    ]
    assert book.later(*ask(0, 0, 9, 4)).tolist() == [3]


def test_who_was_free_since_when():
    book = laid((0, 0, 2, 4), (0, 0, 4, 5), (0, 0, 7, 9))
    assert book.free_since(*ask(0, 6)).tolist() == [5]
    assert book.free_since(*ask(0, 8)).tolist() == [8]
    assert book.free_since(*ask(0, 1))[0] < 0
    assert book.unbroken(*ask(0, 5), span).tolist() == [2]
    assert book.unbroken(*ask(0, 9), span).tolist() == [7]


def test_since_when_all_were_at_work():
    book = laid((0, 0, 2, 9), (1, 0, 1, 4), (1, 0, 4, 6), (2, 0, 0, 9))
    both = np.array([0, 1])
    assert book.full_since(both, np.array([6, 5, 2, 8])).tolist() == [2, 2, 2, 8]

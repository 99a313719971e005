"""Sums over ordered arrays agree with plain loops."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.worlds import quick
from vsmlib.waits.diary import Work, diary, span
from vsmlib.waits.order import before, running_max, sums_above

NUMBERS = st.lists(st.tuples(*[st.integers(0, 9)] * 2), min_size=1, max_size=30)


@quick
@given(NUMBERS, st.integers(0, 30), st.integers(0, 30), st.integers(-1, 10))
def test_sums_above(rows, one, other, threshold):
    values, weights = np.array(rows).T
    low, high = sorted((min(one, len(rows)), min(other, len(rows))))
    asked = (np.array([low]), np.array([high]), np.array([threshold]))
    due = sum(w for v, w in rows[low:high] if v > threshold)
    assert sums_above(values, weights, *asked).tolist() == [due]


@quick
@given(NUMBERS, st.integers(0, 9), st.integers(-1, 10))
def test_before_and_running_max(rows, key, moment):
    keys, times = np.array(sorted(rows)).T
    assert before(keys, times, np.array([key]), np.array([moment])).tolist() == [
        sum((k, t) < (key, moment) for k, t in rows)
    ]
    values = np.array([t for _, t in rows])[: len(keys)]
    due = [max(values[m] for m in range(n + 1) if keys[m] == keys[n]) for n in range(len(keys))]
    assert running_max(keys, values).tolist() == due


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

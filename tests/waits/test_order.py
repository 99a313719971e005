"""Sums over ordered arrays agree with plain loops."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.worlds import quick
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

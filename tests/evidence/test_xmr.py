"""XmR: each rule, both charts."""

import numpy as np

from vsmlib.evidence import xmr
from vsmlib.evidence.xmr import RULES

EVEN = [40, 60] * 4  # mean 50, moving range 20, sigma 17.7, limits −3.2 and 103.2


def flagged(values, rule, baseline=EVEN, **more):
    return np.flatnonzero(xmr(values, baseline, **more)[rule]).tolist()


def test_a_point_beyond_and_its_moving_range():
    assert flagged([50, 110, 50], "beyond_limit") == [1]
    assert flagged([50, 130, 50], "moving_beyond") == [1, 2]
    assert flagged([50, 0], "beyond_limit") == []
    assert flagged([50, -10], "beyond_limit", floor=None) == [1]


def test_a_few_values_have_no_runs():
    assert not xmr([1, 2, 3])["signal"].any()
    assert set(RULES) < set(xmr([1.0, 1.0]).columns)


def test_a_stable_series_is_quiet():
    values = np.random.default_rng(1).normal(100, 5, 60)
    assert xmr(values, floor=None)["signal"].mean() < 0.1
    assert xmr([*values, 150])["signal"].iloc[-1]

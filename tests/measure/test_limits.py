"""Natural process limits by hand; of nothing, nothing."""

import math

import pytest

from vsmlib.measure.limits import limits


def test_limits_by_hand():
    made = limits([10, 20, 30, 40])
    assert (made["mean"], made["moving_range"], made["lower"]) == (25, 10, 0)
    assert made["upper"] == pytest.approx(51.6)
    assert made["moving_upper"] == pytest.approx(32.67)
    assert limits([10, 20, 30, 40], floor=None)["lower"] == pytest.approx(-1.6)
    assert limits([5])["upper"] == 5
    assert math.isnan(limits([])["mean"])
    assert math.isnan(limits([])["upper"])

"""Arrivals to come: whole weeks of the past, and fewer of them where there are to be fewer."""

import numpy as np
import pytest

from vsmlib.whole.arrivals import Arrivals

DAY = 86_400.0
WEEK = 7 * DAY


@pytest.fixture
def mondays():
    """Ten items every Monday, over eight weeks; today is a Monday's midnight."""
    return Arrivals(np.repeat(-WEEK * np.arange(1, 9), 10) + np.tile(np.arange(10.0), 8), -8 * WEEK)


def test_weekdays_stay(mondays):
    made = mondays.draw(20 * WEEK, mondays.weights(None), np.random.default_rng(1))
    assert len(made) == 200
    assert (made % WEEK < 10).all()
    assert (np.diff(made) >= 0).all()
    assert mondays.rate == pytest.approx(10 / WEEK)


def test_fewer_are_among_more(mondays):
    """The same seed: whoever comes with fewer arrivals also comes with more, as the same item."""
    same = mondays.weights(None)
    few, all_, more = (
        {tuple(row) for row in mondays.scaled(s, 52 * WEEK, same, np.random.default_rng(2))}
        for s in (0.4, 1.0, 2.5)
    )
    assert few < all_ < more
    assert len(all_) == 520
    assert len(few) == pytest.approx(0.4 * 520, rel=0.15)
    assert len(more) == pytest.approx(2.5 * 520, rel=0.1)


def test_each_item_has_a_number_of_its_own(mondays):
    own = mondays.scaled(1.0, 200 * WEEK, mondays.weights(None), np.random.default_rng(3))[:, 1]
    assert own.mean() == pytest.approx(0.5, abs=0.02)
    assert np.quantile(own, [0.1, 0.9]) == pytest.approx([0.1, 0.9], abs=0.03)


def test_none_come_at_scale_0(mondays):
    none = mondays.scaled(0.0, WEEK, mondays.weights(None), np.random.default_rng(1))
    assert none.shape == (0, 2)


def test_a_short_past_gives_its_gaps():
    """Less than four days: gaps of an hour stay gaps of an hour."""
    made = Arrivals(-3600.0 * np.arange(1, 30), -30 * 3600.0)
    assert made.block == 0
    drawn = made.draw(10 * 3600.0, made.weights(None), np.random.default_rng(1))
    assert drawn == pytest.approx(3600.0 * np.arange(1, 10))

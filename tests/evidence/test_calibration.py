"""How often verdicts are right, in short; `python -m benchmarks.evidence` is the long form."""

import numpy as np

from tests.evidence.worlds import standing, world
from vsmlib.evidence import compare, latest
from vsmlib.evidence.drift import Step, alone

KINDS = ("plain", "tails", "seasons", "lasting", "items")


def verdict(seed, kind, cut):
    flow, at = world(seed, kind, cut=cut)
    return compare(flow, at=at, guard=False)


def test_standing_worlds_are_seldom_called_changed():
    """One in twenty is allowed; four or more of twenty would come once in sixty times."""
    told = [verdict(seed, KINDS[seed % 5], 1.0).verdict for seed in range(100, 120)]
    assert sum(one in ("improved", "worse") for one in told) <= 3


def test_the_news_of_standing_worlds_are_mostly_none():
    """One report in thirty; three of ten would come once in three hundred times."""
    told = [latest(standing(seed, KINDS[seed % 5])) for seed in range(200, 210)]
    assert sum(any(one.verdict in ("improved", "worse") for one in made) for made in told) <= 2


def test_a_cut_by_a_third_is_mostly_found_and_inside():
    made = [verdict(seed, "plain", 0.7) for seed in range(100, 112)]
    assert sum(one.verdict == "improved" for one in made) >= 8
    inside = [one["relative"]["low"] <= -0.3 <= one["relative"]["high"] for one in made]
    assert sum(inside) >= 9


def test_weeks_that_differ_more_than_their_items_do_are_less_sure():
    """Two steps alike, but for the items' own spread: it tells whether the weeks moved."""
    weeks = np.arange(-15, 15)
    step = Step(weeks, np.full(30, 10.0), weeks >= 0)
    means = np.random.default_rng(3).normal(0, np.sqrt(0.1), 30) + 0.5 * (weeks >= 0)
    alike, moved = (step.fit(means, within=(spread * 270, 270)) for spread in (1.0, 0.2))
    assert alike.moving < 0.5 < moved.moving
    assert alike.sd < moved.sd
    plain = np.sqrt(2 * 0.1 / 15)  # of the difference of two means of 15 weeks
    assert plain * 0.8 < alike.sd < plain * 1.5


def test_weeks_of_one_piece_are_not_taken_for_many_items():
    """Where all items of a week are alike, only the weeks count."""
    weeks = np.arange(-15, 15)
    step = Step(weeks, np.full(30, 20.0), weeks >= 0)
    for apart in (0.0, 1 / 50, 1 / 500):
        draws = (np.random.default_rng(seed).normal(0, 1, 30) for seed in range(100))
        called = sum(step.fit(x, within=(apart * 570, 570)).p_value < 0.05 for x in draws)
        assert called <= 11


def test_the_order_of_items_tells_how_much_one_has_from_the_one_before():
    """Where a third stays, means vary 1 / (1 - 1/3) times as much as without it."""
    weeks, places = np.arange(-30, 30), np.arange(1200)
    cell, led = places // 20, ~np.isin(places, [0, 600])
    step = Step(weeks, np.full(60, 20.0), weeks >= 0)

    def spread(values):
        rows, log = alone(values, led)
        means = np.array([np.bincount(cell, row) / 20 for row in rows])
        apart = np.square(rows - means[:, cell]).sum(axis=1)
        return step.fit(means, within=(apart, 1140), log=log).sd

    chance = np.random.default_rng(5).normal(size=1200)
    values = chance.copy()
    for i in places[1:]:
        values[i] += values[i - 1] / 3
    plain = np.sqrt(2 / 600)  # of the difference of two means of 600 items
    assert plain * 0.9 < spread(chance) < plain * 1.25
    assert plain * 1.5 * 0.9 < spread(values) < plain * 1.5 * 1.25

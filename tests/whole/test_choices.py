"""Whom people choose, by hand."""

import numpy as np
import pytest

from vsmlib.whole.choices import Line, alike, in_turn, scores, share


def line(entered, left, low=None, high=None):
    """Waits that all were queues, unless bounds are given."""
    entered, left = np.array(entered, float), np.array(left, float)
    low = np.zeros(len(left)) if low is None else np.array(low, float)
    high = left - entered if high is None else np.array(high, float)
    return Line(entered, left, low, high, np.zeros(len(left), np.int64))


def test_scores_are_those_of_the_log_rank_test():
    """By hand: each is chosen once or never, less one over those who wait at every choice."""
    made = scores(line([0, 0, 0, 4], [1, 2, 5, 6]))
    # At 1 three wait, at 2 two, at 5 two, at 6 one alone, which is no choice.
    expected = [1 - 1 / 3, 1 - 1 / 3 - 1 / 2, 1 - 1 / 3 - 1 / 2 - 1 / 2, -1 / 2]
    assert made.tolist() == pytest.approx(expected)
    assert made.sum() == pytest.approx(0)


def test_the_blind_choice_has_no_trend():
    """Over 200 random queues the scores of a random half add up to 0, within chance."""
    rng, sums = np.random.default_rng(1), []
    for _ in range(200):
        entered = np.sort(rng.uniform(0, 100, 60))
        left = np.maximum.accumulate(entered + rng.exponential(5, 60))
        made = scores(line(entered, left + 0.001 * np.arange(60)))
        half = rng.random(60) < 0.5
        size, rest = half.sum(), 60 - half.sum()
        sums.append(made[half].sum() / np.sqrt((made**2).sum() * size * rest / (60 * 59)))
    assert abs(np.mean(sums)) < 3 / np.sqrt(200)
    assert np.std(sums) == pytest.approx(1, abs=0.15)


def test_the_share_of_choices():
    """At 3, 4 and 9 both wait: twice one of those ahead is taken, once another."""
    ahead = np.array([False, True, False, True])
    assert share(line([0, 1, 2, 2], [3, 4, 9, 10]), ~ahead) == pytest.approx(2 / 3)
    # In entry's order the others are never taken while one of those ahead is there.
    assert share(line([0, 1, 2, 4], [9, 3, 10, 5]), ahead) == 1.0


def test_who_is_not_ready_yet_is_no_choice_against_him():
    """Those ahead get ready after 2, which waits without a queue show, so they are not chosen."""
    low = [0.0, 2, 2, 2, 2, 2]
    made = line([0, 0.5, 20, 30, 40, 50], [1, 3, 22, 32, 42, 52], low, [1, 2.5, 2, 2, 2, 2])
    assert share(made, np.array([False, True, True, True, True, True])) == pytest.approx(1.0)


def test_who_came_first_is_taken_first():
    everyone = np.zeros(3, np.int64)
    assert in_turn(line([0, 1, 2], [5, 6, 7]), everyone) == 1.0
    assert in_turn(line([0, 1, 2], [5, 7, 6]), everyone) == 0.5
    assert in_turn(line([0, 1, 2], [7, 5, 6]), everyone) == 0.0, "whoever is last has no choice"
    assert in_turn(line([0, 8, 16], [5, 9, 17]), everyone) is None


def test_waits_without_a_queue_are_compared():
    rng = np.random.default_rng(1)
    spent, ahead = rng.exponential(3, 200), np.arange(200) % 2 == 0
    entered = 50.0 * np.arange(200)
    assert alike(line(entered, entered + spent, spent, spent), ahead)
    spent = np.where(ahead, 0.0, spent)
    assert not alike(line(entered, entered + spent, spent, spent), ahead)

"""Work in hours only: when it is done, when somebody is there, how much there was."""

import numpy as np
import pytest

from vsmlib.whole.spans import Clock, after, opening, together, worked

# From 10 to 18 and from 34 to 40; releases at 5 and at 50.
HOURS = Clock(np.array([0, 2]), np.array([10.0, 34.0]), np.array([18.0, 40.0]), np.array([0.0, 8]))
TRAINS = Clock(np.array([0, 2]), np.array([5.0, 50.0]), np.array([6.0, 51.0]), np.zeros(2))
FIRST, SPANS = together(HOURS, TRAINS)


@pytest.mark.parametrize(
    ("t", "need", "done"),
    [(10, 3, 13), (0, 3, 13), (16, 2, 18), (16, 3, 35), (20, 6, 40), (20, 7, np.inf)],
)
def test_work_goes_on_in_the_next_span(t, need, done):
    assert after(FIRST, SPANS, 0, float(t), float(need)) == done


@pytest.mark.parametrize(("t", "opens"), [(0, 10), (12, 12), (18, 34), (40, np.inf)])
def test_when_somebody_is_there(t, opens):
    assert opening(FIRST, SPANS, 0, float(t)) == opens


@pytest.mark.parametrize(("t", "leaves"), [(0, 5), (5.5, 5.5), (6, 50), (60, np.inf)])
def test_releases_are_numbered_behind_the_hours(t, leaves):
    assert opening(FIRST, SPANS, 1, float(t)) == leaves


def test_working_time_so_far():
    moments = np.array([0.0, 12, 18, 30, 35, 60])
    assert worked(HOURS, 0, moments).tolist() == [0, 2, 8, 8, 9, 14]

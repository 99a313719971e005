"""Hours of work, found from when work begins and ends."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest

from vsmlib.whole.shifts import shifts

HOUR, DAY = 3_600_000_000, 86_400_000_000
MONDAY = 1_767_571_200_000_000  # 5 January 2026
UTC = ZoneInfo("UTC")


def moves(days, first, last, count=600, seed=1):
    """Moves on some days of 20 weeks, from an hour to another, by the clock of UTC."""
    rng = np.random.default_rng(seed)
    day = 7 * rng.integers(0, 20, count) + rng.choice(days, count)
    return MONDAY + day * DAY + (rng.uniform(first, last, count) * HOUR).astype(np.int64)


@pytest.mark.parametrize(
    ("days", "first", "last", "hours"),
    [
        (range(5), 9, 17, {"mon-fri": ("09:00-17:00",)}),
        (range(5), 22, 30, {"mon-fri": ("22:00-06:00",)}),
        (range(1, 4), 6.5, 12, {"tue-thu": ("06:30-12:00",)}),
        ((0, 2, 6), 12, 20, {"mon,wed,sun": ("12:00-20:00",)}),
    ],
)
def test_hours_are_found(days, first, last, hours):
    assert shifts(moves([*days], first, last), UTC).hours == hours


def test_a_short_day_has_its_own():
    made = np.r_[moves(range(5), 8, 20, 2000), moves([5], 9, 13, 100)]
    assert shifts(made, UTC).hours == {"mon-fri": ("08:00-20:00",), "sat": ("09:00-13:00",)}


def test_they_are_those_of_the_zone():
    found = shifts(moves(range(5), 9, 17), ZoneInfo("Asia/Tokyo"))  # nine hours later, no summer
    assert found.hours == {"mon-fri": ("18:00-02:00",)}
    assert found.timezone == "Asia/Tokyo"


def test_who_now_and_then_works_late_changes_nothing():
    made = np.r_[moves(range(5), 9, 17, 980), moves(range(7), 0, 24, 15)]
    assert shifts(made, UTC).hours == {"mon-fri": ("09:00-17:00",)}


@pytest.mark.parametrize(
    "made",
    [
        moves(range(7), 0, 24),  # round the clock
        moves(range(7), 6, 20),  # most of the week
        moves(range(5), 9, 17, 100),  # too few
        np.r_[moves(range(5), 9, 17), moves(range(7), 0, 24, 60)],  # too many outside
    ],
)
def test_else_there_are_none(made):
    assert shifts(made, UTC) is None

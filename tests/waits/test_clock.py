"""Hours and weekdays of entries and leavings."""

import math

import pytest

from tests.worlds import DAY, HOUR, START, make_log
from vsmlib.waits.signals import signals

ENTER = {"a": ["a"], "b": ["b"], "c": ["c"]}


def moved(hours):
    """A log of items that enter a, b and c at the given hours from a Monday's midnight."""
    events = []
    for n, times in enumerate(hours):
        for name, hour in zip("abc", times, strict=True):
            events.append((f"I{n}", START + int(hour * HOUR), len(events), name, None))
    return signals(make_log(events), ENTER).set_index("state")


def test_mornings_and_weekdays():
    week = 7 * 24
    # Work from 9 to 17; items leave a at any working hour, and b on Thursdays at ten past nine.
    rows = [
        (
            week * w + 24 * d + 9 + h,
            week * w + 24 * d + 9 + (h + 3) % 8 + 0.5 + 24,
            week * w + 177.2,
        )
        for w in range(6)
        for d in range(2)
        for h in range(8)
    ]
    rows = [(a, b, c - c % week + 3 * 24 + 9.2) for a, b, c in rows]
    table = moved(rows)
    assert table.loc["b", "weekday_share"] == 1.0
    assert table.loc["b", "weekday"] == "Thursdays"
    assert table.loc["b", "morning_share"] == 1.0
    assert table.loc["a", "morning_share"] == pytest.approx(2 / 8)
    assert table.loc["a", "off_out"] == 0.0


def test_work_that_never_rests_has_no_morning():
    rows = [(h, h + 1, h + 2) for h in range(7 * 24)]
    assert moved(rows)["morning_share"].isna().all()
    assert math.isnan(moved([(0, 24 + DAY // DAY, 50)])["morning_share"]["c"])

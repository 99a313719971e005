"""Durations, shares, counts and lists in words."""

import math
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsmlib import words

DAY = 86400.0
LENGTHS = {"s": 1, "min": 60, "h": 3600, "day": DAY, "days": DAY, "weeks": 7 * DAY}
LENGTHS["years"] = 365.25 * DAY


def seconds(text):
    """What a reader takes a duration for."""
    if text == "under 1 s":
        return 0.5
    parts = re.findall(r"([\d.,]+) (\w+)", text)
    return sum(float(n.replace(",", "")) * LENGTHS[unit] for n, unit in parts)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 s"),
        (0.4, "under 1 s"),
        (1, "1 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (150, "3 min"),
        (3599, "1 h"),
        (4800, "1 h 20 min"),
        (35_970, "10 h"),
        (39_600, "11 h"),
        (84_500, "23 h"),
        (84_700, "1 day"),
        (2.5 * DAY, "2.5 days"),
        (3 * DAY, "3 days"),
        (9.96 * DAY, "10 days"),
        (11.2 * DAY, "11 days"),
        (104 * DAY, "104 days"),
        (105 * DAY, "15 weeks"),
        (498 * DAY, "71 weeks"),
        (731 * DAY, "2 years"),
        (4000 * DAY, "11 years"),
        (1e6 * DAY, "2,737.9 years"),
        (-4800, "\u22121 h 20 min"),
    ],
)
def test_durations_read_as_people_say_them(value, text):
    assert words.duration(value) == text


@pytest.mark.parametrize("nothing", [None, math.nan, math.inf, pd.NA, pd.NaT, float("-inf")])
def test_no_data_is_a_dash_and_never_a_number(nothing):
    assert words.duration(nothing) == "\u2013"
    assert words.percent(nothing) == "\u2013"
    assert words.number(nothing) == "\u2013"
    assert words.count(nothing, "item") == "no data"


@given(st.floats(0, 1e10), st.floats(0, 1e10))
def test_a_longer_duration_never_reads_shorter(a, b):
    low, high = sorted((a, b))
    assert seconds(words.duration(low)) <= seconds(words.duration(high))


@given(st.floats(600, 1e10))
def test_what_is_read_is_near_what_was_measured(value):
    assert seconds(words.duration(value)) == pytest.approx(value, rel=0.05)


@given(st.floats(0, 1e10))
def test_no_unit_is_ever_full(value):
    text = words.duration(value)
    assert not re.search(r"\b(60 s|60 min|24 h|0 (min|h|days))\b", text)


@pytest.mark.parametrize(
    ("share", "digits", "text"),
    [
        (0, 0, "0%"),
        (1, 0, "100%"),
        (0.005, 0, "1%"),
        (0.004, 0, "<1%"),
        (0.9999, 0, ">99%"),
        (0.00001, 1, "<0.1%"),
        (0.99999, 2, ">99.99%"),
        (0.125, 1, "12.5%"),
        (1.5, 0, "150%"),
        (-0.25, 0, "\u221225%"),
    ],
)
def test_shares_are_percentages(share, digits, text):
    assert words.percent(share, digits) == text


@given(st.floats(0, 1))
def test_only_nothing_is_nought_and_only_all_is_a_hundred(share):
    assert (words.percent(share) == "0%") == (share == 0)
    assert (words.percent(share) == "100%") == (share == 1)


def test_counts_agree_with_their_noun():
    assert words.count(1, "item") == "1 item"
    assert words.count(0, "item") == "0 items"
    assert words.count(1234, "item") == "1,234 items"


def test_numbers_carry_no_idle_zeros():
    assert [words.number(x) for x in (0, 100, 12.04, -3.25)] == ["0", "100", "12", "\u22123.3"]
    assert words.number(1234567, 0) == "1,234,567"
    assert words.number(0.004, 2) == "<0.01"


def test_lists_end_with_and():
    assert words.listed(["a", "b", "c", "d"]) == "a, b, c and d"
    assert words.listed([]) == "none"


@pytest.mark.parametrize(
    ("longest", "name"),
    [(0, "seconds"), (100, "seconds"), (7200, "minutes"), (2 * DAY, "hours"), (9 * DAY, "days")],
)
def test_axes_have_a_unit_people_read(longest, name):
    assert words.unit(longest)[0] == name
    assert words.unit(None) == ("seconds", 1.0)

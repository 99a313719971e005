"""Working hours, holidays and dates as people write them."""

from datetime import UTC, date, datetime
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsmlib.errors import ParameterError, StreamError
from vsmlib.hours import NAMES, check_country, check_zone, parse_day, parse_days, parse_shift, week


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon", [0]),
        ("mon-fri", [0, 1, 2, 3, 4]),
        ("sun-thu", [6, 0, 1, 2, 3]),
        ("fri-mon", [4, 5, 6, 0]),
        ("Mon, WED", [0, 2]),
        ("sat-sat", [5]),
        ("mon-tue,thu-fri", [0, 1, 3, 4]),
    ],
)
def test_days(text, days):
    assert parse_days(text) == days


@pytest.mark.parametrize("text", ["", "monday", "mon-", "mon-fri-sun", "mon;tue", "1-5"])
def test_bad_days(text):
    with pytest.raises(StreamError, match=r"unknown day .* mon, tue, wed"):
        parse_days(text)


@pytest.mark.parametrize(
    ("text", "shift"),
    [
        ("9:00 - 17:30", (540, 1050)),
        ("22:00-06:00", (1320, 1800)),
        ("16:00-24:00", (960, 1440)),
        ("16:00-00:00", (960, 1440)),
        ("00:00-24:00", (0, 1440)),
        ("23:59-23:58", (1439, 2878)),
    ],
)
def test_shifts(text, shift):
    assert parse_shift(text) == shift


@pytest.mark.parametrize(
    "text",
    [
        *("", "9-17", "09:00-25:00", "24:00-06:00", "09:00-24:01", "09:60-10:00", "09:00-09:00"),
        *("09:00 to 17:00", "09:00-17:00-18:00", "-1:00-2:00", "٠٩:00-10:00"),
    ],
)
def test_bad_shifts(text):
    with pytest.raises(StreamError, match=r'bad shift .*"HH:MM-HH:MM" such as'):
        parse_shift(text)


def test_week_sorts_the_shifts_of_a_day():
    shifts = week({"tue": ["13:00-17:00", "09:00-12:00"], "sun": ["22:00-06:00"], "wed": []})
    assert shifts[1] == [(540, 720), (780, 1020)]
    assert shifts[6] == [(1320, 1800)]
    assert shifts[2] == []


@pytest.mark.parametrize(
    ("hours", "message"),
    [
        ({"mon": ["09:00-12:00", "11:00-13:00"]}, "shifts of mon and mon overlap"),
        ({"mon": ["09:00-12:00"] * 2}, "overlap"),
        ({"mon": ["22:00-06:00"], "tue": ["05:00-09:00"]}, "shifts of mon and tue overlap"),
        ({"sun": ["22:00-06:00"], "mon": ["05:00-09:00"]}, "shifts of sun and mon overlap"),
        ({"mon-fri": [], "fri": []}, "fri is there twice, the second time in 'fri'"),
        ({"mon,mon": []}, "mon is there twice"),
    ],
)
def test_contradictory_weeks(hours, message):
    with pytest.raises(StreamError, match=message):
        week(hours)


def test_shifts_that_touch_do_not_overlap():
    assert week({"mon-sun": ["00:00-12:00", "12:00-24:00"]})[3] == [(0, 720), (720, 1440)]


@settings(max_examples=30)
@given(st.sampled_from(NAMES), st.sampled_from(NAMES))
def test_a_range_runs_forward_from_its_first_day(first, last):
    days = parse_days(f"{first}-{last}")
    assert (NAMES[days[0]], NAMES[days[-1]]) == (first, last)
    assert all((b - a) % 7 == 1 for a, b in pairwise(days))


def test_known_countries():
    for country, subdivision in (("DE", "BE"), ("GB", None), ("GBR", "SCT"), ("IL", None)):
        check_country(country, subdivision)


@pytest.mark.parametrize(
    ("country", "subdivision", "message"),
    [
        ("XX", None, "unknown country code 'XX'; accepted: ISO 3166: AF, "),
        ("de", None, "unknown country code 'de'"),
        ("HolidayBase", None, "unknown country code"),
        ("DE", "BER", "unknown subdivision of DE 'BER'; accepted: BB, BE"),
    ],
)
def test_unknown_countries(country, subdivision, message):
    with pytest.raises(StreamError, match=message):
        check_country(country, subdivision)


@pytest.mark.parametrize("name", ["", "Europe", "Europe/Berln", "../../etc/passwd", "a\0b"])
def test_unknown_zones(name):
    check_zone("Europe/Berlin")
    with pytest.raises(StreamError, match=r"unknown timezone .*; accepted: IANA names"):
        check_zone(name)


def test_dates_given_as_text_date_or_time():
    want = date(2026, 5, 1)
    for value in (
        "2026-05-01",
        want,
        datetime(2026, 5, 1, 8, tzinfo=UTC),
        pd.Timestamp("2026-05-01 08:00"),
    ):
        assert parse_day(value, "--from") == want


@pytest.mark.parametrize(
    "value", ["", "2026-5-1", "20260501", "2026-02-30", "May", 3, None, pd.NaT]
)
def test_bad_dates(value):
    with pytest.raises(ParameterError, match=r"--from is .*, which is no date; accepted: dates as"):
        parse_day(value, "--from")

"""Zones: the periods against zoneinfo itself."""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsmlib.errors import SourceError
from vsmlib.sources.zones import FOLD, GAP, zone_named, zone_periods

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001
NAMES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]
NAMES += ["Africa/Casablanca", "Pacific/Apia", "America/Santiago", "Europe/Dublin", "Asia/Tehran"]


@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from(NAMES),
    st.datetimes(datetime(1970, 1, 1), datetime(2099, 12, 31)),  # noqa: DTZ001
    st.booleans(),
)
def test_local_times_against_zoneinfo(name, local, near_a_change):
    zone = zone_named(name)
    periods = zone_periods(zone)
    if near_a_change:
        since = periods["since"][1:] or [0]
        change = EPOCH + timedelta(microseconds=since[local.day % len(since)])
        local = change + timedelta(minutes=local.minute * 4 - 120, microseconds=local.microsecond)
    us = (local - EPOCH) // timedelta(microseconds=1)
    at = bisect_right(periods["since"], us) - 1
    expected = (
        local.replace(tzinfo=zone, fold=0) - datetime(1970, 1, 1, tzinfo=UTC)
    ).total_seconds()
    assert (us - periods["shift"][at]) / 1e6 == pytest.approx(expected, abs=1e-3)
    odd = periods["odd"][at] if us >= periods["odd_since"][at] else 0
    one, other = (local.replace(tzinfo=zone, fold=f).utcoffset() for f in (0, 1))
    assert odd == (0 if one == other else FOLD if one > other else GAP)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Europe/Berln", "Europe/Berlin"),
        ("../../etc/passwd", "--timezone"),
        ("", "--timezone"),
        ("\0", "--timezone"),
    ],
)
def test_unknown_zone(name, hint):
    with pytest.raises(SourceError, match=f"unknown time zone .* {hint}"):
        zone_named(name)

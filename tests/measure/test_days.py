"""The local days of instants that engines put together."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import duckdb
import narwhals as nw
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worlds import quick
from vsmlib.measure.days import HOUR_US, MINUTE_US, Clock
from vsmlib.visits import DAY_US

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = ["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe"]
ZONES += ["Europe/Amsterdam", "America/Sao_Paulo", "Africa/Monrovia", "Pacific/Apia"]
FIRST, LAST = (
    (datetime(year, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1) for year in (1930, 2026)
)


@cache
def clock_of(zone):
    return Clock.of(zone, FIRST, LAST)


def ticks(clock, instants, engine="polars", of=Clock.tick):
    rows = pl.DataFrame({"t": instants}, schema={"t": pl.Int64})
    frame = {
        "polars": rows.lazy,
        "pandas": rows.to_pandas,
        "duckdb": lambda: duckdb.from_arrow(rows.to_arrow()),
    }[engine]()
    made = nw.from_native(frame).select(tick=of(clock, "t"))
    return (made.collect() if isinstance(made, nw.LazyFrame) else made)["tick"].to_list()


@pytest.mark.parametrize("zone", ZONES)
@quick
@given(
    instants=st.lists(st.integers(FIRST, LAST), min_size=1),
    engine=st.sampled_from(["polars", "pandas", "duckdb"]),
)
def test_the_local_hour_of_a_tick_is_that_of_all_in_it(zone, instants, engine):
    clock = clock_of(zone)
    local = [(EPOCH + timedelta(microseconds=at)).astimezone(ZoneInfo(zone)) for at in instants]
    shown = [(at.replace(tzinfo=UTC) - EPOCH) // timedelta(hours=1) for at in local]
    begun = ticks(clock, instants, engine)
    assert [*clock.local(begun) // HOUR_US] == shown
    assert [*clock.days(begun)] == [hour // 24 for hour in shown]
    assert all(0 <= at - tick < clock.unit for at, tick in zip(instants, begun, strict=True))


@pytest.mark.parametrize("zone", ZONES)
@quick
@given(
    begin=st.integers(FIRST, LAST),
    afters=st.lists(st.integers(0, 3 * 365 * DAY_US), min_size=1),
    engine=st.sampled_from(["polars", "pandas", "duckdb"]),
)
def test_the_day_of_a_noon_is_that_of_all_that_have_it(zone, begin, afters, engine):
    instants = [begin + after for after in afters]
    clock = Clock.of(zone, begin, max(instants))
    local = [(EPOCH + timedelta(microseconds=at)).astimezone(ZoneInfo(zone)) for at in instants]
    assert [*clock.days(ticks(clock, instants, engine, Clock.noon))] == [
        (at.replace(tzinfo=UTC) - EPOCH).days for at in local
    ]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Apia"])
def test_a_year_has_a_noon_a_day_and_one_more_where_the_clock_changes(zone):
    begin, end = (
        (datetime(year, 1, 1, tzinfo=ZoneInfo(zone)) - EPOCH) // timedelta(microseconds=1)
        for year in (2011, 2012)
    )
    clock = Clock.of(zone, begin, end - 1)
    noons = ticks(clock, range(begin, end, 30 * MINUTE_US), of=Clock.noon)
    lost, changed = zone == "Pacific/Apia", {"Europe/Berlin": 2, "Pacific/Apia": 2}.get(zone, 0)
    assert len({*noons}) == 365 - lost + changed
    assert {at % DAY_US for at in noons} == {
        int((DAY_US // 2 - offset) % DAY_US) for offset in clock.offsets
    }


@pytest.mark.parametrize(
    ("zone", "minutes"),
    [("UTC", 60), ("Europe/Berlin", 60), ("Asia/Kolkata", 30), ("Asia/Kathmandu", 15)],
)
def test_an_hour_is_one_tick_where_clocks_show_hours(zone, minutes):
    begin = (datetime(2025, 6, 2, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
    clock = Clock.of(zone, begin - 365 * DAY_US, begin + 365 * DAY_US)
    met = ticks(clock, range(begin, begin + DAY_US, 5 * MINUTE_US))
    assert len({*met}) == 24 * 60 // minutes


def test_times_by_the_sun_are_told_apart_alone():
    clock = clock_of("Africa/Monrovia")  # 44 minutes and a half behind until 1972
    until = (datetime(1972, 1, 7, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
    assert until <= clock.since < until + 2 * HOUR_US
    before, after = until - 10 * DAY_US, until + 10 * DAY_US
    assert len({*ticks(clock, [before, before + 1, after, after + 1])}) == 3

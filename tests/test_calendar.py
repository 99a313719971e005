"""The calendar table against an oracle that walks the local clock."""

import functools
import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsmlib.calendar import (
    DAY,
    MINUTE,
    day_table,
    local_midnight_us,
    worked,
    worked_expr,
)
from vsmlib.errors import ParameterError
from vsmlib.stream import CalendarSpec

LUNCH = ["09:00-12:30", "13:00-17:30"]
NIGHT = {"fri-mon,wed": ["22:00-06:00"]}
ALL_DAY = {"mon-sun": ["00:00-24:00"]}
ODD = {"sun": ["02:30-10:00"], "sat": ["20:00-02:30"], "mon": ["00:00-01:45", "1:45-2:15"]}
CALENDARS = {
    "berlin": ("Europe/Berlin", {"mon-fri": LUNCH}, {"country": "DE", "subdivision": "BE"}),
    "new york": ("America/New_York", {"mon-fri": LUNCH}, {"country": "US"}),
    "london nights": ("Europe/London", NIGHT, {"country": "GB", "dates": ["2026-03-28"]}),
    "jerusalem": ("Asia/Jerusalem", {"sun-thu": ["08:30-17:00"]}, {"country": "IL"}),
    "kolkata": ("Asia/Kolkata", {"mon-sat": ["10:00-19:00"]}, {"dates": ["2026-03-04"]}),
    "lord howe": ("Australia/Lord_Howe", ODD | {"tue-fri": ["08:00-16:00"]}, None),
    "apia": ("Pacific/Apia", {"mon-fri": ["09:00-17:00"]}, None),
    "apia nights": ("Pacific/Apia", {"mon-sun": ["21:00-05:00"]}, None),
    "always": ("Europe/Berlin", ALL_DAY, None),
    "shifts end in gap and fold": ("Europe/Berlin", ODD, None),
    "midnight in gap": ("Asia/Beirut", {"mon-sun": ["16:00-24:00"]}, None),
}
SPRING, AUTUMN = (date(2026, 3, 3), 35), (date(2026, 10, 22), 14)
WINDOWS = [
    ("berlin", *SPRING),
    ("berlin", *AUTUMN),
    ("new york", *SPRING),
    ("new york", *AUTUMN),
    ("london nights", *SPRING),
    ("london nights", *AUTUMN),
    ("jerusalem", *SPRING),
    ("jerusalem", date(2026, 9, 8), 52),
    ("kolkata", date(2026, 3, 1), 8),
    ("kolkata", date(1969, 12, 29), 6),
    ("lord howe", date(2026, 4, 1), 8),
    ("lord howe", date(2026, 10, 1), 8),
    ("apia", date(2011, 12, 24), 12),
    ("apia nights", date(2011, 12, 24), 12),
    ("always", date(2026, 3, 27), 5),
    ("always", date(2026, 10, 23), 5),
    ("shifts end in gap and fold", date(2026, 3, 25), 8),
    ("shifts end in gap and fold", date(2026, 10, 21), 8),
    ("midnight in gap", date(2026, 3, 26), 6),
    ("midnight in gap", date(2026, 10, 22), 6),
]


def spec(name):
    zone, hours, holidays = CALENDARS[name]
    return CalendarSpec(timezone=zone, hours=hours, holidays=holidays)


def us(day):
    return (day - date(1970, 1, 1)).days * DAY


class Clock:
    """Working minutes, found by looking at the local clock as each of them begins."""

    DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

    def __init__(self, name, first, days, step=MINUTE):
        import holidays

        self.zone, self.hours, off = CALENDARS[name]
        self.zone, off = ZoneInfo(self.zone), off or {}
        self.free = {date.fromisoformat(text) for text in off.get("dates", [])}
        if "country" in off:
            years = range(first.year - 1, first.year + days // 365 + 2)
            subdivision = off.get("subdivision")
            self.free |= set(
                holidays.country_holidays(off["country"], subdiv=subdivision, years=years)
            )
        self.shifts = {
            day: [self.minutes(shift) for shift in shifts]
            for key, shifts in self.hours.items()
            for day in self.days_of(key)
        }
        self.start, self.step = us(first), step
        steps = range(self.start, self.start + days * DAY, step)
        self.open = np.array([self.works(t) for t in steps])
        self.sums = np.concatenate([[0], np.cumsum(self.open)]) * step

    def days_of(self, key):
        for part in key.split(","):
            first, _, last = part.partition("-")
            number = self.DAYS.index(first)
            yield number
            while last and self.DAYS[number] != last:
                number = (number + 1) % 7
                yield number

    def works(self, t):
        local = datetime.fromtimestamp(t // 1_000_000, self.zone).replace(tzinfo=None)
        return any(self.on_shift(local, local.date() - timedelta(days=back)) for back in (0, 1))

    def minutes(self, shift):
        (h0, m0), (h1, m1) = (map(int, end.split(":")) for end in shift.split("-"))
        start, end = h0 * 60 + m0, h1 * 60 + m1
        return start, end if end > start else end + 1440

    def on_shift(self, local, day):
        minute = local.hour * 60 + local.minute + (local.date() - day).days * 1440
        shifts = [] if day in self.free else self.shifts.get(day.weekday(), [])
        return any(start <= minute < end for start, end in shifts)

    def until(self, t):
        index, rest = divmod(t - self.start, self.step)
        inside = self.open[np.minimum(index, len(self.open) - 1)]
        return self.sums[index] + np.where(inside, rest, 0)


def intervals(first, days, step, count=3000):
    rng = random.Random(7)
    low, high = us(first), us(first) + days * DAY - 1
    ends = [sorted((rng.randint(low, high), rng.randint(low, high))) for _ in range(count)]
    edges = [rng.randrange(low, high, step) for _ in range(200)]
    near = [sorted((edge, edge + rng.choice([-1, 0, 1]))) for edge in edges if low < edge < high]
    return np.array(ends + near + [[low, low], [low, high]])


@pytest.mark.parametrize(("name", "first", "days"), WINDOWS)
def test_working_time_is_that_of_a_clock_watcher(name, first, days):
    clock = Clock(name, first, days)
    pairs = intervals(first, days, MINUTE)
    table = day_table(spec(name), us(first), us(first) + days * DAY)
    got = worked(table, pairs[:, 1]) - worked(table, pairs[:, 0])
    assert (got == clock.until(pairs[:, 1]) - clock.until(pairs[:, 0])).all()
    assert clock.open.any()


@pytest.mark.parametrize("name", ["berlin", "london nights", "jerusalem", "lord howe"])
def test_working_time_over_years(name):
    first, days, step = date(2019, 12, 20), 1200, 15 * MINUTE
    clock = Clock(name, first, days, step)
    pairs = intervals(first, days, step)
    table = day_table(spec(name), us(first), us(first) + days * DAY)
    got = worked(table, pairs[:, 1]) - worked(table, pairs[:, 0])
    assert (got == clock.until(pairs[:, 1]) - clock.until(pairs[:, 0])).all()


def hours_between(name, start, end):
    zone = ZoneInfo(CALENDARS[name][0])
    instants = [
        int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) * 1_000_000
        for text in (start, end)
    ]
    table = day_table(spec(name), *instants)
    return np.diff(worked(table, instants))[0] / (60 * MINUTE)


@pytest.mark.parametrize(
    ("name", "start", "end", "hours"),
    [
        ("berlin", "2026-03-30T00:00", "2026-03-31T00:00", 8),
        ("berlin", "2026-03-30T12:00", "2026-03-30T14:00", 1.5),
        ("berlin", "2026-04-02T17:00", "2026-04-07T09:30", 1),  # over Easter
        ("always", "2026-03-29T00:00", "2026-03-30T00:00", 23),
        ("always", "2026-10-25T00:00", "2026-10-26T00:00", 25),
        ("london nights", "2026-03-29T12:00", "2026-03-30T12:00", 8),
        ("london nights", "2026-03-28T12:00", "2026-03-29T12:00", 0),  # holiday by its begin
        ("london nights", "2026-10-24T12:00", "2026-10-25T12:00", 9),
        ("shifts end in gap and fold", "2026-03-29T00:00", "2026-03-29T12:00", 2 + 7),
        ("shifts end in gap and fold", "2026-10-25T00:00", "2026-10-25T12:00", 3 + 8),
        ("apia", "2011-12-29T00:00", "2012-01-01T00:00", 8),  # Friday the 30th never was
        ("midnight in gap", "2026-10-24T00:00", "2026-10-25T12:00", 9),
    ],
)
def test_days_worked_by_hand(name, start, end, hours):
    assert hours_between(name, start, end) == hours


def test_table_covers_the_times_and_two_days_around():
    table = day_table(spec("berlin"), 10 * DAY + 5, 20 * DAY)
    assert table["uday"].tolist() == list(range(8, 23))
    assert set(table.dtypes) == {np.dtype("int64")}
    assert day_table(spec("berlin"), 20 * DAY, 10 * DAY)["uday"].tolist() == list(range(18, 23))
    starts = table["uday"] * DAY
    for k in range(2):
        filled = table[f"e{k}"] > 0
        assert (table[f"s{k}"][filled] >= starts[filled]).all()
        assert (table[f"e{k}"][filled] <= starts[filled] + DAY).all()


def test_round_the_clock_is_one_segment_a_day():
    table = day_table(spec("always"), 0, 365 * DAY)
    assert list(table.columns) == ["uday", "cum", "s0", "e0", "off0", "sw", "off1"]
    # At both ends of the table, too, as each day before the first and after the last is known.
    assert (table["e0"] - table["s0"] == DAY).all()


def test_the_switch_is_found_to_the_microsecond():
    table = day_table(spec("berlin"), us(date(2026, 3, 29)), us(date(2026, 3, 29)))
    row = table[table["uday"] == us(date(2026, 3, 29)) // DAY].iloc[0]
    switch = int(datetime(2026, 3, 29, 1, tzinfo=UTC).timestamp()) * 1_000_000
    hour = 60 * MINUTE
    assert (row["off0"], row["sw"], row["off1"]) == (hour, switch, 2 * hour)


@pytest.mark.parametrize(
    ("hours", "holidays"),
    [
        ({"mon-sun": []}, None),
        ({"thu": ["09:00-10:00"]}, {"dates": ["1970-01-01", "1970-01-08", "1969-12-25"]}),
    ],
)
def test_hours_that_never_open_are_no_working_time(hours, holidays):
    never = CalendarSpec(timezone="Asia/Tokyo", hours=hours, holidays=holidays)
    table = day_table(never, 0, 7 * DAY)
    assert worked(table, [-DAY, 0, 5, 8 * DAY]).tolist() == [0, 0, 0, 0]


def test_a_calendar_without_hours_is_local_days_alone():
    table = day_table(CalendarSpec(timezone="Asia/Tokyo"), 0, 0)
    assert list(table.columns) == ["uday", "off0", "sw", "off1"]


def test_times_beyond_the_calendar_are_refused():
    with pytest.raises(ParameterError, match=r"cannot cover .* years 1 to 9999"):
        day_table(spec("always"), 0, us(date.max))
    with pytest.raises(ParameterError, match="outside the calendar table"):
        worked(day_table(spec("always"), 0, 0), [9 * DAY])


MOMENTS = st.integers(us(date(2005, 1, 1)), us(date(2012, 6, 1)))


@functools.cache
def long_table(name):
    return day_table(spec(name), us(date(2005, 1, 1)), us(date(2012, 6, 1)))


@settings(deadline=None, max_examples=30)
@given(
    st.sampled_from(["berlin", "london nights", "lord howe", "apia nights"]),
    st.lists(MOMENTS, min_size=3, max_size=3),
)
def test_working_time_adds_up_and_never_exceeds_elapsed(name, moments):
    a, b, c = sorted(moments)
    ca, cb, cc = worked(long_table(name), [a, b, c]).tolist()
    assert (cb - ca) + (cc - cb) == cc - ca
    assert 0 <= cb - ca <= b - a
    assert 0 <= cc - cb <= c - b


ENGINES = {
    "pandas": lambda rows, made: made(rows),
    "polars": lambda rows, made: made(pl.from_pandas(rows).lazy()).collect().to_pandas(),
    "duckdb": lambda rows, made: made(duckdb.connect().from_df(rows)).df(),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["berlin", "lord howe", "always"])
def test_expressions_agree_on_every_engine(name, engine):
    first, last = us(date(1969, 6, 1)), us(date(1971, 6, 1))
    rng = random.Random(3)
    times = [*sorted(rng.randint(first, last) for _ in range(500)), last]
    table = day_table(spec(name), first, last)
    k = sum(column[1:].isdigit() and column[0] == "s" for column in table.columns)
    rows = pd.DataFrame({"t": times}).assign(uday=np.array(times) // DAY).merge(table, on="uday")

    def select(frame):
        return nw.to_native(nw.from_native(frame).select("t", c=worked_expr(k)))

    made = ENGINES[engine](rows, select).sort_values("t", ignore_index=True)
    assert made.dtypes.tolist() == [np.dtype("int64")] * 2
    assert made["c"].tolist() == worked(table, times).tolist()


@pytest.mark.parametrize(
    ("day", "zone", "instant"),
    [
        (date(2026, 3, 29), "Europe/Berlin", "2026-03-28T23:00Z"),
        (date(2026, 3, 30), "Europe/Berlin", "2026-03-29T22:00Z"),
        (date(2018, 11, 4), "America/Sao_Paulo", "2018-11-04T03:00Z"),  # clocks skipped midnight
        (date(2011, 12, 30), "Pacific/Apia", "2011-12-30T10:00Z"),  # and here the whole day
        (date(2011, 12, 31), "Pacific/Apia", "2011-12-30T10:00Z"),
        (date(2025, 11, 2), "America/Havana", "2025-11-02T04:00Z"),  # midnight twice
        (date(1919, 3, 31), "America/Toronto", "1919-03-31T04:30Z"),  # 23:30 became 00:30
        (date(1960, 1, 1), "UTC", "1960-01-01T00:00Z"),
    ],
)
def test_a_local_date_begins(day, zone, instant):
    want = datetime.fromisoformat(instant)
    got = local_midnight_us(day, ZoneInfo(zone))
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=got) == want

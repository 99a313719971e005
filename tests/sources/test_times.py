"""Times: every way to write them, and those that cannot be read."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.tables import finding, iso, read, times
from vsmlib.errors import SourceError
from vsmlib.sources.times import is_time

BERLIN = "Europe/Berlin"


def column(folder, values, **options):
    """Times of a file with these values, blanks and commas kept."""
    lines = "".join(f"{n}|{value}|x\n" for n, value in enumerate(values))
    return read(folder, "id|when|status\n" + lines, **options)


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-01-05T09:00:00Z", "2026-01-05T09:00:00Z"),
        ("2026-01-05 09:00Z", "2026-01-05T09:00:00Z"),
        ("2026-01-05t09:00:00z", "2026-01-05T09:00:00Z"),
        ("2026-01-05T09:00:00+02:00", "2026-01-05T07:00:00Z"),
        ("2026-01-05T09:00:00 +02:00", "2026-01-05T07:00:00Z"),
        ("2026-01-05T09:00:00+0200", "2026-01-05T07:00:00Z"),
        ("2026-01-05T09:00:00.000+0200", "2026-01-05T07:00:00Z"),
        ("2026-01-05T09:00:00-03", "2026-01-05T12:00:00Z"),
        ("2026-01-05 09:00:00 -0330", "2026-01-05T12:30:00Z"),
        ("2026-01-05T09:00:00.1Z", "2026-01-05T09:00:00.100000Z"),
        ("2026-01-05T09:00:00.123456Z", "2026-01-05T09:00:00.123456Z"),
        ("2026-01-05T09:00:00.123456789Z", "2026-01-05T09:00:00.123456Z"),
        ("2026-01-05T09:00:00,123456789Z", "2026-01-05T09:00:00.123456Z"),
        ("2026-01-05 09:00:00,5 UTC", "2026-01-05T09:00:00.500000Z"),
        ("2026-01-05 09:00:00 GMT", "2026-01-05T09:00:00Z"),
        ("20260105T090000Z", "2026-01-05T09:00:00Z"),
        ("2026/01/05 09:00:00+00", "2026-01-05T09:00:00Z"),
        ("Mon, 05 Jan 2026 09:00:00 +0100", "2026-01-05T08:00:00Z"),
        ("1767603600", "2026-01-05T09:00:00Z"),
        ("1767603600.25", "2026-01-05T09:00:00.250000Z"),
        ("1767603600123", "2026-01-05T09:00:00.123000Z"),
        ("1767603600123456", "2026-01-05T09:00:00.123456Z"),
        ("1767603600123456789", "2026-01-05T09:00:00.123456Z"),
        (" 2026-01-05T09:00:00Z ", "2026-01-05T09:00:00Z"),
    ],
)
def test_times_with_an_offset(tmp_path, written, utc):
    assert times(column(tmp_path, [written])) == [utc]
    assert times(column(tmp_path, [written], timezone="Asia/Tokyo")) == [utc]


@pytest.mark.parametrize(
    ("written", "local"),
    [
        ("2026-01-05 09:00", "2026-01-05T09:00:00"),
        ("2026-1-5 9:05", "2026-01-05T09:05:00"),
        ("2026-01-05", "2026-01-05T00:00:00"),
        ("2026-01-05T09:00:00.123456789", "2026-01-05T09:00:00.123456"),
        ("20260105", "2026-01-05T00:00:00"),
        ("20260105140500", "2026-01-05T14:05:00"),
        ("31.12.2025 14:05", "2025-12-31T14:05:00"),
        ("1.2.2025 4:05:06", "2025-02-01T04:05:06"),
        ("31.12.25, 14:05", "2025-12-31T14:05:00"),
        ("31.12.2025", "2025-12-31T00:00:00"),
        ("31/12/2025", "2025-12-31T00:00:00"),
        ("12/31/2025 2:05 PM", "2025-12-31T14:05:00"),
        ("12/31/2025 12:05 AM", "2025-12-31T00:05:00"),
        ("12/31/25 02:05:09pm", "2025-12-31T14:05:09"),
        ("31-12-2025 14:05", "2025-12-31T14:05:00"),
        ("22/Nov/26 9:58 AM", "2026-11-22T09:58:00"),
        ("22/nov/26 9:58 am", "2026-11-22T09:58:00"),
        ("22-Nov-2026 21:58:01.5", "2026-11-22T21:58:01.500000"),
        ("22. November 2026 21:58", "2026-11-22T21:58:00"),
        ("22 NOV 2026 21:58", "2026-11-22T21:58:00"),
        ("Nov 22, 2026 9:58 PM", "2026-11-22T21:58:00"),
        ("November 22, 2026", "2026-11-22T00:00:00"),
        ("Nov 22, 2026, 9:58 PM", "2026-11-22T21:58:00"),
        ("2026/11/22 09:58", "2026-11-22T09:58:00"),
        ("2026.11.22 09:58", "2026-11-22T09:58:00"),
    ],
)
def test_times_without_offset(tmp_path, written, local):
    with pytest.raises(SourceError, match="times without offset") as caught:
        column(tmp_path, [written])
    assert caught.value.hint == "--timezone Europe/Berlin"
    assert "column 'when'" in str(caught.value)
    expected = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(BERLIN)).astimezone(UTC)
    assert times(column(tmp_path, [written], timezone=BERLIN)) == [
        expected.isoformat().replace("+00:00", "Z")
    ]


NO_TIMES = [
    "n/a",
    "soon",
    "25:00",
    "infinity",
    "epoch",
    "5",
    "-",
    "2026-01",
    "05 Foo 2026",
    "x" * 500,
]
NO_TIMES += ["2026-13-05T09:00Z", "2026-02-30T09:00Z", "2026-01-05T25:00Z", "2026-01-05 09:00 CET"]


@pytest.mark.parametrize("value", NO_TIMES)
def test_what_is_no_time_is_refused(tmp_path, value):
    extract = column(tmp_path, ["2026-01-05T09:00Z", value, "2026-01-05T09:01Z"])
    assert times(extract) == ["2026-01-05T09:00:00Z", "2026-01-05T09:01:00Z"]
    told = finding(extract, "unparsable_time")
    assert (told.count, told.level, told.done) == (1, "error", "refused")
    assert told.what == "1 row has a time that cannot be read"
    if len(value) < 50:
        assert told.examples == (f"row 3: time {value!r}",)


def test_missing_times(tmp_path):
    extract = column(tmp_path, ["2026-01-05T09:00Z", "", "  "])
    told = finding(extract, "missing_time")
    assert (told.count, told.examples) == (2, ("row 3: no time", "row 4: no time"))


def test_no_usable_time_at_all(tmp_path):
    with pytest.raises(SourceError, match=r"no row is usable: 2 rows .* \(row 2: time 'n/a'\)"):
        column(tmp_path, ["n/a", "later"], time="when")


@pytest.mark.parametrize(
    ("values", "first"),
    [
        (["01/02/2025", "13/02/2025"], "2025-02-01"),
        (["01/02/2025", "02/13/2025"], "2025-01-02"),
        (["01-02-25 9:00", "13-02-25 10:00"], "2025-02-01"),
        (["03/03/2025", "04/04/2025"], "2025-03-03"),
        (["01.02.2025", "02.03.2025"], "2025-02-01"),
        (["01/02/2025", "31/31/2025", "13/1/2025"], "2025-02-01"),
    ],
)
def test_day_or_month_first_is_settled_by_the_contents(tmp_path, values, first):
    assert times(column(tmp_path, values, timezone="UTC"))[0][:10] == first


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (["01/02/2025", "03/04/2025 9:00"], "nothing tells which"),
        (["13/02/2025", "02/13/2025"], "1 fit one, 1 the other"),
    ],
)
def test_day_or_month_first_is_asked_for(tmp_path, values, why):
    with pytest.raises(SourceError, match=f"day or the month come first in .*{why}") as caught:
        column(tmp_path, values, timezone="UTC")
    assert caught.value.hint.startswith("--time-format '%d/%m/%Y")
    assert "'%m/%d/%Y" in caught.value.accepted


def test_start_and_end_settle_the_order_for_each_other(tmp_path):
    content = "id,start,end,task\n1,01/02/2025,13/02/2025,x\n"
    extract = read(tmp_path, content, timezone="UTC")
    assert times(extract) == ["2025-02-01T00:00:00Z", "2025-02-13T00:00:00Z"]


def test_several_formats_in_one_column(tmp_path):
    values = [
        "2026-01-05T09:00:00Z",
        "05.01.2026 10:01 +0100",
        "2026-01-05 10:03+01:00",
    ]
    extract = column(tmp_path, values)
    assert times(extract) == [f"2026-01-05T09:0{n}:00Z" for n in (0, 1, 3)]
    told = finding(extract, "mixed_offsets")
    assert told.level == "note"
    assert told.what == ("3 times with 3 different offsets: +01:00 (1), Z (1), +0100 (1)")


def test_few_times_without_offset_among_others_are_refused(tmp_path):
    values = ["2026-01-05T09:00:00Z", "2026-01-05T09:00", "2026-01-05T09:02:00Z"]
    extract = column(tmp_path, values)
    assert len(times(extract)) == 2
    told = finding(extract, "time_without_offset")
    assert (told.level, told.examples) == ("error", ("row 3: time '2026-01-05T09:00'",))
    extract = column(tmp_path, values, timezone=BERLIN)
    assert times(extract)[1] == "2026-01-05T08:00:00Z"
    assert "none, read as Europe/Berlin (1)" in finding(extract, "mixed_offsets").what


def test_a_time_format_is_obeyed(tmp_path):
    extract = column(tmp_path, ["01/02/2025", "n/a"], time_format="%m/%d/%Y", timezone="UTC")
    assert times(extract) == ["2025-01-02T00:00:00Z"]
    assert finding(extract, "unparsable_time").count == 1
    for written, time_format in [
        ("2025|01 02T03:04:05.123456+01:00", "%Y|%m %dT%H:%M:%S.%f%z"),
        ("2025-01-02T02:04:05.123456Z", "%Y-%m-%dT%H:%M:%S.%f%z"),
        ("2025-01-02T02:04:05.123456Z", "%Y-%m-%dT%H:%M:%S.%fZ"),
    ]:
        content = f"id;when;status\n1;{written};x\n"
        extract = read(tmp_path, content, time_format=time_format)
        assert times(extract) == ["2025-01-02T02:04:05.123456Z"]
    with pytest.raises(SourceError, match="times without offset"):
        column(tmp_path, ["01/02/2025"], time_format="%m/%d/%Y")


@pytest.mark.parametrize(
    ("time_format", "message"),
    [
        ("%Q", "time format '%Q' does not fit"),
        ("%Y-%", "does not fit"),
        (
            "%d/%m/%Y",
            "time format '%d/%m/%Y' does not fit: no value of column 'when' has it; one is '2026",
        ),
        ("'; DROP TABLE x; --", "no value of column 'when' has it"),
    ],
)
def test_wrong_time_formats(tmp_path, time_format, message):
    with pytest.raises(SourceError, match=message) as caught:
        column(tmp_path, ["2026-01-05T09:00Z"], time_format=time_format)
    assert "\n" not in str(caught.value)


def test_local_times_that_never_or_twice_happen(tmp_path):
    values = [
        "2026-03-29 02:30",
        "2026-03-29 03:30",
        "2026-10-25 02:30",
        "2026-10-25 03:00",
        "2026-10-25 01:59:59",
    ]
    extract = column(tmp_path, values, timezone=BERLIN)
    assert times(extract) == [
        "2026-03-29T01:30:00Z",
        "2026-03-29T01:30:00Z",
        "2026-10-25T00:30:00Z",
        "2026-10-25T02:00:00Z",
        "2026-10-24T23:59:59Z",
    ]
    gap, fold = finding(extract, "local_time_gap"), finding(extract, "local_time_fold")
    assert (gap.count, gap.examples) == (1, ("row 2: time '2026-03-29 02:30'",))
    assert (fold.count, fold.examples) == (1, ("row 4: time '2026-10-25 02:30'",))
    assert fold.what == "1 row has a time that clocks showed twice"


def test_implausible_times_are_kept_and_told(tmp_path):
    values = [
        "2026-01-05T09:00Z",
        "1970-01-01T00:00:00Z",
        "1969-05-05T00:00Z",
        "2100-01-01T00:00Z",
        "1900-01-01T00:00Z",
    ]
    extract = column(tmp_path, values)
    told = finding(extract, "implausible_time")
    assert (told.count, told.level, told.done) == (4, "warning", "kept")
    assert told.examples[0] == "row 3: time '1970-01-01T00:00:00Z'"
    assert len(times(extract)) == 5
    zeros = column(tmp_path, ["0", "1767603600", "1767603601"], time="when")
    assert finding(zeros, "implausible_time").count == 1


def test_years_out_of_the_calendar_are_refused(tmp_path):
    extract = column(tmp_path, ["1767603600", "999999999999999999", "1767603601"])
    assert finding(extract, "unparsable_time").count == 1


MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1))  # noqa: DTZ001
STYLES = ["%d.%m.%Y %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%d %B %Y %H:%M:%S", "%b %d, %Y %I:%M:%S %p"]
STYLES += ["%Y%m%d%H%M%S", "%a, %d %b %Y %H:%M:%S", "%d-%b-%Y %I:%M:%S%p", "%Y-%m-%d %H:%M:%S"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(MOMENTS, min_size=1, max_size=6),
    st.sampled_from(STYLES),
    st.sampled_from([BERLIN, "America/New_York", "UTC"]),
)
def test_local_times_round_trip(tmp_path_factory, moments, style, zone):
    expected = [m.replace(microsecond=0, tzinfo=ZoneInfo(zone)).astimezone(UTC) for m in moments]
    extract = column(
        tmp_path_factory.getbasetemp(),
        [m.strftime(style) for m in moments],
        timezone=zone,
        item="id",
        time="when",
        event="status",
    )
    assert times(extract) == [e.isoformat().replace("+00:00", "Z") for e in expected]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(MOMENTS, st.integers(-14 * 4, 14 * 4)), min_size=1, max_size=6))
def test_times_with_offsets_round_trip(tmp_path_factory, moments):
    aware = [m.replace(tzinfo=timezone(timedelta(minutes=15 * o))) for m, o in moments]
    extract = column(tmp_path_factory.getbasetemp(), [m.isoformat() for m in aware])
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert times(extract) == [iso((m - epoch) // timedelta(microseconds=1)) for m in aware]


@given(st.text(max_size=40))
def test_any_text_can_be_asked_whether_it_is_a_time(text):
    assert is_time(text) in {True, False}


NAMES = [BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia", "UTC"]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(NAMES),
    st.lists(st.tuples(MOMENTS, st.sampled_from([3, 4, 10, 11])), min_size=1, max_size=30),
)
def test_local_times_against_zoneinfo(tmp_path_factory, name, moments):
    """Also near the changes of clocks: the first of two, and past what never happens."""
    zone = ZoneInfo(name)
    local = [m.replace(month=month, microsecond=0, hour=m.hour % 4, day=1 + m.day % 28)
             for m, month in moments]  # fmt: skip
    values = [m.isoformat(" ") for m in local]
    extract = column(tmp_path_factory.getbasetemp(), values, timezone=name)
    expected = [m.replace(tzinfo=zone, fold=0).astimezone(UTC) for m in local]
    assert times(extract) == [e.isoformat().replace("+00:00", "Z") for e in expected]
    offsets = [[m.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1)] for m in local]
    for code, count in [
        ("local_time_gap", sum(one < other for one, other in offsets)),
        ("local_time_fold", sum(one > other for one, other in offsets)),
    ]:
        told = finding(extract, code)
        assert (told.count if told else 0) == count


@pytest.mark.parametrize(
    ("name", "hint"), [("Europe/Berln", "Europe/Berlin"), ("../../etc/passwd", "--timezone"),
                       ("\0", "--timezone")],
)  # fmt: skip
def test_unknown_zone(tmp_path, name, hint):
    with pytest.raises(SourceError, match=f"unknown time zone .* {hint}"):
        column(tmp_path, ["2026-01-05 09:00"], timezone=name)

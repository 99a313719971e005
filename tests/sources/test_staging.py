"""From rows to events: refusals, repairs, item columns, start and end."""

import random
import re
from datetime import UTC, datetime

import narwhals as nw
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.tables import codes, events, finding, items, read, times
from vsmlib.errors import SourceError
from vsmlib.sources.extract import EVENT_COLUMNS
from vsmlib.sources.table import read_table

T = "2026-01-05T09:0{}:00Z".format
LOCAL = ["2026-03-29T01:30", "2026-03-29T02:30", "2026-03-29T03:30", "1960-01-01"]
MOMENTS = [None, *map(datetime.fromisoformat, LOCAL)]


def frame(rows, columns=("item_id", "timestamp", "event", "actor", "seq")):
    return pa.table(dict(zip(columns, zip(*rows, strict=True), strict=True)))


def test_the_columns_of_the_contract_pass_as_they_are():
    extract = read_table(
        pa.table(
            {
                "item_id": ["A", "A", "B"],
                "timestamp": [T(1), T(2), T(3)],
                "event": ["x", "y", "z"],
                "actor": ["u", None, "v[bot]"],
                "actor_type": ["User", "robot", "bot"],
                "source": ["one", " ", "two"],
                "seq": [30, -20, 10],
                "team": ["a", "b", "c"],
            }
        ),
        name="log name",
    )
    frame = extract.events.sort("t")
    assert tuple(frame.collect_schema().names()) == EVENT_COLUMNS
    assert [str(t) for t in frame.collect_schema().values()] == [
        "String", "Int64", "String", "String", "String", "String", "Int64"
    ]  # fmt: skip
    assert frame.select("actor_type", "source", "seq").collect().rows() == [
        ("user", "one", 30),
        (None, "log name", -20),
        ("bot", "two", 10),
    ]
    assert items(extract) == {"A": {"team": "b"}, "B": {"team": "c"}}
    assert codes(extract) == ["rows_read"]
    assert extract.name == "log name"


def test_seq_is_the_row_if_there_is_no_other(tmp_path):
    extract = read(tmp_path, f"id,when,status\nA,{T(2)},x\n,,\nA,{T(1)},y\n")
    rows = extract.events.sort("seq").select("seq", "source").collect().rows()
    assert rows == [(0, "log"), (2, "log")]


def test_seq_that_is_no_number_gives_way_to_the_row():
    extract = read_table(frame([("A", T(1), "x", "u", "1"), ("A", T(1), "y", "u", "one")]))
    assert [row[2] for row in events(extract)] == ["x", "y"]
    vast = read_table(frame([("A", T(1), "x", "u", 2**63 - 1)]))
    assert vast.events.collect()["seq"].to_list() == [0]


def test_rows_without_item_or_event_are_refused(tmp_path):
    content = f"id,when,status\n,{T(1)},x\nA,{T(2)}, \n\t,,x\nA,{T(3)},x\n"
    extract = read(tmp_path, content)
    assert [row[:2] for row in events(extract)] == [("A", T(3))]
    for code, count, example in [
        ("missing_item", 2, "row 2: no item"),
        ("missing_event", 1, "row 3: no event"),
    ]:
        told = finding(extract, code)
        assert (told.count, told.level, told.done) == (count, "error", "refused")
        assert told.examples[0] == example


def test_examples_are_the_first_three_in_order(tmp_path):
    rows = [f"A,{T(0) if n % 2 else f'bad {n}'},s{n % 2}\n" for n in range(40)]
    extract = read(tmp_path, "id,when,status\n" + "".join(rows))
    told = finding(extract, "unparsable_time")
    assert told.count == 20
    assert told.examples == tuple(f"row {n + 2}: time 'bad {n}'" for n in (0, 2, 4))


def test_only_rows_that_are_the_same_in_all_columns_are_removed(tmp_path):
    rows = [f"A,{T(1)},x,u,1", f"A,{T(1)},x,u,2", f"A,{T(1)},x,u,1", f"A,{T(1)},x,v,1"]
    rows += [f"A,{T(1)},x,,", f"A,{T(1)},x,,", "A,2026-01-05T10:01:00+01:00,x,u,1"]
    extract = read(tmp_path, "id,when,status,who,seq\n" + "\n".join(rows))
    kept = [("u", 1), ("u", 2), ("v", 1), (None, 4), ("u", 1)]
    found = extract.events.select("actor", "seq").collect().rows()
    assert sorted(found, key=str) == sorted(kept, key=str)
    told = finding(extract, "duplicate_rows")
    assert (told.count, told.level, told.done) == (2, "warning", "repaired: removed")
    assert told.what == "2 rows are the same in all columns as one before"
    assert told.examples == ("row 4", "row 7")


def test_repeated_stays_are_removed_whole(tmp_path):
    row = f"A,{T(1)},{T(3)},code\n"
    extract = read(tmp_path, "id,start,end,task\n" + row * 3)
    assert times(extract) == [T(1), T(3)]
    assert finding(extract, "duplicate_rows").count == 2


@pytest.mark.parametrize(
    ("names", "made"),
    [
        (["Team", "PRIORITY", "x"], ["team", "priority", "x"]),
        (["Team", "team"], ["Team_2", "team"]),
        (["TEAM", "Team"], ["team", "Team_2"]),
        (["Item", "item"], ["item_", "item__2"]),
        (["Size", "size", "SIZE"], ["Size", "size_2", "SIZE_3"]),
        (["ITEM_ID"], ["ITEM_ID_2"]),
    ],
)
def test_item_columns_that_would_clash_are_renamed(tmp_path, names, made):
    header = ",".join(["key", "when", "status", *names])
    content = f"{header}\nA,{T(1)},x,{','.join('abc'[: len(names)])}\n"
    extract = read(tmp_path, content, item="key")
    assert items(extract) == {"A": dict(zip(made, "abc", strict=False))}
    told = finding(extract, "column_renamed")
    changed = [(old, new) for old, new in zip(names, made, strict=True) if old != new]
    assert (told.level, told.count) == ("note", len(changed))
    assert told.examples[0] == f"column {changed[0][0]!r} is now {changed[0][1]!r}"


def test_one_and_many_in_sentences(tmp_path):
    rows = f",{T(1)},x\n,{T(2)},x\nA,{T(1)},\nA,{T(2)},x\n"
    extract = read(tmp_path, "id,when,status\n" + rows)
    assert finding(extract, "missing_item").what == "2 rows have no item"
    assert finding(extract, "missing_event").what == "1 row has no event"
    assert finding(extract, "rows_read").what.startswith("read 4 rows from log.csv (CSV, ")


def test_start_and_end_make_two_events(tmp_path):
    rows = [f"A,{T(1)},{T(3)},code,u", f"A,{T(3)},{T(3)},review,v", f"B,{T(4)},,code,u"]
    extract = read(tmp_path, "id,start,end,task,who\n" + "\n".join(rows))
    assert events(extract) == [
        ("A", T(1), "code start", "u"),
        ("A", T(3), "code end", "u"),
        ("A", T(3), "review start", "v"),
        ("A", T(3), "review end", "v"),
        ("B", T(4), "code start", "u"),
    ]
    assert finding(extract, "rows_read").count == 3
    assert extract.items is None


def test_a_row_with_a_bad_start_or_end_is_refused_whole(tmp_path):
    rows = [
        f"A,{T(1)},n/a,code",
        f"B,n/a,{T(1)},code",
        f"C,,{T(1)},code",
        f"D,{T(1)},{T(2)},x",
        ",,,",
    ]
    extract = read(tmp_path, "id,start,end,task\n" + "\n".join(rows))
    assert {row[0] for row in events(extract)} == {"D"}
    assert finding(extract, "unparsable_time").examples == (
        "row 2: end 'n/a'",
        "row 3: start 'n/a'",
    )
    assert finding(extract, "missing_time").examples == ("row 4: no time",)
    assert finding(extract, "blank_rows").count == 1


def test_item_columns_are_the_last_value_that_is_there(tmp_path):
    rows = [
        f"A,{T(5)},x,late,1",
        f"A,{T(1)},x,early,2",
        f"A,{T(6)},y,,3",
        f"B,{T(1)},x,,4",
        f"B,{T(1)},y,,5",
    ]
    extract = read(tmp_path, "id,when,status,team,n\n" + "\n".join(rows))
    assert items(extract) == {"A": {"team": "late", "n": "3"}, "B": {"team": None, "n": "5"}}


def test_item_columns_keep_their_names_and_plain_types():
    table = pa.table(
        {
            "key": ["A"], "timestamp": [T(1)], "event": ["x"], "item_id": ["other"],
            'a"b': [1], "Team": ["t"], "f": [float("nan")], "l": [[1, 2]],
            "d": pa.array([0], pa.date32()), "c": pa.array(["x"]).dictionary_encode(),
        }
    )  # fmt: skip
    extract = read_table(table, item="key")
    (row,) = items(extract).values()
    assert list(row) == ["item_id_2", 'a"b', "team", "f", "l", "d", "c"]
    assert [str(v) for v in row.values()] == [
        "other",
        "1",
        "t",
        "None",
        "[1, 2]",
        "1970-01-01",
        "x",
    ]


def test_many_item_columns():
    wide = {f"n{i}": [None if i % 2 else "x", "y"] for i in range(400)}
    table = pa.table({"id": ["A", "A"], "when": [T(2), T(1)], "event": ["x", "y"], **wide})
    (row,) = items(read_table(table)).values()
    assert row == {f"n{i}": "y" if i % 2 else "x" for i in range(400)}


HOSTILE = [
    "'; DROP TABLE x; --",
    '"',
    "</script>",
    "=cmd()",
    "two\nlines",
    "%s {0} $1 ?",
    "\\",
    "ü雪",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_pass_unharmed(text):
    columns = [text, text + "t", text + "e", text + "a", text + "o"]
    table = pa.table([[text], [T(1)], [text], [text], [text]], columns)
    given = dict(zip(("item", "time", "event", "actor"), columns, strict=False))
    extract = read_table(table, **given, name=text)
    assert events(extract) == [(text, T(1), text, text)]
    assert items(extract) == {text: {text + "o": text}}
    assert extract.events.collect()["source"].to_list() == [text]


def test_nothing_usable_is_an_error_that_says_why(tmp_path):
    with pytest.raises(
        SourceError,
        match=r"no row is usable: 1 row has no item; 1 row has .* \(row 3: no event\)",
    ):
        read(tmp_path, f"id,when,status,x\n,{T(1)},x,1\nA,{T(1)},,1\n", item="id", event="status")
    with pytest.raises(SourceError, match="no row is usable: 2 rows have no value at all"):
        read(tmp_path, "id,when,status\n,,\n,,\n", item="id", time="when", event="status")


TROUBLE = {
    "fine": (None, lambda n: (f"I{n % 7}", f"2026-01-05T09:00:{n:02}.{n:06}Z", f"s{n % 3}", "u")),
    "no item": ("missing_item", lambda n: ("", T(1), "x", "u")),
    "no event": ("missing_event", lambda n: ("A", T(1), "\t", "u")),
    "no time": ("missing_time", lambda n: ("A", " ", "x", "u")),
    "bad time": ("unparsable_time", lambda n: ("A", f"soon {n}", "x", "u")),
    "naive": ("time_without_offset", lambda n: ("A", "2026-01-05 09:00", "x", "u")),
    "blank": ("blank_rows", lambda n: ("", "", "", "")),
    "short": ("malformed_row", lambda n: ("A", T(1), "x")),
    "long": ("malformed_row", lambda n: ("A", T(1), "x", "u", "more")),
    "epoch": ("implausible_time", lambda n: (f"Z{n}", "1970-01-01T00:00:00Z", "x", "u")),
}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(list(TROUBLE)), max_size=40), st.randoms(use_true_random=False))
def test_dirty_rows_are_all_accounted_for(tmp_path_factory, kinds, chance):
    """Of rows spoilt in known ways, each is found, counted and placed where it is."""
    kinds = kinds + ["fine"] * (len(kinds) + 1)
    random.Random(chance.random()).shuffle(kinds)
    made = [TROUBLE[kind][1](n % 60) for n, kind in enumerate(kinds)]
    content = "id,when,status,who\n" + "".join(",".join(row) + "\n" for row in made)
    extract = read(tmp_path_factory.getbasetemp(), content, item="id", event="status", time="when")
    for code in {code for code, _ in TROUBLE.values() if code}:
        places = [n + 2 for n, kind in enumerate(kinds) if TROUBLE[kind][0] == code]
        told = finding(extract, code)
        assert (told.count if told else 0) == len(places)
        if told:
            starts = [int(e.removeprefix("row ").partition(":")[0]) for e in told.examples]
            assert starts == places[:3]
    good = [row for row, kind in zip(made, kinds, strict=True) if kind in {"fine", "epoch"}]
    assert len(events(extract)) == len(set(good))
    assert finding(extract, "rows_read").count == len(kinds)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("ABC"), st.integers(0, 9), st.sampled_from(["", "p", "q"])),
        min_size=1,
    )
)
def test_item_columns_against_plain_python(tmp_path_factory, rows):
    expected = {item: {"other": None} for item, _, _ in rows}
    for item, _, other in sorted(rows, key=lambda row: row[1]):
        expected[item]["other"] = other or expected[item]["other"]
    lines = [f"{item},{T(minute)},s{n},{other}\n" for n, (item, minute, other) in enumerate(rows)]
    extract = read(
        tmp_path_factory.getbasetemp(), "id,when,status,other\n" + "".join(lines), event="status"
    )
    assert items(extract) == expected
    assert times(extract) == [T(minute) for _, minute, _ in rows]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["A", " A ", "B", "", None]),
            st.sampled_from(["x", "\ty", " ", None]),
            *[st.sampled_from(MOMENTS)] * 2,
            st.sampled_from(["p", " p", "", None]),
        ),
        min_size=2,
    )
)
def test_files_read_where_they_are_give_what_a_copy_gives(tmp_path_factory, rows):
    rows = [("A", "x", *MOMENTS[1:3], "p"), *rows]
    types = [pa.string(), pa.string(), *[pa.timestamp("us")] * 2, pa.string()]
    names = ["item_id", "event", "start", "end", "team"]
    arrays = [pa.array(c, t) for c, t in zip(zip(*rows, strict=True), types, strict=True)]
    whole, folder = pa.table(arrays, names), tmp_path_factory.mktemp("parts")
    for part, table in enumerate((whole[:2], whole[2:])):
        pq.write_table(table, folder / f"{part}.parquet")
    pq.write_table(whole, folder.with_suffix(".parquet"))

    def facts(source):
        made = read_table(source, timezone="Europe/Berlin", name="log")
        rows = made.events.select(*EVENT_COLUMNS).collect("pyarrow").rows()
        return sorted(rows, key=str), items(made), made.findings[1:]

    assert facts(folder) == facts(folder.with_suffix(".parquet")) == facts(whole)


def test_each_pass_over_a_parquet_file_reads_its_own_columns(tmp_path):
    rows = [("A", datetime(2026, 1, 5, tzinfo=UTC), "x", "u", "red", "S")]
    table = frame(rows, ("item_id", "timestamp", "event", "actor", "team", "size"))
    pq.write_table(table, tmp_path / "log.parquet")
    events = read_table(tmp_path / "log.parquet").events

    def columns(*names):
        plan = nw.to_native(events.select(*names)).explain()
        return set(re.findall(r"\bc\d\b", plan))

    assert columns("event") == {"c2"}
    assert columns("item_id", "t") == {"c0", "c1"}

"""CSV dialects, encodings, and rows that do not fit."""

import csv
import io
from contextlib import ExitStack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.tables import codes, events, file, finding, items, read
from vsmlib.engine import default
from vsmlib.errors import SourceError
from vsmlib.sources.delimited import _engine_reads
from vsmlib.sources.table import read_table

ROWS = [("1", "2026-01-05T09:00:00Z", "Open", "Ada"), ("2", "2026-01-06T09:00:00Z", "Done", "Bob")]


def written(rows, header=("id", "when", "status", "who"), **dialect):
    out = io.StringIO()
    csv.writer(out, **dialect).writerows([header, *rows])
    return out.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(tmp_path, delimiter, end):
    extract = read(tmp_path, written(ROWS, delimiter=delimiter, lineterminator=end))
    assert events(extract) == ROWS
    kind = f"(CSV, delimiter {delimiter!r}, encoding utf-8)"
    assert finding(extract, "rows_read").what == f"read 2 rows from log.csv {kind}"


@pytest.mark.parametrize(
    ("encoding", "label"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
    ],
)
def test_unicode_encodings(tmp_path, encoding, label):
    rows = [("1", ROWS[0][1], "Geöffnet", "Zoë 雪"), ROWS[1]]
    extract = read(tmp_path, written(rows).encode(encoding))
    assert events(extract) == rows
    assert f"encoding {label})" in finding(extract, "rows_read").what


@pytest.mark.parametrize(
    ("encoding", "status"), [("latin-1", "Geöffnet"), ("cp1252", "Geöffnet: „jetzt“ €")]
)
def test_old_code_pages_are_told_of(tmp_path, encoding, status):
    rows = [("1", ROWS[0][1], status, "Ada")]
    extract = read(tmp_path, written(rows).encode(encoding))
    assert events(extract) == rows
    told = finding(extract, "encoding_guessed")
    assert told.level == "warning"
    assert told.what.endswith("was read as cp1252")
    assert "encoding cp1252)" in finding(extract, "rows_read").what


def test_sep_line_of_excel(tmp_path):
    extract = read(tmp_path, "sep=;\r\n" + written(ROWS, delimiter=";"))
    assert events(extract) == ROWS
    assert events(read(tmp_path, "sep=^\n" + written(ROWS, delimiter="^"))) == ROWS


def test_row_number_is_the_line_also_after_a_sep_line(tmp_path):
    extract = read(tmp_path, "sep=;\nid;when;status\nA;soon;x\nB;n/a;y\nC;2026-01-05T09:00Z;z\n")
    assert finding(extract, "unparsable_time").examples == (
        "row 3: time 'soon'",
        "row 4: time 'n/a'",
    )


@pytest.mark.parametrize("blank", ["\n", "\r\n", "  \n", '""\n'])
def test_blank_lines_are_nothing(tmp_path, blank):
    lines = written(ROWS, lineterminator="\n").splitlines(keepends=True)
    extract = read(tmp_path, blank.join([*lines, "", ""]))
    assert events(extract) == ROWS
    assert finding(extract, "rows_read").count == 2
    assert codes(extract) == ["rows_read", "columns_guessed"]


def test_rows_of_separators_only_are_blank(tmp_path):
    extract = read(tmp_path, written(ROWS) + ",,,\n,,,\n")
    assert events(extract) == ROWS
    told = finding(extract, "blank_rows")
    assert (told.count, told.level) == (2, "note")


def test_quotes_line_breaks_and_delimiters_within_values(tmp_path):
    nasty = "says \"hi\";\r\nthen, 'bye'\nand | more"
    rows = [("1", ROWS[0][1], nasty, "Ada"), ROWS[1]]
    assert events(read(tmp_path, written(rows))) == rows


def test_row_number_after_line_breaks_within_values(tmp_path):
    content = 'id,when,status\n1,2026-01-05T09:00Z,"a\nb\nc"\n2,n/a,x\n\n3,?,x\n'
    extract = read(tmp_path, content)
    assert finding(extract, "unparsable_time").examples == ("row 5: time 'n/a'", "row 7: time '?'")


@pytest.mark.parametrize(
    "content",
    [
        'id,when,status\n1,2026-01-05T09:00Z,"say ""hi"", ok"\n',
        'id, when, status\n1, 2026-01-05T09:00Z, "say ""hi"", ok"\n',
    ],
)
def test_ways_to_quote(tmp_path, content):
    assert events(read(tmp_path, content)) == [("1", "2026-01-05T09:00:00Z", 'say "hi", ok', None)]


def test_a_quote_within_an_unquoted_value_is_a_character(tmp_path):
    content = "id,when,status\n1,2026-01-05T09:00Z,5\" pipe\n2,2026-01-05T09:01Z,O'Brien\n"
    assert [row[2] for row in events(read(tmp_path, content))] == ['5" pipe', "O'Brien"]


def test_quotes_that_are_not_doubled_are_taken_as_meant(tmp_path):
    content = 'id,when,status\n1,2026-01-05T09:00Z,"so "so" it is"\n2,2026-01-05T09:01Z,"ok"\n'
    extract = read(tmp_path, content)
    assert [row[2] for row in events(extract)] == ['so so" it is"', "ok"]


@pytest.mark.parametrize("place", range(1, 4))
def test_a_quote_that_is_never_closed_costs_no_other_row(tmp_path, place):
    lines = ["id,when,status", *(f"{n},2026-01-05T09:0{n}Z,x" for n in range(1, 4))]
    lines[place] = lines[place].replace(",x", ',"x')
    assert len(events(read(tmp_path, "\n".join(lines)))) == 3


def test_two_stray_quotes_do_not_swallow_what_is_between(tmp_path):
    lines = [f"{n},2026-01-05T09:00:{n:02}Z,x,y" for n in range(20)]
    lines[3], lines[12] = lines[3].replace(",x", ',"x'), lines[12].replace(",x", ',"x')
    extract = read(tmp_path, "id,when,status,note\n" + "\n".join(lines))
    assert finding(extract, "rows_read").count == 20
    assert len(events(extract)) == 18
    told = finding(extract, "malformed_row")
    assert told.examples == (
        "row 5: 3 values, the header has 4",
        "row 14: 3 values, the header has 4",
    )


def test_ragged_rows_are_refused_and_told(tmp_path):
    content = (
        "id,when,status\n1,2026-01-05T09:00Z,a\n2,2026-01-05T09:00Z\n3,2026-01-05T09:00Z,a,b,c\n"
        "\n4,?\n5,6,7,8\n9,2026-01-05T09:02Z,c"
    )
    extract = read(tmp_path, content)
    assert [row[0] for row in events(extract)] == ["1", "9"]
    told = finding(extract, "malformed_row")
    assert (told.count, told.level, told.done) == (4, "error", "refused")
    assert told.examples == (
        "row 3: 2 values, the header has 3",
        "row 4: 5 values, the header has 3",
        "row 6: 2 values, the header has 3",
    )
    assert finding(extract, "rows_read").count == 6
    assert extract.events.sort("seq").collect()["seq"].to_list() == [0, 5]


def test_mixed_line_ends(tmp_path):
    content = (
        "id,when,status\r\n1,2026-01-05T09:00Z,a\n2,2026-01-05T09:01Z,b\r3,2026-01-05T09:02Z,c"
    )
    assert [row[0] for row in events(read(tmp_path, content))] == ["1", "2", "3"]


def test_a_sep_line_that_is_none_is_a_header(tmp_path):
    extract = read(tmp_path, f"sep=x,id,when,status\n1,A,{ROWS[0][1]},x\n", item="id")
    assert items(extract) == {"A": {"sep=x": "1"}}


def test_a_blank_first_line(tmp_path):
    assert events(read(tmp_path, "  \n\n" + written(ROWS))) == ROWS


def test_a_very_long_value(tmp_path):
    rows = [("1", ROWS[0][1], "x", "Ada"), ("2", ROWS[1][1], "y" * 5_000_000, "Bob")]
    assert events(read(tmp_path, written(rows))) == rows


def test_values_keep_their_text_and_lose_only_blanks_around(tmp_path):
    content = (
        "id,when,status,note\n 007 ,2026-01-05T09:00Z,\tOpen\u00a0,NULL\n"
        "#8,2026-01-05T09:01Z,Open,1e5\n"
    )
    extract = read(tmp_path, content)
    assert [row[0::2] for row in events(extract)] == [("007", "Open"), ("#8", "Open")]
    assert items(extract) == {"007": {"note": "NULL"}, "#8": {"note": "1e5"}}


def test_header_names_twice_or_empty(tmp_path):
    content = "id,when,status,team,team,\n1,2026-01-05T09:00Z,a,x,y,z\n"
    extract = read(tmp_path, content)
    assert items(extract) == {"1": {"team": "x", "column_6": "z", "team_2": "y"}}
    told = finding(extract, "column_renamed")
    assert told.examples == ("column 'team' is now 'team_2'", "column '' is now 'column_6'")


def test_header_over_two_lines(tmp_path):
    content = 'id,when,status,"a\nb"\n1,2026-01-05T09:00Z,x,y\n2,,x,y\n'
    extract = read(tmp_path, content)
    assert items(extract) == {"1": {"a\nb": "y"}}
    assert finding(extract, "missing_time").examples == ("row 4: no time",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty file"),
        (b"\n \n", "empty file"),
        (b"sep=;\n\n", "empty file"),
        (b"\xef\xbb\xbf", "only one column found|empty file"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0", r"not a text file \(it holds NUL\)"),
        (b"id,when,status\n1,2026-01-05T09:00Z,a\0b\n", r"not a text file \(it holds NUL\)"),
        (b"\xff\xfe\x00\xd8\x00\x00", "not a text file"),
        (b"id:when:status\n1:2:3\n", "only one column found; the first line is 'id:when:status'"),
        (b"just one\n1\n", "only one column found; the first line is 'just one'"),
        (b"id,when,status\n", "no rows"),
        (b"1,2026-01-05T09:00Z,x\n2,2026-01-05T09:01Z,x\n", "no header: .* '2026-01-05T09:00Z'"),
        (b"1,1767603600,Open\n2,1767603601,x\n", "no header: the first .* time '1767603600'"),
        (b"id,when,status\n1,2\n", r"no row is usable \(row 2: 2 values, the header has 3\)"),
    ],
)  # fmt: skip
def test_no_table(tmp_path, content, message):
    with pytest.raises(SourceError, match=message) as caught:
        read(tmp_path, content)
    assert "\n" not in str(caught.value)
    assert caught.value.where == str(tmp_path / "log.csv")
    assert caught.value.accepted
    assert caught.value.hint


def test_file_names_are_literal(tmp_path):
    for name in ("we[i]rd*?.csv", 'it\'s; "x".csv', "a b=c.csv", "%s{}.csv", "http:--x.csv"):
        file(tmp_path, written(ROWS[:1]), "weird.csv")
        assert events(read(tmp_path, written(ROWS[1:]), name)) == ROWS[1:]


def test_a_line_break_in_a_file_name_stays_out_of_messages(tmp_path):
    with pytest.raises(SourceError, match="empty file") as caught:
        read(tmp_path, "", "a\nb.csv")
    assert "\n" not in str(caught.value)


ANY_TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), min_size=1, max_size=8
)
CLEAN = ANY_TEXT.map(lambda s: "x" + s + "x")


@settings(max_examples=80, deadline=None)
@given(
    rows=st.lists(st.tuples(CLEAN, CLEAN, CLEAN), min_size=1, max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_round_trip(tmp_path_factory, rows, delimiter, end, quoting, encoding):
    """What the csv module writes in any of its dialects is read as it was."""
    told = [(a, f"2026-01-05T09:{n:02}:00Z", b, c) for n, (a, b, c) in enumerate(rows)]
    content = written(told, delimiter=delimiter, lineterminator=end, quoting=quoting)
    path = tmp_path_factory.getbasetemp() / "round.csv"
    path.write_bytes(content.encode(encoding))
    extract = read_table(path, item="id", time="when", event="status", actor="who")
    assert events(extract) == told
    assert codes(extract) == ["rows_read"]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.text("ab\"',; \n\r\\", max_size=12), min_size=1, max_size=6))
def test_nothing_is_lost_in_silence(tmp_path_factory, lines):
    """Of any lines between two good ones, all are read, refused or blank."""
    path = tmp_path_factory.getbasetemp() / "any.csv"
    first, last = "1,2026-01-05T09:00Z,x\n", "\n9,2026-01-05T09:00Z,x\n"
    path.write_bytes(("id,when,status\n" + first * 9 + "\n".join(lines) + last * 9).encode())
    extract = read_table(path, item="id", time="when", event="status")
    refused = sum(f.count for f in extract.findings if f.done in {"refused", "left out"})
    removed = finding(extract, "duplicate_rows")
    assert finding(extract, "rows_read").count == refused + removed.count + len(events(extract))
    assert {row[0] for row in events(extract)} >= {"1", "9"}


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(st.text("ab\"';\\", max_size=5), min_size=2, max_size=2), min_size=1))
def test_the_engine_reads_what_the_csv_module_reads(tmp_path_factory, rows):
    """Where DuckDB reads a file and the number of lines agrees, every value is the same."""
    path = tmp_path_factory.getbasetemp() / "same.csv"
    content = "h,i\n" + "".join(",".join(row) + "\n" for row in rows)
    path.write_text(content)
    with ExitStack() as stack:
        con = default().con
        if found := _engine_reads(con, stack, path, ["h", "i"], delimiter=",", skip=1):
            got = con.execute(f"SELECT c0, c1 FROM {found.table} ORDER BY row").fetchall()
            expected = list(csv.reader(io.StringIO(content)))[1:]
            assert [[value or "" for value in row] for row in got] == expected

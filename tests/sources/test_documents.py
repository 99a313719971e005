"""JSON and Excel."""

import json
from datetime import date, datetime, time

import openpyxl
import pytest

from tests.sources.tables import codes, events, file, finding, items, read
from vsmlib.errors import SourceError
from vsmlib.sources.table import read_table

ROWS = [
    {"id": "007", "when": "2026-01-05T09:00:00Z", "status": "Open"},
    {"id": 7, "when": "2026-01-06T09:00:00Z", "status": "Done", "who": None, "n": 1.50},
    {"id": 7.0, "when": "2026-01-07T09:00:00Z", "status": True, "who": {"a": [1]}, "n": 12},
]
READ = [
    ("007", "2026-01-05T09:00:00Z", "Open", None),
    ("7", "2026-01-06T09:00:00Z", "Done", None),
    ("7", "2026-01-07T09:00:00Z", "true", '{"a": [1]}'),
]


def lines(rows, **options):
    return "".join(json.dumps(row, **options) + "\n" for row in rows)


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.json", "a.txt", "a"])
@pytest.mark.parametrize("kind", ["lines", "array"])
def test_json(tmp_path, name, kind):
    content = lines(ROWS) if kind == "lines" else json.dumps(ROWS, indent=1)
    extract = read(tmp_path, content, name, actor="who")
    assert events(extract) == READ
    assert items(extract) == {"007": {"n": None}, "7": {"n": "12"}}
    assert finding(extract, "rows_read").what.endswith(f"(JSON {kind})")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_json_in_other_encodings(tmp_path, encoding):
    content = lines([ROWS[0] | {"status": "Geöffnet"}], ensure_ascii=False).encode(encoding)
    assert events(read(tmp_path, content, "a.jsonl"))[0][2] == "Geöffnet"


def test_json_lines_that_are_none_are_refused(tmp_path):
    content = lines(ROWS[:1]) + '\n{"id": 1,\n[1, 2]\n"text"\n' + lines(ROWS[1:2])
    extract = read(tmp_path, content, "a.jsonl")
    assert len(events(extract)) == 2
    told = finding(extract, "malformed_row")
    assert told.count == 3
    assert told.examples[0] == "row 3: no JSON object: '{\"id\": 1,'"
    assert finding(extract, "rows_read").count == 5
    array = read(tmp_path, json.dumps([ROWS[0], 5]), "a.json")
    assert finding(array, "malformed_row").examples == ("row 2: no JSON object: 5",)


def test_json_of_odd_characters(tmp_path):
    content = (
        '{"id": "\\ud800x", "when": "2026-01-05T09:00Z", "status": "a\\u0000b", "\'; DROP": 1}'
    )
    extract = read(tmp_path, content, "a.jsonl")
    assert events(extract)[0][0] == "?x"
    assert items(extract) == {"?x": {"'; DROP": "1"}}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[1, 2", "damaged JSON: Expecting"),
        ("[" * 100_000, "damaged JSON: "),
        ("[]", "no row is a JSON object with keys;"),
        ("{}\n", "no row is a JSON object with keys: row 1: '{}'"),
        ('{\n "id": 1}', "no row is a JSON object with keys: row 1: '{'"),
        ('{"issues": [{"id": 1}]}', "no column looks like the item"),
    ],
)
def test_no_json_table(tmp_path, content, message):
    with pytest.raises(SourceError, match=message) as caught:
        read(tmp_path, content, "a.json")
    assert "\n" not in str(caught.value)


def workbook(folder, rows, more=(), name="a.xlsx"):
    book = openpyxl.Workbook()
    book.active.title = "Log"
    for row in rows:
        book.active.append(row)
    for title in more:
        book.create_sheet(title)
    book.save(folder / name)
    return folder / name


def test_excel(tmp_path):
    rows = [
        ["id", "when", "status", "who", "done", None],
        [7, datetime(2026, 1, 5, 9, 30), "Open", " Ada ", date(2026, 2, 1)],  # noqa: DTZ001
        ["007", datetime(2026, 1, 6, 9, 30, 0, 250000), 3.0, None, time(9, 5)],  # noqa: DTZ001
        [],
        [None] * 4,
        ["8", "2026-01-07 09:30", "=1+1", None, True],
    ]
    path = workbook(tmp_path, rows)
    with pytest.raises(SourceError, match="times without offset"):
        read_table(path)
    extract = read_table(path, timezone="Europe/Berlin", event="status", time="when")
    assert events(extract)[:2] == [
        ("7", "2026-01-05T08:30:00Z", "Open", "Ada"),
        ("007", "2026-01-06T08:30:00.250000Z", "3", None),
    ]
    # No program has computed the formula yet, so the cell has no value.
    assert finding(extract, "missing_event").examples == ("row 6: no event",)
    assert items(extract)["7"] == {"done": "2026-02-01 00:00:00"}
    assert finding(extract, "rows_read").what.endswith("(Excel)")


def test_only_the_first_sheet_is_read_and_that_is_told(tmp_path):
    rows = [["id", "when", "status"], ["A", "2026-01-05T09:00Z", "x"]]
    extract = read_table(workbook(tmp_path, rows, more=["Other", "Third"]))
    assert finding(extract, "sheet_read").what == "only sheet 'Log' is read, 2 more left out"
    assert codes(read_table(workbook(tmp_path, rows))) == ["rows_read", "columns_guessed"]


def test_excel_rows_may_start_later_and_be_ragged(tmp_path):
    rows = [
        [],
        ["id", "when", "status"],
        ["A", "2026-01-05T09:00Z", "x", "more"],
        ["B", "n/a", "x"],
    ]
    with pytest.raises(SourceError, match=r"no row is usable: 1 row .* \(row 4: time 'n/a'\)"):
        read_table(workbook(tmp_path, rows))
    rows.append(["C", "2026-01-05T09:00Z", "y"])
    extract = read_table(workbook(tmp_path, rows))
    assert finding(extract, "malformed_row").examples == ("row 3: 4 values, the header has 3",)
    assert [row[0] for row in events(extract)] == ["C"]


def test_no_excel_table(tmp_path):
    for content in (b"PK\3\4 but no workbook", b"id,when,status\n"):
        with pytest.raises(SourceError, match="not an Excel workbook"):
            read_table(file(tmp_path, content, "a.xlsx"))
    with pytest.raises(SourceError, match="sheet 'Log' is empty"):
        read_table(workbook(tmp_path, []))
    with pytest.raises(SourceError, match="no rows"):
        read_table(workbook(tmp_path, [["id", "when", "status"]]))
    with pytest.raises(SourceError, match="not a text file"):
        read_table(file(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.xls"))

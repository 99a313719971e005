"""The table reader as a whole: every kind of source."""

import gzip
import json
import zipfile
from datetime import UTC, datetime

import duckdb
import narwhals as nw
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.sources.tables import HEAD, codes, events, file, finding, items, read, times
from vsmlib.engine import default
from vsmlib.errors import SourceError
from vsmlib.sources.table import read_table

ROWS = [("1", "2026-01-05T09:00:00Z", "Open", "Ada"), ("2", "2026-01-06T09:00:00Z", "Done", "Bob")]
CSV = HEAD + "".join(",".join(row) + "\n" for row in ROWS)
NAMES = HEAD.strip().split(",")
COLUMNS = dict(zip(NAMES, map(list, zip(*ROWS, strict=True)), strict=True))
MOMENTS = [datetime(2026, 1, 5, 9, tzinfo=UTC), datetime(2026, 1, 6, 9, tzinfo=UTC)]


def packed_zip(folder, members, name="log.zip"):
    with zipfile.ZipFile(folder / name, "w") as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return folder / name


def test_packed_files(tmp_path):
    extract = read_table(file(tmp_path, gzip.compress(CSV.encode()), "log.csv.gz"))
    assert (events(extract), extract.name) == (ROWS, "log")
    members = {"folder/log.csv": CSV, "README.md": "x", "__MACOSX/log.csv": "x", ".hidden.csv": "x"}
    assert events(read_table(packed_zip(tmp_path, members))) == ROWS
    assert events(read_table(packed_zip(tmp_path, {"data": CSV}))) == ROWS
    pq.write_table(pa.table(COLUMNS), tmp_path / "p.parquet")
    parts = {f"{n}.parquet": (tmp_path / "p.parquet").read_bytes() for n in range(2)}
    assert finding(read_table(packed_zip(tmp_path, parts)), "duplicate_rows").count == 2


def test_archives_with_several_tables(tmp_path):
    with pytest.raises(
        SourceError, match=r"2 tables in one archive: 'a.csv', 'b.csv'; .*unpack it"
    ):
        read_table(packed_zip(tmp_path, {"a.csv": CSV, "b.csv": CSV}))
    with pytest.raises(SourceError, match="0 tables in one archive"):
        read_table(packed_zip(tmp_path, {}))
    with pytest.raises(SourceError, match="empty file"):
        read_table(packed_zip(tmp_path, {"a.csv": ""}))


@pytest.mark.parametrize(
    "kind", ["text", "aware", "other zone", "naive", "date", "epoch", "nanoseconds"]
)
def test_parquet_types(tmp_path, kind):
    when = {
        "text": pa.array(COLUMNS["when"]),
        "aware": pa.array(MOMENTS, pa.timestamp("us", "UTC")),
        "other zone": pa.array(MOMENTS, pa.timestamp("ms", "Asia/Tokyo")),
        "naive": pa.array([m.replace(tzinfo=None) for m in MOMENTS], pa.timestamp("ms")),
        "date": pa.array([m.date() for m in MOMENTS]),
        "epoch": pa.array([int(m.timestamp()) for m in MOMENTS]),
        "nanoseconds": pa.array(
            [int(m.timestamp()) * 10**9 + 999 for m in MOMENTS], pa.timestamp("ns", "UTC")
        ),
    }[kind]
    table = pa.table({**COLUMNS, "id": [1.0, 2.0], "when": when})
    pq.write_table(table, tmp_path / "log.parquet")
    zone = "UTC" if kind in {"naive", "date"} else None
    extract = read_table(tmp_path / "log.parquet", timezone=zone)
    expected = [
        (*row[:1], row[1].replace("T09", "T00") if kind == "date" else row[1], *row[2:])
        for row in ROWS
    ]
    assert events(extract) == expected
    assert finding(extract, "rows_read").what.endswith("(Parquet)")
    if zone:
        with pytest.raises(SourceError, match="times without offset, such as '2026-01-05"):
            read_table(tmp_path / "log.parquet")
    if kind == "aware":
        with pytest.raises(SourceError, match="does not fit"):
            read_table(tmp_path / "log.parquet", time_format="%Y")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1767603600.25, 1767603601.0], "2026-01-05T09:00:00.250000Z"),
        ([1767603600123, 1767603600124], "2026-01-05T09:00:00.123000Z"),
        ([1767603600123456, 0], "2026-01-05T09:00:00.123456Z"),
        ([1767603600123456789, None], "2026-01-05T09:00:00.123456Z"),
        ([20260105, 20260106], "2026-01-05T00:00:00Z"),
    ],
)
def test_numbers_as_times(values, expected):
    table = pa.table({**COLUMNS, "when": values})
    assert times(read_table(table, time="when", timezone="UTC"))[0] == expected


def test_columns_that_hold_no_times():
    table = pa.table({**COLUMNS, "when": [True, False]})
    with pytest.raises(SourceError, match="column 'when' of type 'BOOLEAN' holds no times"):
        read_table(table, time="when")


def test_a_folder_of_parquet_files(tmp_path):
    for n, (team, row) in enumerate(zip("AB", ROWS, strict=True)):
        folder = tmp_path / "logs" / f"team={team}"
        folder.mkdir(parents=True)
        pq.write_table(pa.table([[v] for v in row], NAMES), folder / f"{n}.parquet")
    extract = read_table(tmp_path / "logs")
    assert events(extract) == ROWS
    assert items(extract) == {"1": {"team": "A"}, "2": {"team": "B"}}
    assert finding(extract, "rows_read").what.endswith("(2 Parquet files)")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="no Parquet files in this folder"):
        read_table(tmp_path / "empty")


def test_observed_until_of_parquet_files(tmp_path):
    table = pa.table(COLUMNS)
    for written in ("2026-03-01T12:00:00+01:00", "2026-03-01T11:00:00Z"):
        noted = table.replace_schema_metadata({"vsmlib.observed_until": written})
        pq.write_table(noted, tmp_path / "log.parquet")
        extract = read_table(tmp_path / "log.parquet")
        assert extract.observed_until == datetime(2026, 3, 1, 11, tzinfo=UTC)
    pq.write_table(
        table.replace_schema_metadata({"vsmlib.observed_until": "soon"}), tmp_path / "log.parquet"
    )
    with pytest.raises(SourceError, match=r"vsmlib.observed_until is 'soon', no ISO time"):
        read_table(tmp_path / "log.parquet")
    assert read(tmp_path, CSV).observed_until is None


def test_damaged_parquet(tmp_path):
    for content in (b"PAR1" + bytes(100), b"PAR1"):
        with pytest.raises(SourceError, match=r"cannot be read: .*") as caught:
            read_table(file(tmp_path, content, "log.parquet"))
        assert "\n" not in str(caught.value)


def database(folder, name="a.duckdb", sql="CREATE TABLE events AS SELECT * FROM frame"):
    frame = pa.table(COLUMNS)  # noqa: F841  (DuckDB finds it by name)
    with duckdb.connect(str(folder / name)) as con:
        con.execute(sql)
    return folder / name


def test_database_tables(tmp_path, monkeypatch):
    path = database(tmp_path, "a b%#'.duckdb")
    written = str(path).replace("%", "%25").replace("#", "%23").replace(" ", "%20")
    extract = read_table(f"duckdb:///{written}?table=events")
    assert (events(extract), extract.name) == (ROWS, "events")
    assert finding(extract, "rows_read").what.endswith("(DuckDB table)")
    assert events(read_table(f"duckdb://{written}?table=events")) == ROWS
    monkeypatch.chdir(tmp_path)
    assert events(read_table("duckdb:///a%20b%25%23'.duckdb?table=events")) == ROWS
    attached = default().con.execute("SELECT * FROM duckdb_databases() WHERE NOT internal")
    assert len(attached.fetchall()) == 1


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("duckdb:///{}?table=event", r"unknown table 'event'; accepted: events; .*mean 'events'"),
        ("duckdb:///{}?table=events;DROP", "unknown table 'events;DROP'"),
        ("duckdb:///{}", "not an address of a table; .*next: write duckdb:///FILE"),
        ("duckdb:///{}?table=events&x=1", "not an address of a table"),
        ("duckdb:///{}?table=a&table=b", "not an address of a table"),
        ("duckdb:{}?table=events", "not an address of a table"),
        ("duckdb:///{}x?table=events", "no such file"),
    ],
)
def test_wrong_database_addresses(tmp_path, url, message):
    with pytest.raises(SourceError, match=message):
        read_table(url.format(database(tmp_path)))


def test_files_that_are_other_databases(tmp_path):
    with pytest.raises(SourceError, match=r"a DuckDB database; .*next: name a table: duckdb:///"):
        read_table(database(tmp_path))
    lite = file(tmp_path, b"SQLite format 3\0" + bytes(100), "a.db")
    with pytest.raises(SourceError, match="not a text file"):
        read_table(lite)
    with pytest.raises(SourceError, match=r"cannot be read: .*not a valid DuckDB database"):
        read_table(f"duckdb:///{lite}?table=x")


def test_a_database_view_could_run_anything_and_is_no_table(tmp_path):
    path = database(tmp_path, sql="CREATE VIEW events AS SELECT * FROM read_csv('/etc/passwd')")
    with pytest.raises(SourceError, match="unknown table 'events'; accepted: none"):
        read_table(f"duckdb:///{path}?table=events")


ENGINES = {
    "pandas": lambda: pd.DataFrame(COLUMNS),
    "pandas, odd index": lambda: pd.DataFrame(COLUMNS, index=[7, 7]).rename_axis("who2"),
    "pandas, categories": lambda: pd.DataFrame(COLUMNS).astype({"status": "category"}),
    "pandas, times": lambda: pd.DataFrame(COLUMNS).assign(when=pd.to_datetime(COLUMNS["when"])),
    "pandas, objects": lambda: pd.DataFrame(COLUMNS).astype(object).assign(none=None),
    "polars": lambda: pl.DataFrame(COLUMNS),
    "polars, lazy": lambda: pl.LazyFrame(COLUMNS),
    "polars, times": lambda: pl.DataFrame({**COLUMNS, "when": MOMENTS}),
    "pyarrow": lambda: pa.table(COLUMNS),
    "narwhals": lambda: nw.from_native(pl.DataFrame(COLUMNS)),
    "duckdb": lambda: duckdb.connect().from_arrow(pa.table(COLUMNS)),
    "duckdb, ours": lambda: default().con.from_arrow(pa.table(COLUMNS)),
}


@pytest.mark.parametrize("engine", ENGINES)
def test_dataframes_of_every_engine(engine):
    extract = read_table(ENGINES[engine]())
    assert events(extract) == ROWS
    assert extract.name == "log"
    assert finding(extract, "rows_read").what == "read 2 rows from dataframe (in memory)"


def test_what_is_no_dataframe():
    for thing in ([1, 2], None, 7, {"id": [1]}, pd.Series([1])):
        with pytest.raises(SourceError, match=f"not a table: {type(thing).__name__}"):
            read_table(thing)
    mixed = pd.DataFrame({**COLUMNS, "x": [1, "a"]})
    with pytest.raises(SourceError, match="not a table: DataFrame"):
        read_table(mixed)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("absent.csv", "absent.csv: no such file or folder"),
        ("https://example.org/log.csv", "no such file or folder"),
        ("s3://bucket/log.parquet", "no such file or folder"),
        ("/dev/null", "neither a file nor a folder"),
        ("", "no Parquet files in this folder"),
    ],
)
def test_what_cannot_be_opened(tmp_path, monkeypatch, source, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError, match=message):
        read_table(source)


def test_the_receipt_begins_with_what_was_read(tmp_path):
    extract = read(tmp_path, CSV)
    assert codes(extract) == ["rows_read", "columns_guessed"]
    assert codes(read(tmp_path, CSV, item="id", time="when", event="status", actor="who")) == [
        "rows_read"
    ]


def test_nothing_is_left_behind_but_the_events_and_items(tmp_path):
    con = default().con

    def tables(others=()):
        found = (
            "SELECT table_name FROM duckdb_tables() UNION ALL SELECT view_name FROM duckdb_views()"
        )
        names = con.execute(f"{found} WHERE NOT internal").fetchall()
        return {name for (name,) in names}.difference(others)

    others = tables()  # of flows before, which go when they may
    extract = read(tmp_path, CSV.replace("\n", ",x\n"), timezone="UTC")
    made = tables(others)
    assert len(made) == 2
    with pytest.raises(SourceError, match="unknown column"):
        read(tmp_path, CSV, item="absent")
    with pytest.raises(SourceError, match="no row is usable"):
        read(tmp_path, HEAD + "1,n/a,x,y\n", time="when")
    assert tables(others) == made
    default().drop(extract.events)
    default().drop(extract.items)
    assert tables(others) == set()


def test_the_same_rows_whatever_the_format(tmp_path):
    plain = [dict(zip(NAMES, row, strict=True)) for row in ROWS]
    pq.write_table(pa.table(COLUMNS), tmp_path / "log.parquet")
    made = [
        read(tmp_path, CSV),
        read(tmp_path, json.dumps(plain), "log.json"),
        read_table(tmp_path / "log.parquet"),
        read_table(str(tmp_path / "log.parquet")),
        read_table(pd.DataFrame(plain)),
    ]
    assert all(events(extract) == ROWS for extract in made)


def test_one_damaged_file_among_many_is_named(tmp_path):
    for number in range(5):
        row = {"item_id": [f"i{number}"], "timestamp": ["2026-01-01T00:00Z"], "event": ["x"]}
        pd.DataFrame(row).to_parquet(tmp_path / f"part-{number}.parquet")
    bad = tmp_path / "part-3.parquet"
    raw = bytearray(bad.read_bytes())
    raw[10:60] = b"\xff" * 50
    for damage in (bytes(raw), bytes(raw[:200]), b""):
        bad.write_bytes(damage)
        with pytest.raises(SourceError, match=r"part-3\.parquet") as error:
            read_table(tmp_path)
        assert str(error.value).count("part-3") == 1

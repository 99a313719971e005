"""Tables as DuckDB sees them."""

from contextlib import ExitStack

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vsmlib.engine import scan
from vsmlib.engine.scan import Column

HOSTILE = ['a"; DROP TABLE x; --', "it's", "</script>", "=cmd()", "two\nlines", "row", "c0", "line"]


@pytest.fixture
def con():
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        yield con


@pytest.fixture
def stack():
    with ExitStack() as stack:
        yield stack


def rows(con, opened):
    return con.execute(f"SELECT * FROM {opened.table} ORDER BY row").fetchall()


def left(con):
    tables = "SELECT table_name FROM duckdb_tables() UNION ALL SELECT view_name FROM duckdb_views()"
    found = con.execute(f"{tables} WHERE NOT internal").fetchall()
    return [name for (name,) in found if name.startswith("vsm_")]


def test_csv_is_text_with_row_and_line(con, tmp_path):
    path = tmp_path / "a*.csv"
    path.write_text('x;y\n1;"2;""3"\n;4\n')
    with ExitStack() as stack:
        opened = scan.open_csv(con, stack, path, HOSTILE[:2], delimiter=";", skip=1)
        assert rows(con, opened) == [(0, "1", '2;"3'), (1, None, "4")]
        assert [c.name for c in opened.columns] == HOSTILE[:2]
        lines = con.execute(f"SELECT {opened.line} FROM {opened.table}").fetchall()
        assert lines == [(2,), (3,)]
    assert left(con) == []


@pytest.mark.parametrize("content", ["a;b\n1\n", "a;b\n1;2;3\n", 'a;b\n"1;2\n', 'a;b\n"1"2;3\n'])
def test_csv_that_does_not_fit_is_an_error(con, stack, tmp_path, content):
    path = tmp_path / "a.csv"
    path.write_text(content)
    with pytest.raises(scan.EngineError, match="CSV Error"):
        scan.open_csv(con, stack, path, ["a", "b"], delimiter=";", skip=1)


def test_parquet_files_are_matched_by_name_and_kept_in_order(con, tmp_path):
    paths = [tmp_path / "b[1]?.parquet", tmp_path / "it's.parquet"]
    pq.write_table(pa.table({HOSTILE[0]: [1, 2], "row": ["p", "q"]}), paths[0])
    pq.write_table(pa.table({"row": ["r"], "more": [1.5]}), paths[1])
    opened = scan.open_parquet(con, paths, partitions=False)
    assert [(c.name, c.type) for c in opened.columns] == [
        (HOSTILE[0], "BIGINT"),
        ("row", "VARCHAR"),
        ("more", "DOUBLE"),
    ]
    assert rows(con, opened) == [(0, 1, "p", None), (1, 2, "q", None), (2, None, "r", 1.5)]
    assert left(con) == []


def test_parquet_columns_named_like_numbers_of_rows_are_columns(con, tmp_path):
    names, paths = ["file_row_number", "file_index", "filename"], []
    for n in range(2):
        paths.append(tmp_path / f"{n}.parquet")
        pq.write_table(pa.table({name: [7 + n, 8] for name in names}), paths[-1])
    both = [(0, 7, 7, 7), (1, 8, 8, 8), (2, 8, 8, 8), (3, 8, 8, 8)]
    assert rows(con, scan.open_parquet(con, paths, partitions=False)) == both
    assert rows(con, scan.open_parquet(con, paths[:1], partitions=False)) == both[:2]


def test_many_parquet_rows_keep_their_numbers(con, tmp_path):
    paths = [tmp_path / f"{n}.parquet" for n in range(3)]
    for n, path in enumerate(paths):
        numbers = range(n * 300_000, (n + 1) * 300_000)
        pq.write_table(pa.table({"n": numbers}), path, row_group_size=50_000)
    opened = scan.open_parquet(con, paths, partitions=False)
    wrong = f"SELECT count(*) FROM {opened.table} WHERE row <> c0"
    assert scan.only_row(con, wrong) == (0,)


def test_partitions_are_columns_where_asked_for(con, tmp_path):
    path = tmp_path / "team=A" / "x.parquet"
    path.parent.mkdir()
    pq.write_table(pa.table({"n": [1]}), path)
    assert [c.name for c in scan.open_parquet(con, [path], partitions=True).columns] == [
        "n",
        "team",
    ]
    assert len(scan.open_parquet(con, [path], partitions=False).columns) == 1


def test_notes_of_parquet_files(con, tmp_path):
    table = pa.table({"n": [1]})
    for n, notes in enumerate([{"k": "v"}, {"k": "w", "o": "x"}, None]):
        pq.write_table(table.replace_schema_metadata(notes), tmp_path / f"{n}.parquet")
    paths = sorted(tmp_path.iterdir())
    assert sorted(scan.parquet_notes(con, paths, "k")) == ["v", "w"]
    assert scan.parquet_notes(con, paths, "none") == []


@pytest.mark.parametrize("name", HOSTILE)
def test_database_tables(con, tmp_path, name):
    path = tmp_path / "a'b.duckdb"
    with duckdb.connect(str(path)) as other:
        other.execute("CREATE VIEW v AS SELECT 1; CREATE TABLE plain AS SELECT 2")
        quoted = name.replace('"', '""')
        other.execute(f'CREATE TABLE "{quoted}" AS SELECT 7 AS "a""b"')
    with ExitStack() as stack:
        opened = scan.open_database(con, stack, path, name)
        assert rows(con, opened) == [(0, 7)]
        assert opened.columns == [Column('a"b', "c0", "INTEGER")]
        with pytest.raises(duckdb.Error, match="read-only"):
            con.execute(f"CREATE TABLE {con.execute('SHOW DATABASES').fetchall()[-1][0]}.x (y INT)")
    with ExitStack() as stack:
        assert scan.open_database(con, stack, path, "absent") == sorted([name, "plain"])
        assert scan.open_database(con, stack, path, "v") == sorted([name, "plain"])
    assert len(con.execute("SELECT * FROM duckdb_databases() WHERE NOT internal").fetchall()) == 1
    assert left(con) == []


def test_arrow_tables_of_any_column_names(con):
    columns = [[0, 5], [2, 9], *[["x", "y"]] * len(HOSTILE)]
    table = pa.table([pa.array(c) for c in columns], ["row", "line", *HOSTILE])
    with ExitStack() as stack:
        opened = scan.open_arrow(con, stack, table, HOSTILE)
        assert [c.name for c in opened.columns] == HOSTILE
        assert rows(con, opened)[1][:3] == (5, 9, "y")
    assert left(con) == []


@pytest.mark.parametrize(
    ("sql", "type_", "expected"),
    [
        ("' a b\t\n'", "VARCHAR", "a b"),
        ("chr(160) || 'ü' || chr(160)", "VARCHAR", "ü"),
        ("'  '", "VARCHAR", None),
        ("''", "VARCHAR", None),
        ("NULL::VARCHAR", "VARCHAR", None),
        ("'007'", "VARCHAR", "007"),
        ("7::BIGINT", "BIGINT", "7"),
        ("7.0::DOUBLE", "DOUBLE", "7"),
        ("7.5::DOUBLE", "DOUBLE", "7.5"),
        ("'nan'::DOUBLE", "DOUBLE", None),
        ("7.00::DECIMAL(10, 2)", "DECIMAL(10,2)", "7"),
        ("100.10::DECIMAL(10, 2)", "DECIMAL(10,2)", "100.10"),
        ("true", "BOOLEAN", "true"),
        ("'x'::ENUM('x', 'y')", "ENUM('x', 'y')", "x"),
        ("[1, 2]", "INTEGER[]", "[1, 2]"),
    ],
)
def test_any_column_as_text(con, sql, type_, expected):
    column = Column("x", "s", type_)
    assert scan.only_row(con, f"SELECT {scan.text(column)} FROM (SELECT {sql} AS s)") == (expected,)


@pytest.mark.parametrize(
    ("sql", "type_", "expected"),
    [
        ("' a '", "VARCHAR", "a"),
        ("7::BIGINT", "BIGINT", 7),
        ("7.5::DOUBLE", "DOUBLE", 7.5),
        ("'nan'::DOUBLE", "DOUBLE", None),
        ("true", "BOOLEAN", True),
        ("{'a': 1}", "STRUCT(a INTEGER)", "{'a': 1}"),
        ("[1, 2]", "INTEGER[]", "[1, 2]"),
        ("[now()]", "TIMESTAMP WITH TIME ZONE[]", str),
    ],
)
def test_item_columns_are_plain(con, sql, type_, expected):
    column = Column("x", "s", type_)
    (got,) = scan.only_row(con, f"SELECT {scan.value(column)} FROM (SELECT {sql} AS s)")
    assert isinstance(got, str) if expected is str else got == expected

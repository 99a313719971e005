"""Spark gives the tables that DuckDB gives, row for row: on the sample and on random logs."""

import ast
from pathlib import Path

import pandas as pd
import pytest

import vsmlib as vsm
from tests.engine.equal import CALENDAR, measured, same, same_files, tables, write_parts
from tests.worlds import BLOCKED, make_stream
from vsmlib import cli, looks
from vsmlib.engine import engine_of, to_pandas
from vsmlib.errors import ParameterError, SourceError


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    return write_parts(tmp_path_factory.mktemp("log"))


def test_files_in_parts_give_the_same_log_and_the_same_tables(spark, parts):
    stream = make_stream(blocked=BLOCKED, calendar=CALENDAR)
    duck, lake = vsm.read(parts), vsm.read(parts, engine="spark")
    assert [vars(f) for f in lake.findings] == [vars(f) for f in duck.findings]
    pd.testing.assert_frame_equal(lake.events, duck.events)
    pd.testing.assert_frame_equal(lake.items, duck.items)
    assert lake.fingerprint() == duck.fingerprint()
    same(tables(lake, stream, "team"), tables(duck, stream, "team"))


def test_another_window_is_cut_in_spark_as_in_duckdb(spark, parts, monkeypatch):
    stream, days = make_stream(blocked=BLOCKED, calendar=CALENDAR), ("2026-03-05", "2026-03-12")
    lake = vsm.Flow(vsm.read(parts, engine="spark"), stream)
    expected = tables(vsm.read(parts), stream, None, start=days[0], end=days[1])
    for kept in (looks.LOOKS, 0):
        monkeypatch.setattr(looks, "LOOKS", kept)
        part = lake.between(*days)
        assert part.whole is lake
        same(measured(part, None), expected)
    assert "known" in lake._made


def in_two(root, second, **more):
    """Two files of one table, the second as the caller changes it."""
    root.mkdir()
    day = pd.Series(pd.to_datetime(["2026-03-02T09:00Z"] * 2)).astype("datetime64[us, UTC]")
    first = pd.DataFrame({"item_id": ["1", "2"], "timestamp": day, "event": ["a", "b"]})
    first.assign(**more).to_parquet(root / "a.parquet")
    second(first.assign(**more)).to_parquet(root / "b.parquet")
    return root


def test_parts_that_do_not_go_together_name_both_files(spark, tmp_path):
    naive = in_two(
        tmp_path / "naive", lambda f: f.assign(timestamp=f["timestamp"].dt.tz_localize(None))
    )
    said = r"'timestamp' is TIMESTAMP WITH TIME ZONE in 'a.parquet' and TIMESTAMP in 'b.parquet'"
    for engine in ("duckdb", "spark"):
        with pytest.raises(SourceError, match=said):
            vsm.read(naive, timezone="Europe/Berlin", engine=engine)
    typed = in_two(tmp_path / "typed", lambda f: f.assign(size=1.5), size=1)
    with pytest.raises(SourceError, match=r"'size' is BIGINT in 'a.parquet' and DOUBLE in 'b"):
        vsm.read(typed, engine="spark")
    with pytest.raises(SourceError, match="changes type from file to file"):
        vsm.read(typed.as_uri(), engine="spark")


def test_an_address_has_the_columns_of_all_its_files(spark, tmp_path):
    in_two(tmp_path / "log", lambda f: f.assign(item_id=["3", "4"], team="red"))
    log = vsm.read((tmp_path / "log").as_uri(), engine="spark")
    teams = log.items.set_index("item_id")["team"]
    assert teams[["3", "4"]].tolist() == ["red", "red"]
    assert teams[["1", "2"]].isna().all()


@pytest.mark.parametrize(
    "damage", [lambda held: held[:4] + bytes(200) + held[204:], lambda held: held[:-40]]
)
def test_one_damaged_file_among_many_is_named(spark, tmp_path, capsys, damage):
    """In its middle only an executor finds it, at its end this machine does."""
    root = in_two(tmp_path / "log", lambda f: f)
    for number in range(40):
        (root / f"c{number:02}.parquet").write_bytes((root / "a.parquet").read_bytes())
    (root / "c31.parquet").write_bytes(damage((root / "a.parquet").read_bytes()))
    out = tmp_path / "out"
    words = ["measure", str(root), "--stream", "git", "--out", str(out), "--engine", "spark"]
    assert cli.run(words) == 2
    said = capsys.readouterr().err
    assert "c31.parquet" in said
    assert "cannot be read" in said
    assert said.count("\n") == 1
    assert not out.exists()


def test_the_sample_gives_the_same_files(spark, tmp_path):
    words = ["measure", "sample", "--from", "2020-01-01", "--to", "2024-01-01", "--out"]
    (tmp_path / "spark" / "visits.parquet").mkdir(parents=True)  # of a run before
    (tmp_path / "spark" / "visits.parquet" / "part-9.parquet").write_text("old")
    for engine in ("duckdb", "spark"):
        assert cli.run([*words, str(tmp_path / engine), "--engine", engine]) == 0
    same_files(tmp_path / "spark", tmp_path / "duckdb")
    assert len(list((tmp_path / "spark").iterdir())) == 8


def test_local_and_text_times(spark, tmp_path):
    """Around both clock changes: the hour that happens twice, and the one that never does."""
    local = pd.to_datetime(
        ["2026-03-29 01:30", "2026-03-29 02:30", "2026-10-25 02:30", "2026-10-25 03:30"]
    )
    rows = {"item_id": list("AABB"), "event": list("xyxy"), "timestamp": local}
    pd.DataFrame(rows).astype({"timestamp": "datetime64[us]"}).to_parquet(
        tmp_path / "local.parquet"
    )
    one, other = (
        vsm.read(tmp_path / "local.parquet", timezone="Europe/Berlin", engine=e)
        for e in ("duckdb", "spark")
    )
    pd.testing.assert_frame_equal(one.events, other.events)
    with pytest.raises(SourceError, match=r"without offset.*--timezone"):
        vsm.read(tmp_path / "local.parquet", engine="spark")
    texts = ["2026-03-29T01:30:00+02:00", "2026-03-29 02:30:00.123456Z", "never", "2026-01-01"]
    pd.DataFrame({**rows, "timestamp": texts}).to_parquet(tmp_path / "texts.parquet")
    log = vsm.read(tmp_path / "texts.parquet", engine="spark")
    assert [t.isoformat() for t in log.events["timestamp"]] == [
        "2026-03-28T23:30:00+00:00", "2026-03-29T02:30:00.123456+00:00",
    ]  # fmt: skip
    assert {f.code: f.count for f in log.findings}["time_without_offset"] == 2


def test_labels_and_columns_may_be_hostile_and_codes_null(spark):
    hostile = ['a"b', "it's; DROP TABLE t0;--", "`c`", "x\ny"]
    frame = spark.table(pd.DataFrame({"code": pd.array([3, None, 0], "Int64"), "`k.l": [1, 2, 3]}))
    made = to_pandas(spark.decode(frame, code=hostile).sort("_k_l"))
    assert made["code"].tolist()[::2] == [hostile[3], hostile[0]]
    assert made["code"].isna().tolist() == [False, True, False]


def test_a_table_without_rows_keeps_its_types(spark):
    """Spark Connect takes no empty table."""
    made = spark.table(pd.DataFrame({"n": [1], "s": ["a"]}).astype({"s": "str"}).iloc[:0])
    assert dict(made.to_native().dtypes) == {"n": "bigint", "s": "string"}
    assert len(to_pandas(made)) == 0


def test_nothing_is_used_that_spark_connect_lacks():
    """RDDs and the gateway to Java exist only where the driver is this process."""
    lacking = {"rdd", "sparkContext", "_jvm", "_jdf", "_jsc", "_sc", "_jsparkSession", "newSession"}
    for path in Path(vsm.__file__).parent.rglob("*.py"):
        used = {
            n.attr for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Attribute)
        }
        assert not used & lacking, path


def test_rows_are_numbered_across_partitions(spark):
    names = pd.DataFrame({"name": [f"n{i:04}" for i in range(500)][::-1]})
    frame = spark.brought(spark.table(names))
    many = spark.brought(frame.to_native().repartition(7))
    made = to_pandas(spark.numbered(many, "n", "name")).sort_values("name")
    assert made["n"].tolist() == list(range(500))


def test_an_unknown_engine_is_named():
    with pytest.raises(ParameterError, match=r"unknown engine 'sparc'.*did you mean 'spark'"):
        engine_of("sparc")

"""What the engine adds to Narwhals: tables, labels, timestamps, paths, fingerprints."""

import pandas as pd
import pytest

from vsmlib.engine import default, records, scalar, size, to_pandas
from vsmlib.engine.duck import identifier
from vsmlib.errors import RunError

HOSTILE = ['a"b', "it's; DROP TABLE t0;--", "</script>", "=cmd()", "x\ny"]


@pytest.fixture
def frame():
    table = pd.DataFrame({"key": [2, 1, 1], "position": [1, 2, 1], "code": [0, 4, None]})
    return default().table(table.astype({"code": "Int64"}))


def test_decode_is_data_and_null_stays_null(frame):
    made = to_pandas(default().decode(frame, code=HOSTILE).sort("key", "position"))
    assert made.columns.tolist() == ["key", "position", "code"]
    assert made["code"].tolist()[1:] == [HOSTILE[4], HOSTILE[0]]
    assert made["code"].isna().tolist() == [True, False, False]


@pytest.mark.parametrize("more", [0, 1000])
def test_labels_may_repeat_be_many_or_be_none_and_leave_as_texts(frame, tmp_path, more):
    labels = ["same", "b", "c", "d", "same", *map(str, range(more))]
    coded = default().decode(frame, code=labels, position=[]).sort("key", "code")
    default().write_parquet(coded, tmp_path / "a.parquet")
    for made in (to_pandas(coded), pd.read_parquet(tmp_path / "a.parquet")):
        assert made["code"].dropna().tolist() == ["same", "same"]
        assert made["code"].dtype == "str"
        assert made["position"].isna().all()


def test_paths_follow_position():
    rows = {"key": [2, 1, 1, 1], "position": [1, 3, 1, 2], "code": [7, 0, 9, 4]}
    frame = default().table(pd.DataFrame(rows))
    paths = to_pandas(default().paths(frame, ["key"], "code")).set_index("key")["path"]
    assert {key: list(path) for key, path in paths.items()} == {1: [9, 4, 0], 2: [7]}


def test_timestamps():
    made = default().timestamps(default().table(pd.DataFrame({"t": [0, 1]})), "t")
    assert to_pandas(made)["t"].tolist()[1] == pd.Timestamp(1, unit="us", tz="UTC")


def test_fingerprint_ignores_order_but_not_content():
    engine = default()
    table = pd.DataFrame({"a": ["x", "y", None], "b": [1, 2, 3]})
    one = engine.fingerprint(engine.table(table), ["a", "b"])
    assert one[0] == 3
    assert one == engine.fingerprint(engine.table(table[::-1]), ["a", "b"])
    assert one != engine.fingerprint(engine.table(table.assign(b=[1, 3, 2])), ["a", "b"])


def test_drop_gives_a_table_back(frame):
    kept = size(frame)
    default().drop(frame)
    with pytest.raises(RunError, match="is gone"):
        size(frame)
    assert kept == 3


def test_what_was_made_for_an_owner_goes_with_it_and_not_before():
    """Its memory is given back before the next table is made, not within somebody's query."""
    root = default()
    owner = root.scope()
    inner = owner.scope()
    kept, gone = (engine.table(pd.DataFrame({"a": [1, 2]})) for engine in (owner, inner))
    assert inner.within is owner
    del inner
    assert size(gone) == 2
    root.table(pd.DataFrame({"a": [1]}))
    with pytest.raises(RunError, match="the flow or log of this frame is gone; next: keep it"):
        size(gone)
    assert size(kept) == 2
    owner.drop(kept)  # gone already when its owner goes
    del owner
    root.table(pd.DataFrame({"a": [1]}))


def test_collecting(frame):
    assert scalar(frame.select("key").head(1)) in (1, 2)
    assert records(pd.DataFrame({"a": [1]})) == [{"a": 1}]


def test_identifiers_are_quoted():
    assert identifier('x" y') == '"x"" y"'


def test_parquet_is_written_as_named(frame, tmp_path):
    threads = "SELECT current_setting('async_threads')"
    before = default().con.execute(threads).fetchall()
    path = tmp_path / "it's [a] *file*.parquet"
    default().write_parquet(frame, path)
    assert len(pd.read_parquet(path)) == 3
    assert default().con.execute(threads).fetchall() == before != [(0,)]

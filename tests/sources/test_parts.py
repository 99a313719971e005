"""Parquet files of one table that change from part to part: read where that is sure, else told."""

import pandas as pd
import pytest

import vsmlib as vsm
from vsmlib.errors import SourceError


def folder(root, second, **more):
    """Two files of one table, the second as the caller changes it."""
    first = pd.DataFrame(
        {
            "item_id": ["1", "2"],
            "timestamp": pd.to_datetime(["2026-03-02T09:00Z", "2026-03-03T09:00Z"]),
            "event": ["queue", "done"],
            "actor": ["ada", "bob"],
        }
    ).assign(**more)
    first.to_parquet(root / "a.parquet")
    second(first.assign(item_id=["3", "4"])).to_parquet(root / "b.parquet")
    return root


def told(log, code):
    return [(f.level, f.what, f.examples) for f in log.findings if f.code == code]


def test_a_part_without_a_needed_column_is_refused_and_told(tmp_path):
    log = vsm.read(folder(tmp_path, lambda f: f.drop(columns="event")))
    assert log.items["item_id"].tolist() == ["1", "2"]
    lacks = "b.parquet has no column 'event'"
    what = f"1 column is not in all files: {lacks}"
    assert told(log, "columns_missing") == [("warning", what, (lacks,))]
    assert told(log, "missing_event")[0][:2] == ("error", "2 rows have no event")


def test_a_column_that_came_later_is_empty_before(tmp_path):
    log = vsm.read(folder(tmp_path, lambda f: f.assign(team=["red", "blue"])))
    teams = log.items.set_index("item_id")["team"]
    assert teams[["3", "4"]].tolist() == ["red", "blue"]
    assert teams[["1", "2"]].isna().all()
    assert told(log, "columns_missing")[0][0] == "note"


def test_types_that_one_type_holds_are_read(tmp_path):
    log = vsm.read(folder(tmp_path, lambda f: f.assign(item_id=[3, 4], size="big"), size=1))
    assert log.items.set_index("item_id")["size"].to_dict() == {
        "1": "1", "2": "1", "3": "big", "4": "big",
    }  # fmt: skip
    level, what, examples = told(log, "columns_change")[0]
    assert (level, what) == ("warning", "2 columns change type from file to file")
    assert "column 'item_id': VARCHAR in a.parquet, BIGINT in b.parquet" in examples


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda f: f.assign(timestamp=f["timestamp"].astype("int64")),
            "column 'timestamp' is BIGINT in 'b.parquet' and TIMESTAMP WITH TIME ZONE in",
        ),
        (
            lambda f: f.assign(timestamp=f["timestamp"].dt.tz_localize(None)),
            "column 'timestamp' is TIMESTAMP WITH TIME ZONE in 'a.parquet' and TIMESTAMP in",
        ),
        (
            lambda f: f.assign(size=[{"a": 1}, {"a": 2}]),
            r"column 'size' is BIGINT in 'a.parquet' and STRUCT\(a BIGINT\) in 'b.parquet'",
        ),
    ],
)
def test_types_that_do_not_go_together_name_both_files(tmp_path, change, said):
    """Moments with an offset and without one are such, too: nobody knows the zone of the second."""
    with pytest.raises(SourceError, match=said) as error:
        vsm.read(folder(tmp_path, change, size=1))
    assert "next: write the files with one type" in str(error.value)


def test_a_folders_name_goes_before_a_column_of_that_name(tmp_path):
    (tmp_path / "team=7").mkdir()
    (tmp_path / "team=8").mkdir()
    folder(tmp_path, lambda f: f, team="x")
    for name, part in (("a", "team=7"), ("b", "team=8")):
        (tmp_path / f"{name}.parquet").rename(tmp_path / part / f"{name}.parquet")
    teams = vsm.read(tmp_path).items.set_index("item_id")["team"].astype(str).to_dict()
    assert teams == {"1": "7", "2": "7", "3": "8", "4": "8"}

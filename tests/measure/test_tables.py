"""Tables as files: all or none."""

import json

import pandas as pd
import pytest

from tests.worlds import (
    HAND,
    flow_of,
    make_log,
    make_stream,
)
from vsmlib import measure
from vsmlib.errors import RunError
from vsmlib.flow import Flow


def test_write_leaves_all_files(tmp_path):
    flow = Flow(make_log(HAND, {"A": {"team": "red"}, "B": {"team": None}}), make_stream())
    summary = measure.write(flow, tmp_path / "new" / "out", by="team")
    out = tmp_path / "new" / "out"
    names = ["items", "stages", "transitions", "variants", "visits", "wip"]
    assert sorted(p.name for p in out.iterdir()) == sorted(
        [*(f"{n}.parquet" for n in names), "stream-used.yaml", "summary.json"]
    )
    assert json.loads((out / "summary.json").read_text()) == summary
    for name in names:
        assert pd.read_parquet(out / f"{name}.parquet").columns[0] == "team", name
    visits = pd.read_parquet(out / "visits.parquet")
    assert str(visits["entered_at"].dtype) == "datetime64[us, UTC]"
    assert {str(visits[c].dtype) for c in ("position", "visit")} == {"int64"}
    pd.testing.assert_frame_equal(
        visits.sort_values(["item_id", "position"], ignore_index=True),
        measure.visits(flow, "team").sort_values(["item_id", "position"], ignore_index=True),
        check_dtype=False,
    )


def test_write_into_a_file_is_refused(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(RunError, match="cannot write the tables"):
        measure.write(flow_of(HAND), tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"

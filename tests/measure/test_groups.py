"""Groups: parts sum to the whole, in every table."""

import pytest
from hypothesis import assume, given

from tests.worlds import BLOCKED, HAND, flow_of, known, logs, make_log, make_stream, quick
from vsmlib import measure
from vsmlib.errors import ParameterError
from vsmlib.flow import Flow
from vsmlib.measure import groups


@quick
@given(events=logs(max_items=8))
def test_parts_sum_to_the_whole(events):
    assume(known(events))
    ids = sorted({e[0] for e in events})
    items = {k: {"team": ["red", "blue", None][n % 3]} for n, k in enumerate(ids)}
    flow = Flow(make_log(events, items), make_stream(blocked=BLOCKED))
    for table in (measure.stages, measure.transitions, measure.wip, measure.throughput):
        parts, whole = table(flow, by="team"), table(flow)
        assert parts.columns[0] == "team"
        numbers = ["visits", "items", "count", "arrived", "left", "wip", "delivered"]
        for column in [c for c in numbers if c in whole]:
            assert parts[column].sum() == whole[column].sum(), (table.__name__, column)
    summary = measure.summary(flow, by="team")
    parts = summary["by"].values()
    assert sum(p["delivered"] for p in parts) == summary["delivered"]
    assert set(summary["by"]) <= {"red", "blue", "(none)"}


def test_unknown_group():
    with pytest.raises(ParameterError, match=r"unknown item column 'tem'.*did you mean 'team'"):
        measure.stages(flow_of(HAND), by="tem")
    with pytest.raises(ParameterError, match="have a column of that name already"):
        measure.stages(flow_of(HAND), by="item_id")


def test_a_group_never_takes_the_place_of_a_column():
    """Of each table: else `--by status` failed, and `--by people` lost the table's own people."""
    tables = (measure.visits, measure.items, measure.stages)
    tables += (measure.transitions, measure.wip, measure.variants)
    own = {column for table in tables for column in table(flow_of(HAND)).columns}
    assert own - {"item_type", "team"} == groups.TAKEN
    flow = Flow(make_log(HAND, {e[0]: {"status": "open"} for e in HAND}), make_stream())
    with pytest.raises(ParameterError, match="--by status: the tables have a column of that name"):
        measure.items(flow, by="status")

"""Stages against the plain-Python oracle."""

import pytest
from hypothesis import assume, given

from tests import oracle
from tests.worlds import BLOCKED, HOUR, STAGES, START, close, flow_of, known, logs, quick
from vsmlib import measure


@quick
@given(events=logs())
def test_stages_equal_the_oracle(events):
    assume(known(events))
    table = measure.stages(flow_of(events)).set_index("stage")
    expected = oracle.stages_of(oracle.flow_of(events, STAGES, blocked=BLOCKED), STAGES)
    assert list(table.index) == [s["name"] for s in STAGES]
    for stage, figures in expected.items():
        for column, value in figures.items():
            assert close(table.loc[stage, column], value), (stage, column)


@quick
@given(events=logs())
def test_shares_sum_to_one(events):
    assume(known(events))
    table = measure.stages(flow_of(events))
    share = table["share_of_lead_time"].dropna()
    assert share.empty or share.sum() == pytest.approx(1)


def test_working_time_of_done_is_that_of_closed_visits_too():
    """The last visit of a delivered item stays open: its time is no stage's total."""
    steps = [("work", 0), ("done", 1), ("work", 3), ("done", 4), ("note", 12)]
    events = [
        ("A", START + hours * HOUR, seq, event, None) for seq, (event, hours) in enumerate(steps)
    ]
    calendar = {"timezone": "UTC", "hours": {"mon-sun": ["00:00-24:00"]}}
    done = measure.stages(flow_of(events, calendar=calendar)).set_index("stage").loc["Done"]
    assert (done["total_s"], done["working_total_s"]) == (2 * 3600, 2 * 3600)

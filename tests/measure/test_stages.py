"""Stages against the plain-Python oracle."""

import pytest
from hypothesis import assume, given

from tests import oracle
from tests.worlds import BLOCKED, STAGES, close, flow_of, known, logs, quick
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

"""Re-adding stage sums says what measuring anew says."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worlds import (
    BLOCKED,
    HAND,
    STAGES,
    close,
    flow_of,
    known,
    logs,
    make_log,
    make_stream,
    quick,
)
from vsmlib import measure
from vsmlib.flow import Flow

READDED = ("flow_efficiency", "mean_flow_efficiency")
TURNED = st.lists(st.sampled_from(["active", "wait"]), min_size=3, max_size=3)


def turned(kinds):
    return [{**stage, "kind": kind} for stage, kind in zip(STAGES, kinds, strict=True)]


def same(made, fresh):
    pd.testing.assert_frame_equal(made.stages, fresh.stages)
    pd.testing.assert_frame_equal(made.transitions, fresh.transitions)
    pd.testing.assert_frame_equal(made.work, fresh.work)
    one, other = dict(made.summary), dict(fresh.summary)
    for key in READDED:
        assert close(one.pop(key), other.pop(key)), key
    assert one == other


@settings(quick, max_examples=8)
@given(logs().filter(known), TURNED)
def test_as_measured_anew(events, kinds):
    kinds += [stage["kind"] for stage in STAGES[3:]]
    log = make_log(events)
    old, new = (make_stream(stages, blocked=BLOCKED) for stages in (STAGES, turned(kinds)))
    made = measure.retagged(measure.stage_sums(Flow(log, old)), kinds)
    same(made, measure.stage_sums(Flow(log, new)))


def test_by_hand():
    """A: 2 h of queue, 5 of work (2 blocked), 4 of review; turned round, 6 of 11 are work."""
    sums = measure.stage_sums(flow_of(HAND))
    assert sums.summary["flow_efficiency"] == pytest.approx(3 / 11)
    kinds = ["active", "wait", "active", *(stage["kind"] for stage in STAGES[3:])]
    made = measure.retagged(sums, kinds).summary
    assert made["flow_efficiency"] == made["mean_flow_efficiency"] == pytest.approx(6 / 11)
    assert made["largest_wait"]["stage"] == "Work"


def test_what_ends_items_or_stops_the_clock_must_be_measured():
    sums = measure.stage_sums(flow_of(HAND))
    kinds = ["excluded", *(stage["kind"] for stage in STAGES[1:])]
    with pytest.raises(ValueError, match="measuring anew"):
        measure.retagged(sums, kinds)


def test_another_time_in_a_stage_by_hand():
    """Review from 4 h to 1 h: 3 of 8 h are work; percentiles of lead time are no longer known."""
    sums = measure.stage_sums(flow_of(HAND))
    made = measure.rescaled(sums, {"Review": 3600.0, "Nowhere": 1.0})
    assert made.summary["lead_time_s"] == {"p50": None, "p85": None, "p95": None, "mean": 8 * 3600}
    assert made.summary["flow_efficiency"] == pytest.approx(3 / 8)
    assert made.summary["largest_wait"]["share_of_lead_time"] == pytest.approx(2 / 8)
    assert made.stages["share_of_lead_time"].sum() == pytest.approx(1)
    assert made.stages.loc[2, "p85_s"] == pytest.approx(sums.stages.loc[2, "p85_s"] / 4)
    assert sums.summary["flow_efficiency"] == pytest.approx(3 / 11), "what is stays as it is"


def test_a_mean_that_is_no_other_changes_nothing():
    sums = measure.stage_sums(flow_of(HAND))
    made = measure.rescaled(sums, {"Review": 4 * 3600.0})
    pd.testing.assert_frame_equal(made.stages, sums.stages)

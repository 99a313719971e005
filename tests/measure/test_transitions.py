"""Transitions and variants against the plain-Python oracle."""

from unittest import mock

import pytest
from hypothesis import assume, given

from tests import oracle
from tests.worlds import BLOCKED, STAGES, close, flow_of, known, logs, quick
from vsmlib import measure


@quick
@given(events=logs())
def test_transitions_equal_the_oracle(events):
    assume(known(events))
    table = measure.transitions(flow_of(events))
    expected = oracle.transitions_of(oracle.flow_of(events, STAGES, blocked=BLOCKED))
    assert len(table) == len(expected)
    order = [s["name"] for s in STAGES]
    for row in table.to_dict("records"):
        figures = expected[row["from_stage"], row["to_stage"]]
        assert all(close(row[c], v) for c, v in figures.items())
        assert row["backward"] == (order.index(row["to_stage"]) < order.index(row["from_stage"]))


@pytest.mark.parametrize("words", [0, 4], ids=["as lists", "as numbers"])
@quick
@given(events=logs())
def test_variants_equal_the_oracle(words, events):
    assume(known(events))
    with mock.patch("vsmlib.measure.transitions.MOST_WORDS", words):
        table = measure.variants(flow_of(events))
    expected = oracle.variants_of(oracle.flow_of(events, STAGES, blocked=BLOCKED))
    got = {r["path"]: (r["items"], r["median_lead_time_s"]) for r in table.to_dict("records")}
    assert got.keys() == expected.keys()
    assert all(got[p][0] == n and close(got[p][1], m) for p, (n, m) in expected.items())
    assert table["items"].is_monotonic_decreasing
    assert table.empty or table["share"].sum() == pytest.approx(1)

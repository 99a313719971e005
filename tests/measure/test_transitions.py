"""Transitions and variants against the plain-Python oracle."""

from unittest import mock

import pytest
from hypothesis import assume, given

from tests import oracle
from tests.worlds import BLOCKED, DAY, HOUR, STAGES, START, close, flow_of, known, logs, quick
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


@quick
@given(events=logs())
def test_ways_are_the_paths_of_variants_item_by_item(events):
    assume(known(events))
    flow = flow_of(events)
    ways, items = measure.ways(flow), measure.items(flow).query("status == 'delivered'")
    assert ways["item_id"].tolist() == measure.sample(flow)["item_id"].tolist()
    assert set(ways["item_id"]) == set(items["item_id"])
    table = measure.variants(flow).set_index("path")["items"]
    assert ways["path"].value_counts().to_dict() == table.to_dict()


def test_ways_of_a_sample_weigh_as_much_as_all_items():
    events = [
        (f"I{n}", START + n * HOUR + step * (n % 7) * DAY, step, name, None)
        for n in range(60)
        for step, name in enumerate(("work", "review", "work", "done")[2 * (n % 2) :])
    ]
    ways = measure.ways(flow_of(events), 20)
    assert len(ways) == 20
    assert ways["weight"].sum() == pytest.approx(60)
    odd = ways["item_id"].str[1:].astype(int) % 2 == 1
    assert set(ways["path"][odd]) == {"Work > Done"}
    assert set(ways["path"][~odd]) == {"Work > Review > Work > Done"}

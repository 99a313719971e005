"""Spread and histogram of lead times."""

import itertools

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests import oracle
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

EDGES = st.lists(st.integers(0, 200 * 3600), min_size=2, max_size=9, unique=True).map(sorted)


@quick
@given(events=logs(), edges=EDGES)
def test_spread_and_histogram_equal_the_oracle(events, edges):
    assume(known(events))
    flow = flow_of(events)
    found = oracle.flow_of(events, STAGES, blocked=BLOCKED).values()
    leads = [f["lead"] / 1e6 for f in found if f["lead"] is not None]
    spread, bins = measure.spread(flow), measure.histogram(flow, edges)
    assert len(spread) == bool(leads)
    for row in spread.to_dict("records"):
        assert row["items"] == len(leads)
        assert (row["min_s"], row["max_s"]) == (min(leads), max(leads))
        for q in (50, 85, 95):
            assert close(row[f"p{q}_s"], oracle.percentile(leads, q / 100))
    ends = [float("-inf"), *edges[1:-1], float("inf")]
    expected = [sum(a <= x < b for x in leads) for a, b in itertools.pairwise(ends)]
    assert bins["items"].tolist() == expected
    assert bins[["low_s", "high_s"]].values.tolist() == [
        [a, b] for a, b in itertools.pairwise(edges)
    ]


def test_groups_have_every_bin():
    items = {"A": {"team": "red"}, "B": {"team": "blue"}}
    flow = Flow(make_log([*HAND, ("B", HAND[-1][1], 12, "done", None)], items), make_stream())
    bins = measure.histogram(flow, [0, 3600, 48 * 3600], by="team")
    assert bins.values.tolist() == [
        ["blue", 0, 3600, 0],
        ["blue", 3600, 172800, 1],
        ["red", 0, 3600, 0],
        ["red", 3600, 172800, 1],
    ]
    spread = measure.spread(flow, by="team")
    assert spread["team"].tolist() == ["blue", "red"]
    assert spread["max_s"].tolist() == pytest.approx([29 * 3600, 11 * 3600])


@quick
@given(events=logs(), edges=EDGES)
def test_the_visits_of_a_stage_fall_into_the_same_bins(events, edges):
    assume(known(events))
    found = oracle.flow_of(events, STAGES, blocked=BLOCKED).values()
    made = measure.stage_histogram(flow_of(events), edges)
    assert list(made["stage"].unique()) == [
        s["name"] for s in STAGES if s["kind"] in ("active", "wait")
    ]
    for stage, bins in made.groupby("stage"):
        spans = [
            (v["t1"] - v["t0"]) / 1e6
            for f in found
            if f["status"] == "delivered"
            for v in f["visits"]
            if v["stage"] == stage and not v["open"]
        ]
        assert bins["visits"].sum() == len(spans)
        for row in bins[1:-1].to_dict("records"):
            inside = sum(row["low_s"] <= span < row["high_s"] for span in spans)
            assert row["visits"] == inside

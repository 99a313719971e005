"""Suggestions from data: generated streams, invariances, small and empty cases."""

import numpy as np
import pandas as pd
import pytest

import vsmlib as vsm
from tests.waits import labelled
from tests.waits.streams import generate, worlds
from tests.worlds import DAY, HOUR, START, flow_of, make_log

SHAPES = list(worlds(np.random.default_rng(0)))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("named", [True, False])
def test_right_on_generated_streams(shape, named):
    scores = []
    for seed in (300, 301, 302):
        events, kinds = generate(worlds(np.random.default_rng(seed))[shape], seed, named=named)
        log = make_log(events)
        scores.append(labelled.rightness(log, log.events, kinds)["dwell"])
    assert np.mean(scores) >= (0.95 if named else 0.85)


def test_rows_and_names_of_people_do_not_matter():
    world = worlds(np.random.default_rng(1))["handoffs"]
    events, _ = generate(world, 1)
    order = np.random.default_rng(2).permutation(len(events))
    mixed = [(*events[n][:4], events[n][4] and f"x{events[n][4]}") for n in order]
    one, other = (vsm.waits.evidence(make_log(rows)) for rows in (events, mixed))
    pd.testing.assert_frame_equal(one.drop(columns="reasons"), other.drop(columns="reasons"))
    assert one["reasons"].tolist() == other["reasons"].tolist()


@pytest.mark.parametrize("actor", [None, "ada"])
@pytest.mark.parametrize("size", [1, 2, 30])
def test_small_logs_have_evidence(actor, size):
    events = [("A", START + n * DAY, n, f"S{n % 3}", actor) for n in range(size)]
    table = vsm.waits.evidence(make_log(events))
    assert table["confidence"].between(0.5, 0.95).all()
    assert all(reasons for reasons in table["reasons"])


def test_hidden_days():
    events = [
        ("A", START + 9 * HOUR, 0, "work", "ada"),
        ("A", START + 9 * HOUR + 3 * DAY, 1, "note", "ada"),  # two whole days before
        ("A", START + 9 * HOUR + 8 * DAY, 2, "done", "ada"),  # four
    ]
    row = vsm.waits.hidden(flow_of(events)).iloc[0]
    assert (row["stage"], row["estimated_hidden_days"]) == ("Work", 6.0)
    assert row["estimated_hidden_s"] == 6 * 86_400
    assert row["estimated_hidden_share"] == pytest.approx(6 / 8)
    bare = vsm.waits.hidden(flow_of([events[0], events[2]])).iloc[0]
    assert pd.isna(bare["estimated_hidden_days"])

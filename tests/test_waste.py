"""The four wastes: sizes that can be worked out by hand, and smaller answers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from tests.waits import queues
from tests.waits.queues import Stage, World
from tests.worlds import HAND, HOUR, START, flow_of, known, logs, quick
from vsmlib import waste
from vsmlib.waits import causes

EVERY = [waste.waiting, waste.overproduction, waste.rework, waste.switching]


def test_waiting_is_what_the_causes_sum_to():
    flow = flow_of(HAND)
    made = waste.waiting(flow)
    assert made.days == pytest.approx(causes(flow)["seconds"].sum() / 86400)
    assert made.share == pytest.approx(made.days / (40 / 24))  # A: 11 hours, B: 29
    assert made.places["days"].sum() == pytest.approx(made.days)
    assert made.figures["queue"] == {"Queue": 0, "Review": 0}


def test_rework_is_second_visits():
    made = waste.rework(flow_of(HAND))
    assert made.places.values.tolist() == [["Work", "back from Review", 1 / 24, 1.0, 1]]
    assert made.items.values.tolist() == [["A", 1 / 24]]
    assert made.figures["first_pass_yield"] == 0
    assert made.figures["reopened"] == 0


def test_overproduction_is_dropped_work_and_stock():
    events = [
        ("A", START, 0, "work", "ada"),
        ("A", START + 3 * HOUR, 1, "drop", "ada"),
        ("B", START, 2, "work", "bob"),
        ("B", START + HOUR, 3, "review", "bob"),
        ("C", START + 6 * HOUR, 4, "queue", "bob"),
    ]
    made = waste.overproduction(flow_of(events))
    days = dict(made.places[["what", "days"]].values.tolist())
    assert days == {"work on cancelled items": 3 / 24, "finished, not released": 5 / 24}
    assert made.figures["inventory"] == 1
    assert made.figures["inventory_age_p50_s"] == 5 * 3600


def people(count):
    """As many people, each with two items of four hours, the second begun an hour later."""
    rows = []
    for n in range(count):
        for item in range(2):
            name, who = f"{n}-{item}", f"p{n}"
            rows.append((name, START + item * HOUR, len(rows), "work", who))
            rows.append((name, START + (item + 4) * HOUR, len(rows), "done", who))
    return rows


def test_switching_is_time_beside_an_item_begun_before():
    made = waste.switching(flow_of(people(6)))
    assert made.days == pytest.approx(6 * 3 / 24)
    assert made.figures["parallel_items"] == pytest.approx(8 / 5)
    assert made.figures["switches_per_day"] == 1
    assert made.figures["people"] == 6


def test_few_people_are_not_spoken_of():
    made = waste.switching(flow_of(people(4)))
    assert np.isnan(made.days)
    assert made.figures == {"people": 4}
    assert made.places.empty
    assert made.items.empty


@quick
@given(logs())
def test_shares_add_up_whatever_happened(events):
    if not known(events):
        return
    flow = flow_of(events)
    for make in EVERY:
        made = make(flow)
        if np.isnan(made.days):
            continue
        assert made.days >= 0
        assert made.trend["days"].sum() == pytest.approx(made.days)
        assert np.isnan(made.share) or -1e-9 <= made.share <= 1 + 1e-9
        assert made.wrong_if


def test_the_table_names_all_that_there_is(tmp_path):
    flow = queues.flow(queues.Run(World([Stage(9), Stage(5, 1)], (1, 1), items=60)).go())
    made = waste.write(flow, tmp_path)
    assert made.columns.tolist() == ["waste", "stage", "what", "days", "share", "items"]
    assert set(made["waste"]) == {"waiting"}
    pd.testing.assert_frame_equal(
        made, pd.read_parquet(tmp_path / "waste.parquet"), check_dtype=False
    )

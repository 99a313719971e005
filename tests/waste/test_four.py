"""The four wastes: sizes that can be worked out by hand, and smaller answers."""

import numpy as np
import pytest
from hypothesis import given

from tests.worlds import HAND, HOUR, START, flow_of, known, logs, quick
from vsmlib import measure, waste
from vsmlib.waits import causes


def test_waiting_is_what_the_causes_of_delivered_items_sum_to():
    flow = flow_of(HAND)
    made, told = waste.waiting(flow), measure.summary(flow)
    assert made.days == pytest.approx(causes(flow)["seconds"].sum() / 86400)  # B never waits
    assert made.share == pytest.approx(1 - told["flow_efficiency"])
    assert made.places["days"].sum() == pytest.approx(made.days)
    assert made.so_far_days == 0
    assert made.tenth == 1  # of one item
    assert made.figures["queue"] == {"Queue": 0, "Review": 0}


def test_what_items_in_progress_have_waited_is_told_apart():
    events = [*HAND, ("C", START, 12, "queue", None)]
    made = waste.waiting(flow_of(events))
    assert made.so_far_days == pytest.approx(30 / 24)
    assert made.days == pytest.approx(waste.waiting(flow_of(HAND)).days)


def test_rework_is_second_visits():
    made = waste.rework(flow_of(HAND))
    assert made.places.values.tolist() == [["Work", "sent back from Review", 1 / 24, 1.0, 1]]
    assert made.items.values.tolist() == [["A", 1 / 24]]
    assert made.figures["first_pass_yield"] == 0
    assert made.figures["reopened"] == 0
    assert made.figures["let_through"] == {"Work": 1.0}


def test_a_whole_loop_belongs_to_the_stage_whose_work_came_back():
    names = "work review work review drop work review done".split()
    events = [("A", START + n * HOUR, n, name, "ada") for n, name in enumerate(names)]
    made = waste.rework(flow_of(events))
    assert made.places[["stage", "what", "days"]].values.tolist() == [
        ["Work", "sent back from Review", 2 / 24],
        ["Work", "sent back from Dropped", 2 / 24],
    ]


def test_marks_of_defects_are_counted_where_the_log_has_them():
    events = [*HAND, ("A", START, 20, "failed", None), ("A", START + 1, 21, "failed", None)]
    assert waste.rework(flow_of(HAND)).figures["signs"] == {}
    found = waste.rework(flow_of(events)).figures["signs"]
    assert found == {"failed builds": {"events": 2, "items": 1}}


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
    assert made.figures["unused"] is None
    assert made.figures["batch_size"] is None


def test_a_wait_that_sends_back_holds_nothing_finished():
    events = [("C", START + 20 * HOUR, 0, "review", "bob")]
    for n in range(5):
        for at, name in enumerate("work review work done".split()):
            events.append((f"i{n}", START + at * HOUR, len(events), name, "ada"))
    assert waste.overproduction(flow_of(events)).figures["inventory"] == 0


def test_work_on_what_nobody_uses_needs_usage_events():
    events = []
    for item in "AB":
        events.append((item, START, len(events), "work", "ada"))
        events.append((item, START + HOUR, len(events), "done", "ada"))
    events.append(("A", START + 2 * HOUR, 9, "used", None))
    made = waste.overproduction(flow_of(events))
    assert made.figures["unused"] == 1
    assert made.items.values.tolist() == [["B", 1 / 24]]


def test_batches_of_deliveries_may_grow():
    events, sizes = [], [1, 1, 3, 5]
    for day, size in enumerate(sizes):
        for n in range(size):
            events.append((f"{day}-{n}", START, len(events), "work", "ada"))
            events.append((f"{day}-{n}", START + (day + 1) * 24 * HOUR, len(events), "done", "ada"))
    made = waste.overproduction(flow_of(events)).figures
    assert made["batch_size"] == {"first_half": 1.0, "second_half": 4.0}
    assert made["growth_per_week"] == pytest.approx(0)


@quick
@given(logs())
def test_shares_add_up_whatever_happened(events):
    if not known(events):
        return
    flow = flow_of(events)
    for make in waste.EVERY:
        made = make(flow)
        if np.isnan(made.days):
            continue
        assert made.days >= 0
        assert made.trend["days"].sum() == pytest.approx(made.days)
        assert np.isnan(made.share) or -1e-9 <= made.share <= 1 + 1e-9
        assert made.wrong_if

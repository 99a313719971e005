"""The opportunity table: no second counted twice, whatever happened, whoever did it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.waits import queues
from tests.waits.queues import Stage, World
from tests.worlds import HAND, HOUR, START, flow_of, known, logs, quick
from vsmlib import measure, waste

DAY_S = 86400


def saved(table):
    return table[table["waste"] != "overproduction"]


@quick
@given(logs())
def test_no_second_is_counted_twice(events):
    if not known(events):
        return
    flow = flow_of(events)
    table, items = saved(waste.opportunities(flow)), measure.items(flow)
    lead = items["lead_time_s"].sum() / DAY_S
    assert table["days"].sum() <= lead + 1e-6
    assert (table["days"] > 0).all()
    assert (table["alone_days_per_item"] >= table["days_per_item"] - 1e-9).all()
    # What is left is work that nothing else claims, so no wait is forgotten.
    wait = items.loc[items["status"] == "delivered", "wait_time_s"].sum() / DAY_S
    assert table["days"].sum() >= wait - 1e-6


@quick
@given(logs(), st.randoms())
def test_names_and_order_do_not_matter(events, random):
    if not known(events):
        return
    renamed = [(*e[:4], {"ada": "zoe", "bob": "ann"}.get(e[4])) for e in events]
    random.shuffle(renamed)
    made = [waste.opportunities(flow_of(rows)) for rows in (events, renamed)]
    pd.testing.assert_frame_equal(*made)


def test_a_second_goes_to_the_larger_of_two_that_claim_it():
    """Each item waits 2 h in review twice, sent back between: 1 h of work and the second wait."""
    events = []
    for n in range(4):
        for hours, name in ((0, "work"), (1, "review"), (3, "work"), (4, "review"), (6, "done")):
            events.append((f"i{n}", START + (n * 10 + hours) * HOUR, len(events), name, None))
    made = waste.opportunities(flow_of(events)).set_index("waste")
    wait, again = made.loc["waiting"], made.loc["rework"]
    assert wait["days_per_item"] == wait["alone_days_per_item"] == pytest.approx(4 / 24)
    assert again["days_per_item"] == pytest.approx(1 / 24)
    assert again["alone_days_per_item"] == pytest.approx(3 / 24)
    assert (wait["stage"], wait["items"], wait["examples"]) == ("Review", 4, "i0, i1, i2")
    assert wait["low"] == wait["high"] == pytest.approx(wait["days_per_item"])


def test_the_owner_is_the_one_of_the_stage():
    stages = [
        {"name": "Wait 0", "kind": "wait", "enter": ["wait 0"], "owner": "testers"},
        {"name": "Work 0", "kind": "active", "enter": ["work 0"]},
        {"name": "Done", "kind": "done", "enter": ["done"]},
    ]
    run = queues.Run(World([Stage(9)], items=60)).go()
    made = waste.opportunities(queues.flow(run, stages=stages))
    assert made[["stage", "what", "owner"]].values.tolist()[0] == [
        "Wait 0",
        "contention",
        "testers",
    ]


def test_the_interval_holds_the_true_mean_most_times():
    hit = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        hours, events = rng.lognormal(0, 1, 40), []
        for n, wait in enumerate(hours):
            t = START + n * 1000 * HOUR
            for at, name in ((0, "review"), (wait * HOUR, "done")):
                events.append((f"i{n}", t + int(at), len(events), name, None))
        row = waste.opportunities(flow_of(events)).iloc[0]
        hit.append(row["low"] <= np.exp(0.5) / 24 <= row["high"])
    assert 0.8 <= np.mean(hit) <= 0.98  # 90 % intervals


@pytest.mark.parametrize("events", [HAND[:1], HAND[-2:], [("A", START, 0, "done", "ada")]])
def test_nothing_delivered_or_nothing_waited_is_an_empty_table(events):
    made = waste.opportunities(flow_of(events))
    assert made.empty
    assert made.columns[0] == "waste"


def test_one_item_has_no_interval():
    made = saved(waste.opportunities(flow_of(HAND)))
    assert len(made)
    assert made[["low", "high"]].isna().all(axis=None)

"""Every wait is split by its causes: sums, worlds of one cause, bad input."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.waits import queues
from tests.waits.queues import Stage, World
from tests.worlds import BLOCKED, HAND, flow_of, known, logs, make_log, make_stream, quick
from vsmlib.flow import Flow
from vsmlib.waits.causes import CAUSES, causes, write


def shares(world):
    """True and found share of each cause, over the waits that ended."""
    run = queues.Run(world).go()
    table = causes(queues.flow(run))
    keys = zip(table["item_id"], table["stage"], strict=True)
    table = table[[(item, int(stage.split()[1])) in run.truth for item, stage in keys]]
    found = table.groupby("cause")["seconds"].sum().reindex(CAUSES).fillna(0)
    true = pd.DataFrame(list(run.truth.values())).sum().reindex(CAUSES) / 1e6
    assert found.sum() == pytest.approx(true.sum(), abs=1e-3)
    return true / max(true.sum(), 1), found / max(found.sum(), 1)


ONE_CAUSE = {
    "one server": (World([Stage(9)]), {"contention"}),
    "four servers": (World([Stage(40)], (4,), 11), {"contention"}),
    "three stages": (World([Stage(10), Stage(10, 1), Stage(20, 2)], (1, 1, 2)), {"contention"}),
    "shared people": (World([Stage(8), Stage(8), Stage(10)], (2,), 15), {"contention"}),
    "nights": (World([Stage(30), Stage(60)], (0,), hours=True, nights=True), {"unavailability"}),
    "no waiting": (World([Stage(30)], (0,)), set()),
    "timers": (World([Stage(30, timer=60), Stage(30, timer=30)], (0,)), {"unexplained"}),
    "trains": (World([Stage(30, batch=6, at_once=True)], (0,)), {"batching"}),
    "jumps": (World([Stage(9, urgent=0.2)]), {"contention", "prioritization"}),
    "nobody known": (World([Stage(9, urgent=0.2)], actors=False), {"contention", "prioritization"}),
    "jumps of four": (World([Stage(40, urgent=0.3)], (4,)), {"contention", "prioritization"}),
    "few on timers, busy": (
        World([Stage(30, timer=60), Stage(30, timer=30)], (5,), 16),
        {"unexplained", "contention"},
    ),
    "few on some timers": (
        World(
            [Stage(30, timer=60, timer_share=0.5), Stage(30, timer=30, timer_share=0.5)], (5,), 16
        ),
        {"unexplained", "contention"},
    ),
    "few on timers": (
        World([Stage(30, timer=60), Stage(30, timer=30)], (8,), 16),
        {"unexplained", "contention"},
    ),
    "sweeps": (World([Stage(4), Stage(4, batch=5)]), {"batching", "contention"}),
    "batches": (World([Stage(30, batch=6)], (0,)), {"batching", "contention"}),
    "jumps of shared people": (
        World([Stage(8, urgent=0.2), Stage(8, urgent=0.2)], (2,), 10),
        {"contention", "prioritization"},
    ),
    "flags": (World([Stage(30, blocked=0.3)], (0,)), {"blocked"}),
}


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", ONE_CAUSE)
def test_a_world_of_one_cause_yields_that_cause(name, seed):
    world, possible = ONE_CAUSE[name]
    world.seed = seed
    true, found = shares(world)
    assert found.drop(list(possible)).sum() <= 0.01
    assert (true - found).abs().mean() < 0.02
    assert (true - found).abs().max() < 0.05


def factors(few, hours, timers, jumps, batches):
    """One of the 32 worlds of the research tool's simulated logs, with the causes it may have."""
    timer, urgent, batch = 40.0 * timers, 0.2 * jumps, 4 if batches else 1
    stages = [Stage(20, 0, timer, urgent=urgent), Stage(20, 1, batch=batch, at_once=True)]
    world = World(stages, (3, 3) if few else (0, 0), 12, hours=hours, items=200)
    found = {"contention": few, "prioritization": few and jumps, "unavailability": hours}
    found |= {"unexplained": timers, "batching": batches}
    return world, {cause for cause, possible in found.items() if possible}


@pytest.mark.parametrize("choice", itertools.product([False, True], repeat=5), ids=str)
def test_causes_that_cannot_be_there_are_not(choice):
    world, possible = factors(*choice)
    _, found = shares(world)
    assert found.drop(list(possible)).sum() == 0


MIXED = [
    Stage(9, urgent=0.2, blocked=0.1),
    Stage(10, 1, timer=30, timer_share=0.5),
    Stage(6, 2, batch=5),
]


@pytest.mark.parametrize("hours", [False, True])
def test_a_mixed_world_yields_the_true_shares(hours):
    errors = []
    for seed in range(1, 6):
        true, found = shares(World(MIXED, (1, 2, 1), hours=hours, seed=seed))
        errors.append((true - found).abs().mean())
    assert np.mean(errors) < 0.02


@quick
@given(logs())
def test_the_causes_of_a_visit_sum_to_it(events):
    if not known(events):
        return
    flow = flow_of(events)
    table = causes(flow)
    assert (table["seconds"] >= 0).all()
    assert not table.duplicated(["item_id", "position", "cause"]).any()
    visits = flow.visits
    due = visits["elapsed_s"].where(visits["kind"] == "wait", visits["blocked_s"])
    due = due[visits["kind"].isin(["wait", "active"])]
    sums = table.groupby(["item_id", "position"])["seconds"].sum()
    keys = pd.MultiIndex.from_frame(visits.loc[due.index, ["item_id", "position"]])
    assert np.abs(sums.reindex(keys).fillna(0).to_numpy() - due.to_numpy()).max(initial=0) < 1e-6
    waits = visits[visits["kind"] == "wait"]
    assert len(pd.MultiIndex.from_frame(waits[["item_id", "position"]]).difference(sums.index)) == 0


@quick
@given(logs(), st.randoms())
def test_names_and_order_do_not_matter(events, random):
    if not known(events):
        return
    renamed = [(*e[:4], {"ada": "zoe", "bob": "ann"}.get(e[4])) for e in events]
    random.shuffle(renamed)
    pd.testing.assert_frame_equal(causes(flow_of(events)), causes(flow_of(renamed)))


def test_a_block_comes_first_also_in_work():
    table = causes(flow_of(HAND))
    assert table.query("cause == 'blocked'")[["item_id", "stage", "seconds"]].values.tolist() == [
        ["A", "Work", 7200.0]
    ]


@pytest.mark.parametrize(
    "who", [lambda n: None, lambda n: "all", lambda n: "all" if n % 2 else None]
)
def test_any_actors_will_do(who):
    run = queues.Run(World([Stage(9), Stage(5)], items=60)).go()
    events = [(*e[:4], who(n)) for n, e in enumerate(run.events)]
    run.events[:] = events
    flow = queues.flow(run)
    waits = flow.visits.query("kind == 'wait'")
    assert causes(flow)["seconds"].sum() == pytest.approx(waits["elapsed_s"].sum())


def test_nothing_waits():
    stages = [
        {"name": "Work", "kind": "active", "enter": ["work"]},
        {"name": "Done", "kind": "done", "enter": ["done"]},
    ]
    assert causes(Flow(make_log(HAND), make_stream(stages))).empty


def test_a_calendar_that_never_opens_explains_nothing():
    never = {"timezone": "UTC", "hours": {"sat": []}}
    table = causes(flow_of(HAND, calendar=never))
    assert "unavailability" not in set(table["cause"])


def test_the_file_has_the_rows(tmp_path):
    flow = flow_of(HAND)
    sums = write(flow, tmp_path)
    made = pd.read_parquet(tmp_path / "causes.parquet")
    assert made.columns.tolist() == ["item_id", "stage", "position", "cause", "seconds"]
    assert sums["seconds"].sum() == pytest.approx(made["seconds"].sum())
    assert [p.name for p in tmp_path.iterdir()] == ["causes.parquet"]
    assert BLOCKED["set"]


def test_the_unexplained_has_a_range(tmp_path):
    run = queues.Run(World([Stage(30, timer=60), Stage(9, 1)], (5, 1), 16)).go()
    flow = queues.flow(run)
    made = write(flow, tmp_path)
    rest = made[made["cause"] == "unexplained"].set_index("stage")
    assert (rest["low_s"] <= rest["seconds"]).all()
    assert (rest["high_s"] >= rest["seconds"]).all()
    true = sum(m["unexplained"] for (_, stage), m in run.truth.items() if stage == 0) / 1e6
    assert rest.loc["Wait 0", "low_s"] <= true <= rest.loc["Wait 0", "high_s"]
    assert made.loc[made["cause"] != "unexplained", ["low_s", "high_s"]].isna().all(axis=None)

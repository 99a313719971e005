"""Worlds drawn at random, each with a scenario that changes it, and the world it makes."""

from dataclasses import replace

import numpy as np

from tests.whole.worlds import Stage, World


def trap(seed):
    """A world in which faster work only moves the queue: the next stage can do no more.

    Returns the world, the scenario, and the world it makes.
    """
    rng = np.random.default_rng([77, seed])
    busy, per_week = float(rng.uniform(1.03, 1.12)), float(rng.uniform(20, 40))
    servers = int(rng.integers(1, 4))
    coding = Stage(busy * servers * 168 / per_week, servers, spread=0.5)
    testing = Stage(busy * 168 / per_week, 1, spread=float(rng.choice([0.5, 1.0])))
    world = World((coding, testing), per_week, seed=seed)
    changed = replace(world, stages=(replace(coding, work=coding.work * 0.5), testing))
    return world, {"stages": {"Work 0": {"service_time": {"scale": 0.5}}}}, changed


def ruled(seed, rule):
    """A world in which people go by a rule, none, ``order``, ``limit`` or ``hours``.

    Returns the world, a scenario, and the world it makes.
    """
    rng = np.random.default_rng([55, seed])
    per_week, hours = float(rng.uniform(20, 50)), rule == "hours"
    stages = []
    for _ in range(2):
        servers, busy = int(rng.integers(1, 4)), float(rng.uniform(0.7, 0.85))
        work = busy * servers * (40 if hours else 168) / per_week
        outside = work * float(rng.choice([0, 1]))
        stages.append(Stage(work, servers, spread=0.8, outside=outside, outside_share=0.5))
    if rule == "order":
        stages[0] = replace(stages[0], in_order=True)
    if rule == "limit":
        limit = int(rng.integers(1, 5))
        stages[1] = replace(stages[1], limit=limit, outside=0.0)
    world = World(tuple(stages), per_week, hours, urgent=float(rng.uniform(0.15, 0.4)), seed=seed)
    faster = replace(stages[1], work=stages[1].work * 0.7)
    change = {"stages": {"Work 1": {"service_time": {"scale": 0.7}}}}
    return world, change, replace(world, stages=(stages[0], faster))


def drawn(seed):
    """A world drawn at random, the scenario that changes it, and the world it makes."""
    rng = np.random.default_rng([99, seed])
    hours, count = bool(rng.random() < 0.5), int(rng.integers(2, 5))
    per_week = float(rng.uniform(20, 50))
    open_week = 40.0 if hours else 168.0
    stages, visits = [], np.ones(count)
    for n in range(count):
        rework = float(rng.uniform(0.1, 0.3)) if rng.random() < 0.4 else 0.0
        back = int(rng.integers(0, n + 1))
        visits[back : n + 1] /= 1 - rework
        stages.append(Stage(0.0, int(rng.integers(1, 5)), rework=rework, back=back))
    for n, stage in enumerate(stages):
        busy = float(rng.uniform(0.4, 0.88))
        work = busy * stage.servers * open_week / (per_week * visits[n])
        outside = float(rng.uniform(4, 72)) if rng.random() < 0.4 else 0.0
        stages[n] = replace(
            stage, work=work, outside=outside,
            outside_share=float(rng.choice([0.5, 1.0])), spread=float(rng.choice([0.5, 1.0, 1.3])),
        )  # fmt: skip
    world = World(
        tuple(stages), per_week, hours,
        release=float(rng.choice([0, 0, 7, 14])), gives_up=float(rng.choice([0, 0.1])),
        seed=seed,
    )  # fmt: skip
    return (world, *_change(world, rng))


def _change(world, rng):
    n = int(rng.integers(len(world.stages)))
    stage, kinds = world.stages[n], ["capacity", "service_time", "arrivals"]
    kinds += ["rework"] * bool(stage.rework) + ["wait"] * bool(stage.outside)
    kinds += ["release_every"] * bool(world.release)
    kind = str(rng.choice(kinds))
    scale = float(rng.choice([0.5, 0.7]))
    at = {kind: {"scale": scale}}
    if kind == "capacity":
        at, stage = {kind: 1}, replace(stage, servers=stage.servers + 1)
    elif kind == "service_time":
        stage = replace(stage, work=stage.work * scale)
    elif kind == "rework":
        stage = replace(stage, rework=stage.rework * scale)
    elif kind == "wait":
        stage = replace(stage, outside=stage.outside * scale)
    elif kind == "arrivals":
        scale = float(rng.choice([0.8, 1.1]))
        return {"arrivals": {"scale": scale}}, replace(world, per_week=world.per_week * scale)
    else:
        every = 3.5 if world.release == 7 else 7.0
        scenario = {"stages": {"For release": {"release_every": f"{every}d"}}}
        return scenario, replace(world, release=every)
    stages = tuple(stage if m == n else each for m, each in enumerate(world.stages))
    return {"stages": {f"Work {n}": at}}, replace(world, stages=stages)

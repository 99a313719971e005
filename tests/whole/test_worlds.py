"""Changes in worlds whose truth is known; benchmarks/whole.py has the figures of many."""

import numpy as np
import pytest

from tests.whole import drawn, worlds
from vsmlib.whole import Scenario, fit

WEEKS = 12


@pytest.mark.parametrize("seed", [4, 10, 12])
def test_a_change_is_foretold(seed):
    world, changes, after = drawn.drawn(seed)
    true, _ = worlds.truth(world, after, WEEKS * worlds.WEEK, futures=8)
    model = fit(worlds.flow(worlds.past(world)))
    then = model.run(Scenario.from_dict(changes), horizon_days=WEEKS * 7, replications=40)
    says = {
        **then["scenario"]["lead_time_s"],
        "throughput": then["scenario"]["throughput_per_week"],
    }
    error = [abs(says[name] / true[name] - 1) for name in ("p50", "p85", "throughput")]
    assert np.median(error) < 0.1
    assert max(error) < 0.2


def test_capacity_is_found():
    for seed in (3, 5, 6):
        world, _, _ = drawn.drawn(seed)
        fitted = fit(worlds.flow(worlds.past(world))).fit["stages"]
        found = [row["capacity"] for row in fitted if row["kind"] == "active"]
        assert found == [stage.servers for stage in world.stages]

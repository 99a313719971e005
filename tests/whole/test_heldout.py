"""What was foretold of weeks that were held out."""

import numpy as np
import pytest

from tests.whole import worlds
from vsmlib import measure
from vsmlib.whole import fit, fitted, reading
from vsmlib.whole.heldout import delivered, distance, held_out


@pytest.fixture(scope="module")
def flow():
    stages = (worlds.Stage(8, 2, rework=0.2), worlds.Stage(4, 1, outside=20.0))
    return worlds.flow(worlds.past(worlds.World(stages, per_week=28, items=700)))


def test_distance_is_the_mean_shift():
    rng = np.random.default_rng(1)
    sample = rng.exponential(1, 500)
    assert distance(sample, sample + 3) == pytest.approx(3)
    assert distance(sample, rng.permutation(sample)) == 0


def test_lead_times_are_those_of_the_measures(flow):
    moment, lead = delivered(reading.read(flow))
    items = measure.items(flow)
    known = items["lead_time_s"].notna()
    assert np.isfinite(moment).sum() == known.sum()
    assert sorted(lead[np.isfinite(moment)]) == pytest.approx(
        sorted(items.loc[known, "lead_time_s"])
    )


def test_the_past_as_it_was_known(flow):
    """What was known at a moment is the flow of a log that ends there."""
    past = reading.read(flow)
    cut = past.until(-20 * 86_400.0)
    began = past.start < -20 * 86_400.0
    assert len(cut.stage) == began.sum()
    assert (cut.end <= 0).all()
    assert len(cut.first) - 1 == len(np.unique(past.item[began]))
    assert (cut.still == (past.end[began] > -20 * 86_400.0)).all()


def test_the_baseline_stands_beside(flow):
    made = fit(flow).fit["held_out"]
    assert made["verdict"] in ("ahead", "level", "behind")
    assert made["distance_s"] > 0 < made["baseline_distance_s"]
    actual, foretold = made["throughput_per_week"]["actual"], made["throughput_per_week"]["model"]
    assert foretold == pytest.approx(actual, rel=0.25)


def test_too_little_to_hold_out(flow):
    few = reading.read(flow).until(-150 * 86_400.0)
    assert held_out(few, fitted.parts)["verdict"] == "too_little_data"

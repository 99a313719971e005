"""Candidates: a step is found near its date, a standing world has hardly any."""

from datetime import timedelta

import pytest

from tests.evidence.worlds import world
from vsmlib.errors import ParameterError
from vsmlib.evidence import candidates, placebos


def test_a_step_is_found_near_its_date():
    flow, at = world(1, side=300, weekly=10, cut=0.4)
    table = candidates(flow)
    assert abs(table["at"].iloc[0] - at) <= timedelta(days=21)
    assert table["after"].iloc[0] < 0.7 * table["before"].iloc[0]
    assert table.attrs["looked_at"] > 40


def test_a_standing_world_has_hardly_any():
    found = [len(candidates(world(seed, side=300, weekly=10)[0])) for seed in range(6)]
    assert sum(found) <= 2


@pytest.mark.parametrize("metric", ["throughput", "flow_efficiency", "rework"])
def test_any_metric_can_be_looked_at(metric):
    table = candidates(world(2, side=200)[0], metric)
    assert list(table.columns) == ["at", "before", "after"]


def test_little_data_has_none_and_a_wrong_metric_is_said():
    flow, _ = world(3, side=5, weekly=3)
    assert candidates(flow).empty
    with pytest.raises(ParameterError, match="unknown metric"):
        candidates(flow, "velocity")


def test_other_dates_are_tried_before_the_change_only():
    flow, at = world(5, side=600, weekly=10, cut=0.3)
    table = placebos(flow, at=at, dates=5)
    assert len(table) == 5
    assert table["at"].is_monotonic_increasing
    assert table["at"].max() < at - timedelta(weeks=13)
    assert not table["verdict"].isin(["improved", "worse"]).any()
    assert placebos(*world(5, side=30)[:1], at=world(5, side=30)[1]).empty

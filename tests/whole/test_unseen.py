"""What is said where a scenario leaves what the log has seen, and where it does not."""

import pytest

from tests.whole import worlds
from vsmlib.whole import Scenario, change, fit
from vsmlib.whole.unseen import unseen

DAY = 86_400.0


@pytest.fixture(scope="module")
def fitted():
    stages = (worlds.Stage(8, 2), worlds.Stage(4, 1))
    world = worlds.World(stages, per_week=28, release=7, items=600)
    return fit(worlds.flow(worlds.past(world))).fitted


def said(fitted, text, days=90):
    scenario = Scenario.parse(text)
    system = change.changed(fitted.now, fitted.past, fitted.queues, scenario)
    return [*unseen(fitted, scenario, system, days * DAY)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{arrivals: {scale: 2.5}}", "more would arrive than in any week"),
        ("{stages: {Work 0: {capacity: +1}}}", "Work 0: more at once than the log has seen"),
        ("{stages: {Wait 1: {wip_limit: 1}}}", "Wait 1: the log shows no such limit"),
        ("{stages: {Work 1: {service_time: {scale: 0.02}}}}", "Work 1: it would take less"),
        ("{stages: {For release: {release_every: 2d}}}", "For release: releases would follow"),
        ("{stages: {For release: {wait: {scale: 0.5}}}}", "For release: releases would follow"),
    ],
)
def test_what_no_log_has_seen_is_said_once(fitted, text, expected):
    made = said(fitted, text)
    assert len(made) == 1
    assert made[0].startswith(expected)


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "{arrivals: {scale: 0.5}}",
        "{arrivals: {scale: 1.05}}",
        "{stages: {Work 0: {capacity: -1}}}",
        "{stages: {Wait 1: {wip_limit: 500}}}",
        "{stages: {Work 1: {service_time: {scale: 0.8}}}}",
        "{stages: {For release: {release_every: 14d}}}",
        "{stages: {For release: {batch: 1}}}",
    ],
)
def test_what_it_has_seen_is_not(fitted, text):
    assert said(fitted, text) == []


def test_a_horizon_beyond_the_log(fitted):
    weeks = -fitted.past.since / DAY / 7
    assert said(fitted, "{}", days=weeks * 7 - 1) == []
    assert "days ahead are more than the" in said(fitted, "{}", days=weeks * 7 + 1)[0]

"""What scenarios can change beside scales: batches, who goes first, who serves which stage."""

import numpy as np
import pytest

from tests.whole import worlds
from tests.worlds import START, make_log, make_stream
from vsmlib.errors import ParameterError
from vsmlib.flow import Flow
from vsmlib.whole import Scenario, fit
from vsmlib.whole.history import ACTIVE

HOUR = 3600.0
LONG = {"horizon_days": 540, "replications": 40}


@pytest.fixture(scope="module")
def queue():
    """M/M/1, 60 % busy."""
    return fit(worlds.flow(worlds.past(worlds.World((worlds.Stage(6, 1),), per_week=16.8))))


@pytest.fixture(scope="module")
def tandem():
    stages = (worlds.Stage(6, 3), worlds.Stage(5.6, 1))
    return fit(worlds.flow(worlds.past(worlds.World(stages, per_week=28))))


def run(model, text, **keys):
    return model.run(Scenario.parse(text), **({"horizon_days": 84, "replications": 20} | keys))


def cobham(model, share):
    """Mean times of M/G/1 with two classes, from the moments of the fitted stream."""
    past = model.fitted.past
    work = past.work[(past.kind[past.stage] == ACTIVE) & ~past.still]
    rate = model.fitted.arrivals.rate
    left, busy = rate * np.mean(work**2) / 2, rate * work.mean()
    first = left / (1 - share * busy)
    return first + work.mean(), first / (1 - busy) + work.mean()


def test_who_goes_first_waits_as_cobham_says(queue):
    made = run(queue, "{priority: {share: 0.4}}", **LONG)
    theory = cobham(queue, 0.4)
    for who, expected in zip(("first", "others"), theory, strict=True):
        assert made["priority"][who]["after"]["mean"] == pytest.approx(expected, rel=0.06)
        before = made["baseline"]["lead_time_s"]["mean"]
        assert made["priority"][who]["before"]["mean"] == pytest.approx(before, rel=0.03)


def test_an_order_that_looks_at_no_times_leaves_the_mean(queue):
    """Kleinrock's conservation law: what some gain the others pay."""
    made = run(queue, "{priority: {share: 0.4}}", **LONG)
    then, was = (made[when]["lead_time_s"] for when in ("scenario", "baseline"))
    assert then["mean"] == pytest.approx(was["mean"], rel=0.02)
    assert made["priority"]["others"]["after"]["mean"] > was["mean"]


def test_a_batch_waits_for_its_last():
    """Of N that come at random the first waits for N − 1 gaps, the last for none."""
    stages = (worlds.Stage(6, 12), worlds.Stage(6, 12))
    model = fit(worlds.flow(worlds.past(worlds.World(stages, per_week=28))))
    gap = 1 / model.fitted.arrivals.rate
    for size in (2, 5):
        made = run(model, f"{{stages: {{Work 1: {{batch: {size}}}}}}}", **LONG)
        rows = {row["stage"]: row["wait_after_s"] - row["wait_before_s"] for row in made["stages"]}
        assert rows["Wait 1"] == pytest.approx((size - 1) / 2 * gap, rel=0.05)
        assert rows["Wait 0"] == pytest.approx(0, abs=0.01 * gap)


def together(size):
    """A flow whose items leave the queue so many at a time, straight into a day of work."""
    rng, t, events = np.random.default_rng(3), 0.0, []
    waiting, day = [], 86_400 * 10**6
    for i in range(400):
        t += rng.exponential(0.5)
        events.append((f"i{i}", START + int(t * day), len(events), "queue", None))
        waiting.append(i)
        if len(waiting) == size:
            for item in waiting:
                at = START + int(t * day)
                events.append((f"i{item}", at, len(events), "work", None))
                events.append((f"i{item}", at + day, len(events), "done", None))
            waiting = []
    return Flow(make_log(events), make_stream())


def test_batches_are_found_and_split():
    model = fit(together(6))
    sizes = {row["stage"]: row["released_size"] for row in model.fit["stages"]}
    assert sizes["Queue"] == 6
    alone, half, scaled = (
        run(model, f"{{stages: {{Queue: {key}}}}}")["stages"][0]["wait_after_s"]
        for key in ("{batch: 1}", "{batch: 3}", "{wait: {scale: 0.4}}")
    )
    gap = 1 / model.fitted.arrivals.rate
    assert alone == pytest.approx(0, abs=0.05 * gap)
    assert half == pytest.approx(gap, rel=0.15)
    assert scaled == half, "two fifths of the time to be together are two fifths of the others"
    levers = model.levers(effort=0.5, horizon_days=84, replications=10).set_index("lever")
    assert levers.loc["batch", "change"] == "batches of 3 in place of 6"
    assert levers.loc["batch", "effect_s"] < 0


def test_people_who_move_are_less_here_and_more_there(tandem):
    moved = run(tandem, "{move: {people: 1, out_of: Work 0, into: Work 1}}").to_dict()
    said = run(tandem, "{stages: {Work 0: {capacity: -1}, Work 1: {capacity: +1}}}").to_dict()
    assert moved == said
    assert moved["verdict"] == "better", "however skewed the gain is, no drawn fit has a loss"
    rows = {row["stage"]: row["wait_after_s"] - row["wait_before_s"] for row in moved["stages"]}
    assert rows["Wait 1"] < -12 * HOUR
    assert 0 < rows["Wait 0"] < 3 * HOUR


def of_types(kinds):
    world = worlds.past(worlds.World((worlds.Stage(6, 1),), per_week=22, items=600))
    events, stream = world.events, worlds.flow(world).stream
    items = {name: {"item_type": kinds[i % len(kinds)]}
             for i, name in enumerate(dict.fromkeys(event[0] for event in events))}  # fmt: skip
    return fit(Flow(make_log(events, items=items), stream))


def test_a_type_goes_first():
    model = of_types(["bug", "feature", "feature"])
    made = run(model, "{priority: {item_type: bug}}")["priority"]
    assert made["first"]["after"]["p85"] < 0.8 * made["first"]["before"]["p85"]
    assert made["others"]["after"]["p85"] > made["others"]["before"]["p85"]
    with pytest.raises(ParameterError, match="did you mean 'bug'"):
        run(model, "{priority: {item_type: bugs}}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{priority: {item_type: bug}}", "the log has no item types"),
        ("{move: {out_of: Work 0, into: Wrok 1}}", "did you mean 'Work 1'"),
        ("{move: {people: 3, out_of: Work 0, into: Work 1}}", "capacity would be 0"),
        ("{move: {out_of: Done, into: Work 1}}", "no capacity that could be less"),
        ("{move: {out_of: Wait 0, into: Work 0}}", "the same people serve both"),
        ("{stages: {Dropped: {batch: 3}}}", "Wait 0, Wait 1"),
    ],
)
def test_what_does_not_fit_the_stream_is_said(tandem, text, said):
    with pytest.raises(ParameterError) as caught:
        run(tandem, text)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_order_without_a_queue_changes_nothing():
    rng, events = np.random.default_rng(1), []
    for i in range(60):
        t = START + i * 86_400 * 10**6
        events.append((f"i{i}", t, 2 * i, "work", None))
        end = t + int(rng.exponential(3 * 86_400) * 10**6)
        events.append((f"i{i}", end, 2 * i + 1, "done", None))
    made = run(fit(Flow(make_log(events), make_stream())), "{priority: {share: 0.5}}")
    assert made["verdict"] == "no_difference"
    assert any("who goes first changes nothing" in text for text in made["warnings"])

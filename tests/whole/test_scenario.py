"""Scenario files: what they may say, and one line for what they may not."""

import pytest

from vsmlib.errors import VsmError
from vsmlib.whole import Scenario

ALL = """
name: Both
arrivals: {scale: 1.2}
stages:
  Review: {capacity: +1, service_time: {scale: 0.5}, rework: {scale: 0.5}, wip_limit: 4,
           release_every: 7d, wait: {scale: 0}, effort_days: 5}
  Test: {batch: 3}
priority: {item_type: [bug, incident]}
move: {people: 2, out_of: Test, into: Review}
effort_days: 10
"""


def test_everything_a_scenario_can_say(tmp_path):
    (tmp_path / "s.yaml").write_text(ALL)
    made = Scenario.load(tmp_path / "s.yaml")
    review = made.stages["Review"]
    assert (made.name, made.arrivals.scale) == ("Both", 1.2)
    assert (review.capacity, review.wip_limit, review.release_every) == (1, 4, 604_800)
    assert (review.service_time.scale, review.rework.scale, review.wait.scale) == (0.5, 0.5, 0)
    assert (made.stages["Test"].batch, made.priority.item_type) == (3, ("bug", "incident"))
    (move,) = made.move
    assert (move.people, move.out_of, move.into) == (2, "Test", "Review")
    assert (made.effort_days, review.effort_days) == (10, 5)
    assert (
        Scenario.from_dict({"stages": {"Review": {"capacity": -1}}}).stages["Review"].capacity < 0
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stages: {Review: {capcity: +1}}", "unknown key 'capcity'"),
        ("arrival: {scale: 2}", "did you mean 'arrivals'"),
        ("arrivals: {scale: -1}", "greater than or equal to 0"),
        ("arrivals: 2", "a mapping of keys to values"),
        ("stages: {Review: {capacity: 0}}", "changes nothing"),
        ("stages: {Review: {capacity: many}}", "'many'"),
        ("stages: {Review: {release_every: soon}}", "7d, 12h, 2w"),
        ("stages: {Review: {wip_limit: 0}}", "greater than or equal to 1"),
        ("stages: {Review: {batch: 0}}", "greater than or equal to 1"),
        ("stages: {Review: {batch: 2.5}}", "2.5"),
        ("stages: {Review: {batch: 3, release_every: 7d}}", "both release_every and batch"),
        ("stages: {Review: {effort_days: -1}}", "greater than or equal to 0"),
        ("priority: {share: 1}", "less than 1"),
        ("priority: {}", "either item_type"),
        ("priority: {share: 0.1, item_type: bug}", "either item_type"),
        ("priority: {item_type: []}", "at least one"),
        ("move: {out_of: Test}", "into"),
        ("move: {out_of: Test, into: Test}", "name two stages"),
        ("move: {out_of: Test, into: Review, people: 0}", "greater than or equal to 1"),
        ("move: [Test]", "a mapping of keys to values"),
        ("- a\n- b", "scenario.yaml"),
    ],
)
def test_bad_scenarios_are_one_line(text, said):
    with pytest.raises(VsmError) as caught:
        Scenario.parse(text)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "scenario.yaml" in str(caught.value)

"""How often verdicts are right, in short; `python -m benchmarks.evidence` is the long form."""

from tests.evidence.worlds import world
from vsmlib.evidence import compare

KINDS = ("plain", "tails", "seasons", "lasting", "items")


def verdict(seed, kind, cut):
    flow, at = world(seed, kind, cut=cut)
    return compare(flow, at=at, guard=False)


def test_standing_worlds_are_seldom_called_changed():
    """One in twenty is allowed; four or more of twenty would come once in sixty times."""
    told = [verdict(seed, KINDS[seed % 5], 1.0).verdict for seed in range(100, 120)]
    assert sum(one in ("improved", "worse") for one in told) <= 3


def test_a_cut_by_a_third_is_mostly_found_and_inside():
    made = [verdict(seed, "plain", 0.7) for seed in range(100, 112)]
    assert sum(one.verdict == "improved" for one in made) >= 8
    inside = [one["relative"]["low"] <= -0.3 <= one["relative"]["high"] for one in made]
    assert sum(inside) >= 9

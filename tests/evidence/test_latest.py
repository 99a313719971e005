"""What the last weeks changed, in the words and figures of `compare`."""

import pytest

from tests.test_news import delivered
from vsmlib.evidence import compare_all, latest
from vsmlib.evidence.latest import LATEST


@pytest.mark.parametrize("last", [[6, 5, 6, 5], [20, 20, 20, 20]])
def test_it_says_what_compare_says(last):
    flow = delivered([5, 6, 5, 6] * 8 + last)
    made = latest(flow)
    others = compare_all(flow, metrics=LATEST, at=made[0]["at"], guard=False)
    for one, other in zip(made, others, strict=True):
        assert one.sentence == other.sentence
        assert one.get("p_adjusted") == other.get("p_adjusted")
    assert made[2].verdict == ("improved" if last[0] == 20 else "no_evidence")


def test_a_log_of_three_weeks_has_nothing_before():
    assert latest(delivered([5, 5, 5])) == []

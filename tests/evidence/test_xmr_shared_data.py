"""Lighthouse's limits and rules, as its own tests have them."""

import json
import tarfile

import numpy as np
import pytest

from vsmlib.evidence import xmr
from vsmlib.measure.limits import limits

RULE = {
    "SmallShift": "eight_in_a_row",
    "ModerateShift": "four_of_five",
    "ModerateChange": "two_of_three",
}


@pytest.fixture(scope="module")
def cases(shared_data):
    with tarfile.open(shared_data("flow-peers.tar.xz")) as archive:
        wanted = "lighthouse_xmr_and_flow_efficiency_cases.json"
        name = next(n for n in archive.getnames() if n.endswith(wanted))
        return json.load(archive.extractfile(name))


def test_limits(cases):
    for case in cases["xmr_limits"]:
        made = limits(case["baseline"])
        assert made["mean"] == case["average"]
        assert made["upper"] == pytest.approx(case["unpl"])
        assert made["lower"] == pytest.approx(case["lnpl"])
        assert made["moving_range"] == case.get("mrbar", 0)


def test_rules(cases):
    def flagged(case, rule):
        return np.flatnonzero(xmr(case["display"], case["baseline"])[rule]).tolist()

    checked = 0
    for case in cases["xmr_rules"]:
        if "flag_idx" in case:
            rule = next(ours for theirs, ours in RULE.items() if case["rule"].startswith(theirs))
            assert flagged(case, rule) == case["flag_idx"], case["rule"]
            checked += 1
        elif "large_idx" in case:
            assert flagged(case, "beyond_limit") == case["large_idx"]
            assert flagged(case, "two_of_three") == case["moderate_idx"]
            checked += 1
        else:
            assert xmr([170], case["baseline"])["beyond_limit"].tolist() == [True]
            checked += 1
    assert checked == 6

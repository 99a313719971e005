"""Figures of replications, their differences, and what is said of them."""

import numpy as np
import pytest

from vsmlib.whole.differences import (
    MATERIAL,
    difference,
    leads,
    mean,
    measures,
    percentile,
    verdict,
)
from vsmlib.whole.group import Future

WEEK = 604_800.0


def future(lead, wip=0.0, reworked=0.0):
    lead = np.array(lead, float)
    none = np.zeros(0)
    return Future(lead, wip, none, none, none, reworked, np.zeros(len(lead), bool))


def groups(*parts):
    """A group of one replication each."""
    return [[future(part)] for part in parts]


def test_figures_by_hand():
    runs = [future([1, 2, 3], 4, 0.5), future([10], 6, 0.0)]
    figures = {name: of(runs) for name, of in measures(2 * WEEK).items()}
    assert figures == {
        "lead_time_p50_s": 2.5,
        "lead_time_p85_s": np.quantile([1, 2, 3, 10], 0.85),
        "throughput_per_week": 1.0,
        "wip": 5.0,
        "rework_share": 0.25,
    }
    assert mean(runs) == 4
    assert leads([runs, [future([7])]]).tolist() == [1, 2, 3, 10, 7]


def test_nothing_delivered_has_no_figure():
    runs = [future([])]
    assert np.isnan(percentile(0.5)(runs))
    assert np.isnan(mean(runs))
    none = {"estimate": None, "low": None, "high": None}
    assert difference(groups([1], [1]), groups([], []), mean) == none


def test_the_interval_is_that_of_the_groups_by_their_order():
    """Of 19 groups the lowest and the highest are the ends: Weibull positions 1/20 and 19/20."""
    before = groups(*[[0.0]] * 19)
    after = groups(*[[float(n * n)] for n in range(1, 20)])
    found = difference(before, after, mean)
    assert found == pytest.approx(
        {"estimate": np.mean([n * n for n in range(1, 20)]), "low": 1, "high": 361}
    )


def test_the_estimate_is_in_its_interval():
    """The whole is no mean of the parts: it is widened to, where they differ."""
    before, after = [[future([0.0] * 9)], [future([0.0])]], [[future([5.0] * 9)], [future([1.0])]]
    found = difference(before, after, percentile(0.5))
    assert found["low"] <= found["estimate"] == 5.0 <= found["high"]


def test_one_group_has_no_interval():
    assert difference(groups([1]), groups([3]), mean) == {"estimate": 2, "low": None, "high": None}


BASE = {"lead_time_s": {"p50": 100.0, "p85": 200.0}, "throughput_per_week": 10.0}


def said(p50=0.0, p85=0.0, throughput=0.0, width=0.5, share=1.0):
    """Verdict of changes; ``width`` of their intervals as a share of the change."""
    names = ("lead_time_p50_s", "lead_time_p85_s", "throughput_per_week")
    made = {
        name: {"estimate": v, "low": v - abs(v) * width, "high": v + abs(v) * width}
        for name, v in zip(names, (p50, p85, throughput), strict=True)
    }
    return verdict(BASE, made, share)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, "no_difference"),
        ({"p50": -10}, "better"),
        ({"p85": -10}, "better"),
        ({"p50": 10}, "worse"),
        ({"p50": -10, "p85": 20}, "no_difference"),  # some gain, others lose
        ({"p50": -10, "throughput": -1}, "no_difference"),
        ({"throughput": -1}, "worse"),
        ({"throughput": 1}, "no_difference"),  # more deliveries alone are no faster ones
        ({"p50": -10, "width": 1.5}, "no_difference"),  # chance
        ({"p50": -99 * MATERIAL}, "no_difference"),  # too little
        ({"p50": -101 * MATERIAL}, "better"),
        ({"p50": -10, "throughput": -2, "share": 0.8}, "better"),  # fewer come, so fewer go
        ({"p50": -10, "throughput": -4, "share": 0.8}, "no_difference"),
    ],
)
def test_verdicts(keys, expected):
    assert said(**keys) == expected

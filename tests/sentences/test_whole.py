"""What a simulation says in a terminal."""

import pandas as pd

from vsmlib.sentences.whole import held_out, simulated, top_lever, trap

RESULT = {"lead_time_s": {"p50": 86_400.0, "p85": None}, "wip": 3.0, "rework_share": 0.25}
CHANGE = {"estimate": -3_600.0, "low": -7_200.0, "high": 0.0}


def data(**changes):
    return {
        "baseline": RESULT,
        "scenario": RESULT,
        "difference": {"lead_time_p50_s": CHANGE},
        "stages": [{"stage": "Wait", "wait_before_s": 60.0, "wait_after_s": 120.0}],
        "verdict": "better",
        "warnings": ["only 3 items"],
    } | changes


def test_a_line_each():
    lines = simulated(data(), "Faster")
    assert lines[0] == "Faster: the end-to-end time gets better"
    assert "24 h" in lines[1] or "1 day" in lines[1]
    assert "−2 h to +" in lines[1]
    assert lines[2].startswith("  Wait: wait per item 1 min")
    assert lines[3] == "warning: only 3 items"


def test_shares_are_percent():
    change = {"estimate": 0.05, "low": 0.01, "high": 0.09}
    line = simulated(data(difference={"rework_share": change}), "A")[1]
    assert "25" in line
    assert "%" in line


def test_nothing_delivered_and_one_run():
    none = {"estimate": None, "low": None, "high": None}
    assert "nothing is delivered" in simulated(data(difference={"lead_time_p85_s": none}), "A")[1]
    one = {"estimate": 0.0, "low": None, "high": None}
    assert "no interval" in simulated(data(difference={"wip": one}), "A")[1]


def test_weeks_held_out_are_told_beside_the_baseline():
    found = {"weeks": 38.0, "distance_s": 35 * 86_400.0, "baseline_distance_s": 51 * 86_400.0}
    found |= {"throughput_per_week": {"actual": 2.7, "model": 2.6}}
    found |= {"wip": {"actual": 96.0, "model": 82.0}}
    first, days, throughput, wip = held_out(found | {"verdict": "ahead"})
    assert first == "The model foretold the last 38 weeks better than the baseline:"
    assert days == "its lead times lie 35 days off on average, those of the baseline 51 days"
    assert throughput == "delivered a week: 2.6 foretold, 2.7 came"
    assert wip == "in progress: 82 foretold, 96 came"
    assert "worse than" in held_out(found | {"verdict": "behind"})[0]


def levers(**changes):
    row = {"lever": "service_time", "stage": "Code", "change": "work 20% less", "effect_s": -3600.0,
           "low_s": -7200.0, "high_s": -60.0, "local_s": -86400.0, "moved_to": "QA",
           "moved_s": 82800.0, "local_only": True}  # fmt: skip
    return pd.DataFrame([row | changes])


def test_the_trap_has_what_the_stage_gains_and_what_the_customer_sees():
    (line,) = trap(levers())
    assert line == (
        "Faster work in “Code” gives 1 day there; the customer sees 1 h of it, for items wait 23 h "
        "longer in “QA”: a local optimisation."
    )
    honest = trap(levers(local_only=False, moved_to=None))
    assert honest[-1].startswith("None of these is a local optimisation")
    assert "takes any time" in trap(levers(lever="wait"))[0]


def test_the_top_lever_says_how_sure_it_is():
    said = "“Code”, work 20% less: 1 h off the mean lead time (90% interval −2 h to −1 min)."
    assert top_lever(levers())[0] == said
    assert top_lever(levers(high_s=60.0))[0].endswith("It may be chance.")
    assert "no interval" in top_lever(levers(low_s=None))[0]

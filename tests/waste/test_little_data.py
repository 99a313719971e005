"""Little or odd data: a smaller answer that says what is missing, never an error or a guess."""

import pytest

import vsmlib as vsm
from tests.charts import looking
from tests.waits import queues
from tests.waits.queues import Stage, World
from tests.worlds import HAND, HOUR, START, flow_of, make_log, make_stream
from vsmlib.flow import Flow

NEVER = {"timezone": "UTC", "hours": {"sat": []}}
CHARTS = (vsm.charts.wait_causes, vsm.charts.opportunities, vsm.charts.waste_over_time)


def with_actors(who):
    run = queues.Run(World([Stage(9), Stage(5)], items=40)).go()
    run.events[:] = [(*e[:4], who(n)) for n, e in enumerate(run.events)]
    return queues.flow(run)


def without_waits():
    stages = [
        {"name": "Work", "kind": "active", "enter": ["work"]},
        {"name": "Done", "kind": "done", "enter": ["done"]},
    ]
    return Flow(make_log(HAND), make_stream(stages))


# What the waits say is missing, and whether anything is delivered.
ODD = {
    "no actors": (lambda: with_actors(lambda n: None), "nobody is known", True),
    "one actor for all": (lambda: with_actors(lambda n: "all"), "no calendar", True),
    "some actors": (lambda: with_actors(lambda n: "all" if n % 2 else None), "no calendar", True),
    "no wait stages": (without_waits, "no item was in a wait stage", True),
    "one item": (lambda: flow_of(HAND[:10]), "no calendar", True),
    "all open": (
        lambda: flow_of([(f"i{n}", START + n * HOUR, n, "queue", "ada") for n in range(9)]),
        "every wait is still open",
        False,
    ),
    "never open": (lambda: flow_of(HAND, calendar=NEVER), "never opens", True),
}


@pytest.mark.parametrize("case", ODD)
def test_a_smaller_answer_says_what_is_missing(case):
    make, missing, delivered = ODD[case]
    flow = make()
    assert missing in " ".join(vsm.waits.missing(flow))
    summary, table = vsm.measure.summary(flow), vsm.waste.opportunities(flow)
    assert bool(summary["delivered"]) == delivered
    saved = table.dropna(subset="days_per_item")
    mean = summary["lead_time_s"]["mean"] or 0
    assert saved["days_per_item"].sum() * 86400 <= mean + 1e-6
    assert "switching" not in set(table["waste"])
    assert "it takes five" in str(vsm.sentences.waste(vsm.waste.switching(flow)))
    said = str(vsm.sentences.opportunities(table, summary))
    assert ("No item was delivered" in said) == (not delivered)
    assert "nan" not in said
    assert len(vsm.sentences.opportunity_table(table)) == min(len(table), 10)
    for chart in CHARTS:
        words = looking.texts(chart(flow))
        assert words
        assert not any("nan" in text.split() for text in words)
    never = {"unavailability"} if case == "never open" else set()
    assert not never & set(table["what"])

"""Wastes and opportunities in sentences: figures that are there, and what is missing."""

import re

import vsmlib as vsm
from tests.waits import queues
from tests.waits.queues import Stage, World
from tests.waste.test_people import people
from tests.worlds import HAND, HOUR, START, flow_of


def told(events):
    flow = flow_of(events)
    return vsm.sentences.opportunities(vsm.waste.opportunities(flow), vsm.measure.summary(flow))


def test_an_opportunity_names_its_place_size_and_owner():
    assert list(told(HAND)) == [
        "A delivered item took 11 h on average. 82% of that is in 4 places, no day counted twice. "
        "An item would save:",
        "4 h (36%) if it did not wait in “Review” for what the data do not say (unexplained): "
        "1 item, above all A.",
        "2 h (18%) if it did not wait in “Queue” for what the data do not say (unexplained): "
        "1 item, above all A.",
        "2 h (18%) if it did not wait in “Work” while blocked: 1 item, above all A.",
    ]


def test_opportunities_are_a_list_in_a_notebook():
    shown = told(HAND)._repr_markdown_().splitlines()
    assert [line[:2] for line in shown[2:]] == ["- "] * 3
    assert told(HAND[:1])._repr_markdown_().startswith("No item was delivered")


def test_an_opportunity_has_its_interval_and_owner_where_known():
    flow = queues.flow(
        queues.Run(World([Stage(9)], items=60)).go(),
        stages=[
            {"name": "Wait 0", "kind": "wait", "enter": ["wait 0"], "owner": "testers"},
            {"name": "Work 0", "kind": "active", "enter": ["work 0"]},
            {"name": "Done", "kind": "done", "enter": ["done"]},
        ],
    )
    table = vsm.waste.opportunities(flow)
    said = vsm.sentences.opportunities(table, vsm.measure.summary(flow))[1]
    assert re.match(r"\d+ min \(\d+%, \d+ min to \d+ min\) if it did not wait in “Wait 0”", said)
    assert said.endswith("Talk to: testers.")


def test_items_of_one_project_are_told_by_number():
    events = [(f"a/b#{n}", START + 30 * n * HOUR + at * HOUR, 9 * n + at, name, None)
              for n in range(3) for at, name in enumerate(("review", "done"))]  # fmt: skip
    assert "above all a/b#0, #1, #2." in told(events)[1]


def test_work_for_nothing_stands_beside():
    events = [*HAND, ("C", START, 20, "work", "ada"), ("C", START + 24 * HOUR, 21, "drop", "ada")]
    assert (
        told(events)[-1] == "Beside that, 1 day went into work that was cancelled or is not in use."
    )


def test_nothing_delivered_gains_nothing():
    assert "No item was delivered" in str(told(HAND[:1]))
    assert list(told([("A", START, 0, "done", None)])) == ["Nothing is there to gain."]


def test_a_waste_says_size_places_trend_and_what_would_make_it_none():
    said = vsm.sentences.waste(vsm.waste.waiting(flow_of(HAND)))
    assert said[0] == "Waiting takes 8 h, 73% of the lead time."
    assert said[1].startswith("Most of it: “Review”, unexplained (4 h, 1 item)")
    assert said[-1].startswith("It is no waste if ")


def test_few_people_and_no_waste_are_said_so():
    few, none = (vsm.sentences.waste(vsm.waste.switching(flow_of(people(n)))) for n in (4, 5))
    assert "it takes five" in str(few)
    assert str(none).startswith("Switching takes")
    assert list(vsm.sentences.waste(vsm.waste.rework(flow_of(HAND[-2:])))) == [
        "No rework was found in what was delivered."
    ]


def test_the_table_in_words_has_a_row_an_opportunity():
    table = vsm.waste.opportunities(flow_of(HAND))
    shown = vsm.sentences.opportunity_table(table)
    assert len(shown) == len(table)
    assert shown["an item saves"].iloc[0] == "4 h"
    assert shown["90% interval"].iloc[0] == "\N{EN DASH}"


def test_further_figures_have_their_units():
    shown = vsm.sentences.figure_table(vsm.waste.rework(flow_of(HAND)))[""]
    assert shown["first pass yield"] == "0%"
    assert shown["let through: Work"] == "100%"
    assert shown["%C&A: Work"] == "0%"
    waited = vsm.sentences.figure_table(vsm.waste.waiting(flow_of(HAND)))[""]
    assert waited["owner: (nobody named)"] == "8 h"
    over = vsm.sentences.figure_table(vsm.waste.overproduction(flow_of(HAND[:1])))[""]
    assert over["inventory age p50"] == over["unused"] == "\N{EN DASH}"


def test_places_and_items_in_words():
    found = vsm.waste.waiting(flow_of(HAND))
    assert vsm.sentences.place_table(found)["in all"].tolist() == ["4 h", "2 h", "2 h"]
    assert vsm.sentences.worst_table(found)["lost"].to_dict() == {"A": "8 h"}

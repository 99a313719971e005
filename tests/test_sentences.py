"""Figures in words: whole sentences, no idle claims, hostile names harmless."""

import pandas as pd

import vsmlib as vsm
from tests.worlds import BLOCKED, HAND, START, make_log, make_stream
from vsmlib.flow import Flow
from vsmlib.sentences import Prose

DAY = 86_400


def flow_of(events):
    return Flow(make_log(events), make_stream(blocked=BLOCKED))


def test_headline_of_the_hand_worked_log():
    assert list(vsm.sentences.headline(vsm.measure.summary(flow_of(HAND)))) == [
        "1 item delivered from 2026-03-02 to 2026-03-03, 5.6 a week.",
        "Half of them took 11 h or less, 85% took 11 h or less.",
        "Of that time 27% was work and 73% was waiting.",
        "The longest wait is “Review”: 36% of all lead time.",
        "1 item is in progress; 15% of them are older than 1.2 days.",
    ]


def test_nothing_delivered_is_said():
    flow = flow_of([("A", START, 0, "work", None)])
    summary, stages = vsm.measure.summary(flow), vsm.measure.stages(flow)
    assert "No item was delivered" in str(vsm.sentences.headline(summary))
    assert "No item was delivered" in str(vsm.sentences.where_time_goes(stages, 0))
    assert "No item was delivered" in str(
        vsm.sentences.rework(summary, vsm.measure.transitions(flow))
    )
    assert vsm.sentences.cards(summary)[0][1] == "\N{EN DASH}"


def test_stuck_items():
    flow = flow_of(HAND)
    said = str(vsm.sentences.stuck(vsm.measure.aging(flow), vsm.measure.pace(flow)))
    assert "1 of 1 item in progress is older than 85%" in said
    assert "The oldest is B" in said
    table = vsm.sentences.oldest_table(vsm.measure.aging(flow), vsm.measure.pace(flow))
    assert table.index.tolist() == ["B"]
    assert vsm.sentences.stuck(pd.DataFrame(), pd.DataFrame()) == ["Nothing is in progress."]


def test_markdown_in_names_stays_text():
    shown = Prose(["a <b> *c* [d](javascript:e)\n# f"])._repr_markdown_()
    assert shown == r"a \<b\> \*c\* \[d\]\(javascript:e\) \# f"


def reading(**changes):
    made = {"mean_wip": 70.0, "arrivals_per_week": 5.0, "departures_per_week": 5.0}
    made |= {"mean_time_in_stream_s": 14 * 7 * DAY, "mean_lead_time_s": 95 * DAY}
    return str(vsm.sentences.littles_law(made | changes))


def test_littles_law_is_said_with_a_reason_where_it_is_apart():
    assert reading() == (
        "On average 70 items were in the stream and 5 left it a week, so an item stays about "
        "98 days. The mean lead time of what was delivered is 95 days."
    )
    piling = "The two differ because 9 arrived a week while 5 left, so work is piling up."
    assert reading(mean_lead_time_s=40 * DAY, arrivals_per_week=9.0).endswith(piling)
    assert "worked off" in reading(mean_lead_time_s=40 * DAY, arrivals_per_week=1.0)
    assert "what was cancelled" in reading(mean_lead_time_s=40 * DAY)
    assert reading(mean_lead_time_s=None).endswith("98 days.")
    assert reading(mean_time_in_stream_s=None).startswith("No item left the stream")


def test_items_in_words_say_how_many_there_are():
    flow = vsm.Flow(vsm.read("sample"), vsm.ValueStream.load("github-pull-requests"))
    items = vsm.measure.items(flow).query("status == 'delivered'").sort_values("lead_time_s")
    table = vsm.sentences.item_table(items, most=3)
    assert table.columns.name == "944 items"
    assert table.index.tolist() == items["item_id"].head(3).tolist()
    assert table["lead time"].iloc[0] == vsm.words.duration(items["lead_time_s"].iloc[0])
    assert vsm.sentences.item_table(items.head(0)).empty

"""Visits added up by item, at the end and at any moment."""

from tests.worlds import BLOCKED, HAND, HOUR, START, make_log, make_stream
from vsmlib import sums
from vsmlib.engine import to_pandas
from vsmlib.flow import Flow


def flow():
    return Flow(make_log(HAND), make_stream(blocked=BLOCKED, commitment="Work"))


def test_an_items_visits_are_added_up():
    whole = flow()
    made = to_pandas(sums.of_items(whole.frame, whole.ends, whole.stream).sort("item"))
    first = made.iloc[0]
    assert (first["first_us"], first["committed_us"]) == (START, START + 2 * HOUR)
    assert (first["status"], first["ended_us"]) == (2, START + 11 * HOUR)
    hours = ["flow_us", "cycle_us", "process_us", "wait_us", "blocked_us"]
    assert (first[hours] / HOUR).tolist() == [11, 9, 3, 8, 2]
    assert (first["rework_visits"], first["reopened"]) == (1, 0)
    assert made["working_us"].isna().all()


def test_before_each_visit_stands_what_the_ones_before_it_add_up_to():
    whole = flow()
    made = to_pandas(sums.before(whole.frame, whole.stream).sort("item", "position"))
    made = made[made["item"] == made["item"][0]]
    assert made["stage"].tolist() == [0, 1, 2, 1, 4, 5]
    assert (made["flow_us_before"] / HOUR).tolist() == [0, 2, 6, 10, 11, 11]
    assert (made["cycle_us_before"] / HOUR).tolist() == [0, 0, 4, 8, 9, 9]
    assert (made["process_us_before"] / HOUR).tolist() == [0, 0, 2, 2, 3, 3]
    assert (made["blocked_us_before"] / HOUR).tolist() == [0, 0, 2, 2, 2, 2]
    assert made["committed_us"].isna().tolist() == [True] + [False] * 5
    assert made["status"].tolist() == [0, 0, 0, 0, 2, 2]
    assert made["ended_us"].dropna().tolist() == [START + 11 * HOUR] * 2
    assert made["until_us"].tolist()[:2] == [START + 2 * HOUR, START + 6 * HOUR]


def test_the_last_visit_and_what_was_before_it_give_the_sums_of_the_item():
    made = flow()
    known = sums.before(made.frame, made.stream)
    known = known.drop("stage", "kind", "visit", "t0", "t1", "from_stage", "actor_in")
    last = made.still.join(known, on=["item", "position"])
    got = to_pandas(sums.at_last(last, made.stream).sort("item"))
    expected = sums.of_items(made.frame, made.ends, made.stream).sort("item")
    assert got.equals(to_pandas(expected)[got.columns])

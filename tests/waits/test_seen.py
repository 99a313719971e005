"""What the rules of causes look at: when work was possible, and by whom it was done."""

from tests.waits import queues
from tests.waits.queues import Stage, World
from tests.worlds import HAND, HOUR, START, flow_of
from vsmlib.waits.seen import look

BLOCKED = [
    ("A", START, 0, "queue", "ada"),
    ("A", START, 1, "flag", None),
    ("A", START + HOUR, 2, "unflag", None),
    ("A", START + 2 * HOUR, 3, "flag", None),
    ("A", START + 3 * HOUR, 4, "unflag", None),
    ("A", START + 4 * HOUR, 5, "work", None),
    ("A", START + 5 * HOUR, 6, "done", "bob"),
]


def test_an_item_that_began_blocked_is_possible_after_the_block():
    seen = look(flow_of(BLOCKED))
    assert ((seen.possible - START) // HOUR).tolist() == [1]
    assert (seen.work.enabled[1] - START) // HOUR == 1
    assert ((seen.parts.high - seen.parts.low) // HOUR).tolist() == [0, 1, 1]


def test_who_ended_the_work_did_it_where_nobody_began_it():
    flow = flow_of(BLOCKED)
    seen = look(flow)
    assert flow.log.actor_names[seen.work.actor[1]] == "bob"
    assert seen.doer[0] == seen.work.actor[1]


def test_open_waits_have_no_doer():
    seen = look(flow_of([*HAND, ("C", START, 12, "queue", "ada"), ("D", START, 13, "work", "bob")]))
    assert seen.doer[seen.waits].tolist()[-1] == -1
    assert seen.following.tolist()[-1] == -1


def test_a_stage_that_does_one_thing_at_a_time_is_a_server():
    seen = look(queues.flow(queues.Run(World([Stage(9)], actors=False)).go()))
    assert set(seen.doer[seen.waits].tolist()) == {1}
    several = look(queues.flow(queues.Run(World([Stage(20)], (3,), actors=False)).go()))
    assert set(several.doer[several.waits].tolist()) == {-1}

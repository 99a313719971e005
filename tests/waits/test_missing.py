"""A smaller answer says what is missing."""

import pytest

from tests.waits import queues
from tests.waits.queues import Stage, World
from tests.waits.test_instances import log_of
from tests.worlds import HAND, HOUR, START, flow_of, make_log, make_stream
from vsmlib.flow import Flow
from vsmlib.waits import causes, instances, missing

CALENDAR = {"timezone": "UTC", "hours": {"mon-fri": ["09:00-17:00"]}}
NEVER = {"timezone": "UTC", "hours": {"sat": []}}
QUEUE = [("A", START, 0, "queue", "ada"), ("A", START + HOUR, 1, "work", None)]


@pytest.mark.parametrize(
    ("events", "keys", "said"),
    [
        (HAND, {"calendar": CALENDAR}, []),
        (HAND, {}, ["the stream has no calendar"]),
        (HAND, {"calendar": NEVER}, ["never opens"]),
        (QUEUE, {"calendar": CALENDAR}, ["nobody is known"]),
        (QUEUE[:1], {"calendar": CALENDAR}, ["every wait is still open"]),
        (QUEUE[1:], {"calendar": CALENDAR}, ["nothing to split"]),
        ([*HAND, *QUEUE], {"calendar": CALENDAR}, ["ended by nobody known"]),
    ],
)
def test_what_is_missing_is_said(events, keys, said):
    found = missing(
        flow_of([(f"{e[0]}{len(e)}", *e[1:]) if e in QUEUE else e for e in events], **keys)
    )
    assert len(found) == len(said)
    assert all(part in sentence for part, sentence in zip(said, found, strict=True))


def test_an_account_of_many_explains_no_wait():
    run = queues.Run(World([Stage(60)], (8,), 9)).go()
    run.events[:] = [(*e[:4], "team") for e in run.events]
    flow = queues.flow(run)
    assert "more than three items at once" in missing(flow)[0]
    assert set(causes(flow)["cause"]) == {"unexplained"}


def test_a_stream_without_waits_has_nothing_to_split():
    stages = [
        {"name": "Work", "kind": "active", "enter": ["work"]},
        {"name": "Done", "kind": "done", "enter": ["done"]},
    ]
    assert "nothing to split" in missing(Flow(make_log(HAND), make_stream(stages)))[0]


def test_waits_beside_a_running_activity_are_said_to_be_in_no_visit():
    flow = log_of([[("A", 0, 1), ("B", 2, 6), ("C", 5, 7), ("D", 9, 10)]] * 6)
    assert "6 of 24 activities began while another of their item ran" in str(missing(flow))
    assert "--instances" not in str(missing(instances(flow)))
    assert "--instances" not in str(missing(log_of([[("A", 0, 1), ("B", 2, 6)]] * 6)))

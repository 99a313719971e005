"""Draft streams from names: states, intervals, known shapes."""

import pytest

import vsmlib as vsm
from tests.worlds import DAY, START, make_log
from vsmlib.errors import StreamError


def states(*names):
    return make_log([("A", START + n * DAY, n, name, None) for n, name in enumerate(names)])


def test_states_in_order_of_passing_and_ends_last():
    draft = vsm.suggest(states("Open", "Doing", "Done", "Doing", "Rejected"))
    assert draft.stream.stage_names == ["Open", "Doing", "Done", "Rejected"]
    assert draft.stream.kinds == ["wait", "active", "done", "cancelled"]


def test_without_a_done_name_the_last_state_is_done():
    draft = vsm.suggest(states("S1", "S2", "S3"))
    assert draft.stream.kinds == ["active", "active", "done"]
    row = draft.evidence.set_index("state").loc["S3"]
    assert row["confidence"] == 0.6
    assert "end in it" in row["reasons"][0]


def test_intervals_wait_between_activities():
    draft = vsm.suggest(states("Code start", "Code end", "Test start", "Test end"))
    assert draft.stream.stage_names == ["Code", "After Code", "Test", "After Test"]
    assert draft.stream.kinds == ["active", "wait", "active", "done"]


def test_activity_is_no_state():
    assert vsm.suggest(states("Doing", "commented", "pushed", "Done")).stream.stage_names == [
        "Doing",
        "Done",
    ]
    with pytest.raises(StreamError, match="no event looks like a state"):
        vsm.suggest(states("commented", "pushed"))


def test_flags_block_and_resolutions_are_no_states_of_jira():
    names = ("Open", "flagged", "unflagged", "resolved", "Closed", "unresolved")
    rows = [("A", START + n * DAY, n, name, None) for n, name in enumerate(names)]
    jira = vsm.suggest(make_log(rows, source="jira")).stream
    assert jira.stage_names == ["Open", "Closed"]
    assert (jira.blocked.set, jira.blocked.clear) == (("flagged",), ("unflagged",))
    assert "resolved" in vsm.suggest(make_log(rows)).stream.stage_names
    assert vsm.suggest(states("Open", "Closed")).stream.blocked is None


def test_the_sample_is_known():
    draft = vsm.suggest(vsm.read("sample"))
    assert draft.stream.name == vsm.ValueStream.load("github-pull-requests").name
    assert len(draft.evidence) == len(draft.stream.stages)

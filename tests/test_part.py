"""Parts of a flow are what would be made from events, whatever they are cut from."""

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.test_flow import same, told
from tests.worlds import BLOCKED, DAY, HAND, START, known, logs, make_log, make_stream, quick
from vsmlib import looks, measure, waits, waste
from vsmlib.errors import ParameterError, StreamError
from vsmlib.flow import Flow

HOURS = {"timezone": "Europe/Berlin", "hours": {"mon-fri": "09:00-17:00"}}
DAYS = st.one_of(st.none(), st.integers(0, 9))
SIDES = st.tuples(DAYS, DAYS)
both = settings(quick, suppress_health_check=list(HealthCheck))  # the fixture lasts for all of them


def day(number):
    return None if number is None else str(pd.Timestamp(START + number * DAY, unit="us").date())


@pytest.fixture(params=[0, looks.LOOKS], ids=["kept at once", "as it comes"], autouse=True)
def _looks(request, monkeypatch):
    monkeypatch.setattr(looks, "LOOKS", request.param)


@both
@given(events=logs(), sides=SIDES, before=SIDES, hours=st.booleans(), blocked=st.booleans())
def test_another_window_equals_the_flow_made_from_events(events, sides, before, hours, blocked):
    assume(known(events))
    log = make_log(events, items={f"item-{n}": {"team": "ab"[n % 2]} for n in range(6)})
    more = {"calendar": HOURS} if hours else {}
    stream = make_stream(blocked=BLOCKED if blocked else None, commitment="Work", **more)
    whole = Flow(log, stream)
    measure.summary(whole)
    start, end = map(day, sides)
    expected = told(lambda: Flow(log, stream, start=start, end=end))
    same(told(lambda: whole.between(start, end)), expected)
    for outer in (whole.between, lambda *days: Flow(log, stream, start=days[0], end=days[1])):
        if not isinstance(told(lambda outer=outer: outer(*map(day, before))), str):
            same(told(lambda outer=outer: outer(*map(day, before)).between(start, end)), expected)


@both
@given(events=logs(), sides=SIDES, team=st.sampled_from("ab"), first=st.booleans())
def test_fewer_items_equal_the_flow_of_the_smaller_stream(events, sides, team, first):
    assume(known(events))
    log = make_log(events, items={f"item-{n}": {"team": "ab"[n % 2]} for n in range(6)})
    stream, (start, end) = make_stream(blocked=BLOCKED), map(day, sides)
    expected = told(lambda: Flow(log, stream.only({"team": team}), start=start, end=end))
    if first:
        assume(not isinstance(told(lambda: Flow(log, stream).only({"team": team})), str))
        made = told(lambda: Flow(log, stream).only({"team": team}).between(start, end))
    else:
        assume(not isinstance(told(lambda: Flow(log, stream, start=start, end=end)), str))
        made = told(lambda: Flow(log, stream, start=start, end=end).only({"team": team}))
    same(made, expected)


def test_a_part_is_cut_from_the_flow_whose_window_spans_its_own():
    log = make_log(HAND, items={"A": {"team": "red"}, "B": {"team": "blue"}})
    flow = Flow(log, make_stream(), start="2026-03-02", end="2026-03-04")
    inside = flow.between("2026-03-03", "2026-03-04")
    assert inside.whole is flow
    assert inside.between("2026-03-02", "2026-03-03").whole is flow
    assert flow.between().whole is None
    assert flow.between("2026-03-03").whole is None
    assert flow.only({"team": "red"}).whole is flow
    assert flow.only({"team": "red"}).ends.collect().shape[0] == 1


def test_what_reads_events_reads_the_same_of_a_part():
    log = make_log(HAND)
    flow = Flow(log, make_stream(blocked=BLOCKED))
    part, expected = flow.between(end="2026-03-03"), Flow(log, flow.stream, end="2026-03-03")
    pd.testing.assert_frame_equal(waits.causes(part), waits.causes(expected))
    pd.testing.assert_frame_equal(waste.table(part), waste.table(expected))


def test_a_part_is_refused_as_a_flow_is():
    flow = Flow(make_log(HAND, items={"A": {"team": "red"}}), make_stream())
    with pytest.raises(ParameterError, match="--from 2026-04-01 is not before --to 2026-03-01"):
        flow.between("2026-04-01", "2026-03-01")
    with pytest.raises(ParameterError, match="no item was under way in this window"):
        flow.between(end="2020-01-01")
    with pytest.raises(ParameterError, match="no item was under way"):
        flow.only({"team": "blue"})
    with pytest.raises(ParameterError, match="unknown item column"):
        flow.only({"colour": "blue"})
    with pytest.raises(StreamError, match="leaves out team"):
        flow.only({"team": "red"}).only({"team": "blue"})

"""Closed time by stated calendars; without one, rest shows in that nobody begins work."""

import numpy as np

from tests.worlds import DAY, HAND, HOUR, START, flow_of
from vsmlib.waits.shut import Shut

OFFICE = {"timezone": "UTC", "hours": {"mon-fri": ["09:00-17:00"]}}


def times(*hours):
    return np.array([START + hour * HOUR for hour in hours])


def test_a_calendar_says_what_is_closed():
    shut = Shut(flow_of(HAND, calendar=OFFICE), START, times(9))
    size = shut.size(0)
    assert size(times(0, 8), times(24, 10)).tolist() == [16 * HOUR, HOUR]
    assert shut.free(times(0, 8), times(24, 10)).tolist() == [8 * HOUR, HOUR]
    assert set(shut.of.tolist()) == {0, -1}


def test_without_one_long_silence_is_rest():
    shut = Shut(flow_of(HAND), START, times(*range(10), 24, *range(25, 34)))
    assert shut.free(times(9), times(24)).tolist() == [0]
    assert shut.free(times(9), times(25)).tolist() == [16 * HOUR]  # someone began at 24
    assert shut.free(times(9), times(11)).tolist() == [2 * HOUR]


def test_a_calendar_that_never_opens_is_left_out():
    flow = flow_of(HAND, calendar={"timezone": "UTC", "hours": {"sat": []}})
    shut = Shut(flow, START, times())
    assert shut.size(0) is None
    assert shut.never == flow.stream.stage_names
    assert shut.free(times(0), times(0) + DAY).tolist() == [0]

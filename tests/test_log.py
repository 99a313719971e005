"""EventLog: codes and labels, pseudonyms, item columns."""

from datetime import UTC, datetime

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import vsmlib as vsm
from tests.worlds import START, make_log
from vsmlib.errors import ParameterError, SourceError
from vsmlib.log import EventLog, from_us, to_us
from vsmlib.sources import Extract

EVENTS = [
    ("B", START + 5, 0, "work", "zoe"),
    ("A", START, 1, "work", "ada"),
    ("A", START, 2, "done", None),
]


def test_events_in_order_of_item_time_and_source():
    events = make_log(EVENTS).events
    assert events[["item_id", "event", "seq"]].values.tolist() == [
        ["A", "work", 1],
        ["A", "done", 2],
        ["B", "work", 0],
    ]
    assert str(events["timestamp"].dtype) == "datetime64[us, UTC]"


def test_people_are_pseudonyms_in_order_of_appearance():
    table = make_log(EVENTS).events.assign(actor_type=["bot", None, "user"])
    table.loc[0, "actor"] = "Robot"
    log = vsm.read(table)
    assert log.actor_names == ["bot-001", "person-001"]
    assert log.bots == ["bot-001"]
    assert vsm.read(table, pseudonymous=False).actor_names == ["Robot", "zoe"]


def test_items_have_the_contracts_columns():
    log = make_log(EVENTS, {"A": {"team": "red", "size": 3}})
    assert log.items.columns.tolist() == [
        *("item_id", "item_type", "team", "priority", "parent_id", "size"),
    ]
    assert log.items["size"].isna().tolist() == [False, True]


def test_observed_until_is_never_before_an_event():
    assert make_log(EVENTS).observed_until_us == START + 5
    assert make_log(EVENTS, observed=START - 10).observed_until_us == START + 5
    assert make_log(EVENTS, observed=START + 10).observed_until_us == START + 10


def test_fingerprint_does_not_depend_on_order():
    one, other = make_log(EVENTS), make_log(EVENTS[::-1])
    assert one.fingerprint() == other.fingerprint()
    assert make_log(EVENTS[:2]).fingerprint() != one.fingerprint()


def test_items_without_events_are_reported():
    log = make_log(EVENTS, {"A": {}, "Z": {}})
    assert [(f.code, f.count, f.examples) for f in log.findings] == [
        ("items_without_events", 1, ("'Z'",))
    ]


def test_unknown_column():
    with pytest.raises(ParameterError, match=r"unknown item column 'taem'.*did you mean 'team'"):
        make_log(EVENTS).check_column("taem")


def test_no_event_at_all():
    table = make_log(EVENTS).events.iloc[:0]
    empty = table.assign(t=pd.Series(dtype="int64"), actor_type=pd.Series(dtype="str"))
    with pytest.raises(SourceError, match="nothing: no event in it"):
        EventLog(Extract(empty, name="nothing"))


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)))  # noqa: DTZ001
def test_microseconds_and_back(moment):
    moment = moment.replace(tzinfo=UTC)
    assert from_us(to_us(moment)) == moment

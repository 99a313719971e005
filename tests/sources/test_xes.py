"""XES: traces as items, lifecycle steps as events, and documents that are no good."""

import gzip

import pytest

import vsmlib as vsm
from tests.sources.test_jira import codes, names, rows
from vsmlib.errors import SourceError
from vsmlib.sources import load
from vsmlib.sources.xes import read_xes

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<log xes.version="1.0">'
GLOBAL = '<global scope="event"><string key="concept:name" value="UNKNOWN"/></global>'


def event(name, day, step=None, **more):
    told = {"concept:name": name, "time:timestamp": f"2026-03-{day:02}T09:00:00.000+01:00", **more}
    told |= {"lifecycle:transition": step} if step else {}
    return (
        "<event>"
        + "".join(f'<string key="{k}" value="{v}"/>' for k, v in told.items())
        + "</event>"
    )


def trace(name, *events, **facts):
    told = {"concept:name": name, **facts} if name else facts
    return ("<trace>" + "".join(f'<string key="{k}" value="{v}"/>' for k, v in told.items())
            + "".join(events) + "</trace>")  # fmt: skip


def read(tmp_path, *traces, end="</log>", head=HEAD, **options):
    path = tmp_path / "a.xes"
    path.write_text(head + GLOBAL + "".join(traces) + end)
    return read_xes(path, **options)


def test_a_trace_is_an_item(tmp_path):
    check = event("Check", 2, **{"org:resource": "Ada", "org:group": "Office"})
    extract = read(tmp_path, trace("7", check, event("Register", 1), AMOUNT="12"))
    assert rows(extract, "item_id", "event", "actor") == [
        ("7", "Register", None), ("7", "Check", "Ada")]  # fmt: skip
    [row] = extract.items.to_pylist()
    assert (row["team"], row["AMOUNT"]) == ("Office", "12")
    assert extract.name == "a"
    assert codes(extract) == {"items_read": 1}


def test_steps_stand_in_the_name_where_there_are_several(tmp_path):
    extract = read(tmp_path, trace("7", event("A", 1, "start"), event("A", 2, "complete")))
    assert names(extract) == ["A+START", "A+COMPLETE"]
    assert names(read(tmp_path, trace("7", event("A", 2, "complete")))) == ["A"]


def test_the_suggestion_reads_the_steps(tmp_path):
    file = tmp_path / "log.xes.gz"
    steps = [
        event("Check", 1, "schedule"),
        event("Check", 2, "start"),
        event("Check", 3, "complete"),
    ]
    with gzip.open(file, "wt") as packed:
        packed.write(HEAD + trace("7", *steps) + "</log>")
    draft = vsm.suggest(vsm.read(file))
    assert {s.name: s.kind for s in draft.stream.stages}["Check+START"] == "active"


def test_prefixed_elements(tmp_path):
    text = f"<log>{trace('1', event('A', 1))}</log>".replace("</", "</x:")
    for tag in ("log", "trace", "event", "string"):
        text = text.replace(f"<{tag}", f"<x:{tag}")
    (tmp_path / "a.xes").write_text(text)
    assert names(read_xes(tmp_path / "a.xes")) == ["A"]


def test_times_without_offset_need_a_zone(tmp_path):
    local = trace("7", event("A", 1, **{"time:timestamp": "2026-03-01 09:00:00"}))
    with pytest.raises(SourceError, match=r"times without offset, such as '2026-03-01 09:00:00'"):
        read(tmp_path, local)
    extract = read(tmp_path, local, timezone="Europe/Berlin")
    assert extract.events["t"].to_pylist() == [1_772_352_000_000_000]
    with pytest.raises(SourceError, match="Berlin"):
        read(tmp_path, local, timezone="Berlin")


def test_a_truncated_file_is_read_up_to_the_fault(tmp_path):
    good = trace("1", event("A", 1)) + "<trace><string key="
    assert codes(read(tmp_path, good, end=""))["damaged_xml"] == 1
    packed = gzip.compress((HEAD + trace("1", event("A", 1)) * 5000).encode())
    (tmp_path / "b.xes.gz").write_bytes(packed[: len(packed) // 2])
    extract = load(tmp_path / "b.xes.gz")
    assert codes(extract)["damaged_xml"] == 1
    assert names(extract)


def test_entities_are_refused(tmp_path):
    bomb = '<!DOCTYPE log [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    with pytest.raises(SourceError, match="it has a document type"):
        read(tmp_path, trace("&b;", event("A", 1)), head=bomb + "<log>")


def test_what_is_odd_is_counted(tmp_path):
    extract = read(
        tmp_path, trace("", event("A", 1)), trace("1", event("A", 2)), trace("1", event("B", 3)),
        event("loose", 4), trace("2", event("C", 5, **{"time:timestamp": "soon"})),
        trace("3", event("", 5)), trace("4", event("D", 6, cost="7")),
    )  # fmt: skip
    assert rows(extract, "item_id", "event") == [
        ("case 1", "A"), ("1", "A"), ("1", "B"), ("4", "D")]  # fmt: skip
    assert codes(extract) == {
        "items_read": 5, "traces_without_name": 1, "traces_met_twice": 1, "events_without_item": 1,
        "events_without_time": 1, "events_without_name": 1, "attributes_left_out": 1,
    }  # fmt: skip


def test_no_event_at_all(tmp_path):
    with pytest.raises(SourceError, match="no trace with events in it"):
        read(tmp_path)


def test_options_that_fit(tmp_path):
    read(tmp_path, trace("7", event("A", 1, **{"org:resource": "System"})))
    extract = load(tmp_path / "a.xes", bots=["system"])
    assert rows(extract, "actor_type") == [("bot",)]
    with pytest.raises(SourceError, match="--git means nothing for XES"):
        load(tmp_path / "a.xes", git="x")

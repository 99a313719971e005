"""What is kept of a flow that is looked at again and again; `test_part` compares all tables."""

import gc

import pandas as pd

from tests.test_flow import same, told
from tests.worlds import BLOCKED, HAND, HOUR, START, make_log, make_stream
from vsmlib import looks, measure, sums, visits
from vsmlib.engine import to_pandas
from vsmlib.flow import Flow
from vsmlib.looks import Look


def test_what_is_kept_from_the_third_look_on_gives_the_same(monkeypatch):
    log = make_log(HAND, items={"A": {"team": "red"}, "B": {"team": "blue"}})
    flow = Flow(log, make_stream(blocked=BLOCKED))
    measure.summary(flow)
    windows = [("2026-03-02", "2026-03-03"), ("2026-03-02", "2026-03-04"), (None, "2026-03-03")]
    for start, end in windows:
        assert "known" not in flow._made
        part = told(lambda days=(start, end): flow.between(*days))
        same(part, told(lambda a=start, b=end: Flow(log, flow.stream, start=a, end=b)))
    assert "known" in flow._made
    monkeypatch.setattr(sums, "of_items", None)  # nothing is summed up anew
    monkeypatch.setattr(visits, "visits", None)
    part = flow.between("2026-03-02", "2026-03-03")
    assert isinstance(part, Look)
    assert measure.summary(part)["items"] == 2
    assert measure.summary(part.only({"team": "red"}))["items"] == 1


def test_visits_of_delivered_items_are_kept_once_for_each_time_that_they_were_delivered(
    monkeypatch,
):
    monkeypatch.setattr(looks, "LOOKS", 0)
    again = [
        ("A", START + 13 * HOUR, 12, "work", "bob"),
        ("A", START + 20 * HOUR, 13, "live", "bob"),
    ]
    flow = Flow(make_log([*HAND, *again]), make_stream())
    part = flow.between("2026-03-02")
    rows = to_pandas(part.passed.sort("t0"))
    assert rows["stage"].tolist() == [0, 1, 2, 1, 4, 5, 1, 5]
    kept = to_pandas(part._kept.frames["delivered"].sort("since_us", "t0"))
    assert kept["since_us"].tolist() == [START + 11 * HOUR] * 6 + [START + 20 * HOUR] * 8
    assert kept["until_us"].tolist() == [START + 13 * HOUR] * 6 + [sums.NEVER] * 8


def test_a_period_knows_of_items_that_were_under_way_again_in_it(monkeypatch):
    monkeypatch.setattr(looks, "LOOKS", 0)
    days = [
        ("A", START + 30 * HOUR, 12, "work", "bob"),  # no more live, and again so on the third day
        ("A", START + 50 * HOUR, 13, "live", "bob"),
    ]
    flow = Flow(make_log([*HAND, *days]), make_stream())
    part = flow.between("2026-03-03", "2026-03-04")
    wip = measure.wip(part)
    expected = measure.wip(Flow(flow.log, flow.stream, start="2026-03-03", end="2026-03-04"))
    pd.testing.assert_frame_equal(wip, expected)
    live = wip[wip["stage"] == "Live"].set_index("date")
    assert live.loc["2026-03-03", "left"] == 1
    assert to_pandas(flow._made["resumed"])["stage"].tolist() == [4, 5]  # which both are ends


def test_a_part_leaves_nothing_behind_and_what_is_kept_for_the_next_stays(monkeypatch):
    monkeypatch.setattr(looks, "LOOKS", 0)
    log = make_log(HAND, items={"A": {"team": "red"}, "B": {"team": "blue"}})
    hours = {"timezone": "UTC", "hours": {"mon-fri": "09:00-17:00"}}
    flow = Flow(log, make_stream(blocked=BLOCKED, calendar=hours))

    def look(end, team):
        part = flow.between("2026-03-02", end).only({"team": team})
        measure.summary(part), measure.variants(part), measure.wip(part)
        made = set(part.engine._own)
        del part
        gc.collect()
        log.engine.table(log.codes.head(1))
        return made & {name for (name,) in log.engine.con.execute("SHOW TABLES").fetchall()}

    look("2026-03-03", "red")
    kept = list(flow.engine._own)
    assert look("2026-03-03", "blue") == set()
    assert flow.engine._own == kept


def test_of_many_columns_what_is_kept_by_the_last_ones_stays(monkeypatch):
    monkeypatch.setattr(looks, "LOOKS", 0)
    columns = dict.fromkeys("abcd", "x")
    flow = Flow(make_log(HAND, items={"A": columns, "B": columns}), make_stream())
    parts = {name: flow.only({name: "x"}) for name in columns}
    assert [measure.summary(part)["items"] for part in parts.values()] == [2] * 4
    assert [*flow._made["kept"]] == [("b",), ("c",), ("d",)]
    assert len(measure.stages(parts["a"]))  # as long as a part reads it, it is there
    assert parts["b"]._kept is flow.only({"b": "x"})._kept
    assert [*flow._made["kept"]] == [("c",), ("d",), ("b",)]

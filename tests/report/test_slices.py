"""What a report sees of a log that was read once: its own items, as they are in the whole."""

import pandas as pd
import pytest

import vsmlib as vsm
from vsmlib import measure, saved
from vsmlib.errors import ParameterError
from vsmlib.report.slices import Slices

STREAM = vsm.ValueStream.parse("""
name: Board
stages:
  - {name: Queue, kind: wait, enter: queue}
  - {name: Work, kind: active, enter: work}
  - {name: Done, kind: done, enter: done}
""")


def log_of(red="issue", rest=()):
    rows = []
    for n in range(30):
        team = ("red", "blue", "green")[n % 3]
        for step, name in enumerate(("queue", "work", "done")):
            hours = 5 * n + step * (n % 7 + 1)
            who = f"p{(n + step) % 5}"
            rows.append((f"i{n:02}", hours, name, who, team, red if team == "red" else "issue"))
    table = pd.DataFrame(
        [*rows, *rest], columns=["item_id", "h", "event", "actor", "team", "item_type"]
    )
    table["timestamp"] = pd.Timestamp("2026-01-05", tz="UTC") + pd.to_timedelta(table.pop("h"), "h")
    return vsm.read(table)


def test_a_slice_has_what_the_stream_of_its_items_has(tmp_path):
    log = log_of()
    for team in ("red", "blue"):
        Slices(log, "team").save(team, tmp_path / team)
        flow = vsm.Flow(vsm.read(tmp_path / team), STREAM.only({"team": team}))
        whole = vsm.Flow(log, STREAM.only({"team": team}))
        pd.testing.assert_frame_equal(flow.visits, whole.visits)
        assert measure.summary(flow) == measure.summary(whole)
        causes = [vsm.waits.causes(each) for each in (flow, whole)]
        pd.testing.assert_frame_equal(*causes)


def test_a_slice_changes_only_with_its_own_items():
    old, new = (Slices(log_of(red), "team") for red in ("issue", "bug"))
    assert old.digest("red") != new.digest("red")
    assert old.digest("blue") == new.digest("blue") == Slices(log_of(), "team").digest("blue")
    assert old.digest("blue") != old.digest("green")


def test_what_brings_work_to_its_users_belongs_to_all(tmp_path):
    rest = [("d1", 50, "deployed", None, None, "deployment"),
            ("d2", 50, "deployed", None, "blue", "deployment"),
            ("x", 50, "queue", None, None, "issue")]  # fmt: skip
    log = Slices(log_of(rest=rest), "team").of("red")
    assert set(log.items["item_id"]) == {"d1", *(f"i{n:02}" for n in range(0, 30, 3))}
    assert saved.save(log, tmp_path / "log")
    assert vsm.read(tmp_path / "log").items["item_id"].tolist()[0] == "d1"


def test_a_column_that_is_not_there_is_refused():
    with pytest.raises(ParameterError, match="unknown item column"):
        Slices(log_of(), "tame")

"""What leaves the house: no names, no texts, whole weeks shifted, hostile cells defused."""

import pandas as pd
import pytest

import vsmlib as vsm
from tests.worlds import DAY, START, make_log
from vsmlib.errors import ParameterError, RunError
from vsmlib.pseudonyms import exposed

EVENTS = [
    ("=cmd()", START, 0, "work", "Ada Lovelace"),
    ("B", START + DAY, 1, "done", "Ada Lovelace"),
    ("B", START + DAY, 2, "done", None),
]
ITEMS = {"B": {"team": "red", "title": "secret plan"}}


def test_pseudonyms_are_keyed(tmp_path):
    log = make_log(EVENTS, ITEMS)
    one = vsm.anonymise(log, tmp_path / "a.parquet", key=b"k", keep=["team"])
    same = vsm.anonymise(log, tmp_path / "b.parquet", key=b"k", keep=["team"])
    other = vsm.anonymise(log, tmp_path / "c.parquet", keep=["team"])
    pd.testing.assert_frame_equal(one, same)
    assert one["actor"].dropna().nunique() == 1
    assert set(one["actor"].dropna()) != set(other["actor"].dropna())
    assert "title" not in one
    everything = pd.read_parquet(tmp_path / "a.parquet").to_csv()
    assert "Lovelace" not in everything
    assert "secret" not in everything


def test_round_trip_keeps_the_end_of_observation(tmp_path):
    log = make_log(EVENTS, ITEMS, observed=START + 9 * DAY)
    vsm.anonymise(log, tmp_path / "a.parquet", keep=["team"])
    back = vsm.read(tmp_path / "a.parquet")
    assert back.observed_until == log.observed_until
    assert back.events["timestamp"].tolist() == log.events["timestamp"].tolist()


def test_shift_is_whole_weeks_back(tmp_path):
    log = make_log(EVENTS, ITEMS)
    moved = vsm.anonymise(log, tmp_path / "a.csv.gz", shift=True)
    delta = set(log.events["timestamp"] - moved["timestamp"])
    assert len(delta) == 1
    (shift,) = delta
    assert shift > pd.Timedelta(0)
    assert shift % pd.Timedelta(weeks=1) == pd.Timedelta(0)


PAIRS = [
    ("ada/shop#1", START, 0, "Check start", "ada"),
    ("ada/shop#1", START, 1, "Check end", "Bob B"),
    ("ada/shop#2", START, 2, "Doing", "ada"),
]
COLUMNS = {"item_type": "Bug", "team": "Red", "parent_id": "ada/shop#1", "title": "x" * 99}


def pairs():
    return make_log(PAIRS, dict.fromkeys(("ada/shop#1", "ada/shop#2"), COLUMNS))


@pytest.mark.parametrize("name", ["a.parquet", "a.csv", "a.csv.gz"])
def test_items_states_and_teams_get_pseudonyms_too(tmp_path, name):
    keep, hide = ["item_type", "team", "parent_id"], ["items", "states", "teams"]
    table = vsm.anonymise(pairs(), tmp_path / name, key=b"k", keep=keep, hide=hide)
    assert table["parent_id"].unique().tolist() == [table["item_id"][0]]
    first, second, third = table["event"]
    assert first.endswith(" start")
    assert second == first.removesuffix(" start") + " end"
    assert third.startswith("s-")
    read = pd.read_parquet if name.endswith("parquet") else pd.read_csv
    written = read(tmp_path / name).to_csv()
    assert not any(word in written for word in ("ada", "Bob", "shop", "Check", "Doing", "Red"))
    assert "Bug" in written
    again = vsm.anonymise(pairs(), tmp_path / f"b{name}", key=b"k", keep=keep, hide=hide)
    pd.testing.assert_frame_equal(table, again)


def test_a_name_that_would_be_left_leaves_no_file(tmp_path):
    log = make_log(PAIRS, {"ada/shop#1": {"team": "Bob B's"}})
    with pytest.raises(RunError, match=r"1 name stands in team; next: --hide teams, or leave it"):
        vsm.anonymise(log, tmp_path / "a.csv", keep=["team"])
    with pytest.raises(ParameterError, match="column 'title' holds free text; next: leave it out"):
        vsm.anonymise(pairs(), tmp_path / "a.csv", keep=["title"])
    with pytest.raises(ParameterError, match="unknown part to hide 'people'; accepted: items, sta"):
        vsm.anonymise(pairs(), tmp_path / "a.csv", hide=["people"])
    assert list(tmp_path.iterdir()) == []


def test_what_stays_as_a_fact_and_names_somebody_is_told(tmp_path):
    log = make_log([*PAIRS, ("B", START, 3, "asked Bob B", None)])
    table = vsm.anonymise(log, tmp_path / "a.csv")
    assert exposed(table, log.actor_names) == {"item_id": 1, "event": 1}
    table = vsm.anonymise(log, tmp_path / "b.csv", hide=["items", "states"])
    assert exposed(table, log.actor_names) == {}


def test_csv_cells_are_no_formulas(tmp_path):
    vsm.anonymise(make_log(EVENTS, ITEMS), tmp_path / "a.csv")
    assert "\n'=cmd()," in (tmp_path / "a.csv").read_text()


def test_bad_wishes_leave_nothing(tmp_path):
    log = make_log(EVENTS, ITEMS)
    with pytest.raises(ParameterError, match=r"unknown item column 'titel'.*'title'"):
        vsm.anonymise(log, tmp_path / "a.csv", keep=["titel"])
    with pytest.raises(ParameterError, match=r"unknown file type '\.doc'; accepted: \.parquet"):
        vsm.anonymise(log, tmp_path / "a.doc")
    with pytest.raises(RunError, match="cannot write"):
        vsm.anonymise(log, tmp_path / "no" / "where.csv")
    assert list(tmp_path.iterdir()) == []

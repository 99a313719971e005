"""What leaves the house: no names, no texts, whole weeks shifted, hostile cells defused."""

import pandas as pd
import pytest

import vsmlib as vsm
from tests.worlds import DAY, START, make_log
from vsmlib.errors import ParameterError, RunError

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

"""The store: nothing lost, nothing doubled, nobody overwritten; killed or full, it says so."""

import multiprocessing
import os
import signal
import sqlite3
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worlds import quick
from vsmlib.board.store import Change, Conflict, Store
from vsmlib.errors import ParameterError, RunError

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "board.sqlite")


def put(store, who, key, text, seen):
    return store.edit([Change("stage", key, seen, {"note": text})], who)


def note(store, key):
    row = store.rows("stage").get(key)
    return row and row.data["note"]


def test_a_row_grows_versions_and_a_journal(store):
    put(store, "Ana", "a", "one", 0)
    put(store, "Ben", "a", "two", 1)
    store.edit([Change("stage", "a", 2, None)], "Ana", "it is no state")
    assert store.rows("stage") == {}
    told = [(e.step, e.who, e.why, e.version, e.before, e.after) for e in store.journal()]
    assert told == [
        (1, "Ana", "", 1, None, {"note": "one"}),
        (2, "Ben", "", 2, {"note": "one"}, {"note": "two"}),
        (3, "Ana", "it is no state", 3, {"note": "two"}, None),
    ]
    with pytest.raises(Conflict):
        put(store, "Ben", "a", "back", 0)
    put(store, "Ben", "a", "back", 3)
    assert store.rows("stage")["a"].version == 4
    assert [e.step for e in store.journal(since=3)] == [4]


def test_the_second_of_two_is_told_and_nothing_is_overwritten(store):
    put(store, "Ana", "a", "hers", 0)
    with pytest.raises(Conflict, match="Ana changed this first") as caught:
        put(store, "Ben", "a", "his", 0)
    assert caught.value.change.data == {"note": "his"}
    assert caught.value.current == (1, {"note": "hers"})
    assert note(store, "a") == "hers"


def test_a_step_is_made_whole_or_not_at_all(store):
    put(store, "Ana", "b", "there", 0)
    with pytest.raises(Conflict):
        store.edit([Change("stage", "a", 0, {}), Change("stage", "b", 0, {})], "Ben")
    assert list(store.rows("stage")) == ["b"]
    assert store.step == 1

    def refuse():
        assert "a" in store.rows("stage")
        raise ParameterError("not so")

    with pytest.raises(ParameterError):
        store.edit([Change("stage", "a", 0, {})], "Ben", check=refuse)
    assert list(store.rows("stage")) == ["b"]


def test_undo_and_redo_are_steps_of_their_own(store):
    put(store, "Ana", "a", "one", 0)
    put(store, "Ana", "a", "two", 1)
    assert store.steps_of("Ana") == (True, False)
    store.undo("Ana")
    assert note(store, "a") == "one"
    store.undo("Ana")
    assert note(store, "a") is None
    assert store.undo("Ana") is None
    store.redo("Ana")
    store.redo("Ana")
    assert note(store, "a") == "two"
    assert store.redo("Ana") is None
    store.undo("Ana")
    put(store, "Ana", "b", "new", 0)
    assert store.steps_of("Ana") == (True, False)
    assert len(store.journal()) == store.step == 8


def test_undo_never_overwrites_a_later_edit(store):
    put(store, "Ana", "a", "hers", 0)
    put(store, "Ben", "a", "his", 1)
    with pytest.raises(Conflict, match="Ben"):
        store.undo("Ana")
    assert note(store, "a") == "his"
    assert store.undo("Cleo") is None


@quick
@given(st.lists(st.sampled_from(["put", "undo", "redo"]), max_size=25))
def test_undo_is_a_stack(tmp_path_factory, deeds):
    store = Store(tmp_path_factory.mktemp("stack") / "board.sqlite")
    past, future, now, version = [], [], None, 0
    for i, deed in enumerate(deeds):
        if deed == "put":
            put(store, "Ana", "a", str(i), version)
            past, future, now = [*past, now], [], str(i)
        elif deed == "undo" and past:
            store.undo("Ana")
            future, now = [*future, now], past.pop()
        elif deed == "redo" and future:
            store.redo("Ana")
            past, now = [*past, now], future.pop()
        else:
            assert getattr(store, deed)("Ana") is None
            continue
        version += 1
        assert note(store, "a") == now
    assert store.steps_of("Ana") == (bool(past), bool(future))
    store.close()


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "=1+1", "👩‍🚀", "x" * 10_000, "a\0b"]
)
def test_any_text_comes_back_as_it_was(store, text):
    put(store, text, "a", text, 0)
    assert note(store, "a") == text
    assert store.journal()[0].who == text


def test_a_text_without_end_is_refused(store):
    with pytest.raises(ParameterError, match="too long"):
        put(store, "Ana", "a", "x" * 300_000, 0)
    assert store.step == 0


def test_the_journal_cannot_be_rewritten(store):
    put(store, "Ana", "a", "one", 0)
    for deed in ("DELETE FROM journal", "UPDATE journal SET after = ''"):
        with pytest.raises(sqlite3.IntegrityError, match="only added to"):
            sqlite3.connect(store.path, isolation_level=None).execute(deed)


def test_the_counter_moves_with_anybodys_edit(store):
    other = Store(store.path)
    first = store.counter
    assert store.counter == first
    put(other, "Ben", "a", "one", 0)
    second = store.counter
    assert second != first
    put(store, "Ana", "b", "one", 0)
    assert store.counter != second
    other.show(figures={"cards": []})
    assert store.shown() == {"figures": {"cards": []}}


def test_a_full_disk_says_so_and_loses_nothing(store):
    put(store, "Ana", "a", "kept", 0)
    store._sql.execute("PRAGMA max_page_count = 16")
    room = [put(store, "Ana", f"n{i}", "x" * 4000, 0) for i in range(2)]
    with pytest.raises(RunError, match="the disk is full: this was not saved; next: free some"):
        put(store, "Ana", "much", "x" * 60_000, 0)
    assert store.step == room[-1]
    saved = store.rows("stage")
    assert saved["a"].data == {"note": "kept"}
    assert len(store.journal()) == len(saved) == store.step
    store._sql.execute("PRAGMA max_page_count = 10000")
    put(store, "Ana", "a", "goes on", 1)


def test_no_store_in_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(RunError, match="cannot be used"):
        Store(tmp_path / "nowhere" / "board.sqlite")


def count_up(path, who, times):
    """Add one to a shared row and write one of one's own, so many times."""
    store = Store(path)
    for i in range(times):
        put(store, who, f"{who}-{i}", "mine", 0)
        while True:
            row = store.rows("stage")["sum"]
            try:
                change = Change("stage", "sum", row.version, {"note": row.data["note"] + 1})
                store.edit([change], who)
                break
            except Conflict:
                continue


def test_edits_of_many_processes_are_neither_lost_nor_doubled(store):
    put(store, "Ana", "sum", 0, 0)
    work = [SPAWN.Process(target=count_up, args=(store.path, f"p{i}", 20)) for i in range(3)]
    for process in work:
        process.start()
    for process in work:
        process.join(60)
        assert process.exitcode == 0
    assert store.rows("stage")["sum"] == (61, {"note": 60})
    assert len(store.rows("stage")) == 61
    assert len(store.journal()) == store.step == 121


def test_killed_in_the_middle(store):
    put(store, "Ana", "sum", 0, 0)
    process = SPAWN.Process(target=count_up, args=(store.path, "p", 100_000))
    process.start()
    while store.step < 40:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.join(10)
    again = Store(store.path)
    (said,) = again._sql.execute("PRAGMA integrity_check").fetchone()
    assert said == "ok"
    rows = again.rows("stage")
    assert len(again.journal()) == again.step >= 40
    assert rows["sum"].version == rows["sum"].data["note"] + 1
    assert again.step - rows["sum"].version == len(rows) - 1
    put(again, "Ana", "a", "goes on", 0)

"""Does the board hold? Figures at any size, edits of many processes, killed and full, 15 people.

``python -m benchmarks.board figures [EVENTS …]`` · ``edits`` · ``killed`` · ``full`` · ``people``
Aim: under 150 ms from a tag to its figures at 10 M events; 10,000 edits of 6 processes, none lost,
none doubled; each edit of 15 people seen by all others within 1 s.
"""

import argparse
import multiprocessing
import os
import random
import signal
import statistics
import tempfile
import time
from pathlib import Path

from vsmlib.board.store import Change, Conflict, Store
from vsmlib.errors import RunError

SPAWN = multiprocessing.get_context("spawn")
EDITS, PROCESSES, PEOPLE, POLL_S = 10_000, 6, 15, 0.25


def new_store() -> Store:
    """Make a store with one shared row, in a folder of its own."""
    store = Store(Path(tempfile.mkdtemp(prefix="vsm-board-")) / "board.sqlite")
    store.edit([Change("stage", "sum", 0, {"n": 0})], "start")
    return store


def figures(sizes: list[int]) -> None:
    """Time a change of kind until its cards and the map's drawing are there."""
    import vsmlib as vsm
    from benchmarks.generate import STATES, write
    from benchmarks.measure import KINDS, OUT

    stages = [{"name": s, "kind": k, "enter": [s]} for s, k in zip(STATES, KINDS, strict=True)]
    stream = vsm.ValueStream.from_dict({"name": "generated", "stages": stages})
    print("| events | sums, once: s | tag to figures: ms, median (max) | n |\n|---|---|---|---|")
    for events in sizes:
        source = OUT / f"{events}.parquet"
        log = vsm.read(source if source.exists() else write(events, source))
        begin = time.perf_counter()
        made = vsm.board.Figures(log, stream)
        once, times = time.perf_counter() - begin, []
        for i in range(20):
            kind = ("active", "wait")[i % 2]
            begin = time.perf_counter()
            made.look(stream.replace_stage("In review", kind=kind, owner=f"team {i}"))
            times.append((time.perf_counter() - begin) * 1e3)
        middle = f"{statistics.median(times):.0f} ({max(times):.0f})"
        print(f"| {events:,} | {once:.1f} | {middle} | {len(times)} |", flush=True)


def count_up(path: Path, who: str, times: int) -> None:
    """Add one to the shared row so many times, each time on what was last seen."""
    store = Store(path)
    for i in range(times):
        while True:
            row = store.rows("stage")["sum"]
            own = Change("stage", f"{who}-{i % 20}", _version(store, f"{who}-{i % 20}"), {"i": i})
            try:
                store.edit(
                    [Change("stage", "sum", row.version, {"n": row.data["n"] + 1}), own], who
                )
                break
            except Conflict:
                continue


def _version(store: Store, key: str) -> int:
    row = store.rows("stage").get(key)
    return row.version if row else 0


def sound(store: Store) -> int:
    """Check the file, the versions and the journal against one another; the number of steps."""
    (said,) = store._sql.execute("PRAGMA integrity_check").fetchone()
    assert said == "ok", said
    journal, rows = store.journal(), store.rows("stage")
    assert {e.step for e in journal} == set(range(1, store.step + 1))
    assert sum(row.version for row in rows.values()) == len(journal)
    assert rows["sum"].data["n"] == rows["sum"].version - 1 == store.step - 1
    return store.step


def edits() -> None:
    """Let processes edit one row at once; none lost, none doubled."""
    store, each = new_store(), EDITS // PROCESSES + 1
    begin = time.perf_counter()
    work = [
        SPAWN.Process(target=count_up, args=(store.path, f"p{i}", each)) for i in range(PROCESSES)
    ]
    for process in work:
        process.start()
    for process in work:
        process.join()
        assert process.exitcode == 0
    seconds = time.perf_counter() - begin
    assert sound(store) == each * PROCESSES + 1
    print(f"{each * PROCESSES:,} edits of {PROCESSES} processes: none lost, none doubled;"
          f" {seconds:.1f} s")  # fmt: skip


def killed(times: int = 20) -> None:
    """Kill a process in the middle of its edits, again and again."""
    store = new_store()
    for _ in range(times):
        process = SPAWN.Process(target=count_up, args=(store.path, "p", 1_000_000))
        process.start()
        before = store.step
        while store.step == before:
            time.sleep(0.01)
        time.sleep(random.random() / 4)
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        store.close()
        store = Store(store.path)
        steps = sound(store)
    print(f"killed {times} times: {steps:,} steps, all whole")


def full() -> None:
    """Fill the disk (a limit of pages): a clear line, nothing lost, and it goes on."""
    store = new_store()
    store._sql.execute("PRAGMA max_page_count = 2000")
    saved = 0
    try:
        while True:
            store.edit([Change("note", str(saved), 0, {"text": "x" * 10_000})], "Ana")
            saved += 1
    except RunError as error:
        print(f"after {saved} notes: {error}")
    assert len(store.rows("note")) == saved
    store._sql.execute("PRAGMA max_page_count = 1000000")
    store.edit([Change("note", "more", 0, {})], "Ana")
    print(f"{saved} notes are there; with room again, it goes on")


def person(path: Path, who: str, seconds: float, out: "multiprocessing.Queue") -> None:
    """Edit every other second and note how late the edits of others are seen."""
    store, seen, late = Store(path), None, []
    begin, mine, last = time.time(), 0.0, store.step
    while time.time() < begin + seconds:
        if time.time() > mine:
            key, mine = f"note-{who}", time.time() + random.uniform(1, 3)
            store.edit([Change("stage", key, _version(store, key), {"at": time.time()})], who)
        if (counter := store.counter) != seen:
            seen, found = counter, store.journal(last)
            late += [time.time() - e.after["at"] for e in found if e.who != who]
            last = found[-1].step if found else last
        time.sleep(POLL_S)
    out.put(late)


def people(seconds: float = 20) -> None:
    """Let 15 people edit at once and look every quarter of a second."""
    store, out = new_store(), SPAWN.Queue()
    work = [
        SPAWN.Process(target=person, args=(store.path, f"p{i}", seconds, out))
        for i in range(PEOPLE)
    ]
    for process in work:
        process.start()
    late = sorted(delay for _ in work for delay in out.get())
    print(f"{PEOPLE} people, {store.step - 1} edits, each seen by others after"
          f" {statistics.median(late):.2f} s (median), {late[int(len(late) * 0.99)]:.2f} s (p99),"
          f" {late[-1]:.2f} s (worst)")  # fmt: skip


def main() -> None:
    """Run one part, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parts = {"edits": edits, "killed": killed, "full": full, "people": people}
    parser.add_argument("part", nargs="?", choices=["figures", *parts])
    parser.add_argument("events", type=int, nargs="*", default=[1_000_000])
    arguments = parser.parse_args()
    for name, run in parts.items():
        if arguments.part in (None, name):
            run()
    if arguments.part in (None, "figures"):
        figures(arguments.events)


if __name__ == "__main__":
    main()

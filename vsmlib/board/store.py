"""What a board knows, in one SQLite file: versioned rows, and a journal that is only added to."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from vsmlib.errors import ParameterError, RunError, VsmError

__all__ = ["Change", "Conflict", "Entry", "Row", "Store", "now"]

PATIENCE_S = 20.0  # that a writer waits for the one before it
LONGEST = 200_000  # bytes of a row
SCHEMA = """
CREATE TABLE IF NOT EXISTS rows (
    sheet TEXT, id TEXT, version INTEGER NOT NULL, data TEXT, PRIMARY KEY (sheet, id));
CREATE TABLE IF NOT EXISTS steps (
    step INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, who TEXT NOT NULL,
    why TEXT NOT NULL, undoes INTEGER UNIQUE, forward INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS journal (
    step INTEGER NOT NULL, sheet TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
    before TEXT, after TEXT, PRIMARY KEY (sheet, id, version));
CREATE INDEX IF NOT EXISTS by_step ON journal (step);
CREATE TABLE IF NOT EXISTS shown (name TEXT PRIMARY KEY, data TEXT NOT NULL);
CREATE TRIGGER IF NOT EXISTS kept BEFORE DELETE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END;
CREATE TRIGGER IF NOT EXISTS unchanged BEFORE UPDATE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END;
"""
LAST_FORWARD = """SELECT max(step) FROM steps WHERE who = :who AND forward
    AND step NOT IN (SELECT undoes FROM steps WHERE undoes IS NOT NULL)"""
LAST_UNDONE = """SELECT max(step) FROM steps WHERE who = :who AND NOT forward
    AND step NOT IN (SELECT undoes FROM steps WHERE undoes IS NOT NULL)
    AND step > (SELECT coalesce(max(step), 0) FROM steps WHERE who = :who AND undoes IS NULL)"""

UNDID = """SELECT undone.version - 1 FROM journal JOIN steps USING (step)
    JOIN journal AS undone ON undone.step = steps.undoes
        AND undone.sheet = journal.sheet AND undone.id = journal.id
    WHERE journal.sheet = ? AND journal.id = ? AND journal.version = ?"""


class Row(NamedTuple):
    """A row as it is: its version, from 1, and its data; None once it was taken away."""

    version: int
    data: dict[str, Any] | None


class Change(NamedTuple):
    """A wished change: the row, the version its author saw (0: none), the new data or None."""

    sheet: str
    id: str
    seen: int
    data: dict[str, Any] | None


class Entry(NamedTuple):
    """A line of the journal: who did what to which row, when and why."""

    step: int
    at: str
    who: str
    why: str
    sheet: str
    id: str
    version: int
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class Conflict(VsmError):  # noqa: N818 - it is a state of affairs, not a mistake
    """Somebody changed the row first; nothing was written.

    Attributes
    ----------
    change : Change
        What was wished; its text is still its author's.
    current : Row
        The row as it is now.
    who : str
        Who changed it last.
    """

    def __init__(self, change: Change, current: Row, who: str) -> None:
        self.change, self.current, self.who = change, current, who
        super().__init__(
            f"{who} changed this first, so nothing was overwritten",
            hint="look at it, then keep theirs or save yours again",
        )


def now() -> str:
    """Say what time it is, as the journal and `tagged_at` write it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Store:
    """Rows in sheets, each with a version; every step leaves a line in the journal, for ever.

    An edit names the versions it saw. Where a row has another by now, nothing is written and
    `Conflict` says who was first. Any number of processes may share the file.

    Parameters
    ----------
    path : path
        The SQLite file; made if it is not there.

    Raises
    ------
    RunError
        If the file cannot be opened or written; what was saved before is still there.

    Examples
    --------
    >>> import tempfile
    >>> store = Store(Path(tempfile.mkdtemp()) / "board.sqlite")
    >>> store.edit([Change("stage", "a", 0, {"kind": "wait"})], "Ana", "nobody looks at it")
    1
    >>> store.rows("stage")["a"]
    Row(version=1, data={'kind': 'wait'})
    >>> store.undo("Ana"), store.rows("stage")
    (2, {})
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        fresh = not self.path.exists()
        with self._told():
            # Commits are a person's words: FULL, so that what was confirmed outlives a power cut.
            self._sql = sqlite3.connect(
                self.path, PATIENCE_S, isolation_level=None, check_same_thread=False
            )
            self._sql.execute("PRAGMA journal_mode = WAL")
            self._sql.execute("PRAGMA synchronous = FULL")
            self._sql.executescript(SCHEMA)
        if fresh:
            os.chmod(self.path, 0o600)  # noqa: PTH101 - names and words of people

    def close(self) -> None:
        """Let go of the file."""
        self._sql.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn errors of SQLite into a line a person can act on."""
        try:
            yield
        except sqlite3.Error as error:
            raise self._error(error) from None

    def _error(self, error: sqlite3.Error) -> RunError:
        code, where = getattr(error, "sqlite_errorname", ""), self.path.name
        if code.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
            hint = "free some space, then save again"
            return RunError("the disk is full: this was not saved", where=where, hint=hint)
        if code.startswith("SQLITE_BUSY"):
            return RunError("too many save at once", where=where, hint="save again")
        hint = "give a folder you may write to, or another file"
        return RunError(f"the board cannot be used ({error})", where=where, hint=hint)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._told():
            self._sql.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._sql.execute("COMMIT")
            finally:
                if self._sql.in_transaction:
                    self._sql.execute("ROLLBACK")

    def rows(self, sheet: str) -> dict[str, Row]:
        """Return the rows of a sheet by id, without those taken away."""
        text = "SELECT id, version, data FROM rows WHERE sheet = ? AND data IS NOT NULL ORDER BY id"
        with self._told():
            found = self._sql.execute(text, (sheet,)).fetchall()
        return {key: Row(version, json.loads(data)) for key, version, data in found}

    def version(self, sheet: str, key: str) -> int:
        """Return the version of a row, also of one that was taken away; 0 if it never was."""
        text = "SELECT coalesce(max(version), 0) FROM rows WHERE sheet = ? AND id = ?"
        with self._told():
            return int(self._sql.execute(text, (sheet, key)).fetchone()[0])

    @property
    def counter(self) -> tuple[int, int]:
        """Return what differs once anybody, here or in another process, has saved something."""
        with self._told():
            (other,) = self._sql.execute("PRAGMA data_version").fetchone()
        return other, self._sql.total_changes

    @property
    def step(self) -> int:
        """Return the number of the last step, 0 before the first."""
        with self._told():
            return int(self._sql.execute("SELECT coalesce(max(step), 0) FROM steps").fetchone()[0])

    def edit(
        self,
        changes: Sequence[Change],
        who: str,
        why: str = "",
        *,
        check: Callable[[], object] | None = None,
    ) -> int:
        """Make changes as one step, all or none; its number.

        ``check`` looks at the store as it would be, and raises to prevent it.

        Raises
        ------
        Conflict
            If a row has another version than its author saw.
        RunError
            If the disk is full or the file cannot be written; nothing was changed.
        """
        with self._writing():
            step = self._step(who, why, None)
            for change in changes:
                self._write(step, change)
            if check:
                check()
        return step

    def _step(self, who: str, why: str, undoes: int | None, forward: bool = True) -> int:
        text = "INSERT INTO steps (at, who, why, undoes, forward) VALUES (?, ?, ?, ?, ?)"
        return int(self._sql.execute(text, (now(), who, why, undoes, forward)).lastrowid or 0)

    def _write(self, step: int, change: Change) -> None:
        sheet, key, seen, data = change
        text = None if data is None else json.dumps(data, ensure_ascii=False)
        if text and len(text.encode("utf-8", "surrogatepass")) > LONGEST:
            raise ParameterError("this text is too long", accepted="200,000 bytes", hint="cut it")
        if text:
            text = text.encode("utf-8", "replace").decode()  # half a pair of surrogates is no text
        found = self._sql.execute(
            "SELECT version, data FROM rows WHERE sheet = ? AND id = ?", (sheet, key)
        ).fetchone()
        version, before = found or (0, None)
        if version != seen:
            raise Conflict(change, Row(version, _data(before)), self._author(change, version))
        self._sql.execute(
            "INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?)",
            (sheet, key, version + 1, text),
        )
        self._sql.execute(
            "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?)",
            (step, sheet, key, version + 1, before, text),
        )

    def _author(self, change: Change, version: int) -> str:
        text = "SELECT who FROM steps JOIN journal USING (step) WHERE sheet = ? AND id = ?"
        found = self._sql.execute(
            text + " AND version = ?", (change.sheet, change.id, version)
        ).fetchone()
        return found[0] if found else "somebody"

    def undo(self, who: str) -> int | None:
        """Undo the last step of a person as a new step; its number, None if there is none left.

        Raises
        ------
        Conflict
            If somebody has changed one of its rows since; nothing was undone.
        """
        return self._back(LAST_FORWARD, who, forward=False)

    def redo(self, who: str) -> int | None:
        """Redo what a person undid last, unless they did something else since; as `undo`."""
        return self._back(LAST_UNDONE, who, forward=True)

    def _back(self, query: str, who: str, *, forward: bool) -> int | None:
        with self._writing():
            (last,) = self._sql.execute(query, {"who": who}).fetchone()
            if last is None:
                return None
            text = "SELECT sheet, id, version, before FROM journal WHERE step = ?"
            done = self._sql.execute(text, (last,)).fetchall()
            step = self._step(who, "redo" if forward else "undo", last, forward)
            for sheet, key, version, before in done:
                seen = self._still(sheet, key, version)
                self._write(step, Change(sheet, key, seen, _data(before)))
        return step

    def _still(self, sheet: str, key: str, version: int) -> int:
        """Return a row's version now if it says the same as at another, else that other one."""
        (current,) = self._sql.execute(
            "SELECT version FROM rows WHERE sheet = ? AND id = ?", (sheet, key)
        ).fetchone()
        same = self._origin(sheet, key, current) == self._origin(sheet, key, version)
        return int(current) if same else version

    def _origin(self, sheet: str, key: str, version: int) -> int:
        """Follow a version that undid something back to the edit that first said the same."""
        found: tuple[int] | None = (version,)
        while found:
            version = found[0]
            found = self._sql.execute(UNDID, (sheet, key, version)).fetchone()
        return version

    def steps_of(self, who: str) -> tuple[bool, bool]:
        """Say whether a person can undo something, and redo something."""
        with self._told():
            undo, redo = (
                self._sql.execute(query, {"who": who}).fetchone()[0] is not None
                for query in (LAST_FORWARD, LAST_UNDONE)
            )
        return undo, redo

    def journal(self, since: int = 0) -> list[Entry]:
        """Return the journal after a step, oldest first."""
        text = """SELECT step, at, who, why, sheet, id, version, before, after
            FROM journal JOIN steps USING (step) WHERE step > ? ORDER BY step, sheet, id"""
        with self._told():
            found = self._sql.execute(text, (since,)).fetchall()
        return [Entry._make((*row[:7], *map(_data, row[7:]))) for row in found]

    def show(self, **what: Any) -> None:
        """Put down what is made from the rows, such as figures, for all to look at."""
        with self._writing():
            for name, data in what.items():
                self._sql.execute(
                    "INSERT OR REPLACE INTO shown VALUES (?, ?)", (name, json.dumps(data))
                )

    def shown(self) -> Mapping[str, Any]:
        """Return what `show` put down last."""
        with self._told():
            found = self._sql.execute("SELECT name, data FROM shown").fetchall()
        return {name: json.loads(data) for name, data in found}


def _data(text: str | None) -> dict[str, Any] | None:
    return None if text is None else json.loads(text)

"""The local copy: parts of Parquet, and a small database that names the complete ones.

A part has a row an item: ``kind, item, updated`` and its objects as ``json``.

A part is written aside and renamed, then the database takes it in: in one transaction with the
items in it and the place to go on from. So whatever ends a pull, the copy is what it was after the
last batch. Readers do not see hidden files.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from vsmlib.errors import ParameterError, RunError

__all__ = ["Record", "Store"]

STATE = ".vsm-pull.sqlite"
# What marks a part, and its columns; `vsmlib.sources.objects` reads the last one.
MARK, COLUMNS = {"vsmlib.pull": "1"}, ("kind", "item", "updated", "json")
PART, ASIDE = "part-{:06d}.parquet", ".part-{:06d}.new"
OURS = re.compile(r"part-\d{6,}\.parquet|\.part-\d{6,}\.new")
TABLES = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS parts (name TEXT PRIMARY KEY, lines INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS items (
    kind TEXT, ident TEXT, updated TEXT, part TEXT NOT NULL, line INTEGER NOT NULL,
    PRIMARY KEY (kind, ident)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_part ON items (part);
"""
LARGE = 1000  # items of a part that is left alone
# Parts of a list that hold what newer ones replace, or few items.
LOOSE = """
SELECT part, count(*) < lines FROM items JOIN parts ON name = part
WHERE kind = ? GROUP BY part, lines HAVING count(*) < lines OR lines < ? ORDER BY part
"""


class Record(NamedTuple):
    """An item: what it is called, when it changed (empty: look again), and its objects as JSON."""

    ident: str
    updated: str
    line: str


class Store:
    """A folder with the copy of one source; one pull at a time works in it.

    Parameters
    ----------
    folder : Path
        Made if it is not there, readable by nobody else.
    identity : str
        What is copied; a folder with something else is refused.
    """

    def __init__(self, folder: Path, identity: str) -> None:
        self.folder = folder
        with self._told():
            self._begin(identity)

    def _begin(self, identity: str) -> None:
        state = self.folder / STATE
        self.made = not state.exists()
        if not state.exists() and self.folder.exists() and any(self.folder.iterdir()):
            raise ParameterError(
                "there are other files in this folder", where=str(self.folder),
                accepted="a new folder, or one that vsm pull made", hint="give another --out",
            )  # fmt: skip
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        os.close(os.open(state, os.O_CREAT | os.O_RDWR, 0o600))
        self.db = sqlite3.connect(state, timeout=0, isolation_level=None)
        try:
            self._claim(identity)
        except BaseException:
            self.db.close()
            raise

    def _claim(self, identity: str) -> None:
        """Keep others out, and make sure that this is the copy that is meant."""
        self.db.execute("PRAGMA locking_mode = EXCLUSIVE")
        self.db.execute("BEGIN EXCLUSIVE")
        for statement in filter(str.strip, TABLES.split(";")):
            self.db.execute(statement)
        known = self.fact("identity")
        if known not in {None, identity}:
            raise ParameterError(
                f"this folder holds {known}, not {identity}", where=str(self.folder),
                hint="give another --out",
            )  # fmt: skip
        self._keep("identity", identity)
        self.db.execute("COMMIT")
        self._tidy()

    def _tidy(self) -> None:
        """Remove what a pull that was killed left behind; forget what somebody removed."""
        named = {name for (name,) in self.db.execute("SELECT name FROM parts")}
        there = {path.name for path in self.folder.iterdir() if OURS.fullmatch(path.name)}
        for name in there - named:
            (self.folder / name).unlink()
        if gone := [(name,) for name in named - there]:
            with self._at_once():
                self.db.executemany("DELETE FROM items WHERE part = ?", gone)
                self.db.executemany("DELETE FROM parts WHERE name = ?", gone)
                self.db.execute("DELETE FROM facts WHERE name LIKE 'place of %'")

    def fact(self, name: str) -> Any:
        """Give what was kept under a name; None if nothing was."""
        row = self.db.execute("SELECT value FROM facts WHERE name = ?", [name]).fetchone()
        return json.loads(row[0]) if row else None

    def _keep(self, name: str, value: Any) -> None:
        self.db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", [name, json.dumps(value)])

    def updated(self, kind: str, ident: str) -> str | None:
        """When the item changed as it is in the copy; None if it is not there."""
        query = "SELECT updated FROM items WHERE kind = ? AND ident = ?"
        row = self.db.execute(query, [kind, ident]).fetchone()
        return row[0] if row else None

    def add(self, kind: str, records: Iterable[Record], place: Any) -> None:
        """Take in items, and the place that the next pull goes on from, both or neither."""
        newest = {record.ident: record for record in records}
        with self._told(), self._at_once():
            if newest:
                self._keep_rows(kind, [(kind, *record) for record in newest.values()])
            self._keep(f"place of {kind}", place)

    def compact(self) -> None:
        """Put small parts together, without the lines that newer ones replace."""
        with self._told():
            for (kind,) in self.db.execute("SELECT DISTINCT kind FROM items").fetchall():
                loose = self.db.execute(LOOSE, [kind, LARGE]).fetchall()
                if len(loose) > 1 or any(stale for _, stale in loose):
                    self._merge(kind, [name for name, _ in loose])
            empty = "SELECT name FROM parts WHERE name NOT IN (SELECT part FROM items)"
            self._replace("", [], [name for (name,) in self.db.execute(empty)])

    def _merge(self, kind: str, names: list[str]) -> None:
        from pyarrow import parquet

        query, rows = "SELECT line FROM items WHERE part = ? ORDER BY line", list[tuple[str, ...]]()
        for name in names:
            table = parquet.read_table(self.folder / name).to_pydict()
            lines = list(zip(*(table[column] for column in COLUMNS), strict=True))
            rows += [lines[number] for (number,) in self.db.execute(query, [name])]
        self._replace(kind, rows, names)

    def _replace(self, kind: str, rows: list[tuple[str, ...]], names: list[str]) -> None:
        with self._at_once():
            for first in range(0, len(rows), LARGE):
                self._keep_rows(kind, rows[first : first + LARGE])
            self.db.executemany("DELETE FROM parts WHERE name = ?", [(name,) for name in names])
        for name in names:
            (self.folder / name).unlink()

    def _keep_rows(self, kind: str, rows: list[tuple[str, ...]]) -> None:
        name = self._write(rows)
        known = [(kind, ident, updated, name, number)
                 for number, (_, ident, updated, _) in enumerate(rows)]  # fmt: skip
        self.db.executemany("INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?)", known)

    def _write(self, lines: list[tuple[str, ...]]) -> str:
        # late: a pull that finds nothing new needs none of it
        import pyarrow as pa
        from pyarrow import parquet

        schema = pa.schema([(column, pa.string()) for column in COLUMNS], metadata=MARK)
        table = pa.table([*zip(*lines, strict=True)], schema=schema)
        number = (self.fact("last part") or 0) + 1
        name, aside = PART.format(number), self.folder / ASIDE.format(number)
        with open(os.open(aside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123
            parquet.write_table(table, file, compression="zstd")
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self.folder / name)
        self._keep("last part", number)
        self.db.execute("INSERT INTO parts VALUES (?, ?)", [name, len(lines)])
        return name

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        self.db.execute("BEGIN")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            why = getattr(error, "strerror", None) or str(error)
            hint = "make room or give another --out; the same command goes on where it stopped"
            if "locked" in why:
                why, hint = "another pull is at work in this folder", "wait for it"
            elif isinstance(error, sqlite3.DatabaseError) and "not a database" in why:
                why, hint = f"its {STATE} is damaged", "remove the folder and pull again"
            raise RunError(f"cannot write there: {why}", where=str(self.folder),
                           hint=hint) from None  # fmt: skip

    def close(self) -> None:
        """Let go of the folder; one in which nothing came to be goes, too."""
        query = "SELECT count(*) FROM facts WHERE name LIKE 'place of %'"
        empty = not self.db.execute(query).fetchone()[0]
        self.db.close()
        if empty and self.made:
            for path in list(self.folder.iterdir()):
                if path.name == STATE or OURS.fullmatch(path.name):
                    path.unlink()
            with suppress(OSError):
                self.folder.rmdir()

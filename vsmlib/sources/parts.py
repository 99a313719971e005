"""The files of one Parquet table held against one another: what changes from part to part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from vsmlib.engine import scan
from vsmlib.engine.scan import Column
from vsmlib.errors import shown
from vsmlib.findings import Finding, Level
from vsmlib.sources.columns import Roles
from vsmlib.sources.extract import EPOCH, MICROSECOND, iso_micros
from vsmlib.sources.rows import EXAMPLES, counted
from vsmlib.sources.unpack import refuse

__all__ = ["Parts"]

NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT",
           "UINTEGER", "UBIGINT", "FLOAT", "DOUBLE", "DECIMAL")  # fmt: skip
MOMENTS, AWARE = ("TIMESTAMP", "DATE"), "TIMESTAMP WITH TIME ZONE"
OBSERVED_UNTIL = "vsmlib.observed_until"


@dataclass(frozen=True)
class Parts:
    """Which types a column has in which files.

    Attributes
    ----------
    where : str
        What errors call the table.
    names : list of str
        The files, in order.
    types : mapping
        By the column's name in small letters: the type, and the places of the files that have it.
    until : datetime, optional
        Up to when was looked, as the files note it.
    """

    where: str
    names: list[str]
    types: Mapping[str, dict[str, list[int]]]
    until: datetime | None = None

    @classmethod
    def of(cls, con: Any, paths: Sequence[Path], where: str) -> Parts:
        """Make it of what the files say at their ends; no rows are read."""
        types: dict[str, dict[str, list[int]]] = {}
        columns = scan.parquet_columns(con, paths) if len(paths) > 1 else []
        for place, names in enumerate(columns):
            for name, kind in names.items():
                types.setdefault(name.casefold(), {}).setdefault(kind, []).append(place)
        return cls(where, [path.name for path in paths], types, _until(con, paths, where))

    def check(self, columns: Sequence[Column]) -> None:
        """Refuse columns whose types in several files no one type can hold."""
        for column in columns:
            kinds = self.types.get(column.name.casefold(), {})
            odd = [kind for kind in kinds if not _fits(kind, column.type)]
            if odd and len(kinds) > 1:  # else a folder's name overrules the column
                other = next(kind for kind in kinds if kind != odd[0])
                self._refuse(column.name, odd[0], other)

    def alike(self) -> None:
        """Refuse columns whose types differ at all, for an engine that cannot read such files."""
        for name, kinds in self.types.items():
            if len(kinds) > 1:
                self._refuse(name, *[*kinds][:2])

    def told(self, roles: Roles) -> list[Finding]:
        """Tell of columns that some files lack or type in another way.

        Raises
        ------
        SourceError
            If times have an offset in some files and none in others: nobody can tell which.
        """
        for column in (roles.time, roles.start, roles.end):
            kinds = [k for k in self._types(column) if k.startswith(MOMENTS)]
            naive = [kind for kind in kinds if kind != AWARE]
            if column and naive and AWARE in kinds:
                self._refuse(column.name, AWARE, naive[0])
        return [*self._missing(roles), *self._differing(roles)]

    def _types(self, column: Column | None) -> dict[str, list[int]]:
        return self.types.get(column.name.casefold(), {}) if column else {}

    def _first(self, name: str, kind: str) -> str:
        return self.names[self.types[name.casefold()][kind][0]]

    def _refuse(self, name: str, one: str, other: str) -> None:
        said = (f"{kind} in {shown(self._first(name, kind))}" for kind in (one, other))
        what = f"column {shown(name)} is {' and '.join(said)}"
        refuse(
            what, self.where, "write the files with one type", "files whose columns have one type"
        )

    def _missing(self, roles: Roles) -> list[Finding]:
        chosen = {column.name.casefold() for column in roles.chosen()}
        lacking = {name: self._without(name) for name in self.types}
        lacking = {name: files for name, files in lacking.items() if files}
        if not lacking:
            return []
        told = [f"{files[0]} has no column {shown(name)}" for name, files in lacking.items()]
        what = f"{counted(len(lacking), 'column', 'is', 'are')} not in all files"
        what += "" if len(told) > 1 else f": {told[0]}"
        level: Level = "warning" if chosen & {*lacking} else "note"
        return [Finding("columns_missing", level, len(lacking), what, "read as empty there",
                        tuple(told[:EXAMPLES]))]  # fmt: skip

    def _without(self, name: str) -> list[str]:
        having = {place for places in self.types[name].values() for place in places}
        return [file for place, file in enumerate(self.names) if place not in having]

    def _differing(self, roles: Roles) -> list[Finding]:
        chosen = {column.name.casefold() for column in roles.chosen()}
        odd = {name: [*kinds] for name, kinds in self.types.items() if len(kinds) > 1}
        if not odd:
            return []
        told = [
            f"column {shown(name)}: " + ", ".join(f"{k} in {self._first(name, k)}" for k in kinds)
            for name, kinds in odd.items()
        ]
        what = f"{counted(len(odd), 'column', 'changes', 'change')} type from file to file"
        level: Level = "warning" if chosen & {*odd} else "note"
        return [Finding("columns_change", level, len(odd), what, "read as one type",
                        tuple(told[:EXAMPLES]))]  # fmt: skip


def _until(con: Any, paths: Sequence[Path], where: str) -> datetime | None:
    notes = scan.parquet_notes(con, paths, OBSERVED_UNTIL)
    known = [moment for note in notes if (moment := iso_micros(note)) is not None]
    if len(known) < len(notes):
        refuse(f"{OBSERVED_UNTIL} is {shown(notes[0])}, no ISO time with offset", where, "mend it")
    return EPOCH + MICROSECOND * max(known) if known else None


def _fits(kind: str, whole: str) -> bool:
    """Whether a type can be read as the one that a column has over all files."""
    both = (kind, whole)
    return (
        whole in {kind, "VARCHAR"}
        or all(k.startswith(NUMBERS) for k in both)
        or all(k.startswith(MOMENTS) for k in both)
    )

"""A folder that holds several sources: each read by its reader, all in one extract."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from vsmlib.errors import SourceError
from vsmlib.findings import Finding
from vsmlib.sources.extract import EVENT_COLUMNS, Extract, as_arrow, check_options
from vsmlib.sources.history import git_folder, has_facts
from vsmlib.sources.objects import COPY_NAME, heads
from vsmlib.sources.origins import GIT, Origin, recognised

__all__ = ["Part", "clone_in", "load_parts", "parts"]

MOST_FILES = 100  # of a folder that are looked at first; a dump of one tracker has thousands
GITHUB = "GitHub objects"
TABLES = {".csv", ".tsv", ".xlsx", ".parquet"}


class Part(NamedTuple):
    """One source in a folder: its reader, and the files and folders that are its own."""

    origin: Origin
    paths: list[Path]


def parts(folder: Path) -> list[Part]:
    """Tell which sources stand side by side in a folder, or in folders in it.

    Exported git facts beside GitHub's objects are no source of their own, for they tell their
    releases.
    """
    found = _found(folder, MOST_FILES) if folder.is_dir() and git_folder(folder) is None else {}
    if len(found) > 1:  # then each file counts
        found = _found(folder)
    if set(found) == {GITHUB, GIT.title} and has_facts(folder):
        found.pop(GIT.title, None)
    return list(found.values())


def _found(folder: Path, most: int | None = None) -> dict[str, Part]:
    found: dict[str, Part] = {GIT.title: Part(GIT, [folder])} if has_facts(folder) else {}
    visible = [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    folders = [path for path in visible if path.is_dir()]
    loose = []
    for path in [*folders, *islice((p for p in visible if p.is_file()), most)]:
        inner = _found(path, most) if path.is_dir() and git_folder(path) is None else {}
        if len(inner) > 1:
            for title, part in inner.items():
                found.setdefault(title, Part(part.origin, [])).paths.extend(part.paths)
        elif origin := recognised(path):
            found.setdefault(origin.title, Part(origin, [])).paths.append(path)
        elif heads(path):
            loose.append(path)
    for part in found.values():  # what nobody knows alone may be known beside the others
        if part.origin.json:
            part.paths.extend(loose)
    return found


def load_parts(folder: Path, found: Sequence[Part], options: dict[str, Any]) -> Extract:
    """Read each part and put all into one extract; options go to those that know them.

    Raises
    ------
    SourceError
        If no part knows an option, or one cannot be read.
    """
    known = {name for part in found for name in part.origin.options}
    titles = ", ".join(part.origin.title for part in found)
    check_options(options, sorted(known), titles, folder)
    clone = next((part.paths[0] for part in found if part.origin is GIT), None)
    objects = any(part.origin.title == GITHUB for part in found)
    made = []
    for origin, paths in found:
        if origin is GIT and objects:
            continue
        own = {name: value for name, value in options.items() if name in origin.options}
        if clone and "git" in origin.options:
            own = {"git": clone} | own
        with _one(folder, paths) as path:
            made.append(origin.read(path, **own))
    lost = _unread(folder, found)
    until = max((one.observed_until for one in made if one.observed_until), default=None)
    findings = [finding for one in made for finding in one.findings] + lost
    return Extract(*_joined(made), findings, until, folder.resolve().name)


def _unread(folder: Path, found: Sequence[Part]) -> list[Finding]:
    """Tell of tables that stand beside the sources and are none that is known."""
    mine = {file for part in found for path in part.paths for file in [path, *path.rglob("*")]}
    lost = [p.name for p in sorted(folder.iterdir()) if p.is_file() and p not in mine
            and not p.name.startswith(".") and {*p.suffixes} & TABLES]  # fmt: skip
    if damaged := [name for name in lost if COPY_NAME.fullmatch(name)]:
        hint = "remove it and pull again: then it comes back"
        raise SourceError("cannot be read", where=str(folder / damaged[0]), hint=hint)
    what = f"{len(lost)} tables in the folder are of no tool that is known"
    done = "left out: read each alone, or name its columns as docs/sources/deployments.md does"
    told = Finding("tables_left_out", "warning", len(lost), what, done, tuple(lost[:3]))
    return [told] if lost else []


def clone_in(source: Any) -> Path | None:
    """Give the git clone (or git facts) that stands in a folder of several sources, if any."""
    folder = Path(source) if isinstance(source, str | Path) else None
    if folder is None or not folder.is_dir() or git_folder(folder) is not None:
        return None
    part = _found(folder).get(GIT.title)
    return part.paths[0] if part else None


@contextmanager
def _one(root: Path, paths: Sequence[Path]) -> Iterator[Path]:
    """Give one path for all: where they are several, a folder of links to them."""
    if len(paths) == 1:
        yield paths[0]
        return
    with TemporaryDirectory() as made:
        for path in paths:
            for file in [path] if path.is_file() else filter(Path.is_file, path.rglob("*")):
                link = Path(made, file.relative_to(root))
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(file.resolve())
        yield Path(made)


def _joined(made: Sequence[Extract]) -> tuple[pa.Table, pa.Table]:
    """Put tables below each other; an id that an earlier source has gets the source's name."""
    seen: set[str] = set()
    events, items, after = [], [], 0
    for one in made:
        told, rows = as_arrow(one.events).select(EVENT_COLUMNS), as_arrow(one.items)
        source = told["source"][0].as_py()
        twice = seen.intersection(rows["item_id"].to_pylist())
        if twice:
            told, rows = (_renamed(table, twice, source) for table in (told, rows))
        seen.update(rows["item_id"].to_pylist())
        seq = pc.add(told["seq"], after)
        events.append(told.set_column(told.column_names.index("seq"), "seq", seq))
        items.append(rows)
        after += len(told)
    return pa.concat_tables(events, promote_options="default"), _stacked(items)


def _renamed(table: pa.Table, twice: set[str], source: str) -> pa.Table:
    ids = [f"{source} {i}" if i in twice else i for i in table["item_id"].to_pylist()]
    return table.set_column(table.column_names.index("item_id"), "item_id", pa.array(ids))


def _stacked(items: Sequence[pa.Table]) -> pa.Table:
    """Columns of one name and several types become texts."""
    types: dict[str, set[Any]] = {}
    for table in items:
        for field in table.schema:
            types.setdefault(field.name, set()).add(field.type)
    odd = {name for name, kinds in types.items() if len(kinds - {pa.null()}) > 1}
    alike = [
        table.cast(pa.schema([pa.field(f.name, pa.string()) if f.name in odd else f
                              for f in table.schema]))
        for table in items
    ]  # fmt: skip
    return pa.concat_tables(alike, promote_options="default")

"""Which reports a batch makes: one a value of an item column, or those of a portfolio file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from vsmlib import shipped, stream_file
from vsmlib.errors import ParameterError, SourceError, StreamError, shown
from vsmlib.log import EventLog
from vsmlib.report.parameters import check_parameters
from vsmlib.report.run import name_of
from vsmlib.report.slices import Slices
from vsmlib.stream import ValueStream
from vsmlib.stream_parts import Part, PartError, Word, Words

__all__ = ["Job", "data_hash", "digest", "each", "is_portfolio", "load"]

MOST_JOBS = 10_000
PACKAGES = ("altair", "duckdb", "nbconvert", "pandas", "papermill", "pyarrow")


@dataclass(frozen=True)
class Job:
    """One report of a batch: its name, where it goes, and what it is made from."""

    name: str
    folder: str
    source: str
    stream: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    recipients: tuple[str, ...] = ()
    notebook: str = "report"
    data: str = ""  # hash of what the source holds; empty: that of its files

    def key(self) -> str:
        """Hash what the report depends on: data, stream, parameters, notebook and this package.

        Raises
        ------
        SourceError, StreamError
            The source or the stream cannot be read.
        """
        notebook = shipped.notebook(self.notebook)
        stream = self.stream and ValueStream.load(self.stream).to_yaml()
        parameters = check_parameters(notebook, self.parameters)
        data = self.data or data_hash(self.source)
        parts = [code_hash(), digest(notebook), self.source, data, stream]
        parts.append(json.dumps(parameters, sort_keys=True))
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


class _Entry(Part):
    name: Word
    source: Word
    stream: Word | None = None
    parameters: dict[Word, Any] = Field(default_factory=dict)
    recipients: Words | None = None


class _Portfolio(Part):
    version: Annotated[Literal["1"], BeforeValidator(str)] = "1"
    stream: Word | None = None
    parameters: dict[Word, Any] = Field(default_factory=dict)
    recipients: Words | None = None
    reports: Annotated[tuple[_Entry, ...], Field(min_length=1, max_length=MOST_JOBS)]

    @model_validator(mode="after")
    def _apart(self) -> Self:
        names = [entry.name for entry in self.reports]
        for index, name in enumerate(names):
            if name in names[:index]:
                what = f"the name {shown(name)} is there twice"
                raise PartError(what, ("reports", index, "name"), hint="give each report its own")
        return self


def is_portfolio(source: str) -> bool:
    """Tell whether a source is a portfolio file: no other source is YAML."""
    return Path(source).suffix.lower() in (".yaml", ".yml")


def load(path: str | Path, parameters: Mapping[str, Any] | None = None) -> list[Job]:
    r"""Read a portfolio: a YAML file that lists reports.

    ``stream``, ``parameters`` and ``recipients`` at its top are for every report that has none of
    its own; sources and streams are relative to the file.

    Parameters
    ----------
    path : path
        The file.
    parameters : mapping of str to object, optional
        Of the command line; those of the file go first.

    Raises
    ------
    StreamError
        It is no portfolio; the message names the line.
    """
    where, base = str(path), Path(path).parent
    tree = stream_file.read(stream_file.read_text(Path(path), "a portfolio.yaml"), where)
    try:
        found = _Portfolio(**stream_file.plain(tree, where))
    except PartError as error:
        place = stream_file.place(tree, where, error.paths, error.where)
        raise StreamError(
            error.what, where=place, accepted=error.accepted, hint=error.hint
        ) from None
    folders = _folders([entry.name for entry in found.reports])
    return [
        Job(
            entry.name,
            folder,
            _beside(base, entry.source),
            _beside(base, entry.stream or found.stream) or None,
            {**(parameters or {}), **found.parameters, **entry.parameters},
            entry.recipients or found.recipients or (),
        )
        for entry, folder in zip(found.reports, folders, strict=True)
    ]


def each(
    log: EventLog, column: str, stream: str | None, out: Path, parameters: Mapping[str, Any]
) -> tuple[list[Job], Callable[[Job], None]]:
    """Make one report of each value of an item column, on its items only.

    Returns
    -------
    list of Job
        Their sources are saved logs in the reports' folders.
    callable
        Writes the source of a job, for `vsmlib.report.run_all`.

    Raises
    ------
    ParameterError
        There is no such column, or no item has a value.
    """
    slices, values = Slices(log, column), log.values(column)
    if not values:
        what = f"no item has a value of {shown(column)}"
        raise ParameterError(what, where=log.name, hint="choose another --each")
    made = []
    for value, folder in zip(values, _folders(values), strict=True):
        own = {**parameters, "only": {column: value}, "reading": {}}
        source, data = str(out / folder / "log"), slices.digest(value)
        made.append(Job(value, folder, source, stream, own, data=data))
    return made, lambda job: slices.save(job.name, job.source)


def _beside(base: Path, name: str | None) -> str:
    """Find what a portfolio names: beside it where that is there, else as it is written."""
    path = base / (name or "")
    return str(path) if name and path.exists() else name or ""


def _folders(names: list[str]) -> list[str]:
    """Name a folder for each report; names that look alike there get a few letters more."""
    plain = [name_of(name.replace("/", "-").replace(".", "-")) for name in names]
    lower = [name.lower() for name in plain]
    tails = [f"-{hashlib.sha256(name.encode()).hexdigest()[:8]}" for name in names]
    return [
        folder + (tail if lower.count(folder.lower()) > 1 else "")
        for folder, tail in zip(plain, tails, strict=True)
    ]


@cache
def code_hash() -> str:
    """Hash the code of this package, and the versions of what shapes a report."""
    files = sorted(p for p in shipped.PACKAGE.rglob("*") if p.is_file() and p.suffix != ".pyc")
    parts = [f"{name} {metadata.version(name)}" for name in PACKAGES]
    return _combined(parts + [digest(file) for file in files])


@cache
def data_hash(source: str) -> str:
    """Hash what a source holds: a file's bytes, a folder's names and bytes, a clone's refs.

    Raises
    ------
    SourceError
        It cannot be read.
    """
    path = Path(source.removeprefix("duckdb:///").partition("?")[0]).expanduser()
    if source == "sample" and not path.exists():
        path = shipped.sample_folder()
    try:
        return _combined([f"{name} {digest(file)}" for name, file in _files(path)])
    except OSError as error:
        what = f"cannot be read ({error.strerror or error})"
        raise SourceError(what, where=str(source), hint="check the path") from None


def _files(path: Path) -> Iterator[tuple[str, Path]]:
    if not path.is_dir():
        # the stream beside a file belongs to it
        yield from ((p.name, p) for p in (path, path.parent / "stream.yaml") if p.is_file())
        if not path.is_file():
            raise FileNotFoundError(2, "no such file or folder")
        return
    clone = path / ".git"
    for file in sorted((clone if clone.is_dir() else path).rglob("*")):
        said = file.relative_to(path).as_posix()
        if file.is_file() and (not clone.is_dir() or said.startswith((".git/refs", ".git/packed"))):
            yield said, file


def digest(path: Path) -> str:
    """Hash a file's bytes."""
    with path.open("rb") as file:
        return str(hashlib.file_digest(file, "sha256").hexdigest())


def _combined(parts: list[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()

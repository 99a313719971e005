"""Readers: from outside to an `Extract`, one module an origin."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from vsmlib.engine import Engine, SparkEngine
from vsmlib.errors import SourceError, shown
from vsmlib.sources.extract import Extract, check_options
from vsmlib.sources.objects import is_copy

__all__ = ["Extract", "load"]

TABLE_OPTIONS = ("item", "time", "event", "actor", "start", "end", "timezone", "time_format")
COLUMNS = {"item", "time", "event"}
SAMPLE = "sample"


def load(source: Any, engine: Engine | None = None, **options: Any) -> Extract:
    """Read any source: a file, folder, archive, git clone, database table or dataframe.

    A folder may hold several sources side by side: a tracker, pull requests, deployments, ….

    Parameters
    ----------
    source : path, str or dataframe
        What to read. ``sample`` is the sample that ships with the package.
    engine : Engine, optional
        Where the events are wanted: Spark reads Parquet itself, also ``hdfs://…`` and kin.
    **options
        ``item, time, event, actor, start, end, timezone, time_format`` settle the columns of a
        table; ``bots`` names accounts of a tracker that are bots, and ``git`` a clone whose tags
        tell the releases of GitHub objects. None means not given.

    Returns
    -------
    Extract

    Raises
    ------
    SourceError
        If there is no such source, or it cannot be read, or an option does not fit it.
    """
    given = {name: value for name, value in options.items() if value}
    for name, value in given.items():
        if not isinstance(value, str | Path | list | tuple):
            option = f"--{name.replace('_', '-')}"
            raise SourceError(f"{option} is {shown(value)}", accepted="text", hint="quote it")
    if not isinstance(source, str | Path):
        return _table(source, given)
    text = str(source)
    if text.startswith("duckdb:"):
        return _table(text, given)
    if isinstance(engine, SparkEngine) and (files := _files(text)):
        from vsmlib.sources.lake import read_files

        check_options(given, TABLE_OPTIONS, "a table", source)
        return read_files(files, engine, text, **given)
    path = Path(text).expanduser()
    if text == SAMPLE and not path.exists():
        path = _sample()
    if not path.exists():
        raise SourceError(
            "no such file or folder",
            where=text,
            accepted="a table file, a folder or archive of JSON from a tracker, a git clone, "
            "duckdb:///FILE?table=NAME",
            hint="check the spelling; `sample` is the sample that ships with vsmlib",
        )
    return _from_path(path, given)


def _files(text: str) -> list[str]:
    """List the Parquet files of a table, as an engine of many machines reads them."""
    if re.match("[a-z0-9]+://", text):
        return [text]
    path = Path(text).expanduser()
    if path.is_dir():
        files = [p for p in sorted(path.rglob("*")) if p.is_file() and p.name[0] not in "._"]
        whole = all(p.suffix == ".parquet" for p in files) and not any(map(is_copy, files[:1]))
        return [str(p) for p in files] if whole else []
    return [str(path)] if path.suffix == ".parquet" and path.is_file() else []


def _from_path(path: Path, given: dict[str, Any]) -> Extract:
    from vsmlib.sources.origins import recognised
    from vsmlib.sources.several import load_parts, parts

    found = parts(path)
    if len(found) > 1:
        return load_parts(path, found, given)
    origin = recognised(path)
    # whoever names columns says that it is a table, whatever it looks like
    as_table = path.is_file() and COLUMNS & given.keys()
    if origin and not (as_table and origin.like_a_table):
        check_options(given, origin.options, origin.title, path)
        return origin.read(path, **given)
    return _table(_the_table(path) if path.is_dir() else path, given)


def _table(source: Any, given: dict[str, Any]) -> Extract:
    from vsmlib.sources.table import read_table

    check_options(given, TABLE_OPTIONS, "a table", source)
    return read_table(source, **given)


def _the_table(folder: Path) -> Path:
    """Take the one table in a folder; several Parquet files are one table in parts."""
    kinds = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".xlsx", ".parquet")
    tables = sorted(p for p in folder.iterdir() if any(k in p.suffixes for k in kinds))
    parts = list(folder.glob("**/*.parquet"))
    if len(tables) == 1 and len(parts) <= 1:
        return tables[0]
    if parts and all(p.suffix == ".parquet" for p in tables):
        return folder
    names = ", ".join(p.name for p in tables[:5])
    raise SourceError(
        f"{len(tables)} tables in this folder" if tables else "no table in this folder",
        where=str(folder),
        accepted="one table, Parquet files of one table, JSON from a tracker, a git clone",
        hint=f"name one of {names}" if tables else "give a file",
    )


def _sample() -> Path:
    from vsmlib.shipped import sample_folder

    return sample_folder()

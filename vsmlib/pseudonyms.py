"""A log that may leave the house: keyed pseudonyms, no free text, optionally shifted dates."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pandas.api.types import is_string_dtype

from vsmlib.errors import ParameterError, RunError, one_of, shown
from vsmlib.log import EventLog

__all__ = ["OBSERVED_UNTIL", "anonymise", "exposed"]

OBSERVED_UNTIL = "vsmlib.observed_until"
WEEKS = range(8, 156)
LONGEST = 80  # letters of a value that is no free text
# What may be hidden: the letter of its pseudonyms, and the columns it stands in.
HIDDEN: dict[str, tuple[str, tuple[str, ...]]] = {
    "items": ("i", ("item_id", "parent_id")),
    "states": ("s", ("event",)),
    "teams": ("t", ("team",)),
}  # fmt: skip
STEP = re.compile(r"(?s)^(.*?)( start| end)?$")
WORD = re.compile(r"[^\s/#!,;:()\[\]]+")
HINTS = {"team": "--hide teams, or leave it out of --keep", "actor": "give another --key-from"}
FACTS = ["timestamp", "source", "actor_type"]
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def anonymise(
    log: EventLog,
    out: Path | str,
    *,
    key: bytes | None = None,
    keep: Sequence[str] = ("item_type",),
    hide: Sequence[str] = (),
    shift: bool = False,
) -> pd.DataFrame:
    """Write a log as one flat table without names or texts, and prove it on the file.

    Actors become pseudonyms by HMAC-SHA256 under the key, and so does what ``hide`` names; of the
    item columns only those in ``keep`` stay. Event names and times are facts and stay, unless
    ``shift`` moves all times back by a secret whole number of weeks (weekdays and hours keep their
    meaning).

    Parameters
    ----------
    log : EventLog
        Read with ``pseudonymous=False``, so that the pseudonyms depend on the names alone.
    out : path
        ``.parquet`` (carries ``observed_until``), ``.csv`` or ``.csv.gz`` (a cell that a
        spreadsheet would run as a formula gets a leading apostrophe).
    key : bytes, optional
        The secret; a random one that nobody keeps if not given. The same key gives the same
        pseudonyms in every export.
    keep : sequence of str
        Item columns to keep; free text is refused.
    hide : sequence of {"items", "states", "teams"}
        What gets pseudonyms, too: item ids (also parents), event names (``X start`` and ``X end``
        stay a pair), teams.
    shift : bool, default False
        Shift the times.

    Returns
    -------
    pandas.DataFrame
        What was written: ``item_id, timestamp, event, actor, actor_type, source, seq`` and the
        kept columns.

    Raises
    ------
    ParameterError
        For an unknown column or file type, or a column of free text.
    RunError
        If the file cannot be written, or a name would be left in it.
    """
    out, key = Path(out), key or secrets.token_bytes(32)
    for part in hide:
        if part not in HIDDEN:
            what, accepted, hint = one_of("part to hide", part, HIDDEN)
            raise ParameterError(what, where="hide", accepted=accepted, hint=hint)
    table = _table(log, key, [c for c in keep if c != "item_id"])
    hidden = {"actor": set(log.actor_names)}
    for part in hide:
        hidden |= _hide(table, key, *HIDDEN[part])
    until = log.observed_until
    if shift:
        weeks = WEEKS[int.from_bytes(_digest(key, "shift")[:8], "big") % len(WEEKS)]
        table["timestamp"] -= pd.Timedelta(weeks=weeks)
        until -= timedelta(weeks=weeks)
    _write(table, out, until.isoformat(), hidden)
    return table


def _digest(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _pseudonym(key: bytes, letter: str, text: str) -> str:
    return f"{letter}-{_digest(key, text).hex()[:10]}"


def _table(log: EventLog, key: bytes, columns: list[str]) -> pd.DataFrame:
    items = log.items
    for column in columns:
        log.check_column(column)
        lengths = items[column].dropna().astype("str").str.len()
        if lengths.gt(LONGEST).any():
            what = f"column {shown(column)} holds free text"
            raise ParameterError(what, where=log.name, hint="leave it out of --keep")
    events, bots = log.events, set(log.bots)
    new = {n: _pseudonym(key, "b" if n in bots else "p", n) for n in log.actor_names}
    kind = {n: "bot" if n in bots else "user" for n in log.actor_names}
    events.insert(4, "actor_type", events["actor"].map(kind).astype("str"))
    events["actor"] = events["actor"].map(new).astype("str")
    return events.merge(items[["item_id", *columns]], on="item_id")


def _hide(
    table: pd.DataFrame, key: bytes, letter: str, columns: Sequence[str]
) -> dict[str, set[str]]:
    """Give the values of columns pseudonyms, in place; return what must not be left."""
    gone: set[str] = set()
    for column in [name for name in columns if name in table]:
        parts = table[column].astype("str").str.extract(STEP)
        gone |= {*parts[0].dropna()}
        new = {name: _pseudonym(key, letter, name) for name in parts[0].dropna().unique()}
        table[column] = parts[0].map(new) + parts[1].fillna("")
    return {letter: gone}


def exposed(table: pd.DataFrame, names: Iterable[str]) -> dict[str, int]:
    """Count, by text column, the names that stand in it as a word.

    Examples
    --------
    >>> exposed(pd.DataFrame({"item_id": ["ada/shop#1"], "event": ["work"]}), ["ada", "bob"])
    {'item_id': 1}
    """
    wanted = set(names)
    long = [name for name in wanted if not WORD.fullmatch(name)]
    found: dict[str, int] = {}
    for column in table.select_dtypes(["str", "object"]).columns.difference(FACTS, sort=False):
        text = "\n".join(table[column].dropna().astype("str").unique())
        left = wanted & {*text.split("\n"), *WORD.findall(text)}
        left |= {name for name in long if name in text}
        found |= {str(column): len(left)} if left else {}
    return found


def _prove(path: Path, hidden: dict[str, set[str]]) -> None:
    """Read the file again and look for every name that must not be in it."""
    table = pd.read_parquet(path) if path.name.endswith(".parquet") else pd.read_csv(
        path, dtype="str", compression="gzip" if path.name.endswith(".gz") else None)  # fmt: skip
    # ids and event names stay as they are unless they are to be hidden
    stay = {column for letter, columns in HIDDEN.values() if letter not in hidden
            for column in columns if column != "team"}  # fmt: skip
    names = set[str]().union(*hidden.values())
    for column, count in exposed(table.drop(columns=[*stay & {*table}]), names).items():
        what = f"{count} name{'s stand' if count > 1 else ' stands'} in {column}"
        hint = HINTS.get(column, "leave it out of --keep")
        raise RunError(what, where=path.name.partition("-")[2].partition("-")[2], hint=hint)


def _write(table: pd.DataFrame, out: Path, until: str, hidden: dict[str, set[str]]) -> None:
    writers: dict[str, Any] = {".parquet": _parquet, ".csv": _csv, ".csv.gz": _csv}
    ending = next((e for e in writers if out.name.endswith(e)), None)
    if ending is None:
        raise ParameterError(
            f"unknown file type {shown(out.suffix)}",
            where=str(out),
            accepted=", ".join(writers),
            hint="give -o a name with one of these endings",
        )
    aside = out.with_name(f".partial-{os.getpid()}-{out.name}")
    try:
        writers[ending](table, aside, until)
        _prove(aside, hidden)
        aside.replace(out)
    except OSError as error:
        raise RunError(f"cannot write ({error.strerror or error})", where=str(out)) from error
    finally:
        aside.unlink(missing_ok=True)


def _parquet(table: pd.DataFrame, path: Path, until: str) -> None:
    made = pa.Table.from_pandas(table, preserve_index=False)
    pq.write_table(
        made.replace_schema_metadata({OBSERVED_UNTIL: until}),
        path,
        compression="zstd",
        compression_level=19,
    )


def _csv(table: pd.DataFrame, path: Path, _until: str) -> None:
    safe = table.copy()
    for column in [str(c) for c in safe.columns if is_string_dtype(safe[c])]:
        risky = safe[column].str.startswith(FORMULA, na=False)
        safe[column] = safe[column].mask(risky, "'" + safe[column])
    safe["timestamp"] = safe["timestamp"].map(lambda t: t.isoformat())
    safe.to_csv(path, index=False, compression="gzip" if path.name.endswith(".gz") else None)

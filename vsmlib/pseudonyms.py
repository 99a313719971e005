"""A log that may leave the house: keyed pseudonyms, no free text, optionally shifted dates."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pandas.api.types import is_string_dtype

from vsmlib.errors import ParameterError, RunError, shown
from vsmlib.log import EventLog

__all__ = ["OBSERVED_UNTIL", "anonymise"]

OBSERVED_UNTIL = "vsmlib.observed_until"
WEEKS = range(8, 156)
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def anonymise(
    log: EventLog,
    out: Path | str,
    *,
    key: bytes | None = None,
    keep: Sequence[str] = ("item_type",),
    shift: bool = False,
) -> pd.DataFrame:
    """Write a log as one flat table without names or texts.

    Actors become pseudonyms by HMAC-SHA256 under the key; of the item columns only those in
    ``keep`` stay. Item ids, event names and times are facts and stay, unless ``shift`` moves all
    times back by a secret whole number of weeks (weekdays and hours keep their meaning).

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
        Item columns to keep.
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
        For an unknown column or file type.
    RunError
        If the file cannot be written.
    """
    out, key = Path(out), key or secrets.token_bytes(32)
    for column in keep:
        log.check_column(column)
    table = _table(log, key, list(keep))
    until = log.observed_until
    if shift:
        weeks = WEEKS[int.from_bytes(_digest(key, "shift")[:8], "big") % len(WEEKS)]
        table["timestamp"] -= pd.Timedelta(weeks=weeks)
        until -= timedelta(weeks=weeks)
    left = set(log.actor_names) & set(table["actor"].dropna())
    if left:
        raise RunError(f"{len(left)} actor names would stay", hint="give another --key-from")
    _write(table, out, until.isoformat())
    return table


def _digest(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _table(log: EventLog, key: bytes, keep: list[str]) -> pd.DataFrame:
    events = log.events
    names = pd.Series(log.actor_names, dtype="str")
    bots = set(log.bots)
    new = {n: f"{'b' if n in bots else 'p'}-{_digest(key, n).hex()[:10]}" for n in names}
    kind = {n: "bot" if n in bots else "user" for n in names}
    events.insert(4, "actor_type", events["actor"].map(kind).astype("str"))
    events["actor"] = events["actor"].map(new).astype("str")
    columns = [c for c in keep if c != "item_id"]
    return events.merge(log.items[["item_id", *columns]], on="item_id")


def _write(table: pd.DataFrame, out: Path, until: str) -> None:
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
        aside.replace(out)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise RunError(f"cannot write ({error.strerror or error})", where=str(out)) from error


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

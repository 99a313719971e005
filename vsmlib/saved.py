"""A log kept as a folder of Parquet, in canonical form: opened at once, added to day by day.

``log.json`` names the files that count. Every file is written once, under a name of its own, and
``log.json`` takes the place of the one before it in one step: whoever reads, or is killed, meets
the old log or the new one, never a mixture.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import narwhals as nw
import pandas as pd

from vsmlib.engine import Engine, scalar, size, told
from vsmlib.errors import ParameterError, RunError, SourceError
from vsmlib.findings import Finding
from vsmlib.log import EventLog

__all__ = ["is_saved", "opened", "save"]

MANIFEST, LOCK, VERSION = "log.json", ".lock", 1
EVENTS = ["item", "t", "seq", "event", "actor", "source"]
Frame = nw.LazyFrame[Any]


def is_saved(source: Any) -> bool:
    """Whether a source is the folder of a saved log."""
    return isinstance(source, str | Path) and (Path(source).expanduser() / MANIFEST).is_file()


def save(log: EventLog, folder: Path | str, *, append: bool = False) -> Path:
    """Keep a log as a folder of Parquet files, which `vsmlib.read` opens without reading it anew.

    Parameters
    ----------
    log : EventLog
        What to keep; with ``append``, what came since.
    folder : path
        Made if it is not there. A saved log in it is replaced, anything else refused.
    append : bool, default False
        Add to the log that is there: only the new events are coded and written, and beside them
        the items. An event that the log has already (same item, time, event and actor)
        is left out. Item columns take the new values where there are any.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    RunError
        If another process writes there now, or the folder cannot be written; what was there stays.
    SourceError
        If the folder has something else in it, or there is no log to add to.

    Notes
    -----
    People stay pseudonyms. To know them again, ``log.json`` holds a keyed hash of each name and
    the key, so whoever has the folder can test a guess: share logs by `vsmlib.anonymise`.

    Examples
    --------
    >>> import tempfile, vsmlib as vsm
    >>> folder = tempfile.mkdtemp() + "/log"
    >>> vsm.read(vsm.save(vsm.read("sample"), folder)).fingerprint() == vsm.read(
    ...     "sample").fingerprint()
    True
    """
    folder = Path(folder).expanduser()
    if append and not is_saved(folder):
        raise SourceError("no saved log here", where=str(folder), hint="leave append out")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder), told():
            if not is_saved(folder) and any(p.name != LOCK for p in folder.iterdir()):
                what = "the folder has something else in it"
                raise SourceError(what, where=str(folder), hint="choose an empty one")
            old = _manifest(folder) if is_saved(folder) else {}
            made = _added(log, folder, old) if append else _whole(log, folder)
            _swap(folder, made | {"before": old.get("files", [])})
    except OSError as error:
        what = f"cannot save the log ({error.strerror or error})"
        raise RunError(what, where=str(folder), hint="free or name another folder") from error
    return folder


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other writers out; the lock of a process ends with it, however it ends."""
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            what, hint = "another process is saving here", "wait until it has finished"
            raise RunError(what, where=str(folder), hint=hint) from None
        yield


def _whole(log: EventLog, folder: Path) -> dict[str, Any]:
    key = log.key or secrets.token_hex(16)
    people = log.people(key)
    events = _written(log.engine, log.codes.select(EVENTS), folder, "events")
    items = _written(log.engine, log.items_frame, folder, "items")
    return {
        "version": VERSION,
        "name": log.name,
        "pseudonymous": log.pseudonymous,
        "observed_until_us": log.observed_until_us,
        "labels": {"event": log.event_names, "source": log.source_names, "actor": log.actor_names},
        "bots": log.bots,
        "key": key,
        "people": people,
        "findings": [asdict(finding) for finding in log.findings],
        "events": [events],
        "items": items,
        "files": [events, items],
    }


def _written(engine: Engine, frame: Frame, folder: Path, stem: str) -> str:
    name = f"{stem}-{secrets.token_hex(8)}.parquet"
    engine.write_parquet(frame, folder / name)
    for path in [folder / name, *(folder / name).glob("*")]:
        with open(os.open(path, os.O_RDONLY)) as file:  # noqa: PTH123 - folders, too
            os.fsync(file.fileno())
    return name


def _swap(folder: Path, manifest: dict[str, Any]) -> None:
    """Make the new log the one that counts, then clear what neither it nor a reader needs."""
    partial = folder / f"{MANIFEST}.partial"
    with partial.open("w", encoding="utf-8") as file:
        json.dump(manifest, file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(folder / MANIFEST)
    for path in folder.glob("*.parquet"):
        if path.name not in {*manifest["files"], *manifest["before"]}:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        made: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        version = made["version"]
    except (ValueError, KeyError, TypeError):
        raise SourceError(f"{MANIFEST} is damaged", where=str(folder), hint="save again") from None
    if version != VERSION:
        what = f"a saved log of version {version}"
        raise SourceError(what, where=str(folder), accepted=str(VERSION), hint="save it again")
    lost = next((name for name in made["files"] if not (folder / name).exists()), None)
    if lost:
        raise SourceError(f"{lost} is missing", where=str(folder), hint="save the log again")
    return made


def opened(folder: Path | str, engine: Engine, *, pseudonymous: bool = True) -> EventLog:
    """Open a saved log; its tables stay in their files until they are measured."""
    folder = Path(folder).expanduser()
    made = _manifest(folder)
    if made["pseudonymous"] and not pseudonymous:
        hint = "read its source again with pseudonymous=False"
        raise ParameterError("a log of pseudonyms has no names", where=str(folder), hint=hint)
    return EventLog.restored(
        engine,
        made,
        codes=engine.stored([str(folder / name) for name in made["events"]]),
        items=engine.stored([str(folder / made["items"])]),
        pseudonymous=pseudonymous,
    )


def _added(log: EventLog, folder: Path, old: dict[str, Any]) -> dict[str, Any]:
    """Write the new events and the items as they are now; give the manifest of both."""
    base = opened(folder, log.engine, pseudonymous=old["pseudonymous"])
    if log.pseudonymous != base.pseudonymous:
        what = "pseudonyms and names do not go together"
        hint = f"read the new events with pseudonymous={base.pseudonymous}"
        raise ParameterError(what, where=str(folder), hint=hint)
    labels = {name: list(values) for name, values in old["labels"].items()}
    people, bots, turns = list(old["people"]), list(old["bots"]), {}
    for column, new in (("event", log.event_names), ("source", log.source_names)):
        turns[column] = _merged(labels[column], new)
    turns["actor"] = _merged(people, log.people(old["key"]))
    for code, name in zip(turns["actor"], log.actor_names, strict=True):
        if code == len(labels["actor"]):
            kind = "bot" if name in log.bots else "person"
            number = 1 + sum(known.startswith(f"{kind}-") for known in labels["actor"])
            labels["actor"].append(f"{kind}-{number:03}" if log.pseudonymous else name)
            bots += labels["actor"][-1:] if name in log.bots else []
    ids = _codes(log, base)
    rows = log.engine.table(_new_rows(log, base, ids, turns))
    events = [*old["events"], _written(log.engine, rows, folder, "events")]
    items = _written(log.engine, _items(log, base, ids), folder, "items")
    count, whole = size(rows), size(log.codes)
    what = f"added {count:,} events; {whole - count:,} more were there already"
    told_of = [f for f in log.findings if f.level != "note"]
    told_of.append(Finding("events_added", "note", count, what))
    kept = [f for f in old["findings"] if f["code"] != "events_added"]
    return old | {
        "observed_until_us": max(old["observed_until_us"], log.observed_until_us),
        "labels": labels,
        "people": people,
        "bots": bots,
        "findings": [*kept, *(asdict(finding) for finding in told_of)],
        "events": events,
        "items": items,
        "files": [*events, items],
    }


def _codes(log: EventLog, base: EventLog) -> Frame:
    """Give the items of the new events their codes: ``item_id, was, item``; new ones come last."""
    ids = log.items_frame.select("item_id", nw.col("item").alias("was"))
    known = base.items_frame.select("item_id", "item")
    unseen = log.engine.numbered(ids.join(known, on="item_id", how="anti"), "item", "item_id")
    unseen = unseen.with_columns(item=nw.col("item") + size(known))
    return log.engine.table(nw.concat([ids.join(known, on="item_id"), unseen]))


def _new_rows(log: EventLog, base: EventLog, ids: Frame, turns: dict[str, list[int]]) -> Frame:
    """Code the new events as the saved log does, without those that it has."""
    rows = log.codes.rename({"item": "was"}).join(ids.select("was", "item"), on="was")
    for column, turn in turns.items():
        table = pd.DataFrame({column: range(len(turn)), "turned": turn}, dtype="int32")
        rows = rows.join(log.engine.table(table), on=column, how="left")
        rows = rows.drop(column).rename({"turned": column})
    after = int(scalar(base.codes.select(nw.col("seq").max()))) + 1
    key = ["item", "t", "event", "who"]
    who = nw.col("actor").fill_null(-1).alias("who")
    touched = base.codes.join(ids.select("item"), on="item", how="semi")
    there = touched.with_columns(who).select(key)
    rows = rows.with_columns(who, seq=nw.col("seq") + after).join(there, on=key, how="anti")
    return rows.select(EVENTS)


def _items(log: EventLog, base: EventLog, ids: Frame) -> Frame:
    """Lay the new items over the old ones: a new value goes before an old one."""
    old, new = base.items_frame, log.items_frame.rename({"item": "was"})
    types = [dict(frame.collect_schema()) for frame in (old, new)]
    names = [c for c in {**types[0], **types[1]} if c not in {"item", "item_id", "was"}]
    shared = {c: f"new {c}" for c in names if c in types[0] and c in types[1]}
    new = new.join(ids.select("was", "item"), on="was").drop("was", "item_id").rename(shared)
    unseen = ids.select("item", "item_id").join(old.select("item"), on="item", how="anti")
    every = nw.concat([old.select("item", "item_id"), unseen])
    made = every.join(old.drop("item_id"), on="item", how="left").join(new, on="item", how="left")
    laid = {}
    for name, again in shared.items():
        pair = [nw.col(again), nw.col(name)]
        if types[0][name] != types[1][name]:
            pair = [value.cast(nw.String) for value in pair]
        laid[name] = nw.coalesce(*pair)
    return made.with_columns(**laid).select("item", "item_id", *names)


def _merged(old: list[str], new: list[str]) -> list[int]:
    """Add new labels to the old ones, in place; give the code of each of the new."""
    place = {label: code for code, label in enumerate(old)}
    for label in new:
        if label not in place:
            place[label] = len(old)
            old.append(label)
    return [place[label] for label in new]

"""EventLog, the first of the three core objects: what happened, one row an event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sized
from datetime import UTC, datetime
from functools import cached_property
from hashlib import blake2b
from typing import Any

import narwhals as nw
import pandas as pd
import pyarrow as pa

from vsmlib import engine as engines
from vsmlib.engine import Engine, scalar, size, to_pandas
from vsmlib.errors import ParameterError, SourceError, one_of, shown
from vsmlib.findings import Finding
from vsmlib.sources import Extract, load
from vsmlib.sources.extract import EVENT_COLUMNS

__all__ = ["ITEM_COLUMNS", "EventLog", "from_us", "read", "to_us"]

ITEM_COLUMNS = ("item_id", "item_type", "team", "priority", "parent_id")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_us(moment: datetime) -> int:
    """Microseconds since 1970 UTC of an aware moment, exactly.

    Examples
    --------
    >>> to_us(datetime(1970, 1, 2, tzinfo=UTC))
    86400000000
    """
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def from_us(microseconds: int) -> datetime:
    """Turn microseconds since 1970 UTC into an aware moment; the inverse of `to_us`.

    Examples
    --------
    >>> from_us(86400000000).isoformat()
    '1970-01-02T00:00:00+00:00'
    """
    seconds, rest = divmod(int(microseconds), 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)


class EventLog:
    """An event log in canonical form: times as int64 microseconds, names as small integers.

    Parameters
    ----------
    extract : Extract
        What a reader hands over. Most people call `vsmlib.read`, which makes it for them.
    pseudonymous : bool, default True
        Show people as ``person-001``, ``person-002``, … (bots as ``bot-001``) in order of first
        appearance. ``False`` keeps the names of the source.
    engine : Engine, optional
        Where the log is kept and measured; DuckDB in this process by default.

    Attributes
    ----------
    codes : narwhals.LazyFrame
        Columns ``item`` int64, ``t`` int64 (microseconds since 1970 UTC), ``event`` int32,
        ``actor`` int32 or null, ``source`` int32, ``seq`` int64: codes into the labels.
    event_names, actor_names, source_names : list of str
        The labels, in code order.
    items_frame : narwhals.LazyFrame
        ``item`` (the code) and the item columns, one row an item.
    findings : list of Finding
        What the reader met.
    observed_until : datetime
        The moment up to which the log is complete; open visits are censored there.

    Raises
    ------
    SourceError
        If there is no event at all.

    Examples
    --------
    >>> import pandas as pd, vsmlib as vsm
    >>> log = vsm.read(pd.DataFrame({
    ...     "item_id": ["A", "A"], "event": ["start", "end"], "actor": ["Ada", "Bob"],
    ...     "timestamp": pd.to_datetime(["2026-01-05 09:00Z", "2026-01-06 09:00Z"])}))
    >>> log.events[["item_id", "event", "actor"]].values.tolist()
    [['A', 'start', 'person-001'], ['A', 'end', 'person-002']]
    """

    def __init__(
        self, extract: Extract, *, pseudonymous: bool = True, engine: Engine | None = None
    ) -> None:
        self.engine: Engine = engine or engines.default().scope()
        self.name = extract.name
        self.findings: list[Finding] = list(extract.findings)
        raw = self.engine.brought(extract.events)
        self.event_names, self.source_names = _distinct(raw, "event", "source")
        if not self.event_names:
            raise SourceError("no event in it", where=self.name, hint="check the source")
        actors = _actors(raw, pseudonymous=pseudonymous)
        self.actor_names: list[str] = actors["label"].tolist()
        self.pseudonymous, self.key = pseudonymous, ""
        self._people: list[str] = actors["actor"].tolist()
        self.bots = [str(a) for a in actors.loc[actors["bot"], "label"]]
        self.items_frame = self._items(raw, extract)
        self.codes = self.engine.table(self._encoded(raw, actors))
        self.engine.drop(raw)
        newest = int(scalar(self.codes.select(nw.col("t").max())))
        until = extract.observed_until
        self.observed_until_us = max(newest, to_us(until)) if until else newest

    @classmethod
    def restored(
        cls,
        engine: Engine,
        made: Mapping[str, Any],
        *,
        codes: nw.LazyFrame[Any],
        items: nw.LazyFrame[Any],
        pseudonymous: bool,
    ) -> EventLog:
        """Make a log of its canonical parts, as `vsmlib.saved` keeps them."""
        log = cls.__new__(cls)
        log.engine, log.codes, log.items_frame = engine, codes, items
        log.name, log.observed_until_us = made["name"], made["observed_until_us"]
        told = made["findings"]
        log.findings = [Finding(**one | {"examples": tuple(one["examples"])}) for one in told]
        labels = made["labels"]
        log.event_names, log.source_names = labels["event"], labels["source"]
        actors = pd.DataFrame({"actor": labels["actor"]})
        actors["bot"] = actors["actor"].isin(made["bots"]).astype(bool)
        hidden = pseudonymous and not made["pseudonymous"]
        log.actor_names = _pseudonyms(actors["bot"]).tolist() if hidden else labels["actor"]
        log.bots = [n for n, bot in zip(log.actor_names, actors["bot"], strict=True) if bot]
        log.pseudonymous = hidden or made["pseudonymous"]
        log.key, log._people = made["key"], made["people"]
        return log

    def people(self, key: str) -> list[str]:
        """Give a keyed hash of each actor's name, in code order, to know them again without it.

        Raises
        ------
        ParameterError
            If the log was restored from a folder with another key.
        """
        if self.key:
            if key != self.key:
                hint = "read the source of the new events"
                raise ParameterError("a saved log cannot be added to another", hint=hint)
            return self._people
        secret = bytes.fromhex(key)
        return [blake2b(n.encode(), key=secret, digest_size=16).hexdigest() for n in self._people]

    def _items(self, raw: nw.LazyFrame[Any], extract: Extract) -> nw.LazyFrame[Any]:
        known = None
        if extract.items is None:
            ids = raw.group_by("item_id").agg()
        elif extract.complete:
            ids = self.engine.brought(extract.items)
        else:
            known = self.engine.table(raw.group_by("item_id").agg())
            table = self.engine.brought(extract.items)
            self._without_events(table.join(known, on="item_id", how="anti"))
            ids = known.join(table, on="item_id", how="left")
        names = ids.collect_schema().names()
        missing = [c for c in ITEM_COLUMNS if c not in names]
        ids = ids.with_columns(nw.lit(None).cast(nw.String).alias(c) for c in missing)
        rest = [c for c in names if c not in ITEM_COLUMNS]
        numbered = self.engine.numbered(ids, "item", "item_id")
        made = self.engine.table(numbered.select("item", *ITEM_COLUMNS, *rest))
        if known is not None:
            self.engine.drop(known)
        return made

    def _without_events(self, lost: nw.LazyFrame[Any]) -> None:
        if not (count := size(lost)):
            return
        first = [
            shown(i) for i in to_pandas(lost.select("item_id").sort("item_id").head(3))["item_id"]
        ]
        what = f"{count:,} items have no event at all"
        found = Finding("items_without_events", "warning", count, what, "left out", tuple(first))
        self.findings.append(found)

    def _encoded(self, raw: nw.LazyFrame[Any], actors: pd.DataFrame) -> nw.LazyFrame[Any]:
        frame = raw.join(self.items_frame.select("item", "item_id"), on="item_id")
        for column, names in (("event", self.event_names), ("source", self.source_names)):
            if len(names) == 1:  # most logs have one source
                frame = frame.with_columns(nw.lit(0).cast(nw.Int32).alias(f"{column}_code"))
                continue
            table = pd.DataFrame({column: names, f"{column}_code": _numbers(names)})
            frame = frame.join(self.engine.table(table), on=column, how="left")
        table = actors[["actor"]].assign(actor_code=_numbers(actors))
        frame = frame.join(self.engine.table(table), on="actor", how="left")
        coded = (nw.col(f"{c}_code").alias(c) for c in ("event", "actor", "source"))
        return frame.select("item", "t", "seq", *coded)

    @property
    def observed_until(self) -> datetime:
        """The moment up to which the log is complete (UTC)."""
        return from_us(self.observed_until_us)

    @cached_property
    def item_columns(self) -> list[str]:
        """Names of the item columns, ``item_id`` first."""
        return [c for c in self.items_frame.collect_schema().names() if c != "item"]

    @property
    def items(self) -> pd.DataFrame:
        """One row an item: `ITEM_COLUMNS` and whatever else the source has."""
        return to_pandas(self.items_frame.sort("item").select(self.item_columns))

    @property
    def events(self) -> pd.DataFrame:
        """One row an event, by item and time.

        Columns ``item_id``, ``timestamp`` (UTC, microseconds), ``event``, ``actor`` (a pseudonym
        or null), ``source``, ``seq`` (the order in the source, which breaks ties).
        """
        frame = self.codes.join(self.items_frame.select("item", "item_id"), on="item")
        labels = {"event": self.event_names, "actor": self.actor_names, "source": self.source_names}
        frame = self.engine.decode(frame, **labels).sort("item", "t", "seq")
        frame = frame.rename({"t": "timestamp"})
        columns = ["item_id", "timestamp", "event", "actor", "source", "seq"]
        return to_pandas(self.engine.timestamps(frame, "timestamp").select(columns))

    def where(self, column: str, values: Iterable[str]) -> nw.LazyFrame[Any]:
        """Codes of the items whose column has one of the values (compared as text).

        Raises
        ------
        ParameterError
            If there is no such item column.
        """
        self.check_column(column)
        text = nw.col(column).cast(nw.String)
        return self.items_frame.filter(text.is_in([str(v) for v in values])).select("item")

    def values(self, column: str) -> list[str]:
        """Sorted values of an item column, as text; items without one are not told.

        Raises
        ------
        ParameterError
            If there is no such item column.
        """
        self.check_column(column)
        text = self.items_frame.select(nw.col(column).cast(nw.String)).unique()
        return sorted(to_pandas(text)[column].dropna())

    def check_column(self, column: str) -> None:
        """Raise a `ParameterError` unless ``column`` is an item column."""
        if column not in self.item_columns:
            what, accepted, hint = one_of("item column", column, self.item_columns)
            raise ParameterError(what, where=self.name, accepted=accepted, hint=hint)

    def remade(
        self, events: pd.DataFrame, items: pd.DataFrame, findings: Iterable[Finding]
    ) -> EventLog:
        """Make a log of other events and items; who is a bot stays one.

        ``events`` has at least ``item_id, timestamp, event, actor, source``; at one moment its
        order counts.
        """
        made = events.sort_values(["item_id", "timestamp"], kind="stable").reset_index(drop=True)
        times = made["timestamp"].astype("datetime64[us, UTC]").astype("int64")
        bots = made["actor"].isin(self.bots).map({True: "bot", False: "user"})
        made = made.assign(t=times, seq=made.index, actor_type=bots.where(made["actor"].notna()))
        table = pa.Table.from_pandas(made[list(EVENT_COLUMNS)], preserve_index=False)
        rows = pa.Table.from_pandas(items, preserve_index=False)
        extract = Extract(table, rows, [*findings], self.observed_until, self.name)
        return EventLog(extract, pseudonymous=False)

    def only(self, column: str, values: Iterable[str]) -> EventLog:
        """Give the log of the items whose column has one of the values (compared as text)."""
        self.check_column(column)
        items = self.items[self.items[column].astype("str").isin([str(v) for v in values])]
        events = self.events
        return self.remade(events[events["item_id"].isin(items["item_id"])], items, [])

    def fingerprint(self) -> tuple[int, str]:
        """Count the events and hash them, whatever the order of the rows.

        Returns
        -------
        int
            Number of events.
        str
            12 hexadecimal digits of a hash over item, time, event and actor of each event.
        """
        frame = self.codes.join(self.items_frame.select("item", "item_id"), on="item")
        frame = self.engine.decode(frame, event=self.event_names, actor=self.actor_names)
        return self.engine.fingerprint(frame, ["item_id", "t", "event", "actor"])

    def __repr__(self) -> str:
        events, items = size(self.codes), size(self.items_frame)
        until = self.observed_until.isoformat(timespec="seconds")
        return f"EventLog({self.name!r}: {events:,} events of {items:,} items until {until})"


def _distinct(raw: nw.LazyFrame[Any], *columns: str) -> Iterator[list[str]]:
    """Sorted distinct values of each column, so that codes do not depend on the order of rows."""
    met = to_pandas(raw.group_by(*columns).agg())
    return (sorted(met[column].unique()) for column in columns)


def _numbers(labels: Sized) -> pd.Series[int]:
    """Codes of labels: 32 bits are enough, and half of what sorting and keeping 64 costs."""
    return pd.Series(range(len(labels)), dtype="int32")


def _actors(raw: nw.LazyFrame[Any], *, pseudonymous: bool) -> pd.DataFrame:
    """One row an actor in order of first appearance: ``actor``, ``label``, ``bot``."""
    bot = nw.when(nw.col("actor_type") == "bot").then(1).otherwise(0)
    seen = raw.filter(~nw.col("actor").is_null()).with_columns(bot=bot)
    seen = seen.group_by("actor").agg(nw.col("t").min(), nw.col("bot").max())
    table = to_pandas(seen).sort_values(["t", "actor"])
    table = table.reset_index(drop=True)
    table["bot"] = table["bot"].astype(bool)
    table["label"] = _pseudonyms(table["bot"]) if pseudonymous else table["actor"]
    return table


def _pseudonyms(bot: pd.Series[bool]) -> pd.Series[str]:
    """Name actors by their turn: ``person-001``, ``bot-001``, …."""
    number = (bot.groupby(bot).cumcount() + 1).astype(str).str.zfill(3)
    return bot.map({True: "bot-", False: "person-"}).astype(str) + number


def read(
    source: Any, *, pseudonymous: bool = True, engine: str | None = None, **options: Any
) -> EventLog:
    """Read any source to an event log, as it is: `vsmlib.read` also stitches several.

    Parameters and errors as there, without ``stitch``.
    """
    from vsmlib import saved

    chosen = engines.engine_of(engine).scope()
    if saved.is_saved(source):
        if given := [name for name, value in options.items() if value]:
            what = f"--{given[0].replace('_', '-')} means nothing for a saved log"
            raise SourceError(what, where=str(source), hint="leave it out")
        return saved.opened(source, chosen, pseudonymous=pseudonymous)
    return EventLog(load(source, chosen, **options), pseudonymous=pseudonymous, engine=chosen)

"""What every reader hands over: events in one shape, item columns, and a receipt."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from vsmlib.errors import SourceError
from vsmlib.findings import Finding

__all__ = ["EVENT_COLUMNS", "NOBODY", "EventRow", "Extract", "Person", "as_arrow", "check_options",
           "event_table", "is_bot", "iso_micros", "mentions"]  # fmt: skip

EVENT_COLUMNS = ("item_id", "t", "event", "actor", "actor_type", "source", "seq")
MENTION = re.compile(
    r"(?<![A-Za-z0-9_-])([A-Za-z][A-Za-z0-9_]{0,9}-\d{1,7})(?![A-Za-z0-9])"
    r"|([\w.-]+(?:/[\w.-]+)+)?([#!])(\d{1,9})\b"
)
CLOSES = re.compile(r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+\S+", re.I)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# A name as the source gives it, and whether that is a bot.
Person = tuple[str, bool]
NOBODY: Person = ("", False)
# Item, microseconds since 1970 UTC, event, and the two parts of a person.
EventRow = tuple[str, int, str, str, bool]


@dataclass(frozen=True)
class Extract:
    """The facts of one source, before anything is made of them.

    Attributes
    ----------
    events : frame
        Any frame Narwhals knows (a pyarrow table or a lazy DuckDB frame by preference) with the
        columns `EVENT_COLUMNS`: ``item_id`` string, ``t`` int64 microseconds since 1970 UTC,
        ``event`` string, ``actor`` string or null as the source names it, ``actor_type``
        ``"user"``, ``"bot"`` or null, ``source`` string, ``seq`` int64 (order in the source).
        No nulls in ``item_id``, ``t``, ``event``, ``seq``.
    items : frame or None
        One row an item, ``item_id`` first; further columns as the source has them.
    findings : list of Finding
        What the reader met: rows read, repaired, refused.
    observed_until : datetime or None
        Up to when the source is complete, if it says so (UTC).
    name : str
        A short name for titles, such as the file's stem.
    complete : bool
        Whether ``items`` has every item of the events, once, and no other.
    """

    events: Any
    items: Any = None
    findings: list[Finding] = field(default_factory=list)
    observed_until: datetime | None = None
    name: str = "log"
    complete: bool = False


def check_options(given: Iterable[str], accepted: Iterable[str], what: str, source: Any) -> None:
    """Refuse options of a reader that mean nothing for a source."""
    if wrong := [name for name in given if name not in {*accepted}]:
        listed = ", ".join(map(_option, accepted)) or "no reader option"
        where = str(source) if isinstance(source, str | Path) else type(source).__name__
        told = f"{_option(wrong[0])} means nothing for {what}"
        raise SourceError(told, where=where, accepted=listed, hint="leave it out")


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def is_bot(name: str, account_type: object = None, bots: Collection[str] = ()) -> bool:
    """Whether an account is a bot: by its type, by its name, or because it is listed.

    Parameters
    ----------
    name : str
        The account's name.
    account_type : str, optional
        ``Bot`` where the source says so.
    bots : collection of str
        Lower-case names of accounts that are bots.

    Examples
    --------
    >>> is_bot("dependabot[bot]"), is_bot("gentoo-bot"), is_bot("robot-dreams")
    (True, True, False)
    """
    name = name.lower()
    return account_type == "Bot" or name.endswith(("bot", "[bot]")) or name in bots


def event_table(rows: Iterable[EventRow], source: str) -> pa.Table:
    """Make the events of an `Extract`; their order is the order in the source.

    Parameters
    ----------
    rows : iterable of EventRow
        At least one; an empty actor is null.
    source : str
        Value of the column ``source``.

    Examples
    --------
    >>> event_table([("#1", 0, "opened", "Ada", False)], "github").to_pylist()[0]["actor_type"]
    'user'
    """
    items, times, names, actors, bots = zip(*rows, strict=True)
    types = [
        ("bot" if bot else "user") if who else None for who, bot in zip(actors, bots, strict=True)
    ]
    text, number = pa.string(), pa.int64()
    arrays = [
        pa.array(items, text),
        pa.array(times, number),
        pa.array(names, text),
        pa.array([who or None for who in actors], text),
        pa.array(types, text),
        pa.repeat(source, len(items)),
        pa.array(range(len(items)), number),
    ]
    return pa.table(arrays, names=list(EVENT_COLUMNS))


def as_arrow(frame: Any) -> pa.Table:
    """Give a frame of an `Extract` as an Arrow table."""
    return frame if isinstance(frame, pa.Table) else frame.lazy().collect("pyarrow").to_native()


def iso_micros(text: object) -> int | None:
    """Microseconds since 1970 UTC of an ISO time with an offset; None if it is none.

    Examples
    --------
    >>> iso_micros("1970-01-01T01:00:01+01:00"), iso_micros("1970-01-01"), iso_micros(None)
    (1000000, None, None)
    """
    try:
        return (datetime.fromisoformat(text) - EPOCH) // MICROSECOND  # type: ignore[arg-type]
    except (TypeError, ValueError):  # no text, no time, no offset
        return None


def mentions(
    title: object = None, *, branch: object = None, body: object = None, home: str = ""
) -> str | None:
    """Find the keys and numbers that texts name; the texts themselves are not kept.

    Parameters
    ----------
    title, branch : str, optional
        All keys (``ABC-12``) and numbers (``#12``, ``owner/name#12``) in them count.
    body : str, optional
        Only what it says to close, fix or resolve counts.
    home : str
        The repository or project that a bare number belongs to.

    Returns
    -------
    str or None
        Keys in capitals and numbers with their home, separated by commas, in order.

    Examples
    --------
    >>> mentions("EE-7: see #12", branch="fix/ee-8-more", body="Closes o/r#3, not #4", home="a/b")
    'EE-7, a/b#12, EE-8, o/r#3'
    """
    closing = " ".join(CLOSES.findall(body)) if isinstance(body, str) else ""
    # a branch has slashes of its own
    named = branch.replace("/", " ") if isinstance(branch, str) else ""
    text = " ".join([title if isinstance(title, str) else "", named, closing])
    found = [
        key.upper() if key else f"{place or home}{sign}{number}"
        for key, place, sign, number in MENTION.findall(text)
    ]
    return ", ".join(dict.fromkeys(found)) or None

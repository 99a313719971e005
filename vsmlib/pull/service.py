"""What every service has in common: lists of items that changed, and what belongs to an item."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, NamedTuple

from vsmlib.errors import RunError, shown
from vsmlib.pull.web import Client, RefusedError

__all__ = ["HOLES", "Page", "Service", "by_creation", "by_update", "when"]

HOLES = {403, 404, 410}  # what one may not see, or what has just been deleted
PAGE = 100
# How long what was created before the last pull may have changed after it, in a list without order.
LOOK_BACK = timedelta(days=3)


class Page(NamedTuple):
    """Some items, the place to go on from after them, and how many there are in all, if told."""

    things: list[dict[str, Any]]
    place: Any
    total: int | None = None


@dataclass
class Service:
    """One service as `vsm pull` sees it; a module each.

    Attributes
    ----------
    kinds : tuple of str
        The lists to go through, one after another.
    hidden : list of str
        What the token may not see.
    """

    client: Client
    target: str
    query: str | None = None  # JQL
    hidden: list[str] = field(default_factory=list)
    kinds: ClassVar[tuple[str, ...]] = ()
    address: ClassVar[str] = ""
    batch: ClassVar[int] = 25  # items that a kill may lose

    def identity(self) -> str:
        """Name what is pulled."""
        chosen = " ".join(filter(None, [self.target, self.query]))
        return f"{chosen} of {self.client.base}"

    def pages(self, kind: str, since: datetime | None, place: Any) -> Iterator[Page]:
        """Give what changed since then, from a place on."""
        raise NotImplementedError

    def known(self, kind: str, thing: dict[str, Any]) -> tuple[str, str]:
        """Tell an item's identity, and when it changed."""
        raise NotImplementedError

    def whole(self, kind: str, thing: dict[str, Any]) -> list[Any]:
        """Give an item's objects as they are kept: itself and what belongs to it, slim."""
        raise NotImplementedError

    def seen(self, things: Iterator[Any], path: str) -> Iterator[Any]:
        """Give what a list has; one that may not be seen is counted instead."""
        try:
            yield from things
        except RefusedError as error:
            if error.status not in HOLES:
                raise
            self.hidden.append(path)

    def parts(self, path: str) -> list[Any]:
        """Give the list that belongs to an item; what may not be seen is counted instead."""
        return list(self.seen(self.client.pages(path, per_page=PAGE), path))

    def line(self, things: list[Any]) -> str:
        """Write an item's objects as one line, without the secret that a server may repeat."""
        text = json.dumps(things, ensure_ascii=False, separators=(",", ":"))
        # JSON may hold halves of characters, which UTF-8 cannot say
        return self.client.secret.hidden(text.encode("utf-8", "replace").decode())


def by_update(
    client: Client, path: str, since: datetime | None, name: str, **params: Any
) -> Iterator[Page]:
    """Go through a list in the order of changes.

    Each page begins at the time where the last one ended, not at its number: an item that changes
    meanwhile goes to the end, and would push another one over the edge of a page, unseen.
    """
    at, number, seen = since, 1, 0
    while True:
        bound = {name: f"{at:%Y-%m-%dT%H:%M:%SZ}"} if at else {}
        answer = client.get(path, per_page=PAGE, page=number, **bound, **params)
        things = listed(answer.data, client, path)
        last = max((when(thing["updated_at"]) for thing in things), default=at)
        # whether "since" takes in that very second is told nowhere
        after = last - timedelta(seconds=1) if last else None
        # about so many: the last page may be shorter
        ahead = (answer.last - number + 1) * PAGE if answer.last else len(things)
        yield Page(things, after.isoformat() if after else None, seen + ahead)
        seen += len(things)
        if not answer.next:
            return
        if after and (at is None or after > at):
            at, number = after, 1
        else:
            number += 1


def by_creation(
    client: Client, path: str, since: datetime | None, place: Any, name: str | None = None
) -> Iterator[Page]:
    """Go through a list that has the newest first, back to a few days before a time.

    What comes meanwhile moves other items to later pages, so none is passed over. ``name`` is the
    key of the list, where the answer is an object.
    """
    number = int(place or 1)
    while True:
        answer = client.get(path, per_page=PAGE, page=number)
        data = answer.data.get(name) if name and isinstance(answer.data, dict) else answer.data
        things, number = listed(data, client, path), number + 1
        yield Page(things, number, (answer.last or number - 1) * PAGE)
        back = since and things and when(things[-1]["created_at"]) < since - LOOK_BACK
        if back or not answer.next:
            return


def listed(data: Any, client: Client, path: str) -> list[dict[str, Any]]:
    """Make sure that a page is a list of items."""
    if isinstance(data, list) and all("updated_at" in part for part in data if part != {}):
        return data
    what = f"{shown(path)} is no list of items"
    raise RunError(what, where=client.base, hint="check --url: is this the service's API?")


def when(text: str) -> datetime:
    """Read a service's time.

    Examples
    --------
    >>> when("2026-01-02T03:04:05Z").isoformat()
    '2026-01-02T03:04:05+00:00'
    """
    return datetime.fromisoformat(text).astimezone(UTC)

"""What the readers need of an object, and no more: no texts, and of people one name each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from vsmlib.sources.extract import CLOSES, MENTION, is_bot
from vsmlib.sources.objects import Json

__all__ = ["Needs", "closing", "naming", "slim"]

# An object with one of these is an account, or somebody named in a commit.
ACCOUNT = {"login", "username", "accountId", "emailAddress", "displayName", "uniqueName", "email"}
NAMES = ("accountId", "login", "username", "name", "key", "displayName", "uniqueName")
KIND = ("type", "accountType", "date")


class Needs(NamedTuple):
    """The keys that a reader looks at, the names that tell people, and texts to be reduced."""

    keys: frozenset[str]
    names: tuple[str, ...]
    texts: dict[str, Callable[[str, Json], str]]


def slim(thing: Any, needs: Needs, *, top: bool = True) -> Any:
    """Give an object without what its reader does not need.

    Examples
    --------
    >>> needs = Needs(frozenset(["id", "user"]), ("login",), {})
    >>> slim({"id": 1, "body": "…", "user": {"login": "ada", "email": "a@b.c"}}, needs)
    {'id': 1, 'user': {'login': 'ada'}}
    """
    if isinstance(thing, list):
        return [slim(part, needs, top=top) for part in thing]
    if not isinstance(thing, dict):
        return thing
    if not top and ACCOUNT & thing.keys():
        return _person(thing, needs.names)
    kept = {key: slim(value, needs, top=False) for key, value in thing.items() if key in needs.keys}
    texts = {
        key: reduce(thing[key], thing)
        for key, reduce in needs.texts.items()
        if top and isinstance(thing.get(key), str)
    }
    return kept | texts


def _person(who: Json, names: tuple[str, ...]) -> Json:
    """Keep the one name that the reader goes by, and whether it is a bot."""
    first = [key for key in names if who.get(key)][:1]
    kept = {key: who[key] for key in (*first, *KIND) if key in who}
    if any(is_bot(str(who.get(key) or "")) for key in NAMES):
        kept["bot"] = True
    return kept


def naming(text: str, _: Json) -> str:
    """Reduce a title to the keys and numbers that it names.

    Examples
    --------
    >>> naming("ABC-12: Ada's great idea (see #7)", {})
    'ABC-12 #7'
    """
    return " ".join(match.group() for match in MENTION.finditer(text))


def closing(text: str, _: Json) -> str:
    """Reduce a description to what it says to close.

    Examples
    --------
    >>> closing("Dear Ada, this fixes #12. Not #13.", {})
    'closes #12'
    """
    closes = " ".join(CLOSES.findall(text))
    return " ".join(f"closes {match.group()}" for match in MENTION.finditer(closes))

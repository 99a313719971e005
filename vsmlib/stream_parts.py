"""The parts of a stream: its kinds, stages, calendars and alerts, and how a wrong one is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.functional_validators import AfterValidator, BeforeValidator

from vsmlib.errors import StreamError, VsmError, one_of, shown
from vsmlib.hours import check_country, check_zone, parse_day, parse_days, parse_shift, week

Kind = Literal["active", "wait", "done", "cancelled", "excluded"]
KINDS: tuple[str, ...] = get_args(Kind)
SPAN, SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*([hdw])"), re.compile(r"0?\.\d+|1(\.0+)?")
KeyPath = tuple[str | int, ...]
EXPECTED = {
    "string_type": "text",
    "string_pattern_mismatch": "text that is not blank",
    "value_error": "a time as 2026-11-22T10:00:00Z",
    "literal_error": ", ".join(KINDS),
    "too_short": "at least one",
    "tuple_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
}


class PartError(StreamError):
    """A wrong value in a stream, with the paths to it, by which its lines are found."""

    def __init__(self, what: str, *paths: KeyPath, **more: str | None) -> None:
        self.paths = paths
        where = " and ".join(".".join(map(str, path)) for path in paths)
        super().__init__(what, where=shown(where)[1:-1] or None, **more)


class Part(BaseModel):
    """Base of every part: immutable, without unknown keys, wrong values told in one line."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    def __init__(self, /, **data: Any) -> None:
        try:
            super().__init__(**data)
        except ValidationError as error:
            raise _told(error, type(self)) from None


def _told(error: ValidationError, part: type[Part]) -> PartError:
    # A misspelt key is the reason why the right one is missing, so it goes first.
    errors = error.errors(include_url=False)
    first = min(errors, key=lambda each: each["type"] != "extra_forbidden")
    kind, value, inner = first["type"], first["input"], first.get("ctx", {}).get("error")
    path: KeyPath = tuple(key for key in first["loc"] if key != "[key]")
    if isinstance(inner, VsmError):
        paths = [(*path, *below) for below in getattr(inner, "paths", [()])]
        return PartError(inner.what, *paths, accepted=inner.accepted, hint=inner.hint)
    what = "has no value" if value is None else f"is {shown(value)}"
    accepted, hint = EXPECTED.get(kind, first["msg"]), ""
    if kind == "missing":
        what, accepted, hint = "is missing", "", "add it"
    elif kind == "extra_forbidden":
        what, accepted, hint = one_of("key", path[-1], part.model_fields)
    elif kind == "literal_error" and value is not None:
        known = get_args(part.model_fields[str(path[-1])].annotation)
        what, accepted, hint = one_of(str(path[-1]), value, known)
    return PartError(what, path, accepted=accepted, hint=hint)


def refuse_repeats(
    noun: str, lists: Mapping[KeyPath, Sequence[str]], claim: str = "is there twice"
) -> None:
    """Refuse a word that stands in two lists or twice in one; each list goes by its path."""
    seen: dict[str, KeyPath] = {}
    for path, words in lists.items():
        for index, word in enumerate(words):
            if word in seen:
                paths = (seen[word], (*path, index))
                raise PartError(f"{noun} {shown(word)} {claim}", *paths, hint="keep one of the two")
            seen[word] = (*path, index)


def _read_by(parse: Callable[[Any], object]) -> AfterValidator:
    def check(value: Any) -> Any:
        parse(value)
        return value

    return AfterValidator(check)


Some = Field(min_length=1)
Listed = BeforeValidator(lambda value: [value] if isinstance(value, str) else value)
Word = Annotated[str, Field(pattern=r"\S")]
Words = Annotated[tuple[Word, ...], Some, Listed]
Days = Annotated[str, _read_by(parse_days)]
Shifts = Annotated[tuple[Annotated[str, _read_by(parse_shift)], ...], Listed]
Holiday = Annotated[date, BeforeValidator(lambda value: parse_day(value, "a holiday"))]


def seconds_of(span: str) -> float:
    """Read a span of time such as ``36h``, ``20d`` or ``2w``; a day has 24 hours.

    Examples
    --------
    >>> seconds_of("1.5d")
    129600.0
    """
    found = SPAN.fullmatch(span.strip())
    if not found:
        what = f"{shown(span)} is no span of time"
        raise StreamError(what, accepted="hours, days or weeks: 36h, 20d, 2w", hint="write 20d")
    return float(found[1]) * {"h": 3600, "d": 86400, "w": 604800}[found[2]]


def _share(value: str) -> float:
    if not SHARE.fullmatch(value):
        what = f"{shown(value)} is no share"
        raise StreamError(what, accepted="a number from 0 to 1", hint="write 0.05 for 5 points")
    return float(value)


class Alerts(Part):
    """What somebody is told of: spans as ``20d``, shares as ``0.05``."""

    sle: Annotated[str, _read_by(seconds_of)] | None = None
    age: Annotated[str, _read_by(seconds_of)] | None = None
    efficiency_drop: Annotated[str, _read_by(_share)] | None = None


class Blocked(Part):
    """Which events begin a block and which end it."""

    set: Words
    clear: Words

    @model_validator(mode="after")
    def _apart(self) -> Self:
        refuse_repeats("event", {("set",): self.set, ("clear",): self.clear})
        return self


class Holidays(Part):
    """Days without work: those of a country, and more dates."""

    country: Word | None = None
    subdivision: Word | None = None
    dates: Annotated[tuple[Holiday, ...], Listed] = ()

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.country or self.subdivision:
            check_country(self.country or "", self.subdivision)
        return self


class CalendarSpec(Part):
    """When a team works. Without ``hours`` it only says in which zone days begin."""

    timezone: Annotated[str, _read_by(check_zone)]
    hours: Annotated[dict[Days, Shifts], Some, _read_by(week)] | None = None
    holidays: Holidays | None = None


class Stage(Part):
    """A stage of a value stream: its kind, and the events that move an item into it."""

    name: Word
    kind: Kind
    enter: Words
    cause: Word | None = None
    owner: Word | None = None
    note: Word | None = None
    tagged_by: Word | None = None
    tagged_at: Annotated[str, _read_by(datetime.fromisoformat)] | None = None
    calendar: CalendarSpec | None = None
    waste: Word | None = None

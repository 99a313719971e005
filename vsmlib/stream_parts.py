"""The parts of a value stream: stages, blocks, calendars, each checked as it is made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal, Self, get_args
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    model_validator,
)

from vsmlib.errors import StreamError, VsmError, one_of, shown
from vsmlib.hours import check_country, parse_day, parse_days, parse_shift, week

__all__ = ["Blocked", "CalendarSpec", "Holidays", "Part", "PartError", "Stage", "Word", "Words"]

KeyPath = tuple[str | int, ...]
Kind = Literal["active", "wait", "done", "cancelled", "excluded"]
EXPECTED = {
    "tuple_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
}


class PartError(StreamError):
    """A wrong value in a stream, with the paths to it by which a text's lines are found."""

    def __init__(
        self, what: str, *paths: KeyPath, accepted: str | None = None, hint: str | None = None
    ) -> None:
        self.paths = paths or ((),)
        where = " and ".join(map(_dotted, self.paths))
        super().__init__(what, where=where or None, accepted=accepted, hint=hint)

    def below(self, path: KeyPath) -> PartError:
        """Tell the same about the part that stands at `path`."""
        paths = [(*path, *each) for each in self.paths]
        return PartError(self.what, *paths, accepted=self.accepted, hint=self.hint)


def _dotted(path: KeyPath) -> str:
    keys = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return shown(keys.removeprefix("."))[1:-1]


class Part(BaseModel):
    """Base of every part: immutable, without unknown keys, wrong values told in one line."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    noun: ClassVar[str] = "the stream"

    def __init__(self, /, **data: Any) -> None:
        try:
            super().__init__(**data)
        except ValidationError as error:
            raise self._error(data, error) from None

    @classmethod
    def _error(cls, data: dict[str, Any], error: ValidationError) -> PartError:
        # A misspelt key is the reason why the right one is missing, so it goes first.
        errors = error.errors(include_url=False)
        first = min(errors, key=lambda each: each["type"] != "extra_forbidden")
        path: KeyPath = tuple(key for key in first["loc"] if key != "[key]")
        label, kind, value = _dotted(path), first["type"], first["input"]
        if inner := first.get("ctx", {}).get("error"):
            return _told(inner, label, path)
        if kind == "missing":
            who = f"{cls.noun} {shown(data['name'])}" if data.get("name") else cls.noun
            return PartError(f"{who} has no {label!r}", hint=f"add {label}: …")
        if kind == "extra_forbidden":
            what, accepted, hint = one_of("key", path[-1], cls.model_fields)
            what += f" of {cls.noun}"
        elif kind == "literal_error":
            what, accepted, hint = one_of(label, value, get_args(Kind))
        else:
            what = f"{label} has no value" if value is None else f"{label} is {shown(value)}"
            accepted, hint = EXPECTED.get(kind, first["msg"]), None
        return PartError(what, path, accepted=accepted, hint=hint)


def _told(inner: Exception, label: str, path: KeyPath) -> PartError:
    if isinstance(inner, PartError):
        return inner.below(path)
    if isinstance(inner, VsmError):
        return PartError(inner.what, path, accepted=inner.accepted, hint=inner.hint)
    return PartError(f"{label} {inner}", path)


def _word(value: object) -> str:
    if value is None:
        raise ValueError("has no value; give it one, or remove the key")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise ValueError(f"is {shown(value)}, which is no text; put it in quotes")
    if not value.strip():
        raise ValueError("is blank; give it a name")
    return value


def _listed(value: object) -> object:
    if value is None:
        raise ValueError("has no value; list at least one")
    return value if isinstance(value, list | tuple | Mapping) else [value]


def _some(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        raise ValueError("is empty; list at least one")
    return value


def _moment(value: object) -> str:
    text = value.isoformat() if isinstance(value, date | datetime) else _word(value)
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"is {shown(text)}, not a time as 2026-11-22T10:00:00Z") from None
    return text


def _shift(value: object) -> str:
    text = _word(value)
    parse_shift(text)
    return text


def _days(value: object) -> str:
    text = _word(value)
    parse_days(text)
    return text


def _zone(value: object) -> str:
    text = _word(value)
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        what, _, hint = one_of("timezone", text, available_timezones())
        raise StreamError(what, accepted="IANA names as Europe/Berlin", hint=hint) from None
    return text


def _date(value: Any) -> date:
    return parse_day(value, "a holiday")


Word = Annotated[str, BeforeValidator(_word)]
Words = Annotated[tuple[Word, ...], AfterValidator(_some), BeforeValidator(_listed)]
Shifts = Annotated[tuple[Annotated[str, BeforeValidator(_shift)], ...], BeforeValidator(_listed)]
Dates = Annotated[tuple[Annotated[date, BeforeValidator(_date)], ...], BeforeValidator(_listed)]


class Blocked(Part):
    """Which events begin a block and which end it.

    Examples
    --------
    >>> Blocked(set="flagged", clear=["unflagged"]).set
    ('flagged',)
    """

    noun = "blocked"
    set: Words
    clear: Words

    @model_validator(mode="after")
    def _apart(self) -> Self:
        for index, event in enumerate(self.clear):
            if event in self.set:
                paths = ("set", self.set.index(event)), ("clear", index)
                what = f"event {shown(event)} both sets and clears the block"
                raise PartError(what, *paths, hint="keep it in one of the two")
        return self


class Holidays(Part):
    """Days without work: those of a country, and more dates.

    Examples
    --------
    >>> Holidays(country="DE", subdivision="BE", dates=["2026-12-24"]).dates
    (datetime.date(2026, 12, 24),)
    """

    noun = "holidays"
    country: Word | None = None
    subdivision: Word | None = None
    dates: Dates = ()

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.country:
            check_country(self.country, self.subdivision)
        elif self.subdivision:
            raise PartError("subdivision is given without a country", ("subdivision",))
        return self


class CalendarSpec(Part):
    """When a team works. Without ``hours`` it only says in which zone days begin.

    Examples
    --------
    >>> CalendarSpec(timezone="Europe/Berlin", hours={"mon-fri": "09:00-17:00"}).hours
    {'mon-fri': ('09:00-17:00',)}
    """

    noun = "calendar"
    timezone: Annotated[str, BeforeValidator(_zone)]
    hours: dict[Annotated[str, BeforeValidator(_days)], Shifts] | None = None
    holidays: Holidays | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.hours is not None and not self.hours:
            hint = 'write mon-fri: ["09:00-17:00"], or remove hours for elapsed time'
            raise PartError("hours has no days", ("hours",), hint=hint)
        try:
            week(self.hours or {})
        except StreamError as error:
            raise PartError(error.what, ("hours",), hint=error.hint) from None
        return self


class Stage(Part):
    """A stage of a value stream: its kind, and the events that move an item into it.

    Examples
    --------
    >>> Stage(name="Review", kind="wait", enter="opened").enter
    ('opened',)
    """

    noun = "stage"
    name: Word
    kind: Annotated[Kind, BeforeValidator(_word)]
    enter: Words
    cause: Word | None = None
    owner: Word | None = None
    note: Word | None = None
    tagged_by: Word | None = None
    tagged_at: Annotated[str, BeforeValidator(_moment)] | None = None
    calendar: CalendarSpec | None = None
    waste: Word | None = None

    @model_validator(mode="after")
    def _own_hours(self) -> Self:
        if self.calendar and self.calendar.hours is None:
            what = f"the calendar of stage {shown(self.name)} has no hours"
            raise PartError(
                what, ("calendar",), hint="add its hours, also where they are the stream's"
            )
        return self

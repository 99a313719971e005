"""A scenario: what would be different, as a small YAML file says it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, model_validator
from pydantic.functional_validators import BeforeValidator

from vsmlib import stream_file
from vsmlib.errors import ParameterError, one_of, shown
from vsmlib.stream_parts import Part, PartError, Word, Words

__all__ = ["Change", "First", "Move", "Scale", "Scenario"]

DAY = 86_400.0
UNITS = {"m": 60.0, "h": 3600.0, "d": DAY, "w": 7 * DAY}
EVERY = re.compile(r"(\d+(?:\.\d+)?)\s*([mhdw])")


def _seconds(value: Any) -> Any:
    """Read 7d, 12h, 2w or 30m."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    found = EVERY.fullmatch(str(value).strip().lower())
    if not found or not float(found[1]):
        raise PartError(
            f"is {shown(value)}", accepted="a time such as 7d, 12h, 2w", hint="say how often"
        )
    return float(found[1]) * UNITS[found[2]]


def _difference(value: Any) -> Any:
    if str(value).strip() in ("0", "+0", "-0"):
        hint = "leave it out, or say how many more or fewer"
        raise PartError(
            "is 0, which changes nothing", accepted="a difference such as +1 or -1", hint=hint
        )
    return value


Single = BeforeValidator(lambda value: [value] if isinstance(value, Mapping) else value)
Factor = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Seconds = Annotated[float, BeforeValidator(_seconds), Field(gt=0, allow_inf_nan=False)]
Days = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Difference = Annotated[int, BeforeValidator(_difference), Field(ge=-1000, le=1000)]


class Scale(Part):
    """A factor: 0.5 is half."""

    scale: Factor


class Change(Part):
    """What is different at a stage."""

    capacity: Difference | None = None
    service_time: Scale | None = None
    rework: Scale | None = None
    wip_limit: Annotated[int, Field(ge=1)] | None = None
    release_every: Seconds | None = None
    batch: Annotated[int, Field(ge=1, le=10_000)] | None = None
    wait: Scale | None = None
    effort_days: Days | None = None

    @model_validator(mode="after")
    def _leaves_one_way(self) -> Self:
        if self.release_every and self.batch:
            raise PartError(
                "has both release_every and batch",
                accepted="items leave a wait by a timetable, or when so many are together",
                hint="leave one of them out",
            )
        return self


class First(Part):
    """Who goes first wherever people have a queue: items of a type, or a share of all."""

    item_type: Words | None = None
    share: Annotated[float, Field(gt=0, lt=1)] | None = None

    @model_validator(mode="after")
    def _is_one_rule(self) -> Self:
        if (self.item_type is None) == (self.share is None):
            raise PartError(
                "has to say who goes first",
                accepted="either item_type: a name, or share: a number between 0 and 1",
                hint="write priority: {share: 0.1}",
            )
        return self


class Move(Part):
    """People who serve one stage and are to serve another."""

    people: Annotated[int, Field(ge=1, le=1000)] = 1
    out_of: Word
    into: Word

    @model_validator(mode="after")
    def _goes_somewhere(self) -> Self:
        if self.out_of == self.into:
            raise PartError(f"is out of {shown(self.into)} and into it", hint="name two stages")
        return self


class Scenario(Part):
    """What would be different; without anything it is the stream as it is.

    ``capacity`` is a difference; ``rework`` belongs to the stage that sends items back; ``wait``
    scales the part of a wait that is no queueing for capacity: at a wait stage its own, at another
    that of the waits that lead to it; so do ``release_every`` and ``batch``. ``priority`` says who
    goes first, ``move`` who serves another stage, ``effort_days`` what it costs.

    Examples
    --------
    >>> made = Scenario.parse("{name: More review, stages: {Review: {capacity: +1}}}")
    >>> made.stages["Review"].capacity
    1
    """

    name: Annotated[str, Field(pattern=r"\S")] = "scenario"
    arrivals: Scale | None = None
    stages: dict[str, Change] = Field(default_factory=dict)
    priority: First | None = None
    move: Annotated[tuple[Move, ...], Single] = ()
    effort_days: Days | None = None

    @classmethod
    def load(cls, path: str | Path) -> Scenario:
        """Load a scenario from a YAML file."""
        text = stream_file.read_text(Path(path), "a YAML file with a scenario")
        return cls.parse(text, str(path))

    @classmethod
    def parse(cls, text: str, where: str = "scenario.yaml") -> Scenario:
        """Read a scenario from YAML text; `where` is the file's name, for messages."""
        tree = stream_file.read(text, where)
        try:
            return cls(**stream_file.plain(tree, where))
        except PartError as error:
            place = stream_file.place(tree, where, error.paths, error.where)
            raise ParameterError(
                error.what, where=place, accepted=error.accepted, hint=error.hint
            ) from None

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Scenario:
        """Make a scenario from plain data."""
        return cls(**data)

    def check(self, names: list[str]) -> None:
        """Raise a `ParameterError` for a stage that the stream does not have."""
        for stage in [*self.stages, *(n for m in self.move for n in (m.out_of, m.into))]:
            if stage not in names:
                what, accepted, hint = one_of("stage", stage, names)
                raise ParameterError(what, where=self.name, accepted=accepted, hint=hint)

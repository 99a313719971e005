"""ValueStream, the second core object: what the events mean, as ``stream.yaml`` says it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import model_validator
from pydantic.functional_validators import BeforeValidator

from vsmlib import stream_file
from vsmlib.errors import StreamError, one_of, shown
from vsmlib.stream_parts import (
    KINDS,
    Alerts,
    Blocked,
    CalendarSpec,
    KeyPath,
    Part,
    PartError,
    Some,
    Stage,
    Word,
    Words,
    refuse_repeats,
)

__all__ = ["KINDS", "CalendarSpec", "Stage", "ValueStream", "ready_made"]

READY_MADE = Path(__file__).parent / "streams"


class ValueStream(Part):
    r"""The ordered stages of a value stream and the events that move items between them.

    Immutable; two streams are equal when they say the same, whatever their texts look like.
    Anything unknown, missing or contradictory is a StreamError of one line.

    Cycle time counts from the stage ``commitment``, by default the first. With ``applies_to``, the
    items that flow here have one of its values in each of its columns. Without a ``calendar`` there
    is elapsed time only, and days are UTC days.

    Examples
    --------
    >>> ValueStream.parse("name: A\nstages: [{name: B, kind: done, enter: c}]").event_to_stage()
    {'c': 0}
    """

    version: Annotated[Literal["1"], BeforeValidator(str)] = "1"
    name: Word
    applies_to: dict[Word, Words] | None = None
    commitment: Word | None = None
    stages: Annotated[tuple[Stage, ...], Some]
    blocked: Blocked | None = None
    calendar: CalendarSpec | None = None
    alerts: Alerts | None = None
    _text: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        refuse_repeats("stage name", {("stages",): self.stage_names})
        enter: dict[KeyPath, Sequence[str]] = {
            ("stages", index, "enter"): stage.enter for index, stage in enumerate(self.stages)
        }
        refuse_repeats("event", enter, "is claimed by two stages")
        if self.commitment and self.commitment not in self.stage_names:
            what, accepted, hint = one_of("stage", self.commitment, self.stage_names)
            raise PartError(what, ("commitment",), accepted=accepted, hint=hint)
        if "done" not in self.kinds:
            hint = "give the stage that ends the flow kind: done"
            raise PartError("no stage is of kind done", ("stages",), hint=hint)
        return self

    @classmethod
    def load(cls, path_or_name: str | Path) -> ValueStream:
        """Load a stream from a YAML file, or a ready-made one by its name.

        Examples
        --------
        >>> "done" in ValueStream.load("github-pull-requests").kinds
        True
        """
        path, names = Path(path_or_name), _names()
        if str(path) in names and not path.is_file():
            path = READY_MADE / f"{path}.yaml"
        accepted = f"a YAML file, or a ready-made stream: {', '.join(names)}"
        return cls.parse(stream_file.read_text(path, accepted), str(path))

    @classmethod
    def parse(cls, text: str, where: str = "stream.yaml") -> ValueStream:
        """Read a stream from YAML text; `where` is the file's name, for messages."""
        tree = stream_file.read(text, where)
        try:
            stream = cls(**stream_file.plain(tree, where))
        except PartError as error:
            place = stream_file.place(tree, where, error.paths, error.where)
            raise StreamError(
                error.what, where=place, accepted=error.accepted, hint=error.hint
            ) from None
        stream._text = text
        return stream

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ValueStream:
        """Make a stream from plain data as `to_dict` gives it."""
        return cls(**data)

    def to_dict(self) -> dict[str, Any]:
        """Return the stream as plain data, without what is not set."""
        return {"version": 1} | self.model_dump(mode="json", exclude_defaults=True)

    def to_yaml(self) -> str:
        """Return the stream as YAML; comments, order and quotes of the text it came from stay."""
        if self._text is not None and ValueStream.parse(self._text) == self:
            return self._text
        return stream_file.write(self.to_dict(), self._text)

    def save(self, path: str | Path) -> None:
        """Write `to_yaml` to a file; where that fails, an old file is as it was."""
        stream_file.write_text(Path(path), self.to_yaml())

    def replace_stage(self, name: str, /, **changes: Any) -> ValueStream:
        r"""Return the stream with some values of a stage changed; None takes a value away.

        Examples
        --------
        >>> text = "name: A\nstages:\n- {name: B, kind: done, enter: [c]}  # why"
        >>> print(ValueStream.parse(text).replace_stage("B", owner="us").to_yaml(), end="")
        name: A
        stages:
        - {name: B, kind: done, enter: [c], owner: us} # why
        """
        if name not in self.stage_names:
            what, accepted, hint = one_of("stage", name, self.stage_names)
            raise StreamError(what, accepted=accepted, hint=hint)
        index, stages = self.stage_names.index(name), list[Any](self.stages)
        stages[index] = dict(stages[index]) | changes
        commitment = stages[index]["name"] if self.commitment == name else self.commitment
        made = ValueStream(**dict(self) | {"stages": stages, "commitment": commitment})
        return made if self._text is None else made.like(self._text)

    def like(self, text: str) -> ValueStream:
        """Return the same stream, to be written in the words and with the comments of a text."""
        made = ValueStream(**dict(self))
        made._text = text
        return made

    def only(self, values: Mapping[str, str]) -> ValueStream:
        r"""Return the stream of fewer items: those with one value in each of some item columns.

        Raises
        ------
        StreamError
            The stream leaves out all items with a value.

        Examples
        --------
        >>> text = "name: A\nstages: [{name: B, kind: done, enter: c}]"
        >>> ValueStream.parse(text).only({"team": "red"}).name
        'A: red'
        """
        if not values:
            return self
        scope = dict(self.applies_to or {})
        for column, value in values.items():
            if value not in scope.get(column, (value,)):
                what = f"the stream leaves out {column} {shown(value)}"
                raise StreamError(what, accepted=", ".join(scope[column]), hint="choose another")
            scope[column] = (value,)
        name = f"{self.name}: {', '.join(values.values())}"
        return ValueStream(**dict(self) | {"applies_to": scope, "name": name})

    @property
    def stage_names(self) -> list[str]:
        """Names of the stages in flow order."""
        return [stage.name for stage in self.stages]

    @property
    def kinds(self) -> list[str]:
        """Kinds of the stages in flow order."""
        return [stage.kind for stage in self.stages]

    @property
    def positions(self) -> dict[str, int]:
        """Place of each stage in flow order, from 1."""
        return {name: place for place, name in enumerate(self.stage_names, start=1)}

    @property
    def commitment_index(self) -> int:
        """Index of the stage from which cycle time counts, from 0."""
        return self.stage_names.index(self.commitment) if self.commitment else 0

    @property
    def zone(self) -> ZoneInfo:
        """Time zone in which days begin: the calendar's, UTC without one."""
        return ZoneInfo(self.calendar.timezone if self.calendar else "UTC")

    def event_to_stage(self) -> dict[str, int]:
        """Which event enters which stage, by its index from 0."""
        return {event: i for i, stage in enumerate(self.stages) for event in stage.enter}

    def calendars(self) -> list[CalendarSpec]:
        """Return the different calendars with hours that stages use."""
        specs: list[CalendarSpec] = []
        for spec in self._stage_calendars():
            if spec and spec not in specs:
                specs.append(spec)
        return specs

    def stage_calendar_index(self) -> list[int | None]:
        """Return each stage's place in `calendars`, or None where only elapsed time is known."""
        known = self.calendars()
        return [known.index(spec) if spec else None for spec in self._stage_calendars()]

    def _stage_calendars(self) -> list[CalendarSpec | None]:
        specs = [stage.calendar or self.calendar for stage in self.stages]
        return [spec if spec and spec.hours else None for spec in specs]

    def fingerprint(self) -> str:
        """Return 12 hexadecimal digits that are the same for streams that say the same."""
        text = json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ValueStream) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash(self.fingerprint())


def ready_made() -> dict[str, str]:
    """Return the names of the ready-made streams, with the title of each."""
    return {name: ValueStream.load(READY_MADE / f"{name}.yaml").name for name in _names()}


def _names() -> list[str]:
    return sorted(path.stem for path in READY_MADE.glob("*.yaml"))

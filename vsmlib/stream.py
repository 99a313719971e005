"""ValueStream, the second core object: what the events mean.

Its file, ``stream.yaml``, is what a workshop produces and a scheduled run consumes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, PrivateAttr, model_validator

from vsmlib.errors import StreamError, one_of, shown
from vsmlib.stream_edit import render, revise
from vsmlib.stream_parts import (
    Blocked,
    CalendarSpec,
    Holidays,
    Part,
    PartError,
    Stage,
    Word,
    Words,
)
from vsmlib.stream_yaml import read, read_text, write_text

__all__ = ["Blocked", "CalendarSpec", "Holidays", "Stage", "ValueStream", "ready_made"]

READY_MADE = Path(__file__).parent / "streams"


def _version(value: object) -> int:
    if isinstance(value, bool) or value not in (1, "1"):
        raise ValueError(f"is {shown(value)}; this program reads version 1")
    return 1


class ValueStream(Part):
    """The ordered stages of a value stream and the events that move items between them.

    Immutable; two streams are equal when they say the same, whatever their texts look like.

    Attributes
    ----------
    name : str
    stages : tuple of Stage
        In flow order.
    commitment : str, optional
        The stage from which cycle time counts; default: the first.
    applies_to : dict of str to tuple of str, optional
        The items that flow here: each of these item columns has one of its values.
    blocked : Blocked, optional
    calendar : CalendarSpec, optional
        Without one there is elapsed time only, and days are UTC days.

    Raises
    ------
    StreamError
        For anything unknown, missing or contradictory, in one line.

    Examples
    --------
    >>> stages = [
    ...     Stage(name="Coding", kind="active", enter=["opened"]),
    ...     Stage(name="Merged", kind="done", enter=["merged"]),
    ... ]
    >>> stream = ValueStream(name="Changes", stages=stages)
    >>> stream.event_to_stage()
    {'opened': 0, 'merged': 1}
    """

    version: Annotated[int, BeforeValidator(_version)] = 1
    name: Word
    applies_to: dict[Word, Words] | None = None
    commitment: Word | None = None
    stages: tuple[Stage, ...]
    blocked: Blocked | None = None
    calendar: CalendarSpec | None = None
    _text: str | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = self.stage_names
        if not names:
            raise PartError(
                "the stream has no stages", ("stages",), hint="list at least a done stage"
            )
        for index, name in enumerate(names):
            if (first := names.index(name)) < index:
                paths = [("stages", at, "name") for at in (first, index)]
                what = f"two stages are named {shown(name)}"
                raise PartError(what, *paths, hint="rename one, or join their enter lists")
        if self.commitment is not None and self.commitment not in names:
            what, accepted, hint = one_of("commitment stage", self.commitment, names)
            raise PartError(what, ("commitment",), accepted=accepted, hint=hint)
        if "done" not in self.kinds:
            hint = "give the stage that ends the flow kind: done"
            raise PartError("no stage is of kind done", ("stages",), hint=hint)
        self._one_stage_an_event()
        return self

    def _one_stage_an_event(self) -> None:
        claimed: dict[str, tuple[int, int]] = {}
        for index, stage in enumerate(self.stages):
            for place, event in enumerate(stage.enter):
                other, at = claimed.setdefault(event, (index, place))
                if other != index:
                    both = f"{shown(self.stages[other].name)} and {shown(stage.name)}"
                    paths = ("stages", other, "enter", at), ("stages", index, "enter", place)
                    what = f"event {shown(event)} enters both {both}"
                    raise PartError(what, *paths, hint="keep it in one of the two")

    @classmethod
    def load(cls, path_or_name: str | Path) -> ValueStream:
        """Load a stream from a YAML file, or a ready-made one by its name.

        Raises
        ------
        StreamError
            For a name that is neither, an unreadable file, or a wrong definition: with the line.

        Examples
        --------
        >>> "done" in ValueStream.load("github-pull-requests").kinds
        True
        """
        path, name = Path(path_or_name), str(path_or_name)
        known = _names()
        try:
            is_file, exists = path.is_file(), path.exists()
        except (OSError, ValueError):
            is_file = exists = False
        if not is_file and name in known:
            path = READY_MADE / f"{name}.yaml"
        elif not exists:
            _, accepted, hint = one_of("stream", path.stem if path.suffix else name, known)
            what = "there is no such file, and no ready-made stream of this name"
            raise StreamError(what, where=name, accepted=f"a YAML file, {accepted}", hint=hint)
        return cls.parse(read_text(path), str(path))

    @classmethod
    def parse(cls, text: str, where: str = "stream.yaml") -> ValueStream:
        r"""Read a stream from YAML text.

        Plain words are text as written: a stage named ``no`` or ``2024`` needs no quotes.

        Parameters
        ----------
        text : str
        where : str
            The file's name, for messages.

        Raises
        ------
        StreamError
            With file, line and column.

        Examples
        --------
        >>> ValueStream.parse("name: A\nstages: [{name: 2024, kind: done, enter: on}]").stage_names
        ['2024']
        """
        root = read(text, where)
        if not isinstance(root.value, dict):
            hint = "begin with name: … and stages: …"
            raise StreamError("is not a mapping of keys to values", where=where, hint=hint)
        try:
            stream = cls(**root.value)
        except PartError as error:
            places = " and ".join(dict.fromkeys(root.place(path) for path in error.paths))
            raise StreamError(
                error.what, where=f"{where}, {places}", accepted=error.accepted, hint=error.hint
            ) from None
        stream._text = text
        return stream

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ValueStream:
        """Make a stream from plain data as `to_dict` gives it.

        Raises
        ------
        StreamError
            With the path of keys to what is wrong.
        """
        if not isinstance(data, Mapping):
            raise StreamError(f"a stream is {shown(data)}", accepted="a mapping of keys to values")
        return cls(**_with_text_keys(data))

    def to_dict(self) -> dict[str, Any]:
        """Return the stream as plain data, without what is not set."""
        return {"version": 1} | self.model_dump(mode="json", exclude_defaults=True)

    def to_yaml(self) -> str:
        """Return the stream as YAML: the text it came from with only the changed values changed."""
        return self._yaml(self._text)

    def _yaml(self, text: str | None) -> str:
        data = self.to_dict()
        if text is None:
            return render(data)
        if "version" not in read(text, "stream").value:
            del data["version"]
        return revise(text, data)

    def save(self, path: str | Path) -> None:
        """Write the stream to a file; comments, order and quotes of a hand-written one stay.

        Those of the file that it was loaded from; for a stream made in Python, those of the
        stream that `path` holds already.

        Raises
        ------
        StreamError
            When the file cannot be written; an old one is then as it was.
        """
        text = self._text
        if text is None and Path(path).is_file():
            try:
                text = ValueStream.load(path)._text
            except StreamError:
                text = None
        write_text(Path(path), self._yaml(text))

    def replace_stage(self, name: str, /, **changes: Any) -> ValueStream:
        r"""Return the stream with some values of a stage changed; None takes a value away.

        Raises
        ------
        StreamError
            For an unknown stage or value.

        Examples
        --------
        >>> text = "name: A\nstages:\n- {name: B, kind: done, enter: [c]}  # why"
        >>> print(ValueStream.parse(text).replace_stage("B", owner="us").to_yaml())
        name: A
        stages:
        - {name: B, kind: done, enter: [c], owner: us}  # why
        """
        if name not in self.stage_names:
            what, accepted, hint = one_of("stage", name, self.stage_names)
            raise StreamError(what, accepted=accepted, hint=hint)
        index = self.stage_names.index(name)
        try:
            stage = Stage(**(dict(self.stages[index]) | changes))
        except PartError as error:
            raise error.below(("stages", index)) from None
        stages = (*self.stages[:index], stage, *self.stages[index + 1 :])
        commitment = stage.name if self.commitment == name else self.commitment
        made = ValueStream(**(dict(self) | {"stages": stages, "commitment": commitment}))
        made._text = self._text
        return made

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
        return 0 if self.commitment is None else self.stage_names.index(self.commitment)

    @property
    def zone(self) -> ZoneInfo:
        """Time zone in which days begin: the calendar's, UTC without one."""
        return ZoneInfo(self.calendar.timezone if self.calendar else "UTC")

    def event_to_stage(self) -> dict[str, int]:
        """Which event enters which stage, by its index from 0."""
        return {event: i for i, stage in enumerate(self.stages) for event in stage.enter}

    def calendars(self) -> list[CalendarSpec]:
        """Return the different calendars with hours that stages use."""
        found: list[CalendarSpec] = []
        for spec in self._stage_calendars():
            if spec is not None and spec not in found:
                found.append(spec)
        return found

    def stage_calendar_index(self) -> list[int | None]:
        """Return each stage's place in `calendars`, or None where only elapsed time is known."""
        known = self.calendars()
        return [None if spec is None else known.index(spec) for spec in self._stage_calendars()]

    def _stage_calendars(self) -> list[CalendarSpec | None]:
        specs = [stage.calendar or self.calendar for stage in self.stages]
        return [spec if spec and spec.hours is not None else None for spec in specs]

    def fingerprint(self) -> str:
        """Return 12 hexadecimal digits that are the same for streams that say the same."""
        text = json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ValueStream) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash(self.fingerprint())


def ready_made() -> dict[str, str]:
    """Return the names of the ready-made streams, with the title of each.

    Examples
    --------
    >>> "github-pull-requests" in ready_made()
    True
    """
    return {name: ValueStream.load(READY_MADE / f"{name}.yaml").name for name in _names()}


def _names() -> list[str]:
    return sorted(path.stem for path in READY_MADE.glob("*.yaml"))


def _with_text_keys(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {str(key): _with_text_keys(value) for key, value in data.items()}
    return [_with_text_keys(item) for item in data] if isinstance(data, list | tuple) else data

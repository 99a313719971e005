"""YAML text to plain data that knows where it stands.

Every plain scalar is the text as written: ``no``, ``2024`` and ``1e3`` are words here, as the name
of a stage or an event must be. Tags, aliases and repeated keys are refused.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vsmlib.errors import StreamError, shown

__all__ = ["Child", "Node", "block_stop", "read", "read_text", "write_text"]

LARGEST = 1_000_000
NULLS = {"", "~", "null", "Null", "NULL"}
TAGS = {"str", "int", "float", "bool", "null", "timestamp", "map", "seq", "merge", "value"}


@dataclass(frozen=True)
class Node:
    """A value of a YAML text and where it stands.

    Attributes
    ----------
    value : Any
        Plain data: mappings, lists, text and None.
    start, stop : int
        The characters of the text that it takes. A block ends with its last line.
    line, column : int
        From 1.
    style : {"scalar", "flow", "block"}
    children : tuple of Child
    """

    value: Any
    start: int
    stop: int
    line: int
    column: int
    style: str = "scalar"
    children: tuple[Child, ...] = field(default=())

    def place(self, path: tuple[str | int, ...]) -> str:
        r"""Say where the value at `path` stands, or the nearest one above it.

        Examples
        --------
        >>> read("name: A\nstages: []", "s.yaml").place(("stages", 3))
        'line 2, column 1'
        """
        node, line, column = self, self.line, self.column
        for key in path:
            child = next((each for each in node.children if each.key == key), None)
            if child is None:
                break
            node, line, column = child.node, child.line, child.column
        return f"line {line}, column {column}"


@dataclass(frozen=True)
class Child:
    """An entry of a mapping or an item of a list; `start` is where its key or dash stands."""

    key: str | int
    start: int
    line: int
    column: int
    node: Node


def read_text(path: Path) -> str:
    """Read a small UTF-8 text file, line ends as they are.

    Raises
    ------
    StreamError
        For a file that cannot be read, is empty, too large, binary or not UTF-8.
    """
    where, hint = str(path), "give a stream definition in YAML, saved as UTF-8 text"
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise StreamError(
            f"cannot be read ({error.strerror or error})", where=where, hint=hint
        ) from None
    if len(data) > LARGEST:
        raise StreamError(f"has more than {LARGEST:,} bytes", where=where, hint=hint)
    if b"\0" in data:
        raise StreamError("is a binary file, not text", where=where, hint=hint)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        where = f"{where}, line {line}"
        raise StreamError("is not UTF-8 text", where=where, hint=hint) from None


def write_text(path: Path, text: str) -> None:
    """Write a file aside and rename it into place; an existing file's mode and links are kept.

    Raises
    ------
    StreamError
        When the folder cannot be written; the old file is then untouched.
    """
    target = path.resolve()
    aside = target.with_name(f".{target.name[:200]}.{os.getpid()}.tmp")
    try:
        with aside.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
        if target.exists():
            aside.chmod(target.stat().st_mode & 0o7777)
        aside.replace(target)
    except (OSError, ValueError) as error:
        aside.unlink(missing_ok=True)
        reason = getattr(error, "strerror", None) or error
        raise StreamError(
            f"cannot be written ({reason})", where=str(path), hint="choose another folder"
        ) from None


def read(text: str, where: str) -> Node:
    r"""Read a YAML text that holds one document.

    Parameters
    ----------
    text : str
    where : str
        The file's name, for messages.

    Raises
    ------
    StreamError
        For an empty or too large text, YAML that does not parse, a tag, an alias or a repeated key.

    Examples
    --------
    >>> read("name: no\nstages: [2024, ~]", "s.yaml").value
    {'name': 'no', 'stages': ['2024', None]}
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    if len(text) > LARGEST:
        raise StreamError(f"has more than {LARGEST:,} characters", where=where)
    try:
        root = YAML(typ="safe", pure=True).compose(text)
        if root is not None:
            return _node(root, text, where, set())
    except RecursionError:
        raise StreamError("is nested too deeply", where=where) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{where}, line {mark.line + 1}, column {mark.column + 1}" if mark else where
        hint = "indent with spaces and quote values with special characters"
        problem = error.problem or error.context
        raise StreamError(f"is not valid YAML: {problem}", where=where, hint=hint) from None
    except (YAMLError, ValueError) as error:
        if isinstance(error, StreamError):
            raise
        at = text[: getattr(error, "position", 0)].count("\n") + 1
        what = f"is not valid YAML: {getattr(error, 'reason', error)}"
        raise StreamError(what, where=f"{where}, line {at}") from None
    raise StreamError("is empty", where=where, hint="write a name and stages into it")


def _node(raw: Any, text: str, where: str, seen: set[int]) -> Node:
    mark = raw.start_mark
    line, column, start = mark.line + 1, mark.column + 1, mark.index
    place = f"{where}, line {line}, column {column}"
    # A node met twice is an alias: expanding those is how a small file fills the memory.
    if id(raw) in seen:
        hint = "write the value out in each place"
        raise StreamError("an alias (*name) repeats this value", where=place, hint=hint)
    seen.add(id(raw))
    tag = str(raw.tag)
    if tag.removeprefix("tag:yaml.org,2002:") not in TAGS:
        hint = "remove the tag; plain text, lists and mappings are enough"
        raise StreamError(f"tag {shown(tag)} is not allowed", where=place, hint=hint)
    if isinstance(raw.value, str):
        stop = start + len(text[start : raw.end_mark.index].rstrip())
        value = None if raw.style is None and raw.value in NULLS else raw.value
        return Node(value, start, stop, line, column)
    pairs = raw.id == "mapping"
    children = (_entries if pairs else _items)(raw, text, where, seen)
    style = "flow" if raw.flow_style else "block"
    stop = raw.end_mark.index if style == "flow" else block_stop(text, children[-1].node)
    if pairs:
        data: Any = {child.key: child.node.value for child in children}
    else:
        data = [child.node.value for child in children]
    return Node(data, start, stop, line, column, style, tuple(children))


def _entries(raw: Any, text: str, where: str, seen: set[int]) -> list[Child]:
    children: dict[str, Child] = {}
    for left, right in raw.value:
        key = _node(left, text, where, seen)
        place = f"{where}, line {key.line}, column {key.column}"
        if not isinstance(key.value, str):
            raise StreamError("a key is not text", where=place, hint="write key: value")
        if key.value in children:
            what = (
                f"key {shown(key.value)} is there twice, first in line {children[key.value].line}"
            )
            raise StreamError(what, where=place, hint="keep one of the two")
        node = _node(right, text, where, seen)
        if node.value is None and node.start == node.stop:
            # The parser puts an absent value where the next token stands.
            colon = text.find(":", key.stop) + 1
            node = Node(None, colon, colon, key.line, key.column)
        children[key.value] = Child(key.value, key.start, key.line, key.column, node)
    return list(children.values())


def _items(raw: Any, text: str, where: str, seen: set[int]) -> list[Child]:
    children: list[Child] = []
    floor = raw.start_mark.index
    for index, item in enumerate(raw.value):
        node = _node(item, text, where, seen)
        start = node.start if raw.flow_style else text.rfind("-", floor, node.start)
        children.append(Child(index, start, node.line, node.column, node))
        floor = node.stop
    return children


def block_stop(text: str, last: Node) -> int:
    """Where a block ends whose last value is `last`: after that value's line."""
    return last.stop if last.style == "block" else _next_line(text, last.stop)


def _next_line(text: str, at: int) -> int:
    return text.find("\n", at) + 1 or len(text)

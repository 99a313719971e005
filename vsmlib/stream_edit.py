"""Plain data to YAML text, keeping what a person wrote around the changed values.

Only the characters of changed values are replaced, so comments, order, quotes and spaces stay.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from vsmlib.errors import StreamError
from vsmlib.stream_yaml import Child, Node, block_stop, read

__all__ = ["render", "revise"]

QUOTED_WORDS = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
PLAIN = re.compile(
    r"[^\W\d_][\w./+-]*(?: [\w./+()-]+)*"
    r"|\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?"
)
ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def render(data: dict[str, Any]) -> str:
    """Write plain data as YAML text.

    Examples
    --------
    >>> print(render({"name": "no", "stages": [{"name": "A: b", "enter": ["x", "=y()"]}]}), end="")
    name: "no"
    stages:
      - name: "A: b"
        enter: [x, "=y()"]
    """
    return _block(data, "")


def _block(value: Any, pad: str) -> str:
    if isinstance(value, dict):
        return "".join(_entry(key, each, pad) for key, each in value.items())
    return "".join(_item(each, pad) for each in value)


def _entry(key: str, value: Any, pad: str) -> str:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if any(isinstance(part, dict) for part in parts):
        return f"{pad}{_flow(key)}:\n{_block(value, pad + '  ')}"
    return f"{pad}{_flow(key)}: {_flow(value)}\n"


def _item(value: Any, pad: str) -> str:
    text = _block(value, pad + "  ") if isinstance(value, dict) else _flow(value) + "\n"
    return f"{pad}- {text.removeprefix(pad + '  ')}"


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow(k)}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if not isinstance(value, str):
        return str(value)
    if value.isprintable() and PLAIN.fullmatch(value) and value.lower() not in QUOTED_WORDS:
        return value
    escaped = (
        ESCAPES.get(char) or (char if char.isprintable() else f"\\U{ord(char):08x}")
        for char in value
    )
    return '"' + "".join(escaped) + '"'


def revise(text: str, data: dict[str, Any]) -> str:
    r"""Change a YAML text so that it says `data`, and leave every other character as it is.

    A scalar counts as equal to a list of that one value, an absent key to an empty value. Items
    of lists are told apart by their ``name``, or by what they are.

    Examples
    --------
    >>> print(revise("a: 'x'   # why\nb: [1,  y]", {"a": "x", "b": ["1", "y", "z"], "c": "no"}))
    a: 'x'   # why
    b: [1,  y, z]
    c: "no"
    <BLANKLINE>
    """
    node = read(text, "text")
    changed = text[: node.start] + _revised(text, node, data) + text[node.stop :]
    try:
        kept = _same(read(changed, "text").value, data)
    except StreamError:
        kept = False
    # Right data without comments is better than a pretty file that means something else.
    return changed if kept else render(data)


def _same(raw: Any, new: Any) -> bool:
    if isinstance(raw, dict) and isinstance(new, dict):
        return all(_same(raw.get(key), new.get(key)) for key in raw.keys() | new.keys())
    if isinstance(raw, list) and isinstance(new, list):
        return len(raw) == len(new) and all(map(_same, raw, new))
    if isinstance(new, list):
        return len(new) == 1 and _same(raw, new[0])
    return bool(raw == (str(new) if isinstance(new, int) else new))


def _revised(text: str, node: Node, new: Any) -> str:
    if _same(node.value, new):
        return text[node.start : node.stop]
    if new and node.children and type(new) is type(node.value):
        pairs = _pairs(node, new)
        return (_flow_parts if node.style == "flow" else _block_parts)(text, node, pairs)
    return _flow(new) + (_line_end(text) if node.style == "block" else "")


Pair = tuple[Child | None, str | int, Any]


def _pairs(node: Node, new: Any) -> list[Pair]:
    """Put each new entry beside the old one that it changes, if there is one."""
    if isinstance(new, dict):
        old = {child.key: child for child in node.children}
        kept = [c for c in node.children if c.key in new or c.node.value is None]
        pairs: list[Pair] = [(child, child.key, new.get(child.key)) for child in kept]
        return pairs + [(None, key, value) for key, value in new.items() if key not in old]
    named = {_name(child.node.value): child for child in node.children}
    wanted = {_name(value) for value in new}
    pairs = []
    for index, value in enumerate(new):
        match = named.pop(_name(value), None)
        # A renamed item keeps its place and so its comments.
        if match is None and len(new) == len(node.children):
            match = node.children[index]
            match = None if _name(match.node.value) in wanted else match
        pairs.append((match, index, value))
    return pairs


def _name(value: Any) -> Any:
    return value.get("name") if isinstance(value, dict) else value


def _changed(text: str, child: Child, begin: int, new: Any) -> str:
    head = text[begin : child.node.start]
    space = " " if head.endswith(":") and new is not None else ""
    return head + space + _revised(text, child.node, new)


def _flow_parts(text: str, node: Node, pairs: list[Pair]) -> str:
    parts = [
        _changed(text, child, child.start, new)
        if child
        else (f"{_flow(key)}: " if isinstance(key, str) else "") + _flow(new)
        for child, key, new in pairs
    ]
    old = node.children
    out = text[node.start : old[0].start] + parts[0]
    aligned = pairs[0][0] is old[0]
    for index in range(1, len(parts)):
        aligned = aligned and index < len(old) and pairs[index][0] is old[index]
        between = text[old[index - 1].node.stop : old[index].start] if aligned else ", "
        out += between + parts[index]
    return out + text[old[-1].node.stop : node.stop]


def _block_parts(text: str, node: Node, pairs: list[Pair]) -> str:
    pad, end = " " * (node.column - 1), _line_end(text)
    begins = [node.start]
    for before, after in pairwise(node.children):
        begins.append(_with_comments(text, after.start, block_stop(text, before.node)))
    ends = [*begins[1:], node.stop]
    spans = {c.start: (a, z) for c, a, z in zip(node.children, begins, ends, strict=True)}
    out = ""
    for child, key, new in pairs:
        if child is None:
            part = _entry(key, new, pad) if isinstance(key, str) else _item(new, pad)
            part = part.replace("\n", end)
        else:
            begin, stop = spans[child.start]
            part = _changed(text, child, begin, new) + text[child.node.stop : stop]
            # The first entry's indentation stands before the block.
            part = pad + part if begin == node.start else part
        # The last line of a file may lack its end.
        out += part if out.endswith("\n") or not out else end + part
    return out.removeprefix(pad)


def _with_comments(text: str, start: int, floor: int) -> int:
    """Begin of the entry at `start`, with the comment lines that stand directly above it."""
    begin = text.rfind("\n", 0, start) + 1
    while begin > floor:
        above = text.rfind("\n", 0, begin - 1) + 1
        if above < floor or not text[above:begin].lstrip().startswith("#"):
            break
        begin = above
    return begin


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"

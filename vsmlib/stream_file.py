"""The text of a stream.yaml, to data and back. Words without quotes are text: no, 2024, 1e3."""

from __future__ import annotations

import io
import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from vsmlib.errors import StreamError, shown

__all__ = ["line_of", "place", "plain", "read", "read_text", "write", "write_text"]

LARGEST = 1_000_000
NULL = "tag:yaml.org,2002:null", re.compile("(?:~|null|Null|NULL)?$")
MARK = "#:comment-below:"
NEEDS_NO_QUOTES = re.compile(r"\w([\w ./+-]*\w)?")


class _PlainWords(VersionedResolver):
    versioned_resolver: ClassVar = {first: [NULL] for first in ("", "~", "n", "N")}


def _yaml() -> YAML:
    yaml = YAML()
    yaml.Resolver = _PlainWords
    yaml.preserve_quotes, yaml.width = True, LARGEST
    return yaml


def read_text(path: Path, accepted: str) -> str:
    """Read a small UTF-8 text file; `accepted` is for the message where it is none."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) <= LARGEST and b"\0" not in data:
            return data.decode("utf-8-sig").replace("\r\n", "\n")
        what = f"has over {LARGEST:,} bytes" if len(data) > LARGEST else "is binary, not text"
    except UnicodeDecodeError as error:
        what = f"line {data[: error.start].count(10) + 1} is not UTF-8 text"
    except (OSError, ValueError) as error:
        what = f"cannot be read ({getattr(error, 'strerror', None) or error})"
    raise StreamError(what, where=str(path), accepted=accepted)


def write_text(path: Path, text: str) -> None:
    """Write a file aside and rename it into place; its mode and links are kept."""
    target = path.resolve()
    aside = target.with_name(f".stream-{os.getpid()}.tmp")
    try:
        aside.write_text(text, encoding="utf-8", newline="")
        if target.exists():
            shutil.copymode(target, aside)
        aside.replace(target)
    except (OSError, ValueError) as error:
        aside.unlink(missing_ok=True)
        what = f"cannot be written ({getattr(error, 'strerror', None) or error})"
        raise StreamError(what, where=str(path), hint="choose another folder") from None


def read(text: str, where: str) -> CommentedMap:
    """Read a YAML mapping without repeated keys, tags and aliases into ruamel.yaml's tree."""
    try:
        events = _yaml().parse(text)
        marked = [e for e in events if getattr(e, "tag", None) or getattr(e, "anchor", None)]
        tree = None if marked else _yaml().load(text)
    except Exception as error:  # odd texts make ruamel.yaml raise more than its own errors
        mark = getattr(error, "problem_mark", None)
        line = mark.line if mark else text.count("\n", 0, getattr(error, "position", 0))
        what = f"is not valid YAML: {shown(str(getattr(error, 'problem', error)))}"
        hint = "indent with spaces and quote values with special characters"
        raise StreamError(what, where=f"{where}, line {line + 1}", hint=hint) from None
    if marked:
        place, hint = f"{where}, line {marked[0].start_mark.line + 1}", "write the value out"
        raise StreamError("tags, anchors and aliases are not allowed", where=place, hint=hint)
    if not isinstance(tree, CommentedMap):
        what = "is empty" if tree is None else "is not a mapping of keys to values"
        raise StreamError(what, where=where, hint="begin with name: … and stages: …")
    return tree


def plain(node: Any, where: str) -> Any:
    """Turn a tree into plain mappings, lists, text and None."""
    if isinstance(node, CommentedMap):
        if not all(isinstance(key, str) for key in node):
            raise StreamError("a key is not text", where=f"{where}, line {node.lc.line + 1}")
        return {str(key): plain(value, where) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return [plain(item, where) for item in node]
    return None if node is None else str(node)


def line_of(node: Any, path: tuple[str | int, ...]) -> int:
    """Line, from 1, of the key or item at `path`, or of the nearest one above it."""
    line = node.lc.line
    for key in path:
        if not isinstance(node, CommentedMap | CommentedSeq) or key not in (node.lc.data or {}):
            break
        line, node = node.lc.data[key][0], node[key]
    return int(line) + 1


def place(node: Any, file: str, paths: Iterable[tuple[str | int, ...]], key: str | None) -> str:
    r"""Say where in a file a fault is, for a message: the lines of `paths`, and the key.

    Examples
    --------
    >>> place(read("a: 1\nb: 2", "s.yaml"), "s.yaml", [("b",)], "b")
    's.yaml, line 2, b'
    """
    lines = dict.fromkeys(f"line {line_of(node, path)}" for path in paths)
    return f"{file}, {' and '.join(lines)}, {key}"


def write(data: dict[str, Any], text: str | None) -> str:
    """Write data as YAML; comments, order and quotes of the text that it came from stay."""
    yaml, file = _yaml(), io.StringIO()
    indent = len((re.findall(r"^( *)- ", text or "", re.MULTILINE) or ["  "])[0])
    yaml.indent(mapping=2, sequence=indent + 2, offset=indent)
    data = _quoted(data | {"version": "1"})
    # In an old text, what is new takes one line, above the comment that stands below it.
    yaml.default_flow_style = None if text is None else True
    if text is not None:
        text = arranged(text, data["stages"])
        # ruamel.yaml drops comment lines below a bracket that ends a line, unless one ends it too.
        old = read(re.sub(r"([\]}])[ \t]*\n(?=\s*#)", rf"\1 {MARK}\n", text), "stream.yaml")
        data = _changed(old, {key: data[key] for key in data if key in old or key != "version"})
    yaml.dump(data, file)
    return re.sub(f" *{MARK}", "", file.getvalue())


def arranged(text: str, stages: list[dict[str, Any]]) -> str:
    """Put the stages of a text into another order, each with the comments above and in it.

    A stage is known by its name, or by an event; what stood above one that is gone stays above the
    next.
    """
    tree = read(text, "stream.yaml").get("stages")
    if not isinstance(tree, CommentedSeq) or tree.fa.flow_style():
        return text
    order: list[Any] = _places([*tree], stages)
    if order == [*range(len(tree))]:
        return text
    lines = text.splitlines(keepends=True)
    head, chunks, tail = _chunks(lines, tree)
    kept, above = {}, ""
    for place, (heading, body) in enumerate(chunks):
        above += heading
        if place in order:
            kept[place], above = above + body, ""
    new = " " * tree.lc.col + "- {name: new}\n"
    return head + "".join(kept.get(place, new) for place in order) + above + tail


def _places(old: list[Any], stages: list[dict[str, Any]]) -> list[int | None]:
    """Find for each stage which of the old ones it was."""
    free = dict(enumerate(old))
    found: list[int | None] = [None] * len(stages)
    for known_by in ("name", "enter"):
        for index, stage in enumerate(stages):
            words = {str(word) for word in _listed(stage[known_by])}
            same = [p for p, was in free.items() if words & {*map(str, _listed(was[known_by]))}]
            if found[index] is None and same:
                found[index] = same[0]
                del free[same[0]]
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _chunks(lines: list[str], tree: CommentedSeq) -> tuple[str, list[tuple[str, str]], str]:
    """Cut a text into what is before the stages, each one's heading and body, and the rest."""

    def above(line: int) -> int:
        while re.match(rf" {{0,{tree.lc.col}}}#|\s*$", lines[line - 1]):
            line -= 1
        return line

    starts = [tree.lc.data[place][0] for place in range(len(tree))]
    dashes = [next(n for n in range(s, -1, -1) if lines[n].lstrip()[:1] == "-") for s in starts]
    outside = re.compile(rf" {{0,{tree.lc.col}}}[^\s#-]")
    end = next((n for n in range(dashes[-1] + 1, len(lines)) if outside.match(lines[n])), None)
    end = above(len(lines) if end is None else end)
    tops = [*map(above, dashes), end]
    chunks = [
        ("".join(lines[top:dash]), "".join(lines[dash:after]).rstrip("\n") + "\n")
        for top, dash, after in zip(tops, dashes, tops[1:], strict=False)
    ]
    return "".join(lines[: tops[0]]), chunks, "".join(lines[end:])


def _quoted(new: Any) -> Any:
    if isinstance(new, dict):
        return {_quoted(key): _quoted(value) for key, value in new.items()}
    if isinstance(new, list):
        return [*map(_quoted, new)]
    return new if NEEDS_NO_QUOTES.fullmatch(new) else DoubleQuotedScalarString(new)


def _changed(old: Any, new: Any) -> Any:
    if isinstance(old, CommentedMap) and isinstance(new, dict):
        return _changed_map(old, new)
    if isinstance(old, CommentedSeq) and isinstance(new, list):
        below = old.ca.items.pop(len(old) - 1, None)
        while len(old) > len(new):
            old.pop()
        for index, item in enumerate(old):
            old[index] = _changed(item, new[index])
        old.extend(new[len(old) :])
        if below and new:
            old.ca.items[len(new) - 1] = below
        return old
    return old if new in (old, [old]) else new


def _changed_map(old: CommentedMap, new: dict[str, Any]) -> CommentedMap:
    flow = old.fa.flow_style()
    for key in [*old]:
        value, below = _changed(old[key], new.get(key)), _last_comment(old[key])
        # An empty value, unlike a removed key, keeps the comments around it.
        old[key] = value
        if value is None and below:
            old.ca.items[key] = [None, None, below, None]
        if value is None and flow:
            del old[key]
    for key in [key for key in new if key not in old]:
        # The last value has the comments that stand below the mapping.
        old.insert(len(old) if flow else len(old) - 1, key, new[key])
    return old


def _last_comment(node: Any) -> Any:
    if not node or not isinstance(node, CommentedMap | CommentedSeq):
        return None
    last = [*node][-1] if isinstance(node, CommentedMap) else len(node) - 1
    return _last_comment(node[last]) or next(filter(None, node.ca.items.get(last, ())), None)

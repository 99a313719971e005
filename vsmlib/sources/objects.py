"""JSON objects in files, folders and archives: found one after another, whatever they stand in.

A file holds one object, an array, objects one after another (JSON lines), or pages as services
give them (``{"issues": [...]}``). It is read as a stream: a window on the text grows until the next
value is whole, so a file of any size needs the memory of its largest object.
"""

from __future__ import annotations

import codecs
import json
import re
import tarfile
import zipfile
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from pyarrow import parquet

from vsmlib.errors import SourceError, shown
from vsmlib.findings import Kind, Met
from vsmlib.sources.unpack import BROKEN, opener

__all__ = ["COPY_NAME", "OBJECT_KINDS", "Found", "Json", "at", "files", "flat", "heads", "is_copy",
           "left_out", "objects"]  # fmt: skip

Json = dict[str, Any]

TAR = re.compile(r".*\.(?:tar(?:\.(?:xz|gz|bz2))?|tgz|txz)", re.I)
JSON_NAME = re.compile(r"(?:.*/)?[^./][^/]*\.(?:json|jsonl|ndjson)(?:\.(?:gz|xz|bz2))?", re.I)
# What the Parquet files of `vsmlib.pull` are called and marked by, and their column of JSON.
COPY_NAME, COPY, COPIED = re.compile(r"part-\d{6,}\.parquet"), b"vsmlib.pull", "json"
LOOK_FILES, LOOK_BYTES, CHUNK = 20, 65_536, 1 << 20
# Where services put what they were asked for.
PAGES = frozenset(
    "issues values value data nodes issueChangeLogs workflow_runs incidents cards actions".split()
)
NOT_SPACE = re.compile(r"\S")
DECODER = json.JSONDecoder()
NEAR_THE_END = 16  # characters: an error there may only mean that the text goes on
# What services say in the place of what was asked for.
REFUSAL, DENIED = (
    ("errorMessages", "errors", "error", "documentation_url"),
    re.compile(r"40[134]\b"),
)
OBJECT_KINDS: tuple[Kind, ...] = (
    ("unreadable_files", "error", "{n} files are no complete JSON",
     "refused from the fault on; JSON lines from the next line on are read"),
    ("refused_answers", "error", "{n} answers are errors, such as missing permission",
     "left out; what they would have told is not in the data"),
    ("not_utf8", "warning", "{n} files are not UTF-8", "repaired: odd letters replaced"),
)  # fmt: skip


class Found(NamedTuple):
    """An object, where it stood, and what its page says besides (all before the object)."""

    place: str
    thing: Json
    page: Json = {}  # noqa: RUF012  (it is read only)


def objects(root: Path, met: Met) -> Iterator[Found]:
    """Give every JSON object of a file, a folder or an archive, in the order of their names.

    What cannot be read is told in `met`, by the codes of `OBJECT_KINDS`.
    """
    for place, content in files(root):
        yield from _of_file(_Window(content, place, met))


def heads(root: Path) -> list[bytes]:
    """Give the beginnings of the first JSON files, to recognise whose they are; [] without any."""
    try:
        first = islice(files(root), LOOK_FILES)
        return [content.read(LOOK_BYTES) for _, content in first]
    except SourceError:
        return []


def left_out(thing: Json) -> str:
    """Name the code of the finding for an object that nobody takes.

    Examples
    --------
    >>> left_out({"message": "404 Project Not Found"}), left_out({"id": 1})
    ('refused_answers', 'other_objects')
    """
    refused = any(thing.get(name) for name in REFUSAL) or DENIED.match(str(thing.get("message")))
    return "refused_answers" if refused else "other_objects"


def at(thing: Any, *path: str) -> Any:
    """Follow keys into an object; None where one is missing.

    Examples
    --------
    >>> at({"status": {"name": "Open"}}, "status", "name"), at({"status": None}, "status", "name")
    ('Open', None)
    """
    for name in path:
        thing = thing.get(name) if isinstance(thing, dict) else None
    return thing


def flat(value: Any, page: Json | None = None) -> Iterator[tuple[Json, Json]]:
    """Unwrap arrays and pages to objects, each with the page it stood in.

    Examples
    --------
    >>> [thing for thing, _ in flat([{"issues": [{"key": "A-1"}]}, {"key": "A-2"}])]
    [{'key': 'A-1'}, {'key': 'A-2'}]
    """
    if isinstance(value, list):
        for part in value:
            yield from flat(part, page)
    elif isinstance(value, dict):
        # what has an identity of its own is no page, even if it has parts
        inner = [] if "id" in value else [v for k, v in value.items() if _is_page(k, v)]
        if inner:
            yield from flat(inner, {k: v for k, v in value.items() if not _is_page(k, v)})
        else:
            yield value, page or {}


def _is_page(name: str, value: Any) -> bool:
    return name in PAGES and isinstance(value, list | dict)


def files(root: Path, named: re.Pattern[str] = JSON_NAME) -> Iterator[tuple[str, Any]]:
    """Give the place and the content of each such file in a folder or an archive."""
    if not root.exists():
        raise SourceError("no such file or folder", where=str(root), hint="check the path")
    inside = sorted(path for path in root.rglob("*") if path.is_file())
    for path in inside if root.is_dir() else [root]:
        try:
            copy = named is JSON_NAME and COPY_NAME.fullmatch(path.name) and is_copy(path)
            for name, content in _copied(path) if copy else _opened(path, named):
                yield f"{path.relative_to(root) if inside else path.name}{name}", content
        except BROKEN as error:
            accepted = "an intact .tar.xz, .tar.gz, .tgz or .zip without a password, or JSON"
            what, hint = f"cannot be read: {error}", "fetch it again, or unpack it"
            raise SourceError(what, where=str(path), accepted=accepted, hint=hint) from None


def _opened(path: Path, named: re.Pattern[str]) -> Iterator[tuple[str, Any]]:
    if TAR.fullmatch(path.name):
        # tarfile's own reading of compressed streams takes a cut one for a whole one
        with opener(path)(path, "rb") as plain, tarfile.open(fileobj=plain, mode="r|") as tar:
            for member in tar:
                if named.fullmatch(member.name) and member.isfile():
                    yield f":{member.name}", tar.extractfile(member)
    elif path.suffix.lower() == ".zip":
        with zipfile.ZipFile(path) as zipped:
            for inner in filter(named.fullmatch, zipped.namelist()):
                with zipped.open(inner) as content:
                    yield f":{inner}", content
    elif named.fullmatch(path.name):
        with opener(path)(path, "rb") as content:
            yield "", content


def _copied(path: Path) -> Iterator[tuple[str, Any]]:
    lines = parquet.read_table(path, columns=[COPIED])[COPIED].to_pylist()
    yield "", BytesIO("\n".join(lines).encode())


def is_copy(path: Path) -> bool:
    """Whether a Parquet file is a part of what `vsmlib.pull` copied."""
    return COPY in (parquet.read_schema(path).metadata or {})


class _Window:
    """A window on the text of a stream; `at` is where the next value begins."""

    def __init__(self, content: Any, place: str, met: Met) -> None:
        self.content, self.place, self.met = content, place, met
        self.text, self.at, self.ended, self.passed = "", 0, False, 0
        self.decoder: Any = None

    def more(self) -> bool:
        """Read on, at least as much as there is; False at the end."""
        if self.ended:
            return False
        raw = self.content.read(max(CHUNK, len(self.text) - self.at))
        self.ended = not raw
        self.passed += self.at
        self.text, self.at = self.text[self.at :] + self._decoded(raw), 0
        return True

    def _decoded(self, raw: bytes) -> str:
        if self.decoder is None:
            self.encoding = json.detect_encoding(raw)
            self.decoder = codecs.getincrementaldecoder(self.encoding)("strict")
        before = self.decoder.getstate()[0]
        try:
            return str(self.decoder.decode(raw, final=self.ended))
        except UnicodeDecodeError as error:
            self.met["not_utf8"].append(f"{shown(self.place)}: {error.reason}")
            self.decoder = codecs.getincrementaldecoder(self.encoding)("replace")
            return str(self.decoder.decode(before + raw, final=self.ended))

    def peek(self) -> str:
        """Go to the next character that is no space, and give it; empty at the end."""
        while not (found := NOT_SPACE.search(self.text, self.at)):
            self.at = len(self.text)
            if not self.more():
                return ""
        self.at = found.start()
        return found.group()

    def skip(self, wanted: str) -> None:
        """Go past one character; complain if it is another one."""
        if (got := self.peek()) != wanted:
            raise ValueError(f"{wanted!r} expected, not {got!r}" if got else "it is cut off")
        self.at += 1

    def value(self) -> Any:
        """Give the next value, and go past it."""
        self.peek()
        while True:
            try:
                value, self.at = DECODER.raw_decode(self.text, self.at)
                return value
            except json.JSONDecodeError as error:
                cut = error.pos > len(self.text) - NEAR_THE_END or error.msg.startswith("Untermin")
                if not cut or not self.more():
                    told = f"{error.msg} at character {self.passed + error.pos:,}"
                    raise ValueError("it is cut off" if cut else told) from None


def _of_file(window: _Window) -> Iterator[Found]:
    while first := window.peek():
        try:
            if first in ",]":  # of an array in which one object was damaged
                window.at += 1
            elif first == "{":
                yield from _object(window)
            else:
                parts = _array(window) if first == "[" else [window.value()]
                for part in parts:
                    yield from (Found(window.place, *pair) for pair in flat(part))
        except (ValueError, RecursionError) as error:
            window.met["unreadable_files"].append(f"{shown(window.place)}: {error}")
            window.at += 1
            while (start := window.text.find("\n{", window.at)) < 0:
                window.at = max(window.at, len(window.text) - 1)
                if not window.more():
                    return
            window.at = start


def _array(window: _Window) -> Iterator[Any]:
    window.skip("[")
    while window.peek() != "]":
        yield window.value()
        if window.peek() != "]":
            window.skip(",")
    window.at += 1


def _object(window: _Window) -> Iterator[Found]:
    """Give the object itself or, if it is a page, what stands in it."""
    own: Json = {}
    page = False
    window.skip("{")
    while window.peek() != "}":
        name = window.value()
        window.skip(":")
        if name in PAGES and "id" not in own and window.peek() == "[":
            page = True
            for part in _array(window):
                yield from (Found(window.place, thing, own) for thing, _ in flat(part))
        else:
            own[name] = window.value()
        if window.peek() != "}":
            window.skip(",")
    window.at += 1
    if not page:
        yield from (Found(window.place, *pair) for pair in flat(own))

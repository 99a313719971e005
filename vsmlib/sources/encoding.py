"""The encoding of text files: UTF-8 as it is, everything else made UTF-8, or no text at all."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

from vsmlib.errors import SourceError
from vsmlib.findings import Finding

__all__ = ["ACCEPTED", "as_utf8", "chunks"]

CHUNK = 1 << 20
ASCII = bytes(range(128))
ACCEPTED = "text files with comma, semicolon, tab or | between the columns, and a header"
BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def as_utf8(stack: ExitStack, path: Path, where: str) -> tuple[Path, str, list[Finding]]:
    """Give a text file in UTF-8, its own encoding, and what is to be told about that.

    Raises
    ------
    SourceError
        If the file holds no text.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    encoding = next((name for bom, name in BOMS.items() if head.startswith(bom)), None)
    encoding = encoding or _utf16_without_bom(head)
    if encoding and encoding.startswith("utf-16"):
        return _transcoded(stack, path, encoding, "strict", where), encoding, []
    if _is_utf8(path, where):
        return path, "utf-8", []
    encoding, errors, finding = _fallback(path)
    return _transcoded(stack, path, encoding, errors, where), encoding, [finding]


def _utf16_without_bom(head: bytes) -> str | None:
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) < len(head) * 0.3 or min(even, odd) > len(head) * 0.05:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def chunks(path: Path) -> Iterator[bytes]:
    """Give a file's bytes piece by piece."""
    with path.open("rb") as file:
        yield from iter(partial(file.read, CHUNK), b"")


def _is_utf8(path: Path, where: str) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    good, lines = True, 1
    for chunk in chunks(path):
        if (at := chunk.find(b"\0")) >= 0:
            _binary(where, f"NUL byte in line {lines + chunk.count(10, 0, at)}")
        lines += chunk.count(10)
        try:
            good = good and decoder.decode(chunk) is not None
        except UnicodeDecodeError:
            good = False
    try:
        return good and decoder.decode(b"", final=True) is not None
    except UnicodeDecodeError:
        return False


def _binary(where: str, why: str) -> NoReturn:
    raise SourceError(
        f"not a text file ({why})",
        where=where,
        accepted=f"{ACCEPTED}; Parquet, Excel (.xlsx), JSON",
        hint="export it as CSV",
    )


def _fallback(path: Path) -> tuple[str, str, Finding]:
    """Choose how to read what is not UTF-8: an old code page, or UTF-8 with a few bytes spoilt."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    spoilt = good = high = 0
    seen: set[int] = set()
    for chunk in chunks(path):
        rest = decoder.decode(chunk)
        spoilt += rest.count("\ufffd")
        good += len(rest) - rest.count("\ufffd") - len(rest.encode("ascii", "ignore"))
        seen.update(found := chunk.translate(None, ASCII))
        high += len(found)
    if good > spoilt:
        what = f"{spoilt:,} bytes not in UTF-8, though {good:,} other characters are"
        done = "repaired: each replaced by U+FFFD"
        return "utf-8", "replace", Finding("encoding_damaged", "warning", spoilt, what, done)
    undefined = {0x81, 0x8D, 0x8F, 0x90, 0x9D}
    encoding = "cp1252" if min(seen) < 0xA0 and not seen & undefined else "latin-1"
    what = f"not UTF-8: {high:,} bytes beyond ASCII were read as {encoding}"
    return encoding, "strict", Finding("encoding_guessed", "warning", high, what, "kept")


def _transcoded(stack: ExitStack, path: Path, encoding: str, errors: str, where: str) -> Path:
    target = Path(stack.enter_context(TemporaryDirectory(prefix="vsmlib-")), "utf8.csv")
    try:
        with (
            path.open(encoding=encoding, errors=errors, newline="") as source,
            target.open("w", encoding="utf-8", newline="") as made,
        ):
            while text := source.read(CHUNK):
                if "\0" in text:
                    _binary(where, "NUL character")
                made.write(text)
    except UnicodeError as error:
        _binary(where, f"it begins like {encoding} but is not: {error.reason}")  # type: ignore[attr-defined]
    return target

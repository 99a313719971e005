"""Compressed files and archives: unpacked into a temporary folder, safely or not at all."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from vsmlib.errors import SourceError, shown

UNPACKED_LIMIT = 16 * 1024**3
MEMBER_LIMIT = 500_000
ACCEPTED = (
    "CSV, Parquet, JSON or Excel (.xlsx) files with a header, packed or not, a folder of Parquet"
    " files, duckdb:///FILE?table=NAME, or a dataframe"
)
OPENERS: dict[bytes, Callable[..., Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open}
OPENERS[b"\xfd7zXZ\x00"] = lzma.open
# What the libraries raise at damaged, encrypted or hostile archives.
BROKEN: tuple[type[Exception], ...] = (EOFError, OSError, RuntimeError, ValueError)
BROKEN += (lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile, zlib.error)


def refuse(what: str, where: str, hint: str, accepted: str = ACCEPTED) -> NoReturn:
    """Raise a `SourceError`."""
    raise SourceError(what, where=where, accepted=accepted, hint=hint) from None


def printable(name: str) -> str:
    """Give a file's name as messages show it: quoted only where it would spoil the line."""
    return name if name.isprintable() else shown(name)


@contextmanager
def unpacked(path: Path, *, limit: int = UNPACKED_LIMIT) -> Iterator[Path]:
    """Give what a file holds: itself, or its unpacked content while the block lasts.

    What a file is, its first bytes say, not its name; a spreadsheet (``.xlsx``) stays packed.

    Yields
    ------
    Path
        `path` itself if it is not compressed; the one unpacked file of a compressed file; the
        folder of the files of a zip or tar archive.

    Raises
    ------
    SourceError
        If the archive is damaged, encrypted, larger than `limit` bytes, or holds links.
    """
    unpack = _unpacker(path)
    if unpack is None:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="vsmlib-") as folder:
        try:
            content = unpack(path, Path(folder), limit)
        except BROKEN as error:
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            accepted = "gzip, bzip2, xz, zip and tar files that are whole and not encrypted"
            hint = "fetch or export the file again, or unpack it and name what is inside"
            refuse(f"cannot be unpacked: {why}", printable(path.name), hint, accepted)
        yield content


def _unpacker(path: Path) -> Callable[[Path, Path, int], Path] | None:
    kind = opener(path)
    try:
        with kind(path, "rb") as inner:
            head = inner.read(512)
    except BROKEN:  # told when it is unpacked
        return _decompress
    if kind is open and head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return None if path.suffix.lower() in {".xlsx", ".xlsm"} else _unzip
    if head[257:262] == b"ustar":
        return _untar
    return None if kind is open else _decompress


def opener(path: Path) -> Callable[..., Any]:
    """Give what opens a file as a stream: by its first bytes gzip, bzip2, xz or plain."""
    with path.open("rb") as file:
        head = file.read(6)
    return next((opener for magic, opener in OPENERS.items() if head.startswith(magic)), open)


def _decompress(path: Path, folder: Path, limit: int) -> Path:
    target = folder / (path.stem or "content")
    with opener(path)(path, "rb") as inner, target.open("wb") as outer:
        while chunk := inner.read(1 << 20):
            _check([outer.tell() + len(chunk)], limit)
            outer.write(chunk)
    return target


def _unzip(path: Path, folder: Path, limit: int) -> Path:
    with zipfile.ZipFile(path) as archive:
        _check([member.file_size for member in archive.infolist()], limit)
        archive.extractall(folder)  # noqa: S202  (it leads no path outside)
    return folder


def _untar(path: Path, folder: Path, limit: int) -> Path:
    with tarfile.open(path) as archive:
        sizes = []
        for member in archive:
            if not (member.isreg() or member.isdir()):
                raise ValueError(f"it holds a link or device: {shown(member.name)}")
            sizes.append(member.size)
            _check(sizes[-1:], limit)
        _check(sizes, limit)
        archive.extractall(folder, filter="data")
    return folder


def _check(sizes: list[int], limit: int) -> None:
    if sum(sizes) > limit:
        raise ValueError(f"it unpacks to more than {limit:,} bytes")
    if len(sizes) > MEMBER_LIMIT:
        raise ValueError(f"it holds more than {MEMBER_LIMIT:,} files")

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
from pathlib import Path, PurePosixPath
from typing import IO, Any, NoReturn

from vsmlib.errors import SourceError, shown

__all__ = ["UNPACKED_LIMIT", "printable", "unpacked"]

UNPACKED_LIMIT = 16 * 1024**3
MEMBER_LIMIT = 500_000
CHUNK = 1 << 20
ACCEPTED = "gzip, bzip2, xz, zip and tar files that are whole and not encrypted"
OPENERS: dict[bytes, Callable[..., Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
}
BROKEN = (
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    UnicodeError,
    ValueError,
    lzma.LZMAError,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)


def printable(name: str) -> str:
    r"""Give a file's name as messages show it: quoted only where it would spoil the line.

    Examples
    --------
    >>> printable("a.csv"), printable("a\nb")
    ('a.csv', "'a\\nb'")
    """
    return name if name.isprintable() else shown(name)


@contextmanager
def unpacked(path: Path, *, limit: int = UNPACKED_LIMIT) -> Iterator[Path]:
    """Give what a file holds: itself, or its unpacked content while the block lasts.

    What a file is, its first bytes say, not its name. A spreadsheet (``.xlsx``) is a zip file
    too and is left as it is.

    Parameters
    ----------
    path : Path
        Any regular file.
    limit : int
        The most bytes that may come out.

    Yields
    ------
    Path
        `path` itself if it is not compressed; the one unpacked file of a compressed file; the
        folder of the files of a zip or tar archive.

    Raises
    ------
    SourceError
        If the archive is damaged, encrypted, larger than `limit`, or names a place outside.

    Examples
    --------
    >>> import gzip, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> packed = Path(folder.name, "a.csv.gz")
    >>> _ = packed.write_bytes(gzip.compress(b"id,at"))
    >>> with unpacked(packed) as plain:
    ...     plain.name, plain.read_text()
    ('a.csv', 'id,at')
    """
    kind = _kind(path)
    if kind == "plain":
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="vsmlib-") as folder:
        try:
            content = _unpack(path, kind, Path(folder), limit)
        except SourceError:
            raise
        except BROKEN as error:
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise SourceError(
                f"cannot be unpacked: {why}",
                where=printable(path.name),
                accepted=ACCEPTED,
                hint="fetch or export the file again, or unpack it yourself",
            ) from error
        yield content


def _kind(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(512)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "plain" if path.suffix.lower() in {".xlsx", ".xlsm"} else "zip"
    packed = next((opener for magic, opener in OPENERS.items() if head.startswith(magic)), None)
    if packed:
        try:
            with packed(path, "rb") as inner:
                head = inner.read(512)
        except BROKEN:
            head = b""
    if head[257:262] == b"ustar":
        return "tar"
    return "single" if packed else "plain"


def _unpack(path: Path, kind: str, folder: Path, limit: int) -> Path:
    room = _Room(path, limit)
    if kind == "single":
        with path.open("rb") as file:
            head = file.read(6)
        opener = next(opener for magic, opener in OPENERS.items() if head.startswith(magic))
        target = folder / (path.stem or "content")
        with opener(path, "rb") as inner:
            room.copy(inner, target)
        return target
    (_unzip if kind == "zip" else _untar)(path, folder, room)
    return folder


def _unzip(path: Path, folder: Path, room: _Room) -> None:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.is_dir():
                continue
            target = room.place(folder, member.filename)
            with archive.open(member) as inner:
                room.copy(inner, target)


def _untar(path: Path, folder: Path, room: _Room) -> None:
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isdir():
                continue
            inner = archive.extractfile(member) if member.isreg() else None
            if inner is None:
                room.refuse(f"holds a link or device: {shown(member.name)}")
            room.copy(inner, room.place(folder, member.name))


class _Room:
    """What one archive may still write: counts members and bytes, and keeps them inside."""

    def __init__(self, path: Path, limit: int) -> None:
        self.path, self.limit, self.left, self.members = path, limit, limit, 0

    def place(self, folder: Path, name: str) -> Path:
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if not parts or name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
            self.refuse(f"names a place outside the archive: {shown(name)}")
        target = folder.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def copy(self, inner: IO[bytes], target: Path) -> None:
        self.members += 1
        if self.members > MEMBER_LIMIT:
            self.refuse(f"holds more than {MEMBER_LIMIT:,} files")
        with target.open("xb") as outer:
            while chunk := inner.read(min(CHUNK, self.left + 1)):
                self.left -= len(chunk)
                if self.left < 0:
                    self.refuse(f"unpacks to more than {self.limit:,} bytes")
                outer.write(chunk)

    def refuse(self, what: str) -> NoReturn:
        raise SourceError(
            what,
            where=printable(self.path.name),
            accepted=ACCEPTED,
            hint="unpack it yourself and name the file or folder inside",
        )

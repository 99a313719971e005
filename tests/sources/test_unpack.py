"""Compressed files and archives, well-meant and hostile."""

import bz2
import gzip
import io
import lzma
import os
import tarfile
import zipfile
from contextlib import suppress

import pytest

from vsmlib.errors import SourceError
from vsmlib.sources import unpack
from vsmlib.sources.unpack import printable, unpacked

CONTENT = b"id,when\n" * 1000


def tar_of(members, mode="w:xz"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, content in members:
            member = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def zip_of(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def content_of(folder, name, content, **options):
    """Content of a packed file: bytes, or relative name -> bytes of a folder's files."""
    path = folder / name
    path.write_bytes(content)
    with unpacked(path, **options) as plain:
        if plain.is_file():
            return plain.read_bytes()
        files = (p for p in plain.rglob("*") if p.is_file())
        return {str(p.relative_to(plain)): p.read_bytes() for p in files}


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("name", ["a.csv.packed", "a", "we[i]rd*?.gz"])
def test_one_compressed_file(tmp_path, compress, name):
    assert content_of(tmp_path, name, compress(CONTENT)) == CONTENT


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_tar(tmp_path, mode):
    members = [("a.csv", b"1"), ("sub/b.csv", b"2"), ("./c.csv", b"3")]
    expected = {"a.csv": b"1", "sub/b.csv": b"2", "c.csv": b"3"}
    assert content_of(tmp_path, "x.bin", tar_of(members, mode)) == expected


def test_zip(tmp_path):
    content = zip_of([("a.csv", CONTENT), ("sub/", b""), ("sub/b.csv", b"2")])
    assert content_of(tmp_path, "x.zip", content) == {"a.csv": CONTENT, "sub/b.csv": b"2"}


def test_what_is_not_packed_stays_where_it_is(tmp_path):
    for name, content in [("a.gz", CONTENT), ("b.csv", b""), ("c.xlsx", zip_of([("a", b"1")]))]:
        path = tmp_path / name
        path.write_bytes(content)
        with unpacked(path) as plain:
            assert plain == path


def test_the_folder_goes_with_the_block(tmp_path):
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(CONTENT))
    with unpacked(path) as plain:
        folder = plain.parent
        assert folder.exists()
    assert not folder.exists()


def test_errors_in_the_block_pass_as_they_are(tmp_path):
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(CONTENT))
    with pytest.raises(KeyError, match="mine"), unpacked(path):
        raise KeyError("mine")


OUTSIDE = ["../evil", "/etc/evil", "a/../../evil", "..\\evil", "\\evil", "C:\\evil", "a/.."]


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("make", [zip_of, tar_of])
def test_names_that_point_outside_lead_nowhere(tmp_path, make, name):
    """They are refused, or lead to a place inside the folder that goes with the block."""
    path = tmp_path / "x.bin"
    path.write_bytes(make([(name, b"1")]))
    with suppress(SourceError), unpacked(path) as folder:
        assert all(p.is_relative_to(folder.resolve()) for p in folder.resolve().rglob("*"))
    assert [p.name for p in tmp_path.iterdir()] == ["x.bin"]
    assert not any((tmp_path.parent / n).exists() for n in ("evil", "..\\evil"))


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]
)
def test_links_and_devices(tmp_path, kind):
    member = tarfile.TarInfo("innocent")
    member.type, member.linkname = kind, "/etc/passwd"
    with pytest.raises(SourceError, match="holds a link or device: 'innocent'"):
        content_of(tmp_path, "x.tar", tar_of([(member, b"")]))


@pytest.mark.parametrize(
    "content",
    [gzip.compress(bytes(10**6)), zip_of([("a", bytes(10**6))]), tar_of([("a", bytes(10**6))])],
    ids=["gz", "zip", "tar"],
)
def test_size_is_bounded(tmp_path, content):
    with pytest.raises(SourceError, match="unpacks to more than 1,000 bytes"):
        content_of(tmp_path, "bomb", content, limit=1000)
    with pytest.raises(SourceError, match="999,999 bytes"):
        content_of(tmp_path, "bomb", content, limit=999_999)
    assert content_of(tmp_path, "bomb", content, limit=10**6)


def test_number_of_files_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(unpack, "MEMBER_LIMIT", 3)
    members = [(f"f{n}", b"") for n in range(4)]
    with pytest.raises(SourceError, match="holds more than 3 files"):
        content_of(tmp_path, "x.zip", zip_of(members))


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(CONTENT)[:-20],
        gzip.compress(CONTENT)[:12],
        bz2.compress(CONTENT)[:-20],
        lzma.compress(CONTENT)[:-20],
        tar_of([("a", os.urandom(10**5))], "w:gz")[:-200],
        zip_of([("a", CONTENT)])[:-30],
        gzip.compress(CONTENT)[:-8] + b"\0" * 8,
        zip_of([("a", b"1"), ("a/b", b"2")]),
    ],
    ids=range(8),  # bytes hold the time of compression: workers would name them differently
)
def test_damage_is_told_in_one_line(tmp_path, content):
    with pytest.raises(SourceError, match=r"x\.bin: cannot be unpacked: \w") as caught:
        content_of(tmp_path, "x.bin", content)
    assert "\n" not in str(caught.value)


def test_encrypted_zip(tmp_path):
    content = bytearray(zip_of([("a", CONTENT)]))
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(signature) + offset] |= 1
    with pytest.raises(SourceError, match=r"cannot be unpacked: .*encrypted"):
        content_of(tmp_path, "x.zip", bytes(content))


def test_printable_names():
    assert printable("plain ü.csv") == "plain ü.csv"
    assert printable("two\nlines") == "'two\\nlines'"

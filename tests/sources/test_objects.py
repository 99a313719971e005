"""JSON objects: every way they stand in files, and what is said of those that cannot be read."""

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsmlib.errors import SourceError
from vsmlib.sources import objects as module
from vsmlib.sources.objects import heads, objects

A, B = {"key": "A", "n": [1, {"x": "}{"}]}, {"key": "B"}


def read(folder):
    met = defaultdict(list)
    return [found.thing for found in objects(folder, met)], {k: len(v) for k, v in met.items()}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([A, B]),
        json.dumps(A) + "\n" + json.dumps(B),
        json.dumps(A, indent=2) + json.dumps(B, indent=2),
        json.dumps({"total": 2, "issues": [A, B], "isLast": True}),
        json.dumps([{"values": [A]}, {"values": [B]}]),
        json.dumps({"data": {"issues": {"pageInfo": {}, "nodes": [A, B]}}}),
        json.dumps([[A], [[B]], 7, "text"]),
    ],
)
def test_however_they_stand(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    assert read(tmp_path) == ([A, B], {})


def test_what_has_an_identity_is_no_page(tmp_path):
    board = {"id": "1", "cards": [A]}
    (tmp_path / "a.json").write_text(json.dumps([board]) + json.dumps(board))
    assert read(tmp_path) == ([board, board], {})


def test_a_page_is_told_with_its_objects(tmp_path):
    (tmp_path / "a.json").write_text('{"self": "/issue/7/changelog", "values": [{"id": "1"}]}')
    [found] = objects(tmp_path, defaultdict(list))
    assert found.page == {"self": "/issue/7/changelog"}


def test_archives_and_encodings(tmp_path):
    raw = json.dumps({"key": "é"}, ensure_ascii=False)
    (tmp_path / "utf16.json").write_text(raw, encoding="utf-16")
    (tmp_path / "bom.json").write_text(raw, encoding="utf-8-sig")
    for name, packer in (("a.jsonl.gz", gzip), ("b.json.xz", lzma), ("c.JSON.BZ2", bz2)):
        (tmp_path / name).write_bytes(packer.compress(raw.encode()))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("deep/inside.json", raw)
        archive.writestr("deep/.hidden.json", "{")
        archive.writestr("notes.txt", "{")
    for name, how in (("b.tar.xz", "w:xz"), ("c.tar.bz2", "w:bz2"), ("d.txz", "w:xz")):
        with tarfile.open(tmp_path / name, how) as archive:
            member = tarfile.TarInfo("inside.ndjson")
            member.size = len(raw.encode())
            archive.addfile(member, io.BytesIO(raw.encode()))
    assert read(tmp_path) == ([{"key": "é"}] * 9, {})


def test_not_utf8_is_repaired_and_told(tmp_path):
    (tmp_path / "a.json").write_bytes(b'[{"key": "A", "text": "caf\xe9"}, {"key": "B"}]')
    things, met = read(tmp_path)
    assert things == [{"key": "A", "text": "caf\ufffd"}, {"key": "B"}]
    assert met == {"not_utf8": 1}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('[{"key": "A"}, {"key": "B"', ["A"]),
        ('{"issues": [{"key": "A"}, {"key": ', ["A"]),
        ('{"key": "A"}\n{"key": B}\n{"key": "C"}\n', ["A", "C"]),
        ('[\n{"key": "A"},\n{"key": B},\n{"key": "C"}\n]', ["A", "C"]),
        ('{"key": "A"}\n{"key": "B', ["A"]),
        ("[" * 100_000, []),
        ('{"key": "A"} nonsense', ["A"]),
        ('{"key" "A"}', []),
        ('[{"key": "A"} {"key": "B"}]', ["A"]),
    ],
)
def test_damage_is_counted_and_the_rest_is_read(tmp_path, text, left):
    (tmp_path / "a.json").write_text(text)
    things, met = read(tmp_path)
    assert [thing["key"] for thing in things] == left
    assert met == {"unreadable_files": 1}


def test_a_damaged_archive_is_refused(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 no more")
    with pytest.raises(SourceError, match=r"cannot be read: .*; accepted: an intact"):
        read(tmp_path)
    assert heads(tmp_path) == []


plain = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
values = plain | st.lists(plain, max_size=3) | st.dictionaries(st.text(max_size=2), plain)


@given(st.lists(st.dictionaries(st.sampled_from("abc"), values), max_size=4), st.integers(1, 40))
def test_wherever_the_window_ends(tmp_path_factory, things, chunk):
    folder = tmp_path_factory.mktemp("objects")
    (folder / "a.json").write_text(json.dumps(things, ensure_ascii=True))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CHUNK", chunk)
        assert read(folder) == (things, {})

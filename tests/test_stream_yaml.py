"""YAML text to plain data: what is accepted, what is refused, and where it stands."""

import stat

import pytest

from vsmlib.errors import StreamError
from vsmlib.stream_yaml import LARGEST, read, read_text, write_text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: no", {"a": "no"}),
        ("a: on\nyes: off", {"a": "on", "yes": "off"}),
        ("2024: 1e3", {"2024": "1e3"}),
        ("a: 010", {"a": "010"}),
        ("a: 2026-11-22T10:00:00Z", {"a": "2026-11-22T10:00:00Z"}),
        ("a: '~'\nb: ~\nc:\nd: null", {"a": "~", "b": None, "c": None, "d": None}),
        ("a: |\n  x\n  y\n", {"a": "x\ny\n"}),
        ("a: {b: [c, {d: e}]}", {"a": {"b": ["c", {"d": "e"}]}}),
        ("{}", {}),
        ("a: []", {"a": []}),
        ("=: <<", {"=": "<<"}),
        ('{"a": ["\\ud83d", 1]}', {"a": ["\ud83d", "1"]}),
        ("a: !!str 3", {"a": "3"}),
        ("\ufeffa: b\r\nc: d\r\n", {"a": "b", "c": "d"}),
        ("%YAML 1.1\n---\na: yes\n...\n", {"a": "yes"}),
    ],
)
def test_plain_words_are_text_as_written(text, value):
    assert read(text, "s.yaml").value == value


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "s.yaml: is empty"),
        ("# only a comment\n", "s.yaml: is empty"),
        ("a: 1\nb: [x\nc: d", "s.yaml, line 3, column 2: is not valid YAML: expected"),
        ("a: 1\n\tb: 2", r"s.yaml, line 2, column 1: is not valid YAML: .*'\\t'"),
        ("a:\n\t- b", r"s.yaml, line 2, column 1: .*indent with spaces"),
        ("a: b: c", "s.yaml, line 1, column 5: is not valid YAML"),
        ("a: 1\nb: 2\na: 3", "line 3, column 1: key 'a' is there twice, first in line 1"),
        ("a: !!python/object/apply:os.system [ls]", "column 4: tag .*os.system' is not allowed"),
        ("a: !mine b", "line 1, column 4: tag '!mine' is not allowed"),
        ("a: !!set {b}", "set' is not allowed"),
        ("!!python/name:os.system a: b", "is not allowed"),
        (BOMB, "an alias .* repeats this value"),
        ("&a [*a]", "an alias .* repeats this value"),
        ("a: &x {b: c}\nd:\n  <<: *x", "an alias"),
        ("? [a]\n: b", "a key is not text"),
        ("~: b", "a key is not text"),
        ("a: 1\n---\nb: 2", "line 2, column 1: is not valid YAML"),
        ("a: 1\nb: \x07", "line 2: is not valid YAML: special characters are not allowed"),
        ("- " * 2000, "is nested too deeply"),
        ("{a: " * 2000, "is nested too deeply"),
        ("a" * (LARGEST + 1), "has more than 1,000,000 characters"),
    ],
)
def test_what_is_no_plain_yaml_is_refused_in_one_line(text, message):
    with pytest.raises(StreamError, match=message) as caught:
        read(text, "s.yaml")
    assert "\n" not in str(caught.value)


def test_places_are_those_of_keys_and_items():
    root = read("name: A\nstages:\n  - kind: x\n    enter: [a,\n      b]\n", "s.yaml")
    assert root.place(("stages", 0, "kind")) == "line 3, column 5"
    assert root.place(("stages", 0, "enter", 1)) == "line 5, column 7"
    assert root.place(("stages", 0, "owner")) == "line 3, column 5"
    assert root.place(()) == "line 1, column 1"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"name: \xff", r"s.yaml, line 1: is not UTF-8 text"),
        (b"a: b\nc: caf\xe9", r"s.yaml, line 2: is not UTF-8 text"),
        ("a: b".encode("utf-16"), "is a binary file, not text"),
        (b"PK\x03\x04\x00\x00", "is a binary file"),
        (b"#" * (LARGEST + 1), "has more than 1,000,000 bytes"),
    ],
)
def test_files_that_are_no_text(tmp_path, data, message):
    file = tmp_path / "s.yaml"
    file.write_bytes(data)
    with pytest.raises(StreamError, match=message):
        read_text(file)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(StreamError, match="cannot be read"):
        read_text(tmp_path)


def test_writing_keeps_mode_and_link_and_leaves_nothing_else(tmp_path):
    real, link = tmp_path / "real.yaml", tmp_path / "link.yaml"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    write_text(link, "neu: ü\r\n")
    assert real.read_bytes() == "neu: ü\r\n".encode()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert link.is_symlink()
    assert set(tmp_path.iterdir()) == {link, real}


def test_a_failed_write_leaves_the_old_file(tmp_path):
    file = tmp_path / "s.yaml"
    file.write_text("old")
    with pytest.raises(StreamError, match="cannot be written"):
        write_text(file, "\ud83d")
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]
    with pytest.raises(StreamError, match=r"cannot be written \(No such file"):
        write_text(tmp_path / "none" / "s.yaml", "x")

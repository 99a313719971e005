"""The server of a workshop: Voilà with a token, on loopback, with nothing else to be had."""

import socket
import stat

import pytest

from tests.board.rooms import TEXT
from vsmlib.board import workshop
from vsmlib.board.store import Store
from vsmlib.board.tags import Board
from vsmlib.errors import ParameterError, RunError
from vsmlib.stream import ValueStream


@pytest.fixture
def room(tmp_path):
    return workshop.prepare(tmp_path / "w", ValueStream.parse(TEXT))


def test_the_folder_is_for_nobody_else(room):
    for path in (room.folder, room.folder / "page", room.folder / "board.sqlite"):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


def test_it_listens_on_loopback_and_serves_no_file(room):
    words = workshop.command(room)
    assert "--Voila.ip=127.0.0.1" in words
    assert "--Voila.auto_token=True" in words
    assert any(word.startswith("--MappingKernelManager.cull_idle_timeout=") for word in words)
    root = next(word for word in words if word.startswith("--Voila.root_dir="))
    assert root.endswith("/w/page"), "the store is outside of what is served"
    assert not any(room.token in word or room.lead in word for word in words), "all see commands"


def test_links(room):
    everybody, lead = workshop.link(room), workshop.link(room, lead=True)
    assert everybody == f"http://127.0.0.1:{room.port}/?token={room.token}"
    assert lead == f"{everybody}#lead={room.lead}"
    assert len(room.token) >= 32
    shown = Store(room.folder / "board.sqlite").shown()
    assert room.lead not in str(shown), "only its hash is kept"


def test_listening_elsewhere_is_warned_of(room):
    told = []
    workshop._greet(room._replace(ip="0.0.0.0"), told.append)
    assert told[0].startswith("warning: this listens on 0.0.0.0, so everybody on that network")
    assert "0.0.0.0" not in told[1], "the link has an address that others reach"
    told.clear()
    workshop._greet(room, told.append)
    assert not any("warning" in line for line in told)
    assert "█" in told[2], "a QR code"


def test_two_workshops_have_nothing_in_common(room, tmp_path):
    other = workshop.prepare(tmp_path / "x", ValueStream.parse(TEXT))
    assert room.token != other.token
    assert room.lead != other.lead
    assert room.folder != other.folder


def test_one_that_is_there_goes_on_with_new_links(room):
    board = Board(Store(room.folder / "board.sqlite"))
    row = board.rows()[0]
    board.tag("Ana", row["id"], row["version"], {"owner": "us"})
    again = workshop.prepare(room.folder, ValueStream.parse(TEXT))
    assert Board(Store(again.folder / "board.sqlite")).rows()[0]["owner"] == "us"
    assert again.token != room.token


def test_without_data_it_begins_with_three_states(tmp_path):
    made = workshop.prepare(tmp_path / "w")
    assert len(Board(Store(made.folder / "board.sqlite")).rows()) == 3


def test_what_cannot_be(room, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="give another --folder"):
        workshop.prepare(tmp_path / "file" / "w")
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        with pytest.raises(ParameterError, match=f"port {busy.getsockname()[1]} .*--port"):
            workshop.prepare(tmp_path / "w", port=busy.getsockname()[1])

"""A workshop: Voilà on one page, the store behind it, and what measures beside them."""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from vsmlib.board.keeper import Keeper
from vsmlib.board.store import Store
from vsmlib.board.tags import Board
from vsmlib.errors import ParameterError, RunError
from vsmlib.shipped import PACKAGE
from vsmlib.stream import ValueStream

__all__ = ["Workshop", "command", "link", "prepare", "run"]

LOOPBACK = "127.0.0.1"
EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - asked for, and warned of
CULL_S, PATIENCE_S, LOOK_S = 900, 60, 0.05
PAGE = "from vsmlib.board.room import take_part\n\ntake_part()"
EMPTY = """\
name: Our stream
stages:
  - {name: Waiting to begin, kind: wait, enter: [asked for]}
  - {name: Work, kind: active, enter: [begun]}
  - {name: Delivered, kind: done, enter: [delivered]}
"""


class Workshop(NamedTuple):
    """Where a workshop is: its folder, its address, and the two secrets of its links."""

    folder: Path
    ip: str
    port: int
    token: str
    lead: str


def prepare(
    folder: Path,
    stream: ValueStream | None = None,
    *,
    ip: str = LOOPBACK,
    port: int = 0,
    evidence: dict[str, Any] | None = None,
) -> Workshop:
    """Make a workshop's folder, for nobody else on this machine to read; one that is there goes on.

    Parameters
    ----------
    folder : path
        Gets ``board.sqlite``, the page, and in the end the results.
    stream : ValueStream, optional
        What a new board begins with; without it, with three states to be renamed.
    ip, port : str, int
        Where it will listen; port 0 takes one that is free.
    evidence : dict, optional
        By event: what the data says of the state it enters.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        cell = {"cell_type": "code", "id": "workshop", "metadata": {}, "source": PAGE}
        book = {
            "cells": [cell | {"outputs": [], "execution_count": None}],
            "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        (folder / "page").mkdir(exist_ok=True, mode=0o700)
        (folder / "page" / "workshop.ipynb").write_text(json.dumps(book), encoding="utf-8")
    except OSError as error:
        what = f"the folder cannot be made ({error.strerror or error})"
        raise RunError(what, where=str(folder), hint="give another --folder") from None
    lead, store = secrets.token_urlsafe(16), Store(folder / "board.sqlite")
    Board(store, stream or ValueStream.parse(EMPTY))
    store.show(lead=hashlib.sha256(lead.encode()).hexdigest(), evidence=evidence or {}, wish=None)
    store.close()
    return Workshop(folder, ip, _port(ip, port), secrets.token_urlsafe(24), lead)


def _port(ip: str, port: int) -> int:
    with socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET) as trial:
        try:
            trial.bind((ip, port))
        except (OSError, OverflowError) as error:
            what = f"cannot listen on {ip} port {port} ({getattr(error, 'strerror', error)})"
            raise ParameterError(what, hint="give another --port or --ip") from None
        return int(trial.getsockname()[1])


def link(workshop: Workshop, *, lead: bool = False) -> str:
    """Return the link for all, or that of the facilitator; whoever has it needs nothing else."""
    host = _own_address() if workshop.ip in EVERYWHERE else workshop.ip
    host = f"[{host}]" if ":" in host else host
    # What stands behind # never leaves the browser, so no log of a server has it.
    key = f"#lead={workshop.lead}" if lead else ""
    return f"http://{host}:{workshop.port}/?token={workshop.token}{key}"


def _own_address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        try:
            trial.connect(("192.0.2.1", 9))  # asks the routing table; nothing is sent
            return str(trial.getsockname()[0])
        except OSError:
            return socket.gethostname()


def command(workshop: Workshop) -> list[str]:
    """Return the command that starts Voilà; its token goes by the environment."""
    return [
        *(sys.executable, "-m", "voila", str(workshop.folder / "page" / "workshop.ipynb")),
        f"--Voila.ip={workshop.ip}",
        f"--Voila.port={workshop.port}",
        "--Voila.port_retries=0",
        f"--Voila.root_dir={workshop.folder / 'page'}",
        "--Voila.auto_token=True",
        "--no-browser",
        "--VoilaConfiguration.template=vsm",
        "--VoilaConfiguration.allow_template_override=NO",
        "--VoilaConfiguration.allow_theme_override=NO",
        "--VoilaConfiguration.file_allowlist=[]",
        "--VoilaConfiguration.file_denylist=['.*']",
        f"--MappingKernelManager.cull_idle_timeout={CULL_S}",
        "--MappingKernelManager.cull_interval=60",
    ]


def _environment(workshop: Workshop) -> dict[str, str]:
    def joined(first: Path, name: str) -> str:
        return os.pathsep.join(filter(None, [str(first), os.environ.get(name, "")]))

    return os.environ | {
        "JUPYTER_TOKEN": workshop.token,
        "JUPYTER_PATH": joined(PACKAGE / "templates" / "workshop", "JUPYTER_PATH"),
        "PYTHONPATH": joined(PACKAGE.parent, "PYTHONPATH"),
        "VSM_WORKSHOP": str(workshop.folder.resolve()),
    }


def run(
    workshop: Workshop,
    tell: Callable[[str], None],
    *,
    figures: Any = None,
    until: Callable[[], bool] = lambda: False,
) -> int:
    """Start the server, tell the links, and measure what people change until it is stopped.

    Parameters
    ----------
    workshop : Workshop
        As `prepare` made it.
    tell : callable
        Takes each line for the person at the terminal.
    figures : Figures, optional
        Of the data, where there is any.
    until : callable, optional
        Whether to stop; default: only when interrupted.

    Returns
    -------
    int
        The exit code.
    """
    log = workshop.folder / "server.log"
    with log.open("w", encoding="utf-8") as file:
        log.chmod(0o600)
        server = subprocess.Popen(
            command(workshop), env=_environment(workshop), stdout=file, stderr=file
        )
    try:
        _wait(server, workshop)
        _greet(workshop, tell)
        return _serve(server, workshop, figures, until)
    finally:
        server.terminate()
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()


def _wait(server: subprocess.Popen[bytes], workshop: Workshop) -> None:
    host = LOOPBACK if workshop.ip in EVERYWHERE else workshop.ip
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and server.poll() is None:
        try:
            socket.create_connection((host, workshop.port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    hint = f"read {workshop.folder / 'server.log'}"
    raise RunError("the workshop's server did not start", hint=hint)


def _greet(workshop: Workshop, tell: Callable[[str], None]) -> None:
    if workshop.ip != LOOPBACK:
        tell(
            f"warning: this listens on {workshop.ip}, so everybody on that network who has the "
            "link can read and change the board, and the connection is not encrypted"
        )
    tell(f"For all:             {link(workshop)}")
    tell(f"For the facilitator: {link(workshop, lead=True)}")
    tell(_qr(link(workshop)))
    tell(f"Everything is kept in {workshop.folder}; stop with Ctrl+C")


def _qr(text: str) -> str:
    import segno

    drawn = io.StringIO()
    segno.make(text, error="l").terminal(drawn, compact=True)
    return drawn.getvalue()


def _serve(
    server: subprocess.Popen[bytes],
    workshop: Workshop,
    figures: Any,
    until: Callable[[], bool],
) -> int:
    keeper = Keeper(workshop.folder, figures)
    while server.poll() is None and not until():
        keeper.look()
        time.sleep(LOOK_S)
    return int(server.returncode or 0)

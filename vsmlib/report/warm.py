"""A kernel that is ready at once: forked from a process that has all its libraries loaded.

A batch keeps one process that has imported everything and done nothing (no thread, no connection);
each report's process is a fork of it, and forks its kernel before anything else happens. So every
report begins as clean as in a new process, but without the seconds that imports take.
"""

from __future__ import annotations

import multiprocessing
import os
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

__all__ = ["PRELOAD", "Kernel", "context"]

PRELOAD = (
    *("papermill", "nbconvert", "ipykernel.kernelapp", "ipykernel.zmqshell", "jupyter_client"),
    *("altair", "bs4", "duckdb", "pandas", "psutil"),
    *(f"narwhals.{name}" for name in ("_duckdb.group_by", "_duckdb.namespace", "_arrow.series")),
    *("narwhals._pandas_like.group_by", "narwhals._pandas_like.namespace"),
    *(
        "pyarrow.parquet",
        "vl_convert",
        "holidays",
        "vsmlib.charts",
        "vsmlib.clean",
        "vsmlib.joined",
    ),
    *("vsmlib.log", "vsmlib.measure", "vsmlib.news", "vsmlib.origin", "vsmlib.report"),
    *("vsmlib.evidence", "vsmlib.sentences", "vsmlib.sources.delimited", "vsmlib.waits"),
    *("vsmlib.sources.several", "vsmlib.waste", "vsmlib.report.rehearsal"),
)


def context() -> Any:
    """Return the way in which processes of a batch start: as forks of a warm one where that is."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload([*PRELOAD])
    return made


@dataclass
class _Process:
    """A forked process with the methods of `subprocess.Popen` that jupyter_client calls."""

    process: BaseProcess
    stdin = stdout = stderr = None

    def poll(self) -> int | None:
        return self.process.exitcode

    def wait(self) -> int | None:
        self.process.join()
        return self.process.exitcode

    def send_signal(self, number: int) -> None:
        os.kill(self.process.pid or 0, number)

    def terminate(self) -> None:
        self.process.terminate()

    def kill(self) -> None:
        self.process.kill()


class Kernel:
    """A kernel that waits for a notebook; make it before the process has threads."""

    def __init__(self) -> None:
        fork = multiprocessing.get_context("fork")
        orders, self._orders = fork.Pipe(duplex=False)
        process = fork.Process(target=_serve, args=(orders, self._orders))
        process.start()
        orders.close()
        self._process = _Process(process)

    def manager(self) -> type[Any]:
        """Return a kernel manager class for nbclient that takes this kernel and starts none."""
        from jupyter_client.manager import AsyncKernelManager

        started, orders = self._process, self._orders

        class Manager(AsyncKernelManager):
            async def _async_launch_kernel(self, kernel_cmd: list[str], **more: Any) -> None:
                orders.send((kernel_cmd, more.get("cwd"), more.get("env") or {}))
                vars(self.provisioner)["process"] = started

            _launch_kernel = _async_launch_kernel

        return Manager

    def close(self) -> None:
        """Let a kernel go that got no notebook."""
        self._orders.close()
        self._process.kill()


def _serve(orders: Connection, other_end: Connection) -> None:
    """Wait in the forked process for the kernel's command line, then be that kernel."""
    other_end.close()
    try:
        command, folder, environment = orders.recv()
    except EOFError:
        return
    os.environ.update(environment)
    if folder:
        os.chdir(folder)
    from ipykernel.kernelapp import IPKernelApp

    arguments = command[command.index("-f") :]
    app: Any = IPKernelApp.instance()
    app.initialize(arguments)
    app.start()

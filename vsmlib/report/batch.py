"""Many reports in one go: side by side, each within its time, none stopping the others.

A report is finished when its ``report.json`` says so, and that is written last, with a hash of the
page: a page that was damaged, or that a killed run left behind, is made again by the next run.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from vsmlib import __version__, shipped
from vsmlib.errors import VsmError
from vsmlib.report import index, page
from vsmlib.report.lock import alone
from vsmlib.report.portfolio import Job, data_hash, digest
from vsmlib.report.run import report
from vsmlib.report.warm import Kernel, context

__all__ = ["Progress", "run_all"]

GIB = 2**30
RECORD, RUN = "report.json", "run.json"
SUFFIX = {"html": ".html", "notebook": ".ipynb", "markdown": ".md", "pdf": ".pdf"}
Progress = Callable[[dict[str, Any], int, int], None]
Row = dict[str, Any]


@dataclass
class _Batch:
    out: Path
    timeout_s: float
    retries: int
    progress: Progress
    forms: tuple[str, ...]
    rows: list[Row]
    supply: Callable[[Job], None] | None = None
    script: str = ""
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    running: dict[int, Any] = field(default_factory=dict)
    stopped: bool = False


def run_all(
    jobs: Sequence[Job],
    out: str | Path,
    *,
    title: str = "Reports",
    workers: int | None = None,
    timeout_s: float = 900,
    retries: int = 1,
    force: bool = False,
    forms: Collection[str] = (),
    progress: Progress = lambda _row, _cell, _cells: None,
    supply: Callable[[Job], None] | None = None,
) -> dict[str, Any]:
    """Make many reports, an index of them, and ``run.json``.

    Only what is missing or changed is made: a report whose inputs, parameters and code have the
    hashes they had is left alone.

    Parameters
    ----------
    jobs : sequence of Job
        The reports.
    out : path
        Folder: ``index.html``, ``run.json``, and a folder for each report.
    title : str
        Title of the index.
    workers : int, optional
        Reports at a time; by default as processors and free memory (1 GiB each) allow.
    timeout_s : float
        Seconds that a report may take; then it is stopped.
    retries : int
        How often a run that failed is tried again; bad input is not.
    force : bool
        Make every report.
    forms : collection of str
        As for `vsmlib.report.report`; one that is missing makes its report anew.
    progress : callable
        Called with a report's row, the cell it is at and the number of its cells.
    supply : callable, optional
        Writes a job's source, before the report is made.

    Returns
    -------
    dict
        What ``run.json`` says: ``exit_code`` (0, or 1 where a report failed), ``reports``: a row
        each with ``name, folder, status`` (``done, unchanged, failed, stopped``)``, reason,
        attempts, duration_s, figures, alerts, recipients``.

    Raises
    ------
    ParameterError
        The folder cannot be written, or another run is at work in it.
    KeyboardInterrupt
        Stopped from outside, after everything was stopped and written down.
    """
    rows: list[Row] = [
        {"name": j.name, "folder": j.folder, "status": "waiting", "reason": "", "attempts": 0}
        | {"recipients": list(j.recipients)}
        for j in jobs
    ]
    batch = _Batch(Path(out), timeout_s, retries, progress, tuple(forms), rows, supply)
    data_hash.cache_clear()
    with alone(batch.out):
        wanted = [_prepared(job, row, batch, force) for job, row in zip(jobs, rows, strict=True)]
        todo = [(job, row, key) for job, row, key in wanted if row["status"] == "waiting"]
        _write(batch, title)
        if todo:
            batch.script = page.script()
            _run(batch, todo, workers or _workers(len(todo)), title)
        return _write(batch, title, ended=True)


def _prepared(job: Job, row: Row, batch: _Batch, force: bool) -> tuple[Job, Row, str]:
    """Look at what there is of a report; what a killed run left behind goes."""
    folder = batch.out / job.folder
    for left in folder.glob(".*partial*"):
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    key = ""
    try:
        key, record = job.key(), _record(folder)
        there = {Path(name).suffix for name in record.get("files", ())}
        there_all = {SUFFIX[form] for form in batch.forms} <= there
        if record.get("key") == key and there_all and not force and _whole(folder, record):
            row.update(record["row"], status="unchanged", attempts=0)
        elif batch.supply:
            batch.supply(job)
    except VsmError as error:
        _failed(row, str(error), error.exit_code)
    return job, row, key


def _record(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _whole(folder: Path, record: dict[str, Any]) -> bool:
    """Tell whether the files of a report are those that its record was written for."""
    try:
        return bool(record["files"]) and all(
            digest(folder / name) == known for name, known in record["files"].items()
        )
    except (OSError, LookupError, TypeError, AttributeError):
        return False


def _workers(jobs: int) -> int:
    """Choose how many reports run at a time, by processors and free memory."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
    free = 2 * GIB
    with contextlib.suppress(ValueError, OSError, AttributeError):
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return max(1, min(processors, free // GIB, jobs))


def _run(batch: _Batch, todo: list[tuple[Job, Row, str]], workers: int, title: str) -> None:
    with ThreadPoolExecutor(workers) as pool:
        waiting = [pool.submit(_one, batch, *each) for each in todo]
        try:
            for done in as_completed(waiting):
                done.result()
                _write(batch, title)
        except BaseException:
            batch.stopped = True
            for future in waiting:
                future.cancel()
            for process in list(batch.running.values()):
                _kill(process)
            pool.shutdown()
            for row in batch.rows:
                if row["status"] in ("waiting", "running"):
                    row.update(status="stopped", reason="the run was stopped before it was done")
            _write(batch, title, ended=True)
            raise


def _one(batch: _Batch, job: Job, row: Row, key: str) -> None:
    """Make one report, again where a run fails, and write down how it went."""
    began = time.monotonic()
    for attempt in range(1, batch.retries + 2):
        row.update(status="running", attempts=attempt)
        reason, code = _attempt(batch, job, row)
        if not reason or code == 2 or batch.stopped:
            break
    row["duration_s"] = round(time.monotonic() - began, 1)
    if reason and not batch.stopped:
        _failed(row, reason, code)
    if not reason:
        try:
            _record_done(batch, row, key, Path(job.notebook).stem)
        except VsmError as error:
            _failed(row, str(error), error.exit_code)
    batch.progress(row, 0, 0)


def _failed(row: Row, reason: str, code: int) -> None:
    row.update(status="failed", reason=reason, exit_code=code)


def _record_done(batch: _Batch, row: Row, key: str, stem: str) -> None:
    folder = batch.out / row["folder"]
    names = [f"{stem}{SUFFIX[form]}" for form in ("html", "notebook", *batch.forms)]
    files = {name: digest(folder / name) for name in names}
    row.update(status="done", reason="", report=f"{row['folder']}/{stem}.html")
    with contextlib.suppress(OSError, ValueError):
        summary = json.loads((folder / "tables" / "summary.json").read_text(encoding="utf-8"))
        row.update(alerts=summary.pop("alerts", []), periods=summary.pop("periods", []))
        row["figures"] = {name: summary[name] for name in index.FIGURES if name in summary}
    text = json.dumps({"key": key, "files": files, "row": row}, indent=1, ensure_ascii=False)
    page.write_whole(folder / RECORD, text + "\n")


def _attempt(batch: _Batch, job: Job, row: Row) -> tuple[str, int]:
    """Run a report in a process of its own: the reason why it failed, and its exit code."""
    ways = context()
    receive, send = ways.Pipe(duplex=False)
    process = ways.Process(
        target=_work, args=(job, batch.out / job.folder, batch.script, batch.forms, send)
    )
    process.start()
    send.close()
    batch.running[id(process)] = process
    until = time.monotonic() + batch.timeout_s
    said: Any = ("", 0)
    try:
        while receive.poll(max(0.0, until - time.monotonic())):
            said = receive.recv()
            if isinstance(said[0], str):
                break
            batch.progress(row, *said)
        else:
            return f"it took longer than {batch.timeout_s:g} s and was stopped", 1
    except EOFError:
        return "its process was killed, or the memory was full", 1
    finally:
        _kill(process)
        process.join()
        del batch.running[id(process)]
        receive.close()
    return str(said[0]), int(said[1])


def _kill(process: Any) -> None:
    """End a report's process and its kernel, which are a group of their own."""
    with contextlib.suppress(OSError, AttributeError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def _work(job: Job, folder: Path, script: str, forms: tuple[str, ...], pipe: Connection) -> None:
    """Make a report in its own process; it ends with the process that wanted it."""
    running: dict[str, Any] = {}
    if hasattr(os, "setsid"):
        os.setsid()
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in (1, 2):  # what a kernel says about itself belongs in no log
            os.dup2(quiet, stream)
        running["kernel_manager_class"] = Kernel().manager()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    page.use_script(script)
    cells = len(json.loads(shipped.notebook(job.notebook).read_text(encoding="utf-8"))["cells"]) + 1

    def told(cell_index: int, **_: Any) -> None:
        pipe.send((cell_index + 1, cells))

    try:
        report(
            job.source,
            stream=job.stream,
            out=folder,
            notebook=job.notebook,
            parameters=job.parameters,
            progress=False,
            forms=forms,
            on_cell_start=told,
            **running,
        )
        pipe.send(("", 0))
    except VsmError as error:
        pipe.send((str(error), error.exit_code))
    except BaseException as error:  # the others go on, whatever this was
        words = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        pipe.send((f"internal error: {words}", 1))


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os.killpg(os.getpgrp(), signal.SIGKILL)


def _write(batch: _Batch, title: str, *, ended: bool = False) -> dict[str, Any]:
    """Write down how far the run is, and at its end the index."""
    failed = [row for row in batch.rows if row["status"] in ("failed", "stopped")]
    now = datetime.now(UTC)
    run = {
        "version": 1,
        "title": title,
        "vsmlib": __version__,
        "finished": ended and not batch.stopped,
        "began_at": batch.began.isoformat(timespec="seconds"),
        "ended_at": now.isoformat(timespec="seconds") if ended else None,
        "duration_s": round((now - batch.began).total_seconds(), 1),
        "exit_code": 1 if failed else 0,
        "alerts": sum(len(row.get("alerts", [])) for row in batch.rows),
        "reports": batch.rows,
    }
    page.write_whole(batch.out / RUN, json.dumps(run, indent=1, ensure_ascii=False) + "\n")
    if ended:
        page.write_whole(batch.out / "index.html", index.render(run))
    return run

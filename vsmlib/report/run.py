"""A notebook run by papermill, and its report put in place: never half, never over a good one."""

from __future__ import annotations

import contextlib
import json
import logging
import re
import shutil
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vsmlib import shipped
from vsmlib.errors import ParameterError, RunError, SourceError, StreamError, VsmError, shown
from vsmlib.report import page
from vsmlib.report.forms import check_pdf, render_markdown, render_pdf
from vsmlib.report.lock import alone
from vsmlib.report.parameters import check_parameters, parameters_of

__all__ = ["ReportPaths", "name_of", "report", "run_notebook"]

# without a handler of its own a library's log would go to stderr, where only the bar belongs
for library in ("papermill", "nbclient", "traitlets", "asyncio"):
    logging.getLogger(library).addHandler(logging.NullHandler())
OURS = {error.__name__: error for error in (SourceError, StreamError, ParameterError, VsmError)}
LONGEST_REASON = 200
# jsonschema compiles this one's grammar for two seconds, for a format that no notebook uses
SLOW = "rfc3987_syntax"
IN_KERNEL = (
    # where vsmlib is not installed, the kernel finds the one that runs here
    f"import sys; sys.path.append({str(shipped.PACKAGE.parent)!r}); "
    f"sys.modules.setdefault({SLOW!r}, None)"
)


@dataclass(frozen=True)
class ReportPaths:
    """Where a report is: executed notebook, page, and folder of tables (where it writes any)."""

    notebook: Path
    html: Path
    tables: Path

    def alerts(self) -> list[dict[str, Any]]:
        """Return the alerts that stand in the report's summary."""
        try:
            text = (self.tables / "summary.json").read_text(encoding="utf-8")
            return list(json.loads(text).get("alerts", []))
        except (OSError, ValueError):
            return []

    def notes(self) -> list[str]:
        """Return the lines beginning with ``note:`` that the notebook printed."""
        cells = json.loads(self.notebook.read_text(encoding="utf-8"))["cells"]
        outputs = [o for c in cells for o in c.get("outputs", []) if o.get("name") == "stdout"]
        lines = [line for o in outputs for line in "".join(o["text"]).splitlines()]
        return [line for line in lines if line.startswith("note: ")]


def report(
    source: str | Path,
    *,
    stream: str | Path | None = None,
    out: str | Path | None = None,
    notebook: str | Path = "report",
    parameters: Mapping[str, Any] | None = None,
    progress: bool | None = None,
    forms: Collection[str] = (),
    **running: Any,
) -> ReportPaths:
    """Run a report notebook on a source and make one self-contained page of it.

    The notebook runs in the current folder with the parameters ``source`` and, where it declares
    them, ``stream`` and ``tables`` (the folder for its tables). What is finished is moved to
    ``out`` at the end; an earlier report stays as it is until then.

    Parameters
    ----------
    source, stream : str or Path
        What to report on, and its value stream: a file or the name of a ready-made one.
    out : str or Path, optional
        Folder for the report; by default ``out/`` and the name of the source.
    notebook : str or Path
        A shipped notebook's name, or a path.
    parameters : mapping of str to object, optional
        Further parameters of the notebook.
    progress : bool, optional
        Show a bar on stderr; by default on a terminal.
    forms : collection of str
        ``pdf`` and ``markdown``, to have these beside the page.
    **running
        For nbclient: ``kernel_manager_class``, ``on_cell_start``.

    Raises
    ------
    VsmError
        Something given is wrong, and nothing is left behind; or (`RunError`) the run failed, and
        ``<notebook>.partial.ipynb`` in ``out`` shows how far it came.
    """
    if "pdf" in forms:
        check_pdf()
    path = shipped.notebook(notebook)
    folder = Path(out) if out is not None else Path("out") / name_of(str(source))
    done = ReportPaths(folder / path.name, folder / f"{path.stem}.html", folder / "tables")
    partial = folder / f"{path.stem}.partial.ipynb"
    if path.resolve() in (done.notebook.resolve(), partial.resolve()):
        what = "the report would overwrite its own notebook"
        raise ParameterError(what, where=str(path), hint="choose another --out")
    with _workshop(folder) as work, alone(folder), ThreadPoolExecutor(1) as aside:
        own = {"source": source, "stream": stream, "tables": f"{work.as_posix()}/tables"}
        if "last" in parameters_of(path):
            own["last"] = _last(done.tables, work / "tables")
        values = _values(path, own, parameters or {})
        # takes two seconds, in which the kernel starts
        aside.submit(page.script)
        run_notebook(path, partial, values, progress=progress, **running)
        executed = partial.read_text(encoding="utf-8").replace(f"{work.name}/", "")
        page.write_whole(partial, executed)
        html = page.render_html(partial, work / done.html.name)
        if "markdown" in forms:
            render_markdown(html, html.with_suffix(".md"))
        if "pdf" in forms:
            render_pdf(html, html.with_suffix(".pdf"))
        _publish(partial, html, work, done)
    return done


def run_notebook(
    notebook: Path,
    out_ipynb: Path,
    parameters: Mapping[str, Any],
    *,
    progress: bool | None = None,
    **running: Any,
) -> Path:
    """Run a notebook with parameters and keep it with its outputs.

    Parameters
    ----------
    notebook : Path
        The notebook; it is only read.
    out_ipynb : Path
        The executed notebook; of a run that fails, as far as it came.
    parameters : mapping of str to object
        Values by name, checked before a kernel starts.
    progress : bool, optional
        Show a bar on stderr; by default on a terminal.
    **running
        For nbclient.

    Raises
    ------
    VsmError
        A parameter is wrong, or the notebook itself said so, and no notebook is kept; or
        (`RunError`) the run failed for another reason.
    """
    values = check_parameters(notebook, parameters)
    books: list[Any] = []
    bar = sys.stderr.isatty() if progress is None else progress
    try:
        _execute(notebook, values, bar, books, **running)
    except BaseException as error:
        if ours := OURS.get(getattr(error, "ename", "")):
            raise ours(getattr(error, "evalue", "")) from error
        _keep(books, notebook, out_ipynb)
        if not isinstance(error, Exception):
            raise
        hint = f"open {out_ipynb} to see how far it came and why" if books else None
        raise RunError(_reason(error), where=_place(books, notebook), hint=hint) from error
    _keep(books, notebook, out_ipynb)
    return out_ipynb


def _execute(
    notebook: Path, values: dict[str, Any], bar: bool, books: list[Any], **running: Any
) -> None:
    """Run the notebook; as soon as its kernel is ready, it stands in ``books``."""
    known = SLOW in sys.modules
    sys.modules.setdefault(SLOW, None)  # type: ignore[arg-type]
    import papermill

    if not known:
        del sys.modules[SLOW]
    papermill.execute_notebook(
        # papermill formats its paths, hence the doubled braces
        str(notebook).replace("{", "{{").replace("}", "}}"),
        None,
        values,
        kernel_name="python3",
        language="python",
        progress_bar={"desc": notebook.stem, "leave": False} if bar else False,
        report_mode=True,
        extra_arguments=["--log-level=CRITICAL", f"--IPKernelApp.exec_lines={IN_KERNEL}"],
        on_notebook_start=lambda notebook: books.append(notebook),  # noqa: PLW0108 - by keyword
        **running,
    )


def _keep(books: list[Any], notebook: Path, out_ipynb: Path) -> None:
    import nbformat

    for book in books:
        book.metadata.papermill["input_path"] = notebook.name
        for cell in book.cells:
            if "injected-parameters" in cell.metadata.get("tags", []):
                cell.id = "injected-parameters"  # papermill's is a random one
        page.write_whole(out_ipynb, nbformat.writes(book))  # type: ignore[no-untyped-call]


def _reason(error: Exception) -> str:
    """Say in one line what went wrong in a run."""
    from nbclient.exceptions import DeadKernelError

    if isinstance(error, DeadKernelError):
        return "the kernel died: it was killed, or the memory was full"
    name = getattr(error, "ename", type(error).__name__)
    text = str(getattr(error, "evalue", error)).strip().partition("\n")[0][:LONGEST_REASON]
    return "".join(c if c.isprintable() else " " for c in f"{name}: {text}")


def _place(books: list[Any], notebook: Path) -> str:
    """Say where a run stopped: the last cell that began, and the heading above it."""
    cells = books[0].cells if books else []
    begun = [c for c in cells if c.metadata.get("papermill", {}).get("start_time")]
    prose = "\n".join(c.source for c in begun if c.cell_type == "markdown")
    section = "".join(f", section {shown(h)}" for h in re.findall(r"^#+\s+(.+)", prose, re.M)[-1:])
    number = sum(c.cell_type == "code" for c in begun)
    return f"{notebook.name}{section}" + (f", cell [{number}]" if number else "")


def _values(notebook: Path, own: dict[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Put the parameters of a report together and check them."""
    for name in own.keys() & more.keys():
        what = f"parameter {name!r} is set by the report itself"
        raise ParameterError(what, hint="give the source, --stream or --out instead")
    declared = parameters_of(notebook)
    given = {name: value for name, value in own.items() if value is not None}
    given = {n: v for n, v in given.items() if n in declared or n not in ("tables", "last")}
    return check_parameters(notebook, {**more, **given})


def _last(earlier: Path, tables: Path) -> str | None:
    """Keep the last report's summary beside the tables of the new one, which tells the difference.

    In its place it would be overwritten, and the executed notebook could not be run again.
    """
    kept = earlier / "summary.json"
    if not kept.is_file():
        return None
    tables.mkdir(exist_ok=True)
    return shutil.copyfile(kept, tables / "last.json").as_posix()


def name_of(source: str) -> str:
    """Name the folder of a source's report."""
    name = Path(source.partition("?")[0]).resolve().name.lstrip(".").partition(".")[0]
    return re.sub(r"\W+", "-", name).strip("-")[:80] or "report"


@contextlib.contextmanager
def _workshop(folder: Path) -> Iterator[Path]:
    """Make a hidden folder to work in; it goes at the end, and folders made for it in vain."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        work = tempfile.TemporaryDirectory(prefix=".partial-", dir=folder)
    except OSError as error:
        what = f"no report can be written there ({error.strerror})"
        raise ParameterError(what, where=str(folder), hint="choose another --out") from None
    try:
        with work:
            yield folder / Path(work.name).name
    finally:
        with contextlib.suppress(OSError):
            for path in missing:
                path.rmdir()


def _publish(partial: Path, html: Path, work: Path, done: ReportPaths) -> None:
    """Move what is finished to its place, the page last: it says that the rest is there."""
    if done.tables.exists():
        done.tables.replace(work / "earlier")
    if (work / "tables").exists():
        (work / "tables").replace(done.tables)
    for suffix in (".md", ".pdf"):
        made, place = html.with_suffix(suffix), done.html.with_suffix(suffix)
        # an earlier one would tell something else than the page
        if made.exists():
            made.replace(place)
        else:
            place.unlink(missing_ok=True)
    partial.replace(done.notebook)
    html.replace(done.html)

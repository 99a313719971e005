"""What comes with the package: the notebooks and the sample, in a checkout and in a wheel."""

from __future__ import annotations

from pathlib import Path

from vsmlib.errors import ParameterError, RunError, one_of, shown

__all__ = ["notebook", "notebooks", "sample_folder"]

PACKAGE = Path(__file__).parent


def notebooks() -> list[Path]:
    """List the notebooks that come with the package, in the order of their names.

    Returns
    -------
    list of Path
        Files that must not be written to: copy them, or let papermill do it.

    Raises
    ------
    RunError
        The installation lacks them.
    """
    return sorted(_folder("notebooks", "notebooks").glob("*.ipynb"))


def notebook(name: str | Path) -> Path:
    """Find a notebook: one of the shipped by its name, or any by its path.

    Parameters
    ----------
    name : str or Path
        ``report``, ``report.ipynb`` or a path such as ``mine/weekly.ipynb``.

    Returns
    -------
    Path
        An existing file.

    Raises
    ------
    ParameterError
        There is no such notebook.
    """
    path = Path(name)
    if path.suffix == ".ipynb" and path.is_file():
        return path
    if path.name != str(name):
        raise ParameterError(
            f"no notebook {shown(str(name))}", accepted="an .ipynb file", hint="check the path"
        )
    known = {file.stem: file for file in notebooks()}
    stem = path.stem if path.suffix == ".ipynb" else path.name
    if stem not in known:
        what, accepted, hint = one_of("notebook", str(name), known)
        raise ParameterError(what, accepted=accepted, hint=hint)
    return known[stem]


def sample_folder() -> Path:
    """Return the folder of the sample data.

    Returns
    -------
    Path
        The folder with the data, its ``stream.yaml`` and ``ORIGIN.md``.

    Raises
    ------
    RunError
        The installation lacks it.
    """
    return _folder("data/sample", "sample")


def _folder(in_checkout: str, in_wheel: str) -> Path:
    """Find a folder where hatch has put it, or else where the checkout has it."""
    # a wheel built from a checkout holds only the first, an editable install only the second
    for folder in (PACKAGE / "_shipped" / in_wheel, PACKAGE.parent / in_checkout):
        if folder.is_dir():
            return folder
    raise RunError(
        f"this installation has no {in_wheel}",
        where=str(PACKAGE),
        hint="install vsmlib again, or run it from a complete checkout",
    )

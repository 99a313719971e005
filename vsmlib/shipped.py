"""What comes with the package: the notebooks and the sample, in a checkout and in a wheel."""

from __future__ import annotations

from pathlib import Path

from vsmlib.errors import ParameterError, RunError, one_of, shown

__all__ = ["notebook", "notebooks", "sample_folder"]

PACKAGE = Path(__file__).parent


def notebooks() -> list[Path]:
    """List the notebooks that come with the package, by name; copy them to change them."""
    return sorted(_folder("notebooks", "notebooks").glob("*.ipynb"))


def notebook(name: str | Path) -> Path:
    """Find a notebook: one of the shipped by its name, or any by its path.

    Parameters
    ----------
    name : str or Path
        ``report``, ``report.ipynb`` or a path such as ``mine/weekly.ipynb``.

    Raises
    ------
    ParameterError
        There is no such notebook.
    """
    path = Path(name)
    if path.suffix == ".ipynb" and path.is_file():
        return path
    if path.name != str(name):
        what = f"no notebook {shown(str(name))}"
        raise ParameterError(what, accepted="an .ipynb file", hint="check the path")
    known = {file.stem: file for file in notebooks()}
    stem = path.name.removesuffix(".ipynb")
    if stem not in known:
        what, accepted, hint = one_of("notebook", str(name), known)
        raise ParameterError(what, accepted=accepted, hint=hint)
    return known[stem]


def sample_folder() -> Path:
    """Return the folder of the sample: its data, ``stream.yaml`` and ``ORIGIN.md``."""
    return _folder("data/sample", "sample")


def _folder(in_checkout: str, in_wheel: str) -> Path:
    # a wheel built from a checkout holds only the first, an editable install only the second
    for folder in (PACKAGE / "_shipped" / in_wheel, PACKAGE.parent / in_checkout):
        if folder.is_dir():
            return folder
    what = f"this installation has no {in_wheel}"
    raise RunError(what, where=str(PACKAGE), hint="install vsmlib again, or use a whole checkout")

"""JupyterLab on the notebooks: loopback, a token, no request to the outside."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from vsmlib.errors import RunError
from vsmlib.shipped import notebooks

__all__ = ["command", "prepare", "run"]

CONFIG = Path(__file__).parent / "templates" / "jupyter"


def prepare(folder: Path) -> Path:
    """Make sure that the folder has the notebooks; one that is there already is never touched.

    Returns
    -------
    Path
        The folder with the notebooks.
    """
    target = folder / "notebooks"
    try:
        target.mkdir(parents=True, exist_ok=True)
        for notebook in notebooks():
            if not (target / notebook.name).exists():
                shutil.copyfile(notebook, target / notebook.name)
    except OSError as error:
        raise RunError(
            f"cannot put the notebooks there ({error.strerror or error})",
            where=str(target),
            hint="give --folder one you may write to",
        ) from error
    return target


def command(folder: Path, *, browser: bool) -> list[str]:
    """Return the command that starts JupyterLab on the folder."""
    return [
        *(sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder.resolve()}"),
        *(
            "--ServerApp.ip=127.0.0.1",
            "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb",
        ),
        "--LabApp.extension_manager=readonly",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        *(() if browser else ("--no-browser",)),
    ]


def run(folder: Path, *, browser: bool = True) -> int:
    """Start JupyterLab and wait for it; its exit code."""
    prepare(folder)
    paths = [str(CONFIG), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    environment = os.environ | {"JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, paths))}
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # Only a container's root gets here on purpose; the token still guards the server.
        return subprocess.call([*command(folder, browser=browser), "--allow-root"], env=environment)
    return subprocess.call(command(folder, browser=browser), env=environment)

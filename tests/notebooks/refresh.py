"""Run the notebooks and store them clean: no output but that of the headline cells.

``python -m tests.notebooks.refresh [NAME …]`` after a change; the stored figures are compared by
``pytest --nbval-lax``, so read what changed in them before you commit.
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2] / "notebooks"
HEADLINE = "nbval-check-output"
KEPT = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"}}  # fmt: skip


def refresh(path: Path) -> None:
    """Execute one notebook and write it back, cleaned."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(ROOT)}}).execute()
    notebook.metadata = nbformat.from_dict(KEPT)
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        if cell.cell_type == "code":
            headline = HEADLINE in tags
            cell.execution_count = 1 if headline else None
            cell.outputs = [o for o in cell.outputs if headline and o.get("name") == "stdout"]
    nbformat.write(notebook, path)


if __name__ == "__main__":
    for name in sys.argv[1:] or sorted(p.name for p in ROOT.glob("*.ipynb")):
        print(name)
        refresh(ROOT / Path(name).with_suffix(".ipynb").name)

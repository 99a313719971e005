"""Data runs one way, and imports point only left along that line (DESIGN section 6)."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "vsmlib"
# Each layer may import itself and what stands before it.
LAYERS = [
    {"errors", "findings", "words", "shipped"},
    {"engine", "hours", "calendar", "stream", "stream_file", "stream_parts"},
    {"progress"},
    {"sources"},
    {"pull"},
    {"log", "saved"},
    {"visits", "sums", "timed", "worded", "flow", "looks", "part", "kept"},
    {"waits", "measure", "stitch"},
    {"waste", "joined", "evidence", "whole"},
    {"clean", "sentences", "news", "origin", "pseudonyms", "charts"},
    {"report", "lab", "board"},
    {"cli"},
    {"__main__"},
]
PLACE = {name: place for place, names in enumerate(LAYERS) for name in names}
ONLY = {  # which part alone may import a library
    "altair": {"charts"},
    "vl_convert": {"charts", "report"},
    "papermill": {"report"},
    "nbconvert": {"report"},
    "duckdb": {"engine"},
    "pyspark": {"engine"},
    "polars": set(),
    "ipywidgets": {"board"},
    "anywidget": {"board"},
    "click": {"cli"},
    "requests": {"pull"},
    "tenacity": {"pull"},
    "tqdm": {"pull", "report"},
    "numba": {"whole"},
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def part(path):
    """The layer's name of a module: the folder or module right under the package."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path):
    """Dotted names that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_left(path):
    own = part(path)
    if own == "__init__":
        return
    assert own in PLACE, f"{own} has no place in the layers"
    for name in imports(path):
        top, _, rest = name.partition(".")
        if top == "vsmlib" and rest:
            other = rest.split(".")[0]
            known = (PACKAGE / other).is_dir() or (PACKAGE / f"{other}.py").is_file()
            assert not known or PLACE[other] <= PLACE[own], f"{path.name} imports {name}"
        elif top in ONLY:
            assert own in ONLY[top], f"only {ONLY[top]} may import {top}"


def test_siblings_do_not_read_each_other():
    """waits and measure make tables side by side; charts compute nothing of their own."""
    for path in (PACKAGE / "measure").glob("*.py"):
        assert not any(name.startswith("vsmlib.waits") for name in imports(path)), path
    for path in (PACKAGE / "charts").glob("*.py"):
        assert not any(name.startswith(("narwhals", "vsmlib.engine")) for name in imports(path))


def test_the_package_exports_what_it_says():
    import vsmlib

    assert all(hasattr(vsmlib, name) for name in vsmlib.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        vsmlib.nonsense  # noqa: B018

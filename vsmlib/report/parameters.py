"""What a notebook can be told: its declared parameters, and the check of given values."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Union

from pydantic import Field, JsonValue, TypeAdapter, ValidationError

from vsmlib.errors import ParameterError, SourceError, one_of, shown

__all__ = ["Parameter", "check_parameters", "parameters_of"]

TYPES: dict[str, Any] = {
    "str": str,
    "int": int,
    "float": Annotated[float, Field(allow_inf_nan=False)],
    "bool": bool,
    "list": list[JsonValue],
    "list[str]": list[str],
    "dict": dict[str, JsonValue],
    "Any": JsonValue,
    "None": None,
}
SECRET = re.compile(
    r"(^|_)(password|passwd|passphrase|secret|token|credentials?)(_|$)"
    r"|(api|access|private|secret|signing)_?key"
)
# a password within an address, and the shapes of well-known tokens
SECRET_VALUE = re.compile(
    r"://[^/\s:@]+:[^/\s@]+@|\b(gh[pousr]_|github_pat_|glpat-|xox[abprs]-|AKIA)[\w-]{16,}"
)


@dataclass(frozen=True)
class Parameter:
    """One parameter of a notebook: name, type as it is written, default value, what it means."""

    name: str
    type: str
    default: Any
    help: str = field(default="", compare=False)


def parameters_of(notebook: Path) -> dict[str, Parameter]:
    """Read the parameters that a notebook declares.

    papermill's own reading (2.7) drops ``x: str | None = None`` and splits a default at ``#`` or
    ``=``, therefore the cell is parsed as the Python it is.

    Parameters
    ----------
    notebook : Path
        A notebook whose cell tagged ``parameters`` has lines such as ``rows: int = 100``.

    Raises
    ------
    SourceError, ParameterError
        No notebook; a default that is no literal, or a type that is not supported.
    """
    source = _parameters_cell(notebook)
    try:
        lines = ast.parse(source).body
        told = _comments(source)
        found = [_declared(n, told) for n in lines if isinstance(n, ast.AnnAssign | ast.Assign)]
    except (SyntaxError, ValueError) as error:
        raise ParameterError(
            f"the parameters cell cannot be read ({error})",
            where=notebook.name,
            accepted=f"lines such as `rows: int = 100` with literals of {', '.join(TYPES)}",
        ) from None
    return {parameter.name: parameter for parameter in found}


def check_parameters(notebook: Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """Check values against the notebook's declaration, before any kernel starts.

    Parameters
    ----------
    notebook : Path
        The notebook they are for.
    given : mapping of str to object
        Values by name. Strings, as they come from a command line, are converted to the declared
        type (list: JSON or ``a,b``; dict: JSON or ``a=1,b=2``); other values must have it.

    Returns
    -------
    dict of str to object
        Plain values only (what JSON knows), therefore data in the notebook and never code.

    Raises
    ------
    ParameterError
        Unknown name, wrong type, text that is not Unicode, or the name of a secret.
    """
    declared = parameters_of(notebook)
    for name in given:
        _refuse_secret(name, given[name], notebook)
        if name not in declared:
            what, accepted, hint = one_of("parameter", name, declared)
            raise ParameterError(what, where=notebook.name, accepted=accepted, hint=hint)
    return {name: _converted(declared[name], value, notebook) for name, value in given.items()}


def _parameters_cell(notebook: Path) -> str:
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        tagged = [c["source"] for c in cells if "parameters" in c["metadata"].get("tags", [])]
        return "".join(tagged[0]) if tagged else ""
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        reason = f"it is no Jupyter notebook ({type(error).__name__})"
        raise SourceError(reason, where=str(notebook), accepted="an .ipynb file") from None


def _comments(source: str) -> dict[int, str]:
    """Read the comments by their line: one behind a parameter says what it means."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {t.start[0]: t.string.lstrip("# ") for t in tokens if t.type == tokenize.COMMENT}


def _declared(node: ast.AnnAssign | ast.Assign, told: Mapping[int, str]) -> Parameter:
    """Read one line of the parameters cell; the caller words what is wrong with it."""
    target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
    if node.value is None or not isinstance(target, ast.Name):
        raise ValueError(f"line {node.lineno} is no `name = value`")
    default = ast.literal_eval(node.value)
    if isinstance(node, ast.AnnAssign):
        _kind(kind := ast.unparse(node.annotation))
    else:
        kind = type(default).__name__ if type(default).__name__ in TYPES else "Any"
    return Parameter(target.id, kind, default, told.get(node.end_lineno or 0, ""))


def _kind(written: str) -> Any:
    """Return the type that an annotation means; names only, nothing in it is run."""
    parts = [part.strip() for part in written.split("|")]
    if unknown := [part for part in parts if part not in TYPES]:
        raise ValueError(f"type {shown(unknown[0])} is not one of {', '.join(TYPES)}")
    return Union[tuple(TYPES[part] for part in parts)]  # noqa: UP007 - built at run time


def _refuse_secret(name: str, value: Any, notebook: Path) -> None:
    """Refuse a secret: a parameter's value stays readable in the executed notebook."""
    if SECRET_VALUE.search(str(value)):
        what = f"the value of parameter {shown(name)} looks like a secret, not told here"
        hint = "put it in an environment variable and read it there"
        raise ParameterError(what, where=notebook.name, hint=hint)
    if SECRET.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()):
        what = f"parameter {shown(name)} has the name of a secret, and the notebook would show it"
        hint = f"put it in the environment variable {name.upper()} and read it there"
        raise ParameterError(what, where=notebook.name, hint=hint)


def _converted(parameter: Parameter, value: Any, notebook: Path) -> Any:
    """Convert one value to its declared type, or say what is accepted."""
    plain = os.fspath(value) if isinstance(value, os.PathLike) else value
    text = isinstance(plain, str)
    try:
        parsed = _from_text(plain, parameter.type.split(" | ")) if text else plain
        checked = TypeAdapter(_kind(parameter.type)).validate_python(parsed, strict=not text)
        # a lone surrogate (a file name that is not UTF-8) could not be stored in the notebook
        json.dumps(checked, ensure_ascii=False).encode()
    except (ValidationError, ValueError):
        what = f"parameter {parameter.name!r} takes {parameter.type}, not {shown(value)}"
        accepted = f"{parameter.type} in plain Unicode text, by default {shown(parameter.default)}"
        hint = "give such a value"
        raise ParameterError(what, where=notebook.name, accepted=accepted, hint=hint) from None
    return checked


def _from_text(text: str, kinds: list[str]) -> Any:
    """Read the text of a command line where the declared type is not a string."""
    if "str" in kinds or "Any" in kinds:
        return text
    if "None" in kinds and text.lower() in ("none", ""):
        return None
    if text.lstrip().startswith(("[", "{")):
        return json.loads(text)
    words = [word.strip() for word in text.split(",") if word.strip()]
    if "dict" in kinds:
        return dict(word.split("=", 1) for word in words)
    return words if {"list", "list[str]"} & set(kinds) else text

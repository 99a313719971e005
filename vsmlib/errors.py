"""Errors a person can act on: what is wrong, where, what is accepted, what to do next."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "ParameterError",
    "RunError",
    "SourceError",
    "StreamError",
    "VsmError",
    "one_of",
    "shown",
]

LONGEST_SHOWN = 60


class VsmError(ValueError):
    """Base of every error this package raises on purpose.

    Its text is always one line: data quoted in it is escaped and shortened.

    Parameters
    ----------
    what : str
        What is wrong.
    where : str, optional
        The file, row, column, line or parameter it is about.
    accepted : str, optional
        What would have been accepted.
    hint : str, optional
        What to do next.

    Examples
    --------
    >>> str(VsmError("no column 'when'", where="a.csv", accepted="id, at", hint="use --time at"))
    "a.csv: no column 'when'; accepted: id, at; next: use --time at"
    """

    exit_code = 2

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        accepted: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.what, self.where, self.accepted, self.hint = what, where, accepted, hint
        text = f"{where}: {what}" if where else what
        text += f"; accepted: {accepted}" if accepted else ""
        text += f"; next: {hint}" if hint else ""
        super().__init__(" ".join(text.split()))


class SourceError(VsmError):
    """A source cannot be read, or says nothing usable."""


class StreamError(VsmError):
    """A value stream definition is wrong, or does not fit the log."""


class ParameterError(VsmError):
    """A parameter has an unknown name, a wrong type or a value out of range."""


class RunError(VsmError):
    """A run that began as it should failed on the way."""

    exit_code = 1


def shown(value: object) -> str:
    r"""Quote a value from outside for a message: escaped, on one line, at most 60 characters.

    Examples
    --------
    >>> print(shown("a\nb"))
    'a\nb'
    """
    text = repr(value if isinstance(value, str | int | float) else str(value))
    text = text.encode("ascii", "backslashreplace").decode() if not text.isprintable() else text
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 2] + "…" + text[-1]


def one_of(kind: str, got: object, known: Iterable[str]) -> tuple[str, str, str]:
    """Word an unknown name: what is wrong, what is accepted, the nearest good one.

    Returns
    -------
    tuple of str
        ``what``, ``accepted`` and ``hint`` for a `VsmError`.

    Examples
    --------
    >>> one_of("column", "tem", ["team", "type"])
    ("unknown column 'tem'", 'team, type', "did you mean 'team'?")
    """
    names = [str(name) for name in known]
    near = difflib.get_close_matches(str(got), names, n=1)
    hint = f"did you mean {shown(near[0])}?" if near else f"choose one of these {kind}s"
    listed = ", ".join(names[:30]) + (f", … ({len(names)} in all)" if len(names) > 30 else "")
    return f"unknown {kind} {shown(got)}", listed or "none", hint

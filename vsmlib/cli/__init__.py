"""The command line: a thin layer over the functions that the notebooks call."""

from __future__ import annotations

import os
import signal
import sys
from typing import NoReturn

import click

from vsmlib.cli import data, outlook, reports, rooms, tables
from vsmlib.cli.shared import INTERRUPTED, cli
from vsmlib.errors import VsmError

__all__ = ["cli", "data", "main", "outlook", "reports", "rooms", "run", "tables"]


def run(arguments: list[str] | None = None) -> int:
    """Run a command line; every error is one line on stderr.

    Returns
    -------
    int
        0, 1 for a run that failed, 2 for bad input or usage.
    """
    words = sys.argv[1:] if arguments is None else arguments
    try:
        return int(cli.main(words, prog_name="vsm", standalone_mode=False) or 0)
    except VsmError as error:
        return _failed(str(error), error.exit_code, error, words)
    except click.ClickException as error:
        text = " ".join(error.format_message().split())
        context = getattr(error, "ctx", None)
        path = context.command_path if context else "vsm"
        return _failed(f"{text}; next: {path} --help", 2, error, words)
    except (click.Abort, KeyboardInterrupt) as error:
        return _failed("stopped", INTERRUPTED, error, words)
    except BrokenPipeError:
        return 0
    except Exception as error:
        return _failed(*_told(error), error, words)


def _told(error: Exception) -> tuple[str, int]:
    """Word an error that is none of ours, with the exit code."""
    from vsmlib.engine import explained, interrupted

    if interrupted(error):
        return "stopped", INTERRUPTED
    if known := explained(error):
        return str(known), known.exit_code
    text = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
    return f"internal error: {text}; next: vsm --debug …", 1


def _failed(text: str, code: int, error: BaseException, words: list[str]) -> int:
    if "--debug" in words and not isinstance(error, click.ClickException):
        raise error
    click.echo(f"vsm: {text}", err=True)
    return code


def main() -> NoReturn:
    """Run as a program."""
    code = run()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # what is left takes no time, and is to be done
    if engine := sys.modules.get("vsmlib.engine.duck"):
        engine.tidy()
    sys.stdout.flush()
    sys.stderr.flush()
    # DuckDB's bindings print leak warnings when the interpreter is taken down; every file is
    # closed by now, so nothing is lost by leaving at once.
    os._exit(code)

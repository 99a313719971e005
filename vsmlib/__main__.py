"""The program ``vsm``: all that is imported runs under a guard, so that Ctrl-C is heard at once."""

import os
import signal
from typing import NoReturn

__all__ = ["main"]

STOPPED = 130


def _stop(*_: object) -> NoReturn:
    os.write(2, b"vsm: stopped\n")
    os._exit(STOPPED)  # nothing is open yet, and half of an import cannot be cleared up


def main() -> NoReturn:
    """Run as a program."""
    heard = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if heard:  # else a shell has what it runs in the background ignore it
        signal.signal(signal.SIGINT, _stop)
    from vsmlib.cli import main as run

    if heard:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    run()


if __name__ == "__main__":
    main()

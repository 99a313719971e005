"""Where a result comes from: data, stream, parameters and versions, as the last cell prints it."""

from __future__ import annotations

import html
import platform
from importlib import metadata
from typing import Any

import narwhals as nw

from vsmlib.engine import scalar
from vsmlib.errors import shown
from vsmlib.flow import Flow
from vsmlib.log import from_us
from vsmlib.words import count

__all__ = ["Provenance", "provenance"]

PACKAGES = ("vsmlib", "altair", "duckdb", "narwhals", "pandas", "pyarrow")


class Provenance(dict[str, str]):
    """What a result was made from; a table in a notebook, lines in a terminal."""

    def __repr__(self) -> str:
        return "\n".join(f"{name}: {value}" for name, value in self.items())

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th scope='row'>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>"
            for name, value in self.items()
        )
        return f"<table><tbody>{rows}</tbody></table>"


def provenance(flow: Flow, **parameters: Any) -> Provenance:
    """Say what a flow was made from, so that somebody else can make it again.

    Parameters
    ----------
    flow : Flow
        What was measured.
    **parameters
        The parameters of the notebook.

    Returns
    -------
    Provenance
        ``data`` (name, size and a hash of the events), ``first event``, ``observed until``,
        ``value stream`` (name, version, fingerprint), ``seed``, ``parameters``, ``versions``.

    Examples
    --------
    >>> import vsmlib as vsm
    >>> flow = vsm.Flow(vsm.read("sample"), vsm.ValueStream.load("github-pull-requests"))
    >>> list(provenance(flow, source="sample"))
    ['data', 'first event', 'observed until', 'value stream', 'seed', 'parameters', 'versions']
    """
    log = flow.log
    versions = [f"{name} {metadata.version(name)}" for name in PACKAGES]
    first = int(scalar(log.codes.select(nw.col("t").min())))
    events, digest = log.fingerprint()
    return Provenance(
        {
            "data": f"{log.name}: {count(events, 'event')}, hash {digest}",
            "first event": from_us(first).isoformat(),
            "observed until": log.observed_until.isoformat(),
            "value stream": f"{flow.stream.name}, version {flow.stream.version}, "
            f"fingerprint {flow.stream.fingerprint()}",
            "seed": str(parameters.get("seed", "none: nothing in it is random")),
            "parameters": ", ".join(f"{k}={shown(v)}" for k, v in parameters.items()) or "none",
            "versions": ", ".join([f"Python {platform.python_version()}", *versions]),
        }
    )

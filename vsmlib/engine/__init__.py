"""The engines: the only place that names one. Kernels are Narwhals expressions and run on any."""

from __future__ import annotations

from collections.abc import Callable

from vsmlib.engine.aside import aside
from vsmlib.engine.collect import records, scalar, size, to_pandas
from vsmlib.engine.duck import DuckEngine, default
from vsmlib.engine.failures import explained, interrupted, told
from vsmlib.engine.session import spark
from vsmlib.engine.spark import SparkEngine
from vsmlib.errors import ParameterError, one_of

__all__ = [
    "ENGINES",
    "DuckEngine",
    "Engine",
    "SparkEngine",
    "aside",
    "default",
    "engine_of",
    "explained",
    "interrupted",
    "records",
    "scalar",
    "size",
    "to_pandas",
    "told",
]

Engine = DuckEngine | SparkEngine
ENGINES: dict[str, Callable[[], Engine]] = {"duckdb": default, "spark": spark}


def engine_of(name: str | None) -> Engine:
    """Return this process's engine of a name: ``duckdb`` (also for None) or ``spark``.

    Raises
    ------
    ParameterError
        If there is no such engine, or it cannot run here.
    """
    if name and name not in ENGINES:
        what, accepted, hint = one_of("engine", name, ENGINES)
        raise ParameterError(what, accepted=accepted, hint=hint)
    return ENGINES[name or "duckdb"]()

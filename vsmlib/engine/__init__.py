"""The engines: the only place that names one. Kernels are Narwhals expressions and run on any."""

from vsmlib.engine.aside import aside
from vsmlib.engine.collect import records, scalar, size, to_pandas
from vsmlib.engine.duck import DuckEngine, default

__all__ = ["DuckEngine", "aside", "default", "records", "scalar", "size", "to_pandas"]

"""Did a change work, and what can be promised? Each answer says how often such answers hold."""

from vsmlib.evidence.compare import Comparison, compare, compare_all
from vsmlib.evidence.expectation import expectation
from vsmlib.evidence.forecast import Forecast, forecast
from vsmlib.evidence.series import behaviour, series
from vsmlib.evidence.xmr import runs, xmr

__all__ = [
    "Comparison",
    "Forecast",
    "behaviour",
    "compare",
    "compare_all",
    "expectation",
    "forecast",
    "runs",
    "series",
    "xmr",
]

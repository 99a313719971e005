"""Did a change work, and what can be promised? Each answer says how often such answers hold."""

from vsmlib.evidence.candidates import candidates, placebos
from vsmlib.evidence.compare import Comparison, compare, compare_all
from vsmlib.evidence.expectation import expectation
from vsmlib.evidence.forecast import Forecast, forecast
from vsmlib.evidence.latest import latest
from vsmlib.evidence.outlook import outlook
from vsmlib.evidence.series import behaviour, series
from vsmlib.evidence.xmr import runs, xmr

__all__ = [
    "Comparison",
    "Forecast",
    "behaviour",
    "candidates",
    "compare",
    "compare_all",
    "expectation",
    "forecast",
    "latest",
    "outlook",
    "placebos",
    "runs",
    "series",
    "xmr",
]

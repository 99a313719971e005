"""Did a change work, and what can be promised? Each answer says how often such answers hold."""

from vsmlib.evidence.compare import Comparison, compare, compare_all
from vsmlib.evidence.forecast import Forecast, forecast
from vsmlib.evidence.xmr import xmr

__all__ = ["Comparison", "Forecast", "compare", "compare_all", "forecast", "xmr"]

"""Did a change work, and what can be promised? Each answer says how often such answers hold."""

from vsmlib.evidence.compare import Comparison, compare, compare_all

__all__ = ["Comparison", "compare", "compare_all"]

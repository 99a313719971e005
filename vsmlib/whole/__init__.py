"""The stream as a system: what a change does to the end-to-end time."""

from vsmlib.whole.model import Model, fit
from vsmlib.whole.outcome import Outcome
from vsmlib.whole.scenario import Scenario

__all__ = ["Model", "Outcome", "Scenario", "fit"]

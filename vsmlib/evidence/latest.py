"""What the last weeks changed against those before, by the same test as any other date."""

from __future__ import annotations

from datetime import timedelta

from vsmlib.evidence.compare import adjusted, as_ever
from vsmlib.evidence.metrics import METRICS
from vsmlib.evidence.observed import observe
from vsmlib.evidence.sides import around
from vsmlib.evidence.verdict import Comparison, judged
from vsmlib.flow import Flow
from vsmlib.log import from_us
from vsmlib.visits import DAY_US

__all__ = ["LATEST", "latest"]

LATEST = ("lead_time", "flow_efficiency", "throughput")


def latest(flow: Flow, days: int = 28) -> list[Comparison]:
    """Compare the last days with the weeks before them, as `vsmlib.evidence.compare_all` does.

    Parameters
    ----------
    flow : Flow
        The visits.
    days : int
        How many whole local days are the last ones; today's count with them.

    Returns
    -------
    list of Comparison
        Of lead time, flow efficiency and throughput, without the stages they came from and without
        a guard; empty where the flow is no longer than that.

    Examples
    --------
    >>> import vsmlib as vsm
    >>> flow = vsm.Flow(vsm.read("sample"), vsm.ValueStream.load("github-pull-requests"))
    >>> [one["metric"] for one in latest(flow)]
    ['lead_time', 'flow_efficiency', 'throughput']
    """
    if flow.observed_us - flow.begin_us <= (days + 1) * DAY_US:
        return []
    at = from_us(flow.observed_us).astimezone(flow.stream.zone).date() - timedelta(days=days)
    sides, made = around(flow, at), list[Comparison]()
    for name in LATEST:
        sample = observe(sides, METRICS[name])
        made.append(one := judged(sample))
        one["at"] = str(at)
        as_ever(one, sample)
    return adjusted(made)

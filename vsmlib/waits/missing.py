"""What a log does not say about its waits: a smaller answer must not pass for a whole one."""

from __future__ import annotations

import numpy as np

from vsmlib.flow import Flow
from vsmlib.waits.instances import overlapping
from vsmlib.waits.seen import look
from vsmlib.waits.shut import Shut

__all__ = ["missing"]


def missing(flow: Flow) -> list[str]:
    """Say in sentences what keeps `vsmlib.waits.causes` from telling more.

    Examples
    --------
    >>> import pandas as pd, vsmlib as vsm
    >>> log = vsm.read(pd.DataFrame({
    ...     "item_id": ["A"] * 3, "event": ["To do", "Doing", "Done"],
    ...     "timestamp": pd.to_datetime(["2026-01-05", "2026-01-06", "2026-01-09"], utc=True)}))
    >>> missing(vsm.Flow(log, vsm.suggest(log).stream))[0][:44]
    'nobody is known to have ended a wait: queues'
    """
    seen = look(flow)
    closed, total = seen.following >= 0, len(seen.waits)
    if not total:
        return ["no item was in a wait stage: there is nothing to split"]
    said = []
    doer = seen.doer[seen.waits][closed]
    known = (doer >= 0) & (doer < len(flow.log.actor_names))
    if not closed.any():
        said.append("every wait is still open: what ends it is not known yet")
    elif not known.any():
        said.append(
            "nobody is known to have ended a wait: queues are told only of stages that do"
            " one thing at a time"
        )
    elif not known.all():
        unknown = f"{(~known).sum():,} of {len(known):,}"
        said.append(f"{unknown} waits that ended were ended by nobody known")
    if len(shared := seen.shared()):
        said.append(
            f"{len(shared)} of those at work had more than three items at once on average, as an"
            " account of several people has: that they were busy explains no wait"
        )
    if len(single := np.unique(doer[doer >= len(flow.log.actor_names)])):
        names = [flow.stream.stage_names[n - len(flow.log.actor_names)] for n in single]
        said.append(f"{', '.join(names)} had one item at a time: taken for one server")
    said += _beside(flow)
    if not flow.stream.calendars():
        said.append("the stream has no calendar: nights and weekends count as unexplained")
    else:
        never = Shut(flow, int(seen.low.min()), np.zeros(0, np.int64)).never
        said += [f"the calendar of {', '.join(never)} never opens: it was left out"] * bool(never)
    return said


def _beside(flow: Flow) -> list[str]:
    inside, activities = overlapping(flow)
    if not inside:
        return []
    return [
        f"{inside:,} of {activities:,} activities began while another of their item ran: what waits"
        " beside them is in no visit; --instances (vsm.waits.instances) splits each by itself"
    ]

"""What a log does not say about its waits: a smaller answer must not pass for a whole one."""

from __future__ import annotations

import numpy as np

from vsmlib.flow import Flow
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
    >>> missing(vsm.Flow(log, vsm.suggest(log).stream))[0]
    'nobody is known to have ended a wait: no contention or prioritization can be told'
    """
    seen = look(flow)
    closed, total = seen.following >= 0, len(seen.waits)
    if not total:
        return ["no item was in a wait stage: there is nothing to split"]
    said = []
    known = seen.doer[seen.waits][closed] >= 0
    if not closed.any():
        said.append("every wait is still open: what ends it is not known yet")
    elif not known.any():
        said.append(
            "nobody is known to have ended a wait: no contention or prioritization can be told"
        )
    elif not known.all():
        said.append(f"{1 - known.mean():.0%} of the waits that ended were ended by nobody known")
    shared = seen.shared()
    if len(shared):
        names = ", ".join(flow.log.actor_names[code] for code in shared[:3])
        said.append(
            f"{names}{' and others' * (len(shared) > 3)} worked on more than three items at once"
            " on average: that they were busy explains no wait"
        )
    if not flow.stream.calendars():
        said.append("the stream has no calendar: nights and weekends count as unexplained")
    else:
        never = Shut(flow, int(seen.low.min()), np.zeros(0, np.int64)).never
        said += [f"the calendar of {', '.join(never)} never opens: it was left out"] * bool(never)
    return said

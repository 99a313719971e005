"""How often are verdicts and forecasts right? Calibration on made-up worlds and on real series.

``python -m benchmarks.evidence WHAT [--trials N] [--first N]`` prints one table:

- ``verdicts``: standing worlds (false alarms: at most 5%) and a cut by 30% with 150 items a side
  (found: at least 85%; the true effect inside the interval: at least 90%), all from events on.
  Best: how often it is found by the test that knows the world but for the two levels;
  Mann-Whitney's: the false alarms of that plain test.
- ``oracle``: that test, tried on the same worlds, and how many weeks it would need.
- ``holidays``: the same of worlds that rest for a fortnight before the change.
- ``few``: five items a side are too little data.
- ``news``: what the report says of the last four weeks of standing worlds: at most 5% a metric.
- ``found``: how often it says what did change in them.
- ``alarms``: how often the efficiency alert's rule, without its threshold, calls them a fall.
- ``fake``: random dates in real pull requests (lead time, throughput) and issues (throughput), at
  which nothing is known to have changed: at most 10%.
- ``forecasts``: rolling origins in real series, as many in each project; coverage within 5 points,
  pinball at most 0.98 of the plain Monte Carlo's; standard errors by resampling projects. Held
  out: four times over, each half of the projects with errors of the other half (odd: those with
  which the half-life was not chosen).
- ``prior``: the errors of all those projects, which the library has.
- ``speed``: what verdicts and forecasts cost on 10,000 items: at most 2 and 5 s.

``fake``, ``forecasts`` and ``prior`` read the shared data beside the checkout (``VSM_SHARED``).
"""

import argparse

from benchmarks.evidence.made import ALL, alarms, few, found, holidays, news, verdicts
from benchmarks.evidence.oracle import oracle
from benchmarks.evidence.prior import prior
from benchmarks.evidence.real import fake
from benchmarks.evidence.speed import speed
from benchmarks.evidence.windows import forecasts

WORLDS = {"verdicts": verdicts, "few": few, "news": news, "found": found, "alarms": alarms}
OTHERS = {"oracle": oracle, "fake": fake, "prior": prior, "forecasts": forecasts}
OTHERS |= {"speed": speed, "holidays": holidays}


def main() -> None:
    """Print the table that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=[*WORLDS, *OTHERS])
    parser.add_argument("--trials", type=int, default=300)
    parser.add_argument("--first", type=int, default=0, help="number of the first trial")
    parser.add_argument("--worlds", nargs="+", choices=ALL, help="made-up ones")
    asked = parser.parse_args()
    how = {"trials": asked.trials, "first": asked.first}
    if asked.what in WORLDS:
        WORLDS[asked.what](**how, **({"kinds": asked.worlds} if asked.worlds else {}))
    else:
        OTHERS[asked.what](**how)


if __name__ == "__main__":
    main()

"""How much does `vsm waits` cost? CPU seconds, wall seconds and peak memory of whole processes.

``python -m benchmarks.causes [EVENTS …] [--runs N]`` makes each log once, in ``out/benchmarks``,
and prints the median and the range of N runs. Every item is worked on by one of 300 people, under a
calendar. Aim at 1.7 M events: under 30 CPU seconds and 2 GB, and linear growth to 10 M. The
research tool (Kronos) needs 25 ms an event: 12 hours for 1.7 M.
"""

import argparse

from benchmarks.measure import OUT, row, stream

CALENDAR = 'calendar: {timezone: Europe/Berlin, hours: {mon-fri: ["09:00-17:00"]}}\n'


def main() -> None:
    """Print one row a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", type=int, nargs="*", default=[1_700_000, 10_000_000])
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    definition = stream()
    definition.write_text(definition.read_text() + CALENDAR)
    print("| events | CPU s: median (range) | wall s | peak MB | n |\n|---|---|---|---|---|")
    for events in arguments.events:
        print(row("waits", events, definition, arguments.runs), flush=True)


if __name__ == "__main__":
    main()

"""How well changes are predicted in worlds whose truth is known: python -m benchmarks.whole 40"""

import sys

import numpy as np

from tests.whole import worlds
from vsmlib.whole import Scenario, fit

WEEKS = 12


def predict(seed, replications=100):
    """Errors and coverage in one world."""
    world, changes, after = worlds.drawn(seed)
    horizon = WEEKS * worlds.WEEK
    true, off = worlds.truth(world, after, horizon)
    same, off_same = worlds.truth(world, world, horizon)
    flow = worlds.flow(worlds.past(world))
    model = fit(flow)
    made = model.run(
        Scenario.from_dict(changes),
        horizon_days=WEEKS * 7,
        replications=replications,
        seed=1,
    )
    then = made["scenario"]
    says = {
        "p50": then["lead_time_s"]["p50"],
        "p85": then["lead_time_s"]["p85"],
        "throughput": then["throughput_per_week"],
    }
    was = made["baseline"]
    base = {
        "p50": was["lead_time_s"]["p50"],
        "p85": was["lead_time_s"]["p85"],
        "throughput": was["throughput_per_week"],
    }
    error = {k: says[k] / true[k] - 1 for k in true}
    names = {
        "p50": "lead_time_p50_s",
        "p85": "lead_time_p85_s",
        "throughput": "throughput_per_week",
    }
    inside = {}
    for k in true:
        d, t = made["difference"][names[k]], true[k] - same[k]
        slack = 1.645 * np.hypot(off[k], off_same[k])  # the truth is an estimate as well
        inside[k] = bool(d["low"] - slack <= t <= d["high"] + slack)
    return {
        "seed": seed,
        "world": world,
        "changes": changes,
        "error": error,
        "base_error": {k: base[k] / same[k] - 1 for k in true},
        "none": {k: same[k] / true[k] - 1 for k in true},
        "inside": inside,
        "moves": max(abs(true[k] / same[k] - 1) for k in ("p50", "p85")) >= 0.1,
        "verdict": made["verdict"],
        "model": model,
        "true": true,
        "same": same,
    }


def main(count):
    made = []
    for seed in range(1, count + 1):
        made.append(one := predict(seed))
        print(
            seed,
            one["changes"],
            one["verdict"],
            {
                k: f"{v:+.0%} (before {one['base_error'][k]:+.0%}, no change {one['none'][k]:+.0%})"
                for k, v in one["error"].items()
            },
            {k: v for k, v in one["inside"].items() if not v},
            flush=True,
        )
    keys = ("p50", "p85", "throughput")
    for name, rows in (("all", made), ("moving", [m for m in made if m["moves"]])):
        if rows:
            error = np.abs([[m["error"][k] for k in keys] for m in rows])
            none = np.abs([[m["none"][k] for k in keys] for m in rows])
            inside = np.mean([[m["inside"][k] for k in keys] for m in rows], axis=0)
            print(
                f"{name} ({len(rows)}): median error {np.median(error):.1%} by figure "
                f"{np.median(error, axis=0).round(3)}; no change {np.median(none):.1%} "
                f"{np.median(none, axis=0).round(3)}; inside {inside.round(2)}"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)

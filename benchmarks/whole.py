"""How well the model predicts.

python -m benchmarks.whole 40 101         changes in 40 worlds whose truth is known, from a seed on
python -m benchmarks.whole logs FOLDER    cycle times of the test logs among simulation logs
python -m benchmarks.whole traps 20       faster work before a narrow place: is it called better?
python -m benchmarks.whole speed          200 replications of 1,500 items in 10 stages
"""

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import vsmlib as vsm
from tests.whole import drawn, worlds
from vsmlib.whole import Scenario, fit, run
from vsmlib.whole.group import Scope
from vsmlib.whole.heldout import distance

WEEKS, MATERIAL = 12, 0.02  # as of a verdict: a change that matters
FUTURES = 200  # true ones; of 20, chance alone moves waits by over a twentieth


def predict(seed: int, replications: int = 100) -> dict[str, Any]:
    """Errors and coverage in one world."""
    world, changes, after = drawn.drawn(seed)
    horizon = WEEKS * worlds.WEEK
    true, off = worlds.truth(world, after, horizon, FUTURES)
    same, off_same = worlds.truth(world, world, horizon, FUTURES)
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
    keys = ("p50", "p85", "throughput")
    error = {k: says[k] / true[k] - 1 for k in keys}
    names = {
        "p50": "lead_time_p50_s",
        "p85": "lead_time_p85_s",
        "throughput": "throughput_per_week",
    }
    inside = {}
    for k in keys:
        d, t = made["difference"][names[k]], true[k] - same[k]
        slack = 1.645 * np.hypot(off[k], off_same[k])  # the truth is an estimate as well
        inside[k] = bool(d["low"] - slack <= t <= d["high"] + slack)
    return {
        "seed": seed,
        "world": world,
        "changes": changes,
        "error": error,
        "base_error": {k: base[k] / same[k] - 1 for k in keys},
        "none": {k: same[k] / true[k] - 1 for k in keys},
        "inside": inside,
        "directions": _directions(
            true["waits"] - same["waits"],
            same["waits"],
            np.hypot(off["waits"], off_same["waits"]),
            made["stages"],
        ),
        "moves": max(abs(true[k] / same[k] - 1) for k in ("p50", "p85")) >= 0.1,
        "verdict": made["verdict"],
        "model": model,
        "true": true,
        "same": same,
    }


def _directions(
    moved: np.ndarray, before: np.ndarray, off: np.ndarray, stages: list[dict[str, Any]]
) -> list[tuple[bool, bool]]:
    """Whether each wait that truly moves by a twentieth moves the same way in the model.

    Beside it, whether the true move is beyond chance (90 %): the truth is an estimate as well.
    """
    said = {row["stage"]: row["wait_after_s"] - row["wait_before_s"] for row in stages}
    real = np.flatnonzero(np.abs(moved) > 0.05 * np.maximum(before, 600))
    return [
        (bool(said[f"Wait {n}"] * moved[n] > 0), bool(abs(moved[n]) > 1.645 * off[n])) for n in real
    ]


def in_worlds(count: int, start: int = 1) -> None:
    made = []
    for seed in range(start, start + count):
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
    right = np.array([way for m in made for way in m["directions"]], bool).reshape(-1, 2)
    sure = right[right[:, 1], 0]
    print(
        f"direction of {len(right)} waits right: {right[:, 0].mean():.0%}; "
        f"of the {len(sure)} whose true move is beyond chance: {sure.mean():.0%}"
    )
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


LOGS = ("AcademicCredentials", "BPIC_2012_W")


def _times(path: Path) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows of start and end, and the hours from first start to last end of each case."""
    rows = pd.read_csv(path)
    for side in ("start_time", "end_time"):
        rows[side] = pd.to_datetime(rows[side], format="ISO8601", utc=True)
    cases = rows.groupby("case_id").agg(start=("start_time", "min"), end=("end_time", "max"))
    return rows, ((cases["end"] - cases["start"]).dt.total_seconds() / 3600).to_numpy()


def _flow(rows: pd.DataFrame) -> vsm.Flow:
    """Each activity is work, what follows it a wait, and the last end of a case its delivery."""
    ends = rows.groupby("case_id")["end_time"].max().reset_index()
    parts = [
        rows.assign(at=rows["start_time"], event=rows["activity"] + " start"),
        rows.assign(at=rows["end_time"], event=rows["activity"] + " end"),
        ends.assign(at=ends["end_time"], event="over", resource=None),
    ]
    events = pd.concat(parts)[["case_id", "at", "event", "resource"]]
    log = vsm.read(events, item="case_id", time="at", event="event", actor="resource")
    stages = []
    for name in rows["activity"].unique():
        stages.append({"name": name, "kind": "active", "enter": [f"{name} start"]})
        stages.append({"name": f"After {name}", "kind": "wait", "enter": [f"{name} end"]})
    stages.append({"name": "Over", "kind": "done", "enter": ["over"]})
    return vsm.Flow(log, vsm.ValueStream(name="log", stages=stages))


def on_logs(folder: Path) -> None:
    """Cycle-time distances to test logs in hours, beside drawing training cycle times again."""
    rng = np.random.default_rng(1)
    for name in LOGS:
        rows, train = _times(folder / f"{name}_train.csv.gz")
        _, test = _times(folder / f"{name}_test.csv.gz")
        again = [distance(rng.choice(train, len(test)), test) for _ in range(10)]
        model = fit(_flow(rows))
        fitted = model.fitted
        horizon = len(test) / fitted.arrivals.rate
        scope = Scope(horizon, from_now=False, to_the_end=True)
        futures = run.futures(fitted, [None], scope, 10, 1, drawn=False)[0]
        made = [distance(r.lead / 3600, test) for group in futures for r in group]
        capacity = {r["stage"]: r["capacity"] for r in model.fit["stages"] if r["capacity"]}
        print(f"{name}: model {np.mean(made):.1f} h, baseline {np.mean(again):.1f} h, {capacity}")


def traps(count: int) -> None:
    """Say what is told of faster work before a narrow place, beside what it truly brings."""
    horizon, wrong = WEEKS * worlds.WEEK, 0
    for seed in range(1, count + 1):
        world, change, after = drawn.trap(seed)
        model = fit(worlds.flow(worlds.past(world)))
        keys: dict[str, Any] = {"horizon_days": WEEKS * 7, "replications": 100}
        made = model.run(Scenario.from_dict(change), **keys)
        true, same = (worlds.truth(world, then, horizon)[0] for then in (after, world))
        moved = {k: true[k] / same[k] - 1 for k in ("p50", "p85")}
        said = {k: made["scenario"]["lead_time_s"][k] / made["baseline"]["lead_time_s"][k] - 1
                for k in moved}  # fmt: skip
        wrong += made["verdict"] == "better" and min(moved.values()) > -MATERIAL
        truly, told = (", ".join(f"{k} {v:+.1%}" for k, v in x.items()) for x in (moved, said))
        print(f"{seed}: truly {truly}; the model {told}; {made['verdict']}", flush=True)
    print(f"{wrong} of {count} called better though neither figure truly falls by {MATERIAL:.0%}")


def speed() -> None:
    """Seconds for 200 replications of 1,500 items in 10 stages of work, each with a wait."""
    stages = tuple(worlds.Stage(1.6, 2) for _ in range(10))
    world = worlds.World(stages, per_week=168 * 0.9)
    model = fit(worlds.flow(worlds.past(world)))
    days = 1500 / world.per_week * 7
    change = Scenario.from_dict({"stages": {"Work 3": {"capacity": 1}}})
    model.run(change, horizon_days=1, replications=2)
    for count in (20, 200):
        start, cpu = time.perf_counter(), time.process_time()
        model.run(change, horizon_days=days, replications=count)
        print(
            f"{count} replications: {time.perf_counter() - start:.2f} s wall, "
            f"{time.process_time() - cpu:.2f} s CPU, both futures"
        )


if __name__ == "__main__":
    words = sys.argv[1:] or ["10"]
    if words[0] == "logs":
        on_logs(Path(words[1]))
    elif words[0] == "speed":
        speed()
    elif words[0] == "traps":
        traps(int(words[1]))
    else:
        in_worlds(*map(int, words[:2]))

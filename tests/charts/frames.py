"""Small tables that look like those of a real stream, for drawing."""

import itertools
from types import SimpleNamespace

import numpy as np
import pandas as pd

from tests.worlds import make_log, make_stream
from vsmlib import measure
from vsmlib.charts.axes import durations
from vsmlib.flow import Flow
from vsmlib.waits.causes import CAUSES

DAY, HOUR = 86400.0, 3600.0

# name, kind, median days of a visit, visits per delivered item
PULL_REQUESTS = [
    ("Coding", "active", 0.8, 1.3),
    ("Waiting for first response", "wait", 0.9, 1.0),
    ("In review", "active", 0.06, 1.7),
    ("Waiting for author", "wait", 1.9, 0.7),
    ("Waiting for re-review", "wait", 3.4, 0.6),
    ("Approved, waiting for merge", "wait", 1.2, 0.8),
    ("Parked", "excluded", 20.0, 0.1),
    ("Merged", "done", 0.0, 1.0),
    ("Closed", "cancelled", 0.0, 0.0),
]
HOSTILE = [
    "</script><b>bold</b>",
    'He said "no", didn\'t he?',
    "first line\nsecond line",
    '=cmd|"/c calc"!A1',
    "🚀 ship it 🚢",
    "W" * 60,
    "a[0].b\\c 'x' {y} ${z}",
    "datum.stage; DROP TABLE stages",
    "等待审查等待审查等待审查等待审查",
]
VERBS = ["Analyse", "Wait for", "Build", "Queue before", "Test", "Hold for", "Release"]
NOUNS = ["idea", "customer sign-off", "service", "integration environment", "security", "rollout"]


def shape(n):
    """A stream of n stages, the last one done: long names, active and wait in turn."""
    if n == 7:
        return PULL_REQUESTS
    rng = np.random.default_rng(n)
    names = [f"{VERBS[i % 7]} {NOUNS[i % 6]}" + (f" {i}" if i > 5 else "") for i in range(n - 1)]
    kinds = ["active" if i % 2 == 0 else "wait" for i in range(n - 1)]
    days = [rng.uniform(0.05, 0.9) if k == "active" else rng.uniform(0.3, 6) for k in kinds]
    rows = [(a, k, d, 1 + rng.uniform(0, 0.4)) for a, k, d in zip(names, kinds, days, strict=True)]
    return [*rows, ("Done", "done", 0.0, 1.0)]


def hostile():
    """A stream whose stages have the worst names."""
    rows = [
        (name, "active" if i % 2 else "wait", 0.3 + i, 1.2) for i, name in enumerate(HOSTILE[:-1])
    ]
    return [*rows, (HOSTILE[-1], "done", 0.0, 1.0)]


def stages(rows, delivered=944):
    made = []
    for i, (name, kind, days, per_item) in enumerate(rows):
        items = round(delivered * min(per_item, 1))
        visits, flowing = round(delivered * per_item), kind in ("active", "wait")
        median = days * DAY if kind != "done" else None
        made.append(
            {
                "stage": name,
                "kind": kind,
                "position": i + 1,
                "items": items,
                "visits": visits,
                "rework_visits": visits - items if flowing else 0,
                "total_s": (median or 0) * 1.9 * visits if kind != "done" else np.nan,
                "mean_s": median and median * 1.9,
                "p50_s": median,
                "p85_s": median and median * 3.2,
                "p95_s": median and median * 6.5,
                "working_total_s": np.nan,
                "share_of_lead_time": np.nan,
                "percent_complete_accurate": 1 - (visits - items) / visits if visits else np.nan,
                "people": [4, np.nan, 12][i % 3] if flowing else np.nan,
                "wip": [3, 21, 2, 17, 22, 6][i % 6] if kind not in ("done", "cancelled") else 0,
            }
        )
    table = pd.DataFrame(made)
    flow = table["total_s"].where(table["kind"].isin(["active", "wait"]))
    table["share_of_lead_time"] = flow / flow.sum() if flow.sum() else np.nan
    return table


def transitions(rows, delivered=944):
    names = [name for name, kind, *_ in rows if kind not in ("cancelled", "excluded")]
    made = [
        (a, b, round(delivered * 0.8), False, 0.2 + 0.6 * (i % 2))
        for i, (a, b) in enumerate(itertools.pairwise(names))
    ]
    last = len(names) - 1
    back = [(last - 2, 2), (3, 2), (4, 0), (2, 0), (last - 1, 1), (last, last - 1), (last - 1, 3)]
    made += [
        (names[a], names[b], round(delivered * 0.3 / (i + 1)), True, 0.9)
        for i, (a, b) in enumerate(back)
        if last >= a > b >= 0
    ]
    columns = ["from_stage", "to_stage", "count", "backward", "handoff_share"]
    table = pd.DataFrame(made, columns=columns).drop_duplicates(["from_stage", "to_stage"])
    leaving = table.groupby("from_stage")["count"].transform("sum")
    return table.assign(share=table["count"] / leaving, mean_s=DAY, p50_s=DAY / 2, p85_s=2 * DAY)


def summary(rows, delivered=944):
    table = stages(rows, delivered)
    waits = table[table["kind"] == "wait"]
    lead = {"p50": 4.4 * DAY, "p85": 34 * DAY, "p95": 91 * DAY, "mean": 15.6 * DAY}
    none = dict.fromkeys(lead)
    largest = waits.loc[waits["share_of_lead_time"].idxmax()] if delivered and len(waits) else None
    keys = ("stage", "share_of_lead_time")
    return {
        "items": delivered + 364,
        "arrived": 1007,
        "arrivals_per_week": 5.3,
        "delivered": delivered,
        "cancelled": 290,
        "in_progress": 74,
        "window": {
            "from": "2023-01-01",
            "to": "2026-08-22",
            "days": 1329.0,
            "timezone": "Europe/Berlin",
        },
        "lead_time_s": lead if delivered else none,
        "cycle_time_s": lead if delivered else none,
        "flow_efficiency": 1 - waits["share_of_lead_time"].sum() if delivered else None,
        "mean_flow_efficiency": 0.31 if delivered else None,
        "throughput_per_week": 4.97 if delivered else 0.0,
        "wip": 74,
        "wip_age_p85_s": 410 * DAY,
        "rework_share": 0.44 if delivered else None,
        "rolled_percent_complete_accurate": 0.47 if delivered else None,
        "largest_wait": None if largest is None else {key: largest[key] for key in keys},
        "quality": {},
    }


def items(n=944, lead_days=4.4, spread=1.6, seed=1):
    rng = np.random.default_rng(seed)
    lead = rng.lognormal(np.log(lead_days * DAY), spread, n)
    start = pd.Timestamp("2023-01-01", tz="UTC").as_unit("us")
    when = start + pd.to_timedelta(np.sort(rng.uniform(0, 1329, n)), unit="D")
    process = lead * rng.uniform(0.02, 0.6, n)
    return pd.DataFrame(
        {
            "item_id": [f"acme/widgets#{i}" for i in range(n)],
            "item_type": "pull_request",
            "team": None,
            "status": "delivered",
            "delivered_at": when.as_unit("us"),
            "lead_time_s": lead,
            "process_time_s": process,
            "wait_time_s": lead - process,
            "rework_visits": rng.binomial(3, 0.15, n),
            "age_s": np.nan,
        }
    )


def wip(rows, days=300, per_day=0.75):
    """Items walk through the stages, each staying its time; two are parked throughout."""
    rng = np.random.default_rng(2)
    walk = [i for i, row in enumerate(rows) if row[1] not in ("cancelled", "excluded")]
    counts = np.zeros((2, days, len(rows)), dtype=int)
    counts[0, 0, [i for i, row in enumerate(rows) if row[1] == "excluded"]] = 2
    for start in np.sort(rng.uniform(0, days, round(days * per_day))):
        now = start
        for stage in walk:
            counts[0, int(now), stage] += 1
            now += rng.exponential(rows[stage][2] * 1.9) if stage != walk[-1] else days
            if now >= days:
                break
            counts[1, int(now), stage] += 1
    level = (counts[0] - counts[1]).cumsum(axis=0)
    first = pd.Timestamp("2025-10-01")
    made = [
        (first + pd.Timedelta(days=d), row[0], counts[0, d, s], counts[1, d, s], level[d, s])
        for d in range(days)
        for s, row in enumerate(rows)
    ]
    return pd.DataFrame(made, columns=["date", "stage", "arrived", "left", "wip"])


def throughput(weeks=60):
    rng = np.random.default_rng(3)
    monday = pd.Timestamp("2025-07-07")
    return pd.DataFrame(
        {
            "week": [monday + pd.Timedelta(weeks=w) for w in range(weeks)],
            "arrived": rng.poisson(5.6, weeks),
            "delivered": rng.poisson(5.0, weeks),
            "cancelled": rng.poisson(1, weeks),
            "complete": [0 < w < weeks - 1 for w in range(weeks)],
        }
    )


def pace(rows):
    made, age = [], 0.0
    for i, (name, kind, days, _) in enumerate(rows):
        if kind in ("active", "wait"):
            age += days * DAY
            made.append((name, i + 1, age, age * 4, age * 9, i))
    return pd.DataFrame(made, columns=["stage", "position", "p50_s", "p85_s", "p95_s", "late"])


def aging(rows, n=74, spread=1.5):
    rng = np.random.default_rng(4)
    flowing = [(i, r[0]) for i, r in enumerate(rows) if r[1] in ("active", "wait")]
    chosen = rng.integers(0, len(flowing), n)
    age = rng.lognormal(np.log(12 * DAY), spread, n)
    made = [
        (f"acme/widgets#{900 + i}", "pull_request", flowing[c][1], flowing[c][0] + 1, a * 0.4, a)
        for i, (c, a) in enumerate(zip(chosen, age, strict=True))
    ]
    columns = ["item_id", "item_type", "stage", "position", "stage_age_s", "age_s"]
    table = pd.DataFrame(made, columns=columns)
    table["entered_stage_at"] = pd.Timestamp("2026-08-01", tz="UTC")
    return table.sort_values("age_s", ascending=False, ignore_index=True)


def spread(lead):
    """Lead times as the tables `measure.spread`, `measure.histogram` and `measure.summary`."""
    marks = {f"p{q}": lead.quantile(q / 100) if len(lead) else None for q in (50, 85, 95)}
    ends = {"items": len(lead), "min_s": lead.min(), "max_s": lead.max()}
    row = {**ends, **{f"{name}_s": value for name, value in marks.items()}}
    table = pd.DataFrame([row]).head(1 if len(lead) else 0)
    edges = durations(lead).edges() if len(lead) else [0.0, 1.0]
    counts = np.histogram(lead.clip(edges[0], edges[-1]), edges)[0]
    bins = pd.DataFrame({"low_s": edges[:-1], "high_s": edges[1:], "items": counts})
    made = {**summary(PULL_REQUESTS), "delivered": len(lead), "lead_time_s": {**marks, "mean": 0}}
    return table, bins, made


def efficiency(weeks=48):
    made = throughput(weeks)[["week", "delivered", "complete"]]
    lead = made["delivered"] * 9 * DAY
    share = np.random.default_rng(5).uniform(0.05, 0.5, weeks)
    times = {"process_time_s": share * lead, "lead_time_s": lead}
    return made.assign(**times, flow_efficiency=(share * lead / lead).where(lead > 0))


def distribution(sorts, weeks=48):
    rng = np.random.default_rng(6)
    grid = pd.MultiIndex.from_product([throughput(weeks)["week"], sorts])
    made = grid.to_frame(index=False, name=["week", "item_type"])
    made["delivered"] = rng.poisson(2, len(made))
    whole = made.groupby("week")["delivered"].transform("sum")
    return made.assign(share=made["delivered"] / whole.where(whole > 0), complete=True)


def wait_hours(waits=2000):
    """Waits end between 8 and 18 on weekdays, and accrue round the clock."""
    grid = pd.MultiIndex.from_product([range(1, 8), range(24)], names=["weekday", "hour"])
    made = grid.to_frame(index=False)
    busy = made["hour"].between(8, 17) & (made["weekday"] < 6)
    made["wait_s"] = waits * 3 * DAY / 168
    made["ended"] = np.random.default_rng(7).multinomial(waits, busy / busy.sum())
    return made


def strips(rows, items=40):
    """Each item walks through the stages once or twice, the slowest item first."""
    rng, made = np.random.default_rng(8), []
    walk = [row for row in rows if row[1] in ("active", "wait", "excluded")]
    for i in range(items):
        scale, now, parts = rng.lognormal(0, 1), 0.0, []
        for visit in range(1, 2 + i % 2):
            for name, kind, days, _ in walk:
                lasted = rng.exponential(days * scale * DAY)
                parts.append((f"acme/widgets#{i}", 0.0, name, kind, visit, now, now + lasted))
                now += lasted
        parts.append((f"acme/widgets#{i}", 0.0, walk[0][0], "blocked", 1, 0.0, parts[0][-1] / 2))
        made.append([(part[0], now, *part[2:]) for part in parts])
    made.sort(key=lambda parts: -parts[0][1])
    columns = ["item_id", "lead_time_s", "stage", "kind", "visit", "start_s", "end_s"]
    return pd.DataFrame([part for parts in made for part in parts], columns=columns)


def variants(paths, names):
    """Paths of stages by place, each taken by one item less than the one before."""
    items = range(len(paths), 0, -1)
    made = [" > ".join(names[stage] for stage in path) for path in paths]
    table = pd.DataFrame({"path": made, "items": items, "median_lead_time_s": 3 * DAY})
    return table.assign(share=table["items"] / table["items"].sum())


def five_keys(weeks=30):
    """Two deployments a week, one in six failing, as `measure.five_keys` and kin give them."""
    at = pd.date_range("2026-01-05T10:00Z", periods=weeks * 2, freq="84h")
    ids = [f"d{n}" for n in range(len(at))]
    deploys = pd.DataFrame({"item_id": ids, "team": "a", "deployed_at": at, "succeeded": True})
    begun = at - pd.to_timedelta(np.random.default_rng(9).lognormal(0, 1.5, len(at)), unit="D")
    changed = deploys.assign(item_id=ids, begun_at=begun, deployment=ids, unknown_start=False)
    failing = deploys[::6].assign(deployment=deploys["item_id"], started_at=deploys["deployed_at"])
    failing["resolved_at"] = failing["started_at"] + pd.Timedelta("5h")
    log = make_log([("x", 0, 0, "queue", None)])
    flow = Flow(log, make_stream())
    found = measure.Delivery(changed, deploys, failing, [])
    return [measure.five_keys(flow, found=found), measure.dora_times(flow, found),
            measure.dora_periods(flow, found=found)]  # fmt: skip


def causes(rows, delivered=944):
    """Places of waiting: every wait has all six causes, the first of them largest."""
    made = [
        (name, cause, days * delivered / (n + 1), delivered // (n + 1))
        for name, kind, days, _ in rows
        for n, cause in enumerate(CAUSES)
        if kind == "wait"
    ]
    return pd.DataFrame(made, columns=["stage", "what", "days", "items"])


def opportunities(rows, delivered=944):
    """Each wait's causes and each work's rework and switching, the largest first."""
    made = [("waiting", *row) for row in causes(rows, delivered).itertuples(index=False)]
    made += [
        (waste, name, what, (days + 1) * delivered / 3, delivered // 2)
        for name, kind, days, _ in rows
        for waste, what in (("rework", f"sent back from {rows[-1][0]}"), ("switching", "elsewhere"))
        if kind == "active"
    ]
    table = pd.DataFrame(made, columns=["waste", "stage", "what", "days", "items"])
    table = table.sort_values("days", ascending=False, ignore_index=True)
    each = table["days"] / max(delivered, 1)
    table = table.assign(days_per_item=each, low=each * 0.7, high=each * 1.5, owner=None)
    table["share"], table["alone_days_per_item"] = table["days"] / table["days"].sum(), each * 1.1
    return table.assign(examples="acme/widgets#1, acme/widgets#2")


def wastes(delivered=944, months=40):
    """Three wastes with their trends; without delivered items, nothing."""
    rng = np.random.default_rng(9)
    month = [str(m) for m in pd.period_range("2023-01", periods=months, freq="M")]
    made = []
    for name, share in (("waiting", 0.8), ("rework", 0.2), ("switching", 0.1)):
        trend = pd.DataFrame({"month": month, "items": 20, "of_days": 900.0})
        trend["days"] = trend["of_days"] * share * rng.uniform(0.6, 1.2, len(trend))
        trend["share"] = trend["days"] / trend["of_days"]
        trend = trend if delivered else trend.head(0)
        made.append(SimpleNamespace(name=name, trend=trend))
    return made


def behaviour(n=40, noun="throughput", unit="items per week", at=20):
    """A quiet series with one wild period, and a change in its middle."""
    from vsmlib.evidence import runs, xmr

    begins = pd.date_range("2025-01-06", periods=n, freq="7D", tz="UTC")
    values = np.random.default_rng(7).normal(10, 1, n)
    values[n // 4] = 30
    base = pd.DataFrame({"from": begins, "to": begins + pd.Timedelta(days=7), "items": 10,
                         "after": np.arange(n) >= (n if at is None else at)})  # fmt: skip
    made = pd.concat([base, xmr(values), runs(values)], axis=1)
    made.attrs |= {"noun": noun, "unit": unit, "weeks": 1}
    made.attrs["at"] = None if at is None else begins[at]
    return made


def comparison(delivered=300):
    """A median cut by half, as `compare` says it."""
    from vsmlib.evidence import Comparison

    side = {"n": delivered // 2, "open": 3, "weeks": 13}
    effect = {"estimate": -5 * DAY, "low": -6 * DAY, "high": -3 * DAY}
    made = Comparison(
        metric="lead_time", noun="lead time", verdict="improved", p_value=0.01, more_weeks=None,
        before={**side, "value": 10 * DAY}, after={**side, "value": 5 * DAY}, assumptions=[],
        effect=effect | {"unit": "s"}, relative={"estimate": -0.5, "low": -0.6, "high": -0.3},
    )  # fmt: skip
    share = np.arange(1, 100) / 100
    times = -np.log(1 - share) * 14 * DAY
    sides = {"before": times, "after": times / 2}
    made.curves = pd.concat(
        [pd.DataFrame({"side": s, "value": v, "share": share}) for s, v in sides.items()]
    )
    if not delivered:
        made.curves = made.curves.head(0)
    return made


def forecast(windows=60):
    """A question of dates, with windows in which what came is as it was promised, or later."""
    from datetime import date, timedelta

    from vsmlib.evidence import Forecast

    today, coverage = date(2026, 1, 1), {"p50": 0.5, "p85": 0.86, "p95": 0.97}
    made = Forecast(question="When will 20 more items be delivered?", as_of=today.isoformat())
    days = {"p50": 20, "p85": 30, "p95": 45}
    made |= {name: (today + timedelta(days=n)).isoformat() for name, n in days.items()}
    made["backtest"] = {"windows": windows, "coverage": coverage, "sharpness": 1.2,
                        "pinball_ratio": 0.9, "plain": dict.fromkeys(days, 0.6)}  # fmt: skip
    grid = np.arange(1, 100) / 100
    dates = [today + timedelta(days=int(60 * q**2)) for q in grid]
    made.chances = pd.DataFrame({"date": dates, "chance": grid})
    past = {name: [float(n)] * 60 for name, n in days.items()}
    past |= {"came": [10.0, 25.0, 33.0] * 20}
    made.past = pd.DataFrame({"day": pd.date_range("2025-01-01", periods=60), **past})
    if not windows:
        made.chances, made.past = made.chances.head(0), made.past.head(0)
    return made


def expectation(periods=30):
    """Periods in which the expectation is kept by all, or by half of the items."""
    begins = pd.date_range("2025-01-06", periods=periods, freq="7D", tz="UTC")
    table = pd.DataFrame({"from": begins, "to": begins + pd.Timedelta(days=7), "items": 10,
                          "sle_s": 9 * DAY, "kept": [1.0, 0.5] * (periods // 2)})  # fmt: skip
    table["kept_items"] = (table["kept"] * table["items"]).astype(int)
    table.attrs |= {"sle_s": 8 * DAY, "weeks": 1, "agreed": False}
    return table

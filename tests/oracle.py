"""DESIGN sections 3 and 4 in plain Python loops, to check the kernels against.

Written from the rules, not from the kernels: events are tuples, everything is a dict or a list.
"""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def percentile(values, q):
    """Linear-interpolated percentile of exact values; None without any."""
    if not values:
        return None
    ordered = sorted(values)
    place = (len(ordered) - 1) * q
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def mean(values):
    return sum(values) / len(values) if values else None


def visits_of(events, stages, observed):
    """Visits of one item: events are (t, seq, event, actor)."""
    enters = {event: stage for stage in stages for event in stage["enter"]}
    order = [stage["name"] for stage in stages]
    kept = [e for e in sorted(events) if e[2] in enters]
    made, seen = [], Counter()
    for t, _seq, event, actor in kept:
        stage = enters[event]
        if made and made[-1]["stage"] == stage["name"]:
            continue
        seen[stage["name"]] += 1
        made.append(
            {
                "stage": stage["name"],
                "kind": stage["kind"],
                "place": order.index(stage["name"]),
                "position": len(made) + 1,
                "visit": seen[stage["name"]],
                "t0": t,
                "by": actor,
            }
        )
    for one, after in zip(made, [*made[1:], None][: len(made)], strict=True):
        one["t1"] = after["t0"] if after else observed
        one["open"] = after is None
        one["to"] = after["stage"] if after else None
        one["to_kind"] = after["kind"] if after else None
        one["out"] = after["by"] if after else None
    return made


def blocked_spans(events, blocked, observed):
    """Spans between a set and the next clear."""
    spans, since = [], None
    for t, _seq, event, _actor in sorted(events):
        if event in blocked["set"] and since is None:
            since = t
        elif event in blocked["clear"] and since is not None:
            spans.append((since, t))
            since = None
    if since is not None:
        spans.append((since, observed))
    return spans


def overlap(visit, spans):
    return sum(max(0, min(visit["t1"], b1) - max(visit["t0"], b0)) for b0, b1 in spans)


def item_of(visits, commitment):
    """Figures of one item, in microseconds."""
    last = visits[-1]["kind"]
    status = {"done": "delivered", "cancelled": "cancelled"}.get(last, "in_progress")
    ended = None
    if status != "in_progress":
        run = len(visits) - 1
        while run > 0 and visits[run - 1]["kind"] == last:
            run -= 1
        ended = visits[run]["t0"]
    process = wait = cycle = blocked = 0
    committed = None
    for v in visits:
        if committed is None and v["place"] >= commitment:
            committed = v["t0"]
        if v["kind"] not in ("active", "wait"):
            continue
        span = v["t1"] - v["t0"]
        blocked += v["blocked"]
        if v["kind"] == "active":
            process += span - v["blocked"]
            wait += v["blocked"]
        else:
            wait += span
        if committed is not None:
            cycle += span
    return {
        "status": status,
        "ended": ended,
        "first": visits[0]["t0"],
        "committed": committed,
        "process": process,
        "wait": wait,
        "lead": process + wait if status == "delivered" else None,
        "cycle": cycle if status == "delivered" and committed is not None else None,
        "blocked": blocked,
        "age": process + wait if status == "in_progress" else None,
        "rework": sum(v["visit"] > 1 and v["kind"] in ("active", "wait") for v in visits),
        "reopened": sum(
            v["kind"] == "done" and v["to"] is not None and v["to_kind"] != "done" for v in visits
        ),
    }


def flow_of(events, stages, *, commitment=0, blocked=None, observed=None, start=None, end=None):
    """Visits and figures by item: events are (item, t, seq, event, actor)."""
    if observed is None:
        observed = max(e[1] for e in events)
    if end is not None:
        events = [e for e in events if e[1] < end]
        observed = min(observed, end)
    by_item = defaultdict(list)
    for item, *rest in events:
        by_item[item].append(tuple(rest))
    flow = {}
    for item, rows in by_item.items():
        visits = visits_of(rows, stages, observed)
        if not visits:
            continue
        spans = blocked_spans(rows, blocked, observed) if blocked else []
        for v in visits:
            v["blocked"] = overlap(v, spans)
        facts = item_of(visits, commitment)
        if start is None or facts["ended"] is None or facts["ended"] >= start:
            flow[item] = {"visits": visits, **facts}
    return flow


def stages_of(flow, stages):
    """The stages table, seconds."""
    delivered = [f for f in flow.values() if f["status"] == "delivered"]
    rows, whole = {}, 0
    for stage in stages:
        name, kind = stage["name"], stage["kind"]
        met = [[v for v in f["visits"] if v["stage"] == name] for f in delivered]
        met = [visits for visits in met if visits]
        spans = [(v["t1"] - v["t0"]) / 1e6 for vs in met for v in vs if not v["open"]]
        ends = kind in ("done", "cancelled")
        total = sum(spans) if spans or not ends else None
        again = sum(any(v["visit"] == 2 for v in vs) for vs in met)
        rows[name] = {
            "items": len(met),
            "visits": sum(map(len, met)),
            "rework_visits": 0
            if kind not in ("active", "wait")
            else sum(v["visit"] > 1 for vs in met for v in vs),
            "total_s": total,
            "mean_s": mean(spans),
            **{f"p{q}_s": percentile(spans, q / 100) for q in (50, 85, 95)},
            "people": len({v["out"] for vs in met for v in vs} - {None}) or None,
            "percent_complete_accurate": 1 - again / len(met) if met else None,
            "wip": 0
            if ends
            else sum(v["open"] and v["stage"] == name for f in flow.values() for v in f["visits"]),
        }
        whole += (total or 0) if kind in ("active", "wait") else 0
    for stage in stages:
        flowing = stage["kind"] in ("active", "wait")
        row = rows[stage["name"]]
        row["share_of_lead_time"] = row["total_s"] / whole if flowing and whole else None
    return rows


def transitions_of(flow):
    """Pairs of stages with their from-visit's seconds and handoffs."""
    rows = defaultdict(lambda: {"spans": [], "handoffs": []})
    for f in flow.values():
        if f["status"] != "delivered":
            continue
        for v in f["visits"]:
            if v["to"] is not None:
                row = rows[v["stage"], v["to"]]
                row["spans"].append((v["t1"] - v["t0"]) / 1e6)
                if v["by"] is not None and v["out"] is not None:
                    row["handoffs"].append(v["by"] != v["out"])
    leaving = Counter()
    for (stage, _), row in rows.items():
        leaving[stage] += len(row["spans"])
    return {
        pair: {
            "count": len(row["spans"]),
            "share": len(row["spans"]) / leaving[pair[0]],
            "mean_s": mean(row["spans"]),
            "p50_s": percentile(row["spans"], 0.5),
            "p85_s": percentile(row["spans"], 0.85),
            "handoff_share": mean(row["handoffs"]),
        }
        for pair, row in rows.items()
    }


def variants_of(flow):
    """Paths of delivered items: items and median lead time in seconds."""
    leads = defaultdict(list)
    for f in flow.values():
        if f["status"] == "delivered":
            leads[" > ".join(v["stage"] for v in f["visits"])].append(f["lead"] / 1e6)
    return {path: (len(lead), percentile(lead, 0.5)) for path, lead in leads.items()}


def local_date(t, zone):
    return (EPOCH + timedelta(microseconds=t)).astimezone(zone).date()


def wip_of(flow, stages, zone, first, last):
    """Arrivals, departures and level by local day and stage, from day ``first`` to ``last``."""
    counts = defaultdict(lambda: [0, 0])
    for f in flow.values():
        for v in f["visits"]:
            counts[local_date(v["t0"], zone), v["stage"]][0] += 1
            if not v["open"]:
                counts[local_date(v["t1"], zone), v["stage"]][1] += 1
    rows = {}
    for stage in stages:
        name = stage["name"]
        level = sum(a - b for (d, s), (a, b) in counts.items() if s == name and d < first)
        day = first
        while day <= last:
            arrived, left = counts.get((day, name), (0, 0))
            level += arrived - left
            rows[day, name] = (arrived, left, level)
            day += timedelta(days=1)
    return rows

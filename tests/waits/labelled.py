"""Real logs whose states say what they are, and how right a suggestion is about them.

Each reader returns a table of events (``item_id, event, timestamp, actor``) and the kind of each
state that is labelled. States that end items, and instantaneous remarks on an item's fate, have
no label and do not count.
"""

import gzip
import io
import json
import tarfile
import zipfile
from xml.etree import ElementTree

import pandas as pd

import vsmlib as vsm
from vsmlib.waits.words import is_activity

VOLVO = {
    "Accepted-In Progress": "active",
    "Accepted-Assigned": "wait",  # somebody has it, and does not work on it
    "Accepted-Wait": "wait",
    "Queued-Awaiting Assignment": "wait",
}
SERVICENOW = {"Active": "active", "New": "wait"} | {
    f"Awaiting {what}": "wait" for what in ("User Info", "Vendor", "Problem", "Evidence")
}
JIRA = {"In Progress": "active", "Open": "wait", "Reopened": "wait", "Patch Available": "wait"}
COLUMNS = ["item_id", "event", "timestamp", "actor"]


def volvo(path):
    """BPI Challenge 2013, closed problems."""
    table = pd.read_csv(path)
    time = pd.to_datetime(table["Complete Timestamp"])
    local = time.dt.tz_localize("Australia/Adelaide", ambiguous=True, nonexistent="shift_forward")
    events = table.assign(timestamp=local.dt.tz_convert("UTC")).rename(
        columns={"Case ID": "item_id", "Activity": "event", "Resource": "actor"}
    )
    return events[COLUMNS], VOLVO


def xes(path, name, steps=("SCHEDULE", "START", "COMPLETE"), prefix=""):
    """A log of an archive, its events called ``activity+STEP``; work is between start and end."""
    rows = []
    with tarfile.open(path) as archive:
        plain = gzip.GzipFile(fileobj=archive.extractfile(f"./{name}.xes.gz"))
        for _, trace in ElementTree.iterparse(plain):
            if trace.tag.split("}")[-1] == "trace":
                own = {e.get("key"): e.get("value") for e in trace}
                for event in (e for e in trace if e.tag.split("}")[-1] == "event"):
                    said = {e.get("key"): e.get("value") for e in event}
                    step = said["lifecycle:transition"].upper()
                    activity = said["concept:name"]
                    when, who = said["time:timestamp"], said.get("org:resource")
                    rows.append((own["concept:name"], f"{activity}+{step}", when, who))
                trace.clear()
    table = pd.DataFrame(rows, columns=COLUMNS)
    table["timestamp"] = pd.to_datetime(table["timestamp"], utc=True, format="ISO8601")
    return table, steps_of(table, steps, prefix)


def steps_of(table, steps=("SCHEDULE", "START", "COMPLETE"), prefix=""):
    names = [n for n in table["event"].unique() if n.startswith(prefix) and n.endswith(steps)]
    started = {n.rsplit("+", 1)[0] for n in names if n.endswith("+START")}
    timed = [n for n in names if n.rsplit("+", 1)[0] in started]
    return {n: "active" if n.endswith("+START") else "wait" for n in timed}


def intervals(path, member, activity="activity"):
    """A table with start and end times, told as ``activity+START`` and ``activity+COMPLETE``."""
    with tarfile.open(path) as archive:
        table = pd.read_csv(io.BytesIO(gzip.decompress(archive.extractfile(member).read())))
    parts = []
    for column, step in (("start_time", "START"), ("end_time", "COMPLETE")):
        part = pd.DataFrame({"item_id": table["case_id"].astype(str)})
        part["event"] = table[activity].astype(str) + "+" + step
        part["timestamp"] = pd.to_datetime(table[column], utc=True, format="ISO8601")
        part["actor"] = table["resource"].astype(str).where(table["resource"].notna())
        part["order"] = table.index * 2 + (step == "COMPLETE")
        parts.append(part)
    events = pd.concat(parts).sort_values(["order"], ignore_index=True)[COLUMNS]
    return events, steps_of(events)


def servicenow(path):
    """The audit log of a ServiceNow instance."""
    with zipfile.ZipFile(path) as archive:
        table = pd.read_csv(archive.open("incident_event_log.csv"), dtype=str)
    time = pd.to_datetime(table["sys_updated_at"], format="%d/%m/%Y %H:%M", utc=True)
    names = {"number": "item_id", "incident_state": "event", "sys_updated_by": "actor"}
    return table.assign(timestamp=time).rename(columns=names)[COLUMNS], SERVICENOW


def jira(path):
    """Issues of Apache projects: their statuses, comments and edits."""
    rows = []
    with tarfile.open(path) as archive:
        for member in archive:
            if member.name.endswith(".json"):
                text = archive.extractfile(member).read().decode(errors="replace")
                rows += _issue(json.loads(text))
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.assign(timestamp=pd.to_datetime(table["timestamp"], utc=True)), JIRA


def _issue(issue):
    if "fields" not in issue:
        return []
    key, fields, rows = issue["key"], issue["fields"], []
    status = None
    for history in issue.get("changelog", {}).get("histories", []):
        who = (history.get("author") or {}).get("name")
        for change in history["items"]:
            moved = change["field"] == "status"
            status = status or (change["fromString"] if moved else None)
            event = change["toString"] if moved else "edited"
            rows.append((key, event, history["created"], who))
    who = (fields.get("reporter") or {}).get("name")
    rows.insert(0, (key, status or fields["status"]["name"], fields["created"], who))
    for comment in (fields.get("comment") or {}).get("comments", []):
        who = (comment.get("author") or {}).get("name")
        rows.append((key, "commented", comment["created"], who))
    return rows


def pull_requests(folder):
    """Turns of authors and reviewers, labelled by the ready-made stream; bots left out of turns."""
    stream = vsm.ValueStream.load("github-pull-requests")
    log = vsm.read(folder)
    events = log.events.merge(log.items[["item_id", "item_type"]], on="item_id")
    events = events[events["item_type"] == "pull_request"]
    entering = stream.event_to_stage()
    # A mark of activity keeps its name, a state gets that of its stage.
    marks = {"opened", "reopened", "first_response", "reviewed", "committed"}
    stage = {e: stream.stage_names[s] for e, s in entering.items()}
    events = events[events["event"].isin(stage) | events["event"].map(is_activity)]
    events = events[~events["event"].isin(marks)]
    events = events.assign(event=events["event"].map(stage).fillna(events["event"]))
    kinds = dict(zip(stream.stage_names, stream.kinds, strict=True))
    return events[COLUMNS], {s: k for s, k in kinds.items() if k in ("active", "wait")}


def opaque(events, kinds):
    """The same log with states called S1, S2, …; marks of activity keep their names."""
    names = sorted(n for n in events["event"].unique() if not is_activity(n))
    codes = {name: f"S{n + 1}" for n, name in enumerate(names)}
    renamed = events.assign(event=events["event"].map(codes).fillna(events["event"]))
    return renamed, {codes[name]: kind for name, kind in kinds.items() if name in codes}


def dwell(events):
    """Days that items spent in each state until they left it."""
    moves = events[~events["event"].map(is_activity)]
    moves = moves.sort_values(["item_id", "timestamp"], kind="stable")
    left = moves.groupby("item_id")["timestamp"].shift(-1)
    days = (left - moves["timestamp"]).dt.total_seconds() / 86_400
    return days.groupby(moves["event"]).sum()


def rightness(log, events, kinds):
    """Share of the labelled dwell time that `vsm.suggest` gets right, and the balanced figure."""
    found = vsm.suggest(log).evidence.set_index("state")["kind"]
    table = pd.DataFrame({"kind": pd.Series(kinds), "days": dwell(events)}).dropna()
    right = (found.reindex(table.index) == table["kind"]).astype(float) * table["days"]
    whole = table["days"].groupby(table["kind"]).sum()
    recall = right.groupby(table["kind"]).sum() / whole
    waits = whole.get("wait", 0.0) / whole.sum()
    return {"dwell": right.sum() / whole.sum(), "balanced": recall.mean(), "all_wait": waits}

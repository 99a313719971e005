"""DevLake's end-to-end tables: what the services sent, and what DevLake made of it."""

import csv
import json

csv.field_size_limit(10**9)


def table(folder, plugin, *parts):
    """Rows of one of its CSV files."""
    path = folder.joinpath("backend", "plugins", plugin, "e2e", *parts)
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def sent(folder, target, plugin, *names):
    """Write the objects of raw tables as JSON lines, a file each."""
    target.mkdir(exist_ok=True)
    for name in names:
        rows = table(folder, plugin, "raw_tables", f"_raw_{plugin}_api_{name}.csv")
        lines = [json.dumps(json.loads(row["data"])) for row in rows]
        (target / f"{name}.jsonl").write_text("\n".join(lines))
    return target

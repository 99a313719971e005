"""The same tables as `vsm measure`, by DuckDB SQL written by hand for the generated log alone.

``python -m benchmarks.by_hand SOURCE OUT`` is what `python -m benchmarks` runs beside us.
"""

import argparse
from pathlib import Path

import duckdb

from benchmarks.generate import STATES
from benchmarks.measure import KINDS

STAGES = ", ".join(
    f"({i}, '{s}', '{k}')" for i, (s, k) in enumerate(zip(STATES, KINDS, strict=True))
)
Q = "quantile_cont(d, 0.5) / 1e6 AS p50_s, quantile_cont(d, 0.85) / 1e6 AS p85_s"
VISITS = """
CREATE TABLE v AS
WITH m AS (SELECT item_id, epoch_us(timestamp) AS t, file_row_number AS seq, code AS stage, kind,
  actor FROM read_parquet($source, file_row_number=true) JOIN stages ON name = event),
s AS (SELECT *, lag(stage) OVER w AS from_stage FROM m
  WINDOW w AS (PARTITION BY item_id ORDER BY t, seq))
SELECT item_id, stage, kind, row_number() OVER w AS position,
  row_number() OVER (PARTITION BY item_id, stage ORDER BY t, seq) AS visit,
  t AS t0, lead(t) OVER w AS t1, from_stage, lead(stage) OVER w AS to_stage,
  actor AS entered_by, lead(actor) OVER w AS left_by
FROM s WHERE stage IS DISTINCT FROM from_stage WINDOW w AS (PARTITION BY item_id ORDER BY t, seq)
"""
ITEMS = """
CREATE TABLE i AS SELECT v.*, team FROM (
SELECT item_id, bool_or(t1 IS NULL AND kind = 'done') AS delivered, min(t0) AS first_us,
  min(t0) FILTER (stage >= 0) AS committed_us,
  max(t0) FILTER (t1 IS NULL AND kind = 'done') AS delivered_us,
  sum(coalesce(t1, $until) - t0) FILTER (kind = 'active') AS process_us,
  sum(coalesce(t1, $until) - t0) FILTER (kind IN ('active', 'wait')) AS flow_us,
  count(*) FILTER (visit > 1 AND kind IN ('active', 'wait')) AS rework_visits,
  count(*) FILTER (kind = 'done' AND to_stage IS NOT NULL) AS reopened
FROM v GROUP BY item_id) v JOIN (SELECT item_id, arg_max(team, timestamp) AS team
FROM read_parquet($source) GROUP BY item_id) USING (item_id)
"""
DONE = """CREATE TABLE d AS SELECT v.*, t1 - t0 AS d
FROM v SEMI JOIN (FROM i WHERE delivered) USING (item_id)"""
TABLES = {
    "visits": """SELECT v.* EXCLUDE (stage, t0, t1, from_stage, to_stage), a.name AS stage,
  make_timestamptz(t0) AS entered_at, make_timestamptz(t1) AS left_at,
  (coalesce(t1, $until) - t0) / 1e6 AS elapsed_s, b.name AS from_stage, c.name AS to_stage
  FROM v JOIN stages a ON stage = a.code LEFT JOIN stages b ON from_stage = b.code
  LEFT JOIN stages c ON to_stage = c.code ORDER BY item_id, position""",
    "items": """SELECT item_id, team, delivered, make_timestamptz(first_us) AS first_entered_at,
  make_timestamptz(delivered_us) AS delivered_at, flow_us / 1e6 AS lead_time_s,
  process_us / 1e6 AS process_time_s, (flow_us - coalesce(process_us, 0)) / 1e6 AS wait_time_s,
  rework_visits, reopened FROM i ORDER BY item_id""",
    "stages": f"""SELECT stage, count(DISTINCT item_id) AS items, count(*) AS visits,
  count(DISTINCT left_by) AS people, count(*) FILTER (visit = 2) AS returned, sum(d::DOUBLE) / 1e6
  AS total_s, avg(d::DOUBLE) / 1e6 AS mean_s, {Q}, quantile_cont(d, 0.95) / 1e6 AS p95_s
  FROM d GROUP BY stage ORDER BY stage""",
    "transitions": f"""SELECT stage, to_stage, count(*) AS count,
  avg(d::DOUBLE) / 1e6 AS mean_s, {Q},
  avg(CASE WHEN entered_by <> left_by THEN 1.0 WHEN entered_by = left_by THEN 0.0 END) AS handoff
  FROM d WHERE to_stage IS NOT NULL GROUP BY stage, to_stage ORDER BY stage, to_stage""",
    "wip": """WITH n AS (SELECT t0 // 86400000000 AS day, stage, 1 AS a, 0 AS l FROM v UNION ALL
  SELECT t1 // 86400000000, stage, 0, 1 FROM v WHERE t1 IS NOT NULL),
  g AS (SELECT day, stage, sum(a) AS arrived, sum(l) AS gone FROM n GROUP BY day, stage)
  SELECT *, sum(arrived - gone) OVER (PARTITION BY stage ORDER BY day) AS wip FROM g""",
    "variants": """WITH p AS (SELECT item_id, list_sort(list(position * 16 + stage)) AS path FROM d
  GROUP BY item_id) SELECT list_transform(path, lambda x: x % 16) AS path, count(*) AS items,
  median(flow_us) / 1e6 AS median_lead_time_s FROM p JOIN i USING (item_id) GROUP BY 1
  ORDER BY items DESC""",
    "summary": """SELECT count(*) AS items, count(*) FILTER (delivered) AS delivered,
  quantile_cont(flow_us, [0.5, 0.85, 0.95]) FILTER (delivered) AS lead,
  sum(process_us) FILTER (delivered) / sum(flow_us) FILTER (delivered) AS flow_efficiency,
  quantile_cont(flow_us, 0.85) FILTER (NOT delivered) AS age FROM i""",
}


def main() -> None:
    """Make the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source")
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect()
    con.execute(f"CREATE TABLE stages AS SELECT * FROM (VALUES {STAGES}) AS s(code, name, kind)")
    source = {"source": given.source}
    con.execute(VISITS, source)
    newest = "SELECT epoch_us(max(timestamp)) FROM read_parquet($source)"
    until = {"until": con.execute(newest, source).fetchall()[0][0]}
    con.execute(ITEMS, source | until)
    con.execute(DONE)
    for name, sql in TABLES.items():
        path = str(given.out / f"{name}.parquet").replace("'", "''")
        made = sql.replace("$until", str(until["until"]))
        con.execute(f"COPY ({made}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")


if __name__ == "__main__":
    main()

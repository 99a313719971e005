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
KIND = "ENUM ('active', 'wait', 'done', 'cancelled', 'excluded')"
Q = "quantile_cont(d, 0.5) / 1e6 AS p50_s, quantile_cont(d, 0.85) / 1e6 AS p85_s"
FLOWING = "kind IN ('active', 'wait')"
# Labels are ENUMs: sorting and writing texts costs a multiple.
LABELS = [
    f"CREATE TYPE stage AS ENUM ({', '.join(repr(s) for s in STATES)})",
    f"""CREATE TABLE stages AS SELECT code::UTINYINT AS code, name, name::stage AS stage,
      kind::{KIND} AS kind FROM (VALUES {STAGES}) AS s(code, name, kind)""",
    """CREATE TABLE p AS SELECT actor, 'person-' || lpad(
      row_number() OVER (ORDER BY min(timestamp), actor)::VARCHAR, 3, '0') AS person
      FROM read_parquet($source) GROUP BY actor""",
    "CREATE TYPE person AS ENUM (SELECT person FROM p ORDER BY person)",
    "CREATE TABLE people AS SELECT actor AS name, person::person AS actor FROM p",
]
VISITS = """
CREATE TABLE v AS
WITH m AS (SELECT item_id, epoch_us(timestamp) AS t, file_row_number AS seq, code, stage, kind,
  people.actor AS actor FROM read_parquet($source, file_row_number=true) AS e
  JOIN stages ON name = event JOIN people ON e.actor = people.name),
s AS (SELECT *, lag(stage) OVER w AS from_stage FROM m
  WINDOW w AS (PARTITION BY item_id ORDER BY t, seq))
SELECT item_id, code, stage, kind, row_number() OVER w AS position,
  row_number() OVER (PARTITION BY item_id, stage ORDER BY t, seq) AS visit,
  t AS t0, lead(t) OVER w AS t1, from_stage, lead(stage) OVER w AS to_stage,
  actor AS entered_by, lead(actor) OVER w AS left_by
FROM s WHERE stage IS DISTINCT FROM from_stage WINDOW w AS (PARTITION BY item_id ORDER BY t, seq)
"""
ITEMS = f"""
CREATE TABLE i AS SELECT v.*, team FROM (
SELECT item_id, bool_or(t1 IS NULL AND kind = 'done') AS delivered, min(t0) AS first_us,
  max(t0) FILTER (t1 IS NULL AND kind = 'done') AS delivered_us,
  coalesce(sum(coalesce(t1, $until) - t0) FILTER (kind = 'active'), 0)::BIGINT AS process_us,
  coalesce(sum(coalesce(t1, $until) - t0) FILTER ({FLOWING}), 0)::BIGINT AS flow_us,
  count(*) FILTER (visit > 1 AND {FLOWING}) AS rework_visits,
  count(*) FILTER (kind = 'done' AND to_stage IS NOT NULL) AS reopened,
  sum(coalesce(t1, $until) - t0) FILTER (visit > 1 AND {FLOWING}) AS rework_us
FROM v GROUP BY item_id) v JOIN (SELECT item_id, arg_max(team, timestamp) AS team
FROM read_parquet($source) GROUP BY item_id) USING (item_id)
"""
DONE = """CREATE VIEW d AS SELECT v.*, t1 - t0 AS d
FROM v SEMI JOIN (FROM i WHERE delivered) USING (item_id)"""
TABLES = {
    "visits": """SELECT item_id, stage, kind, position, visit, make_timestamptz(t0) AS entered_at,
  make_timestamptz(t1) AS left_at, (coalesce(t1, $until) - t0)::DOUBLE / 1e6 AS elapsed_s,
  NULL::DOUBLE AS working_s, 0::DOUBLE AS blocked_s, NULL::DOUBLE AS blocked_working_s, from_stage,
  to_stage, entered_by, left_by FROM v ORDER BY item_id, position""",
    "items": """SELECT item_id, NULL::VARCHAR AS item_type, team,
  CASE WHEN delivered THEN 'delivered' ELSE 'in_progress' END AS status,
  make_timestamptz(first_us) AS first_entered_at, make_timestamptz(first_us) AS committed_at,
  make_timestamptz(delivered_us) AS delivered_at,
  CASE WHEN delivered THEN flow_us::DOUBLE / 1e6 END AS lead_time_s, lead_time_s AS cycle_time_s,
  process_us::DOUBLE / 1e6 AS process_time_s, (flow_us - process_us)::DOUBLE / 1e6 AS wait_time_s,
  0::DOUBLE AS blocked_s,
  CASE WHEN delivered AND flow_us > 0 THEN process_us::DOUBLE / flow_us END AS flow_efficiency,
  NULL::DOUBLE AS working_lead_time_s, NULL::DOUBLE AS working_process_time_s, rework_visits,
  reopened, CASE WHEN NOT delivered THEN flow_us::DOUBLE / 1e6 END AS age_s
  FROM i ORDER BY item_id""",
    "stages": f"""WITH s AS (SELECT stage, any_value(kind) AS kind, count(*) FILTER (visit = 1)
  AS items, count(*) AS visits, nullif(count(DISTINCT left_by), 0) AS people,
  count(*) FILTER (visit = 2) AS returned, sum(d::DOUBLE) / 1e6 AS total_s,
  avg(d::DOUBLE) / 1e6 AS mean_s, {Q}, quantile_cont(d, 0.95) / 1e6 AS p95_s
  FROM d GROUP BY stage), w AS (SELECT stage, count(*) AS wip FROM v WHERE t1 IS NULL
  AND {FLOWING} GROUP BY stage)
  SELECT * REPLACE (coalesce(wip, 0) AS wip), row_number() OVER (ORDER BY stage) AS position,
  NULL::DOUBLE AS working_total_s, CASE WHEN {FLOWING} THEN total_s END
  / sum(total_s) FILTER ({FLOWING}) OVER () AS share_of_lead_time,
  CASE WHEN {FLOWING} THEN visits - items ELSE 0 END AS rework_visits,
  1 - returned / items AS percent_complete_accurate
  FROM s LEFT JOIN w USING (stage) ORDER BY stage""",
    "transitions": f"""SELECT stage AS from_stage, to_stage, count(*) AS count,
  count(*) / sum(count(*)) OVER (PARTITION BY stage) AS share, to_stage < stage AS backward,
  avg(d::DOUBLE) / 1e6 AS mean_s, {Q}, avg(CASE WHEN entered_by <> left_by THEN 1.0
  WHEN entered_by = left_by THEN 0.0 END) AS handoff_share
  FROM d WHERE to_stage IS NOT NULL GROUP BY stage, to_stage ORDER BY stage, to_stage""",
    "wip": """WITH n AS (SELECT t0 // 86400000000 AS day, stage, 1 AS a, 0 AS l FROM v UNION ALL
  SELECT t1 // 86400000000, stage, 0, 1 FROM v WHERE t1 IS NOT NULL),
  g AS (SELECT day, stage, sum(a) AS arrived, sum(l) AS gone FROM n GROUP BY day, stage),
  days AS (SELECT unnest(range(min(day), $until // 86400000000 + 1)) AS day FROM g),
  every AS (SELECT day, stages.stage AS stage, coalesce(arrived, 0) AS arrived,
  coalesce(gone, 0) AS gone FROM days CROSS JOIN stages LEFT JOIN g USING (day, stage))
  SELECT DATE '1970-01-01' + day::INT AS date, stage, arrived::BIGINT AS arrived,
  gone::BIGINT AS left, (sum(arrived - gone) OVER (PARTITION BY stage ORDER BY day))::BIGINT AS wip
  FROM every ORDER BY date, stage""",
    "variants": f"""WITH p AS (SELECT item_id, list_sort(list(position * 16 + code)) AS path FROM d
  GROUP BY item_id), g AS (SELECT list_transform(path, lambda x: x % 16) AS path, count(*) AS items,
  median(flow_us) / 1e6 AS median_lead_time_s FROM p JOIN i USING (item_id) GROUP BY 1)
  SELECT array_to_string(list_transform(path, lambda x: {STATES}[x + 1]), ' > ') AS path, items,
  items / sum(items) OVER () AS share, median_lead_time_s FROM g ORDER BY items DESC, path""",
    "summary": """SELECT count(*) AS items, count(*) FILTER (delivered) AS delivered,
  quantile_cont(flow_us, [0.5, 0.85, 0.95]) FILTER (delivered) AS lead,
  avg(flow_us) FILTER (delivered) AS mean_lead, count(*) FILTER (delivered AND rework_visits > 0),
  sum(process_us) FILTER (delivered) / sum(flow_us) FILTER (delivered) AS flow_efficiency,
  avg(process_us / nullif(flow_us, 0)) FILTER (delivered) AS mean_flow_efficiency,
  sum(flow_us - process_us) FILTER (delivered) AS waiting, sum(rework_us) FILTER (delivered) AS
  rework, quantile_cont(flow_us, 0.85) FILTER (NOT delivered) AS age FROM i""",
    # What summary.json has under `waste`, as rows of a waste, a figure and its value.
    "waste": """WITH s AS (SELECT delivered, sum(flow_us - process_us) AS waiting,
  coalesce(sum(rework_us), 0) AS rework, sum(reopened) AS reopened FROM i GROUP BY delivered),
  final AS (SELECT code FROM v WHERE kind = 'wait' AND t1 IS NOT NULL AND code >
  (SELECT max(code) FROM stages WHERE kind = 'active') GROUP BY code
  HAVING avg((to_stage < stage)::INT) < 0.1),
  stock AS (SELECT $until - t0 AS us FROM v WHERE t1 IS NULL AND code IN (FROM final)),
  moments AS (SELECT count(*) AS n, row_number() OVER (ORDER BY delivered_us) AS place,
  count(*) OVER () // 2 AS half FROM i WHERE delivered GROUP BY delivered_us),
  met AS (SELECT stage, count(*) FILTER (visit = 1) AS items, count(DISTINCT item_id)
  FILTER (stage < from_stage) AS sent FROM d WHERE kind <> 'done' GROUP BY stage)
  SELECT 'waiting' AS waste, CASE WHEN delivered THEN 'days' ELSE 'so_far_days' END AS figure,
  waiting / 86400e6 AS value FROM s
  UNION ALL SELECT 'rework', CASE WHEN delivered THEN 'days' ELSE 'so_far_days' END,
  rework / 86400e6 FROM s
  UNION ALL SELECT 'rework', 'reopened', sum(reopened) FROM s
  UNION ALL SELECT 'rework', stage, sent / items FROM met WHERE sent > 0
  UNION ALL SELECT 'overproduction', 'days', coalesce(sum(us), 0) / 86400e6 FROM stock
  UNION ALL SELECT 'overproduction', 'inventory', count(*) FROM stock
  UNION ALL SELECT 'overproduction', 'inventory_age_p50_s', median(us) / 1e6 FROM stock
  UNION ALL SELECT 'overproduction', CASE WHEN place <= half THEN 'first_half' ELSE 'second_half'
  END, avg(n) FROM moments GROUP BY 2""",
}


def main() -> None:
    """Make the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source")
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    source = {"source": given.source}
    for sql in LABELS:
        con.execute(sql, source if "$source" in sql else None)
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

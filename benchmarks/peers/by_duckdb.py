"""The common answers by DuckDB SQL, written by hand for the log of moves."""

import duckdb

from benchmarks.generate import STATES
from benchmarks.peers.parts import CLOSES, DAYS, OPENS, PAUSE, ZONE, Parts

HOUR, DAY = 3_600_000_000, 86_400_000_000
OPEN = (CLOSES - OPENS) * HOUR
KINDS = ", ".join(f"'{state}'" for state in STATES)
READ = f"""
CREATE TYPE stage AS ENUM ({KINDS});
CREATE MACRO day(us) AS us // {DAY} + 3;
CREATE MACRO worked(us) AS (day(us) // 7 * {DAYS} + least(day(us) % 7, {DAYS})) * {OPEN}
  + CASE WHEN day(us) % 7 < {DAYS} THEN greatest(least(us % {DAY} - {OPENS * HOUR}, {OPEN}), 0)
    ELSE 0 END;
CREATE TABLE log AS
  WITH coded AS (SELECT item_id, epoch_us(timestamp) AS t, event::stage AS stage, actor,
    worked(epoch_us(timezone('{ZONE}', timestamp))) AS worked FROM read_parquet('$source'))
  SELECT * EXCLUDE (worked), row_number() OVER w AS position, worked AS since,
    lead(worked) OVER w AS until, lead(stage) OVER w AS to_stage, lead(actor) OVER w AS left_by
  FROM coded WINDOW w AS (PARTITION BY item_id ORDER BY t)
"""
ANSWERS = {
    "durations": """SELECT (max(since) - min(since)) / 1e6 AS working_s
  FROM log GROUP BY item_id""",
    "dfg": """SELECT stage::VARCHAR AS from_stage, to_stage::VARCHAR AS to_stage,
  avg(until - since) / 1e6 AS mean_s, median(until - since) / 1e6 AS median_s
  FROM log WHERE to_stage IS NOT NULL GROUP BY ALL""",
    # Sorting lists of numbers costs less than an ordered aggregate.
    "variants": """WITH paths AS (SELECT list_sort(list(position * 16 + enum_code(stage))) AS path
    FROM log GROUP BY item_id),
  counted AS (SELECT list_transform(path, lambda x: x % 16) AS path, count(*) AS items
    FROM paths GROUP BY 1)
  SELECT array_to_string(list_transform(path, lambda x: enum_range(NULL::stage)[x + 1]), ' > ')
    AS path, items FROM counted""",
    "rework": """WITH visits AS (SELECT stage, item_id FROM log GROUP BY ALL HAVING count(*) > 1)
  SELECT stage::VARCHAR AS stage, count(*) AS items FROM visits GROUP BY 1""",
    "handovers": """SELECT avg((actor <> left_by)::INT) AS share FROM log
  WHERE to_stage IS NOT NULL""",
    "batches": f"""WITH gaps AS (SELECT stage, actor, t,
    coalesce(t - lag(t) OVER w > {PAUSE * 1_000_000}, true)::INT AS new
    FROM log WINDOW w AS (PARTITION BY stage, actor ORDER BY t)),
  numbered AS (SELECT stage, actor, sum(new) OVER (PARTITION BY stage, actor
    ORDER BY t, new DESC ROWS UNBOUNDED PRECEDING) AS batch FROM gaps),
  sizes AS (SELECT count(*) AS size FROM numbered GROUP BY stage, actor, batch HAVING size > 1)
  SELECT size, count(*) AS batches FROM sizes GROUP BY size""",
}


def main() -> None:
    """Make the answers."""
    parts, con = Parts(), duckdb.connect()
    with parts.part("read"):
        con.execute(READ.replace("$source", parts.source.replace("'", "''")))
    for name, sql in ANSWERS.items():
        with parts.part(name) as file:
            con.execute(f"COPY ({sql}) TO '{file}' (FORMAT parquet)")
    parts.tell()


if __name__ == "__main__":
    main()

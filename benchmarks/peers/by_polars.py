"""The common answers by Polars, written by hand for the log of moves."""

import polars as pl

from benchmarks.generate import STATES
from benchmarks.peers.parts import CLOSES, DAYS, OPENS, PAUSE, ZONE, Parts

HOUR, DAY = 3_600_000_000, 86_400_000_000
OPEN = (CLOSES - OPENS) * HOUR


def worked(moment: pl.Expr) -> pl.Expr:
    """Count the working microseconds since a Monday long ago."""
    local = moment.dt.convert_time_zone(ZONE).dt.replace_time_zone(None).dt.epoch("us")
    day, inside = local // DAY + 3, local % DAY
    today = pl.when(day % 7 < DAYS).then((inside - OPENS * HOUR).clip(0, OPEN)).otherwise(0)
    return (day // 7 * DAYS + (day % 7).clip(upper_bound=DAYS)) * OPEN + today


def main() -> None:
    """Make the answers."""
    parts = Parts()
    with parts.part("read"):
        columns = ["item_id", "timestamp", "event", "actor"]
        log = pl.scan_parquet(parts.source).select(columns).sort("item_id", "timestamp")
        log = log.with_columns(
            pl.col("event").cast(pl.Enum(STATES)), worked=worked(pl.col("timestamp"))
        )
        after = pl.all().exclude("item_id", "timestamp").shift(-1).name.suffix("_next")
        log = log.with_columns(after, goes_on=pl.col("item_id") == pl.col("item_id").shift(-1))
        log = log.collect()
        moves = log.lazy().filter("goes_on")
    with parts.part("durations") as file:
        spans = log.lazy().group_by("item_id").agg(us=pl.last("worked") - pl.first("worked"))
        spans.select(working_s=pl.col("us") / 1e6).collect().write_parquet(file)
    with parts.part("dfg") as file:
        us = pl.col("worked_next") - pl.col("worked")
        pairs = [pl.col("event").alias("from_stage"), pl.col("event_next").alias("to_stage")]
        graph = moves.group_by(pairs).agg(mean_s=us.mean() / 1e6, median_s=us.median() / 1e6)
        graph.with_columns(pl.col("from_stage", "to_stage").cast(pl.String)).collect(
        ).write_parquet(file)  # fmt: skip
    with parts.part("variants") as file:
        paths = log.lazy().group_by("item_id").agg(path=pl.col("event").to_physical())
        found = paths.group_by("path").agg(items=pl.len())
        words = pl.col("path").list.eval(pl.element().cat.to(pl.Enum(STATES)).cast(pl.String))
        found.with_columns(path=words.list.join(" > ")).collect().write_parquet(file)
    with parts.part("rework") as file:
        again = log.lazy().group_by("event", "item_id").len().filter(pl.col("len") > 1)
        again = again.group_by(stage=pl.col("event").cast(pl.String)).agg(items=pl.len())
        again.collect().write_parquet(file)
    with parts.part("handovers") as file:
        other = (pl.col("actor") != pl.col("actor_next")).mean()
        moves.select(share=other).collect().write_parquet(file)
    with parts.part("batches") as file:
        who, order = ["event", "actor"], log.lazy().sort("event", "actor", "timestamp")
        new = pl.col("timestamp").diff() > pl.duration(seconds=PAUSE)
        for column in who:
            new |= pl.col(column) != pl.col(column).shift(1)
        sizes = (
            order.select(batch=new.fill_null(value=True).cum_sum()).group_by("batch").len("size")
        )
        counted = sizes.filter(pl.col("size") > 1).group_by("size").agg(batches=pl.len())
        counted.collect().write_parquet(file)
    parts.tell()


if __name__ == "__main__":
    main()

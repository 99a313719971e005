"""Spark, for logs that are too large for one machine: the same kernels, run where the data is.

Nothing here needs a driver in this process, so all of it also goes through Spark Connect.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import narwhals as nw

from vsmlib.engine.failures import told

__all__ = ["SparkEngine", "plain"]

WORDS = {"timestamp": "TIMESTAMP WITH TIME ZONE", "timestamp_ntz": "TIMESTAMP"}
WORDS |= {"string": "VARCHAR", "int": "INTEGER"}
ROWS_BITS = 33  # of the numbers that Spark gives to rows, those within a partition
SHUFFLES = "spark.sql.shuffle.partitions"


class SparkEngine:
    """One Spark session, with the few things Narwhals has no word for.

    Attributes
    ----------
    session : pyspark.sql.SparkSession
        Its time zone is UTC.
    """

    def __init__(self, session: Any) -> None:
        from pyspark.sql import functions

        self.session, self.f = session, functions
        session.conf.set("spark.sql.session.timeZone", "UTC")
        session.conf.set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
        master = re.fullmatch(r"local\[?(\d*)\*?\]?", session.conf.get("spark.master", ""))
        if master and session.conf.get(SHUFFLES) == "200":  # the default, for a cluster
            session.conf.set(SHUFFLES, str(2 * int(master[1] or os.cpu_count() or 1)))

    def scope(self) -> SparkEngine:
        """Give itself: Spark gives back what nobody refers to."""
        return self

    @told()
    def table(self, frame: Any) -> nw.LazyFrame[Any]:
        """Materialise a frame once; a frame of another engine passes through this machine.

        Where ``spark.checkpoint.dir`` is set it is kept there and outlives a lost executor.
        """
        native = nw.to_native(frame, pass_through=True)
        if not hasattr(native, "sparkSession"):
            return _lazy(self._sent(_arrow(frame)))
        safe = self.session.conf.get("spark.checkpoint.dir", None)
        return _lazy(native.checkpoint() if safe else native.localCheckpoint())

    def _sent(self, table: Any) -> Any:
        if len(table):
            return self.session.createDataFrame(table)
        import pyarrow as pa

        # Spark Connect does not learn the types of a table that has no rows
        row = [pa.nulls(1, kind) for kind in table.schema.types]
        return self.session.createDataFrame(pa.table(row, table.column_names)).limit(0)

    def clustered(self, frame: nw.LazyFrame[Any], *by: str) -> nw.LazyFrame[Any]:
        """Materialise a frame; what is kept in memory is read as a whole, whatever its order."""
        return self.table(frame)

    def brought(self, frame: Any) -> nw.LazyFrame[Any]:
        """Give a frame of any engine as one of this engine."""
        ours = hasattr(nw.to_native(frame, pass_through=True), "sparkSession")
        return _lazy(nw.to_native(frame, pass_through=True)) if ours else self.table(frame)

    def drop(self, frame: nw.LazyFrame[Any]) -> None:
        """Do nothing: Spark itself gives back what nobody refers to."""

    @told()
    def numbered(self, frame: nw.LazyFrame[Any], name: str, by: str) -> nw.LazyFrame[Any]:
        """Give the rows numbers from 0 in order of a column, without bringing them to one place."""
        sorted_ = frame.to_native().orderBy(by)
        made = self.table(sorted_.withColumn(name, self.f.monotonically_increasing_id()))
        rows, part = made.to_native(), self.f.shiftright(name, ROWS_BITS)
        sizes = rows.groupBy(part.alias("part")).count().orderBy("part").collect()
        number, before = self.f.lit(None).cast("bigint"), 0
        for size in sizes:
            inside = self.f.col(name) - (size["part"] << ROWS_BITS) + before
            number = self.f.when(part == size["part"], inside).otherwise(number)
            before += size["count"]
        return _lazy(rows.withColumn(name, number))

    def decode(self, frame: nw.LazyFrame[Any], **labels: list[str]) -> nw.LazyFrame[Any]:
        """Replace columns of codes by their labels, in place (null stays null), in any order."""
        made = {}
        for column, names in labels.items():
            table = self.f.from_json(self.f.lit(json.dumps(names)), "array<string>")
            made[column] = self.f.get(table, self.f.col(column).cast("int"))
        return _lazy(frame.to_native().withColumns(made))

    def timestamps(self, frame: nw.LazyFrame[Any], *columns: str) -> nw.LazyFrame[Any]:
        """Turn int64 microseconds into UTC timestamps, in place."""
        made = {c: self.f.timestamp_micros(c) for c in columns}
        return _lazy(frame.to_native().withColumns(made))

    def paths(self, frame: nw.LazyFrame[Any], keys: list[str], code: str) -> nw.LazyFrame[Any]:
        """Gather the codes of each group of rows in order of ``position``, as lists in ``path``."""
        steps = self.f.array_sort(self.f.collect_list(self.f.struct("position", code)))
        path = self.f.transform(steps, lambda step: step[code]).alias("path")
        return _lazy(frame.to_native().groupBy(*keys).agg(path))

    @told()
    def open_files(
        self, paths: Sequence[str], root: str
    ) -> tuple[nw.LazyFrame[Any], list[tuple[str, str]]]:
        """Open Parquet files as one table without moving them: ``row``, then ``c0, c1, …``.

        Rows are numbered as in the files one after the other, as DuckDB does. Columns are matched
        by name; folders named ``key=value`` below the root give columns. With the names of the
        columns come their types in DuckDB's words.
        """
        read = self.session.read.options(mergeSchema=True)
        if Path(root).is_dir():
            read = read.option("basePath", f"file://{Path(root).absolute()}")
        files = read.parquet(*map(_address, paths))
        place, inside = self.f.col("_metadata.file_path"), self.f.col("_metadata.row_index")
        sizes = files.groupBy(place.alias("path")).count().collect()
        turn = {f"file://{Path(path).absolute()}": number for number, path in enumerate(paths)}
        sizes.sort(key=lambda size: (turn.get(unquote(size["path"]), -1), size["path"]))
        starts = accumulate((size["count"] for size in sizes), initial=0)
        begins = [(size["path"], start) for size, start in zip(sizes, starts, strict=False)]
        begin = self.session.createDataFrame(begins or [("", 0)], "path string, start bigint")
        named = [self.f.col(f"`{c}`").alias(f"c{i}") for i, c in enumerate(files.columns)]
        rows = files.select(place.alias("path"), inside.alias("row"), *named)
        rows = rows.join(self.f.broadcast(begin), "path")
        rows = rows.withColumn("row", self.f.col("row") + self.f.col("start"))
        types = [(name, WORDS.get(kind, kind.upper())) for name, kind in files.dtypes]
        return _lazy(rows.drop("path", "start")), types

    def micros(self, frame: nw.LazyFrame[Any], column: str, zone: str | None) -> nw.LazyFrame[Any]:
        """Add ``t``, the microseconds since 1970 UTC of a column of timestamps or ISO texts."""
        rows = frame.to_native()
        moment = self.f.col(column)
        if dict(rows.dtypes)[column] in {"timestamp_ntz", "date"}:
            moment = self.f.to_utc_timestamp(moment.cast("timestamp"), zone or "UTC")
        moment = moment.try_cast("timestamp")
        return _lazy(rows.withColumn("t", self.f.unix_micros(moment)))

    def hashed(self, frame: nw.LazyFrame[Any], columns: Sequence[str]) -> nw.LazyFrame[Any]:
        """Add ``same``, a hash of columns: equal rows have equal ones, but not only they."""
        return _lazy(frame.to_native().withColumn("same", self.f.xxhash64(*columns)))

    def repeated(self, frame: nw.LazyFrame[Any], column: str) -> nw.LazyFrame[Any]:
        """Give the values of a column of hashes that are met more than once."""
        again = frame.group_by(column).agg(n=nw.len()).filter(nw.col("n") > 1)
        return self.table(again.select(column))

    def last_values(self, frame: nw.LazyFrame[Any], columns: Sequence[str]) -> nw.LazyFrame[Any]:
        """Of each ``item_id`` and column the last value by ``t`` and ``seq`` that is not null."""
        order = self.f.struct("t", "seq")
        last = [
            self.f.max_by(c, self.f.when(self.f.col(c).isNotNull(), order)).alias(c)
            for c in columns
        ]
        return _lazy(frame.to_native().groupBy("item_id").agg(*last))

    def without(
        self, frame: nw.LazyFrame[Any], keys: nw.LazyFrame[Any], column: str
    ) -> nw.LazyFrame[Any]:
        """Make a table without the rows whose column has one of the keys."""
        return self.table(frame.join(keys, on=column, how="anti"))

    def fingerprint(self, frame: nw.LazyFrame[Any], columns: list[str]) -> tuple[int, str]:
        """Count the rows and hash them, whatever their order: as DuckDB does."""
        f = self.f
        texts = [f.coalesce(f.col(c).cast("string"), f.lit("\0")) for c in columns]
        digest = f.md5(f.concat_ws("\x1f", *texts))
        lower = f.concat(*(f.substring(digest, place, 2) for place in range(31, 15, -2)))
        number = f.conv(lower, 16, 10).cast("decimal(38,0)")
        count, total = frame.to_native().agg(f.count("*"), f.sum(number)).first()
        return int(count), f"{int(total or 0) % 16**12:012x}"

    def stored(self, paths: Sequence[str]) -> nw.LazyFrame[Any]:
        """Open Parquet files of our own; they are read when they are measured."""
        return _lazy(self.session.read.parquet(*map(_address, paths)))

    @told()
    def write_parquet(self, frame: nw.LazyFrame[Any], path: Path) -> None:
        """Write a frame as a folder of Parquet files, each by the executor that has the rows."""
        frame.to_native().write.parquet(path.absolute().as_uri(), compression="zstd")


def _lazy(native: Any) -> nw.LazyFrame[Any]:
    frame: nw.LazyFrame[Any] = nw.from_native(native)
    return frame


def _address(path: str) -> str:
    """Write a local path so that Spark finds no pattern in it; an address stays as it is."""
    plain = re.sub(r"([\\\[\]{}*?])", r"\\\1", str(Path(path).absolute()))
    return path if "://" in path else f"file://{plain}"


def plain(name: str) -> str:
    """Give a column a name that Spark does not take for a path into a structure.

    Examples
    --------
    >>> plain("fields.size")
    'fields_size'
    """
    return re.sub("[.`]", "_", name)


def _arrow(frame: Any) -> Any:
    known = nw.from_native(frame)
    eager = known.collect("pyarrow") if isinstance(known, nw.LazyFrame) else known
    table = eager.to_arrow()
    return table.rename_columns([plain(name) for name in table.column_names])

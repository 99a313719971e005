"""What engines say when they fail, in one line; everything else stays as it is."""

import errno

import duckdb
import pytest

from vsmlib import cli
from vsmlib.engine import explained, told
from vsmlib.engine.duck import DuckEngine
from vsmlib.errors import ParameterError, RunError, SourceError


def spark_error(text):
    """An error as of PySpark, without its Java."""
    return type("SparkException", (Exception,), {"__module__": "pyspark.errors"})(text)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (duckdb.OutOfMemoryException("Out of Memory Error: failed to pin block"), "out of memory"),
        (duckdb.IOException("IO Error: Could not write: No space left on device"), "disk is full"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk is full"),
        (spark_error("Job aborted: ExecutorLostFailure (executor 3 exited)\n\tat org"), "executor"),
        (spark_error("Checkpoint block rdd_7_1 not found"), "lost an executor"),
    ],
)
def test_engines_are_explained_in_one_line(error, said):
    known = explained(error)
    assert isinstance(known, RunError)
    assert said in str(known)
    assert "\n" not in str(known)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Illegal Parquet type: INT64 (TIMESTAMP(NANOS,true))", "times in nanoseconds"),
        ("[FAILED_READ_FILE.NO_HINT] Error while reading file file:///d/a%20b.parquet.  SQL",
         "file:///d/a b.parquet: cannot be read"),
        ("[PATH_NOT_FOUND] Path does not exist: s3a://b/x. SQLSTATE: 1", "s3a://b/x: no such file"),
        ("[CANNOT_MERGE_SCHEMAS] Failed merging schemas:\nInitial", "changes type from file to"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_input_is_no_failed_run(text, said):
    """Exit code 2, not 1."""
    known = explained(spark_error(f"An error occurred while calling o1.x.\n: E: {text}\n\tat"))
    assert isinstance(known, SourceError)
    assert said in str(known)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("An error occurred while calling o1.x.\n: java.io.FileNotFound: File file:/n does "
         "not exist\n\tat org", "File file:/n does not exist"),
        ("An error occurred\n: o.E: Job aborted: [DIVIDE_BY_ZERO] Division by zero.\n\tat org",
         "[DIVIDE_BY_ZERO] Division by zero."),
        ("\nno more\nlines", "no more"),
        ("", "SparkException"),
    ],
)  # fmt: skip
def test_of_what_spark_says_the_line_is_kept_that_says_most(text, said):
    assert str(explained(spark_error(text))) == f"Spark: {said}"


def test_ctrl_c_is_no_failed_run_on_spark_either():
    """PySpark cancels what runs, and the call that waited for it fails first."""
    said = "[SPARK_JOB_CANCELLED] Job 40 cancelled as part of cancellation of all jobs"
    with pytest.raises(KeyboardInterrupt), told():
        raise spark_error(said)
    with pytest.raises(RunError, match="Job 4 cancelled"), told():
        raise spark_error("[SPARK_JOB_CANCELLED] Job 4 cancelled by the one who runs the cluster")


def test_other_errors_stay_what_they_are():
    assert explained(ValueError("no space left")) is None
    assert explained(duckdb.BinderException("no such column")) is None
    with pytest.raises(SourceError, match="mine"), told():
        raise SourceError("mine")
    with pytest.raises(RunError, match="out of memory"), told():
        raise duckdb.OutOfMemoryException("Out of Memory Error")


def test_the_memory_limit_is_told(monkeypatch):
    monkeypatch.setenv("VSM_MEMORY", "much")
    with pytest.raises(ParameterError, match="VSM_MEMORY is 'much'; accepted: an amount"):
        DuckEngine()
    monkeypatch.setenv("VSM_MEMORY", "200MB")
    engine = DuckEngine()
    engine.con.execute("SET temp_directory = ''; SET threads = 1")
    rows = engine.con.sql("SELECT range AS a, hash(range) AS b FROM range(40_000_000)")
    with pytest.raises(RunError, match="out of memory"):
        engine.table(rows)


def test_an_executor_lost_while_tables_are_written_leaves_what_was_there(
    tmp_path, monkeypatch, capsys
):
    """The words are Spark's; the engine is the one that is quick to start."""
    write, lost = DuckEngine.write_parquet, "Job aborted: ExecutorLostFailure (executor 3 exited)"

    def failing(engine, frame, path):
        if path.name == "items.parquet":
            raise spark_error(f"An error occurred while calling o9.parquet.\n: {lost}\n\tat org")
        write(engine, frame, path)

    monkeypatch.setattr(DuckEngine, "write_parquet", failing)
    (tmp_path / "visits.parquet").write_text("of the run before")
    assert cli.run(["measure", "sample", "--out", str(tmp_path)]) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("vsm: Spark lost an executor; next: run again")
    assert [path.name for path in tmp_path.iterdir()] == ["visits.parquet"]
    assert (tmp_path / "visits.parquet").read_text() == "of the run before"

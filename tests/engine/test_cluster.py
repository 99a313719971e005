"""Spark whose master, workers and executors are other processes makes the tables of DuckDB.

All that vsmlib is told of the cluster is what Spark itself reads: its settings, or SPARK_REMOTE.
"""

import re

import pytest

from tests.conftest import java_or_skip
from tests.engine.cluster import standalone
from tests.engine.equal import CALENDAR, same_files, write_parts
from tests.worlds import BLOCKED, make_stream
from vsmlib import cli

LATER = 100  # of some 250 jobs: by then there are tables that executors hold
FIRST = {b"0", b"1"}  # executors, of which each worker has one
TASK = rb'"Event":"SparkListenerTaskEnd".*?"Executor ID":"(\w+)"'


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    java_or_skip()
    with standalone(tmp_path_factory.mktemp("cluster")) as made:
        yield made


@pytest.fixture(scope="module")
def server(cluster):
    return cluster.connect()


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    root = tmp_path_factory.mktemp("measured")
    (root / "log").mkdir()
    make_stream(blocked=BLOCKED, calendar=CALENDAR).save(root / "stream.yaml")
    log = write_parts(root / "log")
    return ["measure", str(log), "--stream", str(root / "stream.yaml"), "--by", "team"]


@pytest.fixture(scope="module")
def expected(tmp_path_factory, words):
    out = tmp_path_factory.mktemp("duckdb")
    assert cli.run([*words, "--out", str(out)]) == 0
    return out


def started(cluster, words, out, **env):
    return cluster.vsm(*words, "--engine", "spark", "--out", out, **env)


def ended(run):
    """The exit code, and what is said but of the log."""
    _, said = run.communicate()
    return run.returncode, [line for line in said.splitlines() if not line.startswith("note: ")]


def lose(cluster, app, jobs):
    """Kill both executors of an application when it has run so many jobs."""
    cluster.until(lambda: cluster.jobs(app) >= jobs, "vsm")
    held = cluster.executors(app)
    assert len(held) == 2
    for executor in held:
        executor.kill()


def ran(cluster, app):
    """Which executors had tasks: none of them is the driver, as it is where the master is local."""
    found = set(re.findall(TASK, cluster.said(app)))
    assert b"driver" not in found
    return found


def test_a_cluster_that_loses_its_executors_makes_the_same_tables(
    cluster, words, expected, tmp_path
):
    """What they held is in ``spark.checkpoint.dir``, and the master starts others."""
    kept, before = (tmp_path / "kept").as_uri(), cluster.apps()
    submit = f"--master {cluster.master} --conf spark.checkpoint.dir={kept} pyspark-shell"
    run = started(cluster, words, tmp_path / "out", PYSPARK_SUBMIT_ARGS=submit)
    app = cluster.app(before)
    lose(cluster, app, LATER)
    assert ended(run) == (0, [])
    same_files(tmp_path / "out", expected)
    assert ran(cluster, app) > FIRST


def test_spark_connect_makes_the_same_tables(cluster, server, words, expected, tmp_path):
    remote, app = server
    assert ended(started(cluster, words, tmp_path, SPARK_REMOTE=remote)) == (0, [])
    same_files(tmp_path, expected)
    assert ran(cluster, app) >= FIRST


def test_executors_lost_with_all_that_they_held_are_one_line(cluster, server, words, tmp_path):
    remote, app = server
    (tmp_path / "visits.parquet").write_text("of the run before")
    begun = cluster.jobs(app)
    run = started(cluster, words, tmp_path, SPARK_REMOTE=remote)
    lose(cluster, app, begun + LATER)
    said = "Spark lost an executor; next: run again; where machines come and go, set"
    assert ended(run) == (1, [f"vsm: {said} spark.checkpoint.dir"])
    assert [path.name for path in tmp_path.iterdir()] == ["visits.parquet"]
    assert (tmp_path / "visits.parquet").read_text() == "of the run before"

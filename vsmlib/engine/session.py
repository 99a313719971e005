"""How Spark starts, or is reached, and what is said where that cannot be.

The master is never named here: ``spark.master`` (in ``spark-defaults.conf`` or
``PYSPARK_SUBMIT_ARGS``) or ``SPARK_REMOTE`` (Spark Connect) choose the cluster, else this machine.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies

from vsmlib.engine.failures import gist
from vsmlib.engine.spark import SparkEngine
from vsmlib.errors import ParameterError, shown

__all__ = ["check_java", "spark"]

JAVA = 17
CONNECT_PORT = 15002
PATIENCE = 10.0  # seconds
ELSE = "or leave --engine spark out"


@cache
def spark() -> SparkEngine:
    """Return the Spark engine of this process: of the session that runs, or of a new one.

    Raises
    ------
    ParameterError
        If PySpark or a fitting Java is missing, or the cluster cannot be reached.
    """
    remote = os.environ.get("SPARK_REMOTE")
    for needed in ("pyspark", "grpc") if remote else ("pyspark",):
        if not find_spec(needed):  # without grpc, PySpark may end the process and say nothing
            what, hint = f"{needed} is not installed", f"pip install 'vsmlib[spark]', {ELSE}"
            raise ParameterError(what, where="--engine spark", hint=hint)
    from pyspark.sql import SparkSession

    session = SparkSession.getActiveSession()
    if session is None:
        if remote and not remote.startswith("local"):  # else a server of this machine's own
            check_remote(remote)
        else:
            check_java()
    with _said() as log:
        try:
            if remote:  # its client warns of each call that it gives up, and raises that, too
                warnings.filterwarnings("ignore", r"\[RETRIES_EXCEEDED\]")
            session = session or SparkSession.builder.appName("vsmlib").getOrCreate()
            return SparkEngine(session)
        except Exception as error:
            gone = "stopped SparkContext" in str(error)  # no master has answered for a minute
            why = "no answer from spark.master" if gone else gist(error)
            what = f"Spark does not start: {why}"
            hint = "check SPARK_REMOTE and that the server runs" if remote else f"see {log}"
            raise ParameterError(what, where="--engine spark", hint=f"{hint}, {ELSE}") from error


def check_java() -> None:
    """Refuse a machine without a Java that Spark 4 runs on."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=str(Path(home, "bin")) if home else None)
    accepted = f"Java {JAVA} or newer"
    where = f"JAVA_HOME={home}" if home else "--engine spark"
    hint = f"install openjdk-{JAVA}-jre-headless, set SPARK_REMOTE, {ELSE}"
    if not java:
        raise ParameterError("no Java found", where=where, accepted=accepted, hint=hint)
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    if not found or int(found[1]) < JAVA:
        what = f"Java {found[1]} is too old" if found else "Java does not tell its version"
        raise ParameterError(what, where=where, accepted=accepted, hint=hint)


def check_remote(remote: str) -> None:
    """Refuse a server that is not there: the client of Spark Connect would try for minutes."""
    hint = f"check SPARK_REMOTE and that the server runs, {ELSE}"
    try:
        url = urlsplit(remote)
        place = url.hostname or "", url.port or CONNECT_PORT
    except ValueError:
        url, place = urlsplit(""), ("", 0)
    if url.scheme != "sc" or not place[0]:
        what, accepted = f"SPARK_REMOTE is {shown(remote)}", "an address, such as sc://host:15002"
        raise ParameterError(what, accepted=accepted, hint=hint)
    if getproxies():  # then a name may mean something to the proxy only
        return
    try:
        socket.create_connection(place, PATIENCE).close()
    except OSError as error:
        what = f"no Spark Connect server answers ({error.strerror or error})"
        raise ParameterError(what, where=f"SPARK_REMOTE={remote}", hint=hint) from None


@contextmanager
def _said() -> Iterator[str]:
    """Let what Java says go to a file while it starts: a person reads one line, and ours."""
    log = Path(tempfile.gettempdir(), f"vsmlib-spark-{os.getpid()}.log")
    with log.open("ab") as file:
        kept = os.dup(2)
        os.dup2(file.fileno(), 2)
        try:
            yield str(log)
        finally:
            os.dup2(kept, 2)
            os.close(kept)

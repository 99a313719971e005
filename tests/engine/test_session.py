"""Where Spark cannot start or be reached, one line says why: no Spark is needed for that."""

import socket
import subprocess

import pytest

from vsmlib.engine.session import check_java, check_remote, spark
from vsmlib.errors import ParameterError


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (None, "no Java found"),
        ("echo 'openjdk version \"1.8.0_402\"' >&2", "Java 8 is too old"),
        ("echo 'openjdk version \"11.0.2\"' >&2", "Java 11 is too old"),
        ("exit 1", "does not tell its version"),
    ],
)
def test_no_java_and_wrong_java_are_one_line(tmp_path, monkeypatch, script, said):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    if script:
        (tmp_path / "bin").mkdir()
        java = tmp_path / "bin" / "java"
        java.write_text(f"#!/bin/sh\n{script}\n")
        java.chmod(0o755)
        assert subprocess.run([java], capture_output=True, check=False).stdout == b""
    with pytest.raises(ParameterError, match=f"{said}.*accepted: Java 17.*next: install openjdk"):
        check_java()


@pytest.mark.parametrize(("remote", "lacking"), [("", "pyspark"), ("sc://host", "grpc")])
def test_what_is_not_installed_is_named(monkeypatch, remote, lacking):
    """Also for Spark Connect, where PySpark itself would end the process with exit code 0."""
    monkeypatch.setenv("SPARK_REMOTE", remote)
    monkeypatch.setattr("vsmlib.engine.session.find_spec", lambda name: name != lacking)
    with pytest.raises(ParameterError, match=f"{lacking} is not installed; next: pip install"):
        spark.__wrapped__()


def test_a_server_that_is_not_there_is_told_at_once(monkeypatch):
    """The client of Spark Connect would go on trying for minutes."""
    monkeypatch.setattr("vsmlib.engine.session.getproxies", dict)
    with socket.create_server(("127.0.0.1", 0)) as server:
        remote = f"sc://127.0.0.1:{server.getsockname()[1]}/;use_ssl=true"
        check_remote(remote)
    with pytest.raises(ParameterError, match=rf"SPARK_REMOTE={remote}: no Spark Connect server"):
        check_remote(remote)


@pytest.mark.parametrize("remote", ["http://host", "sc://", "sc://host:many"])
def test_an_address_that_is_none_is_refused(remote):
    with pytest.raises(ParameterError, match=r"SPARK_REMOTE is .*such as sc://host:15002"):
        check_remote(remote)

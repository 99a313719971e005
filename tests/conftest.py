"""Fixtures shared by all tests."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A machine with other work to do is slow, which says nothing about the code.
settings.register_profile("vsm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("vsm")

ROOT = Path(__file__).parent.parent


def shared_root():
    """Folder of real data that may be beside a checkout; tests never require it."""
    return Path(os.environ.get("VSM_SHARED", ROOT.parent / "shared"))


def pytest_ignore_collect(collection_path, config):
    """Leave out the files that need the shared data where there is none."""
    if collection_path.name.endswith("_shared_data.py") and not (shared_root() / "data").is_dir():
        return True
    return None


@pytest.fixture(scope="session")
def shared_data():
    """Path of a data set of the shared folder by its name."""
    return lambda name: shared_root() / "data" / name


def java_or_skip():
    """Go on where there is a Java; where CI runs there must be one."""
    if not shutil.which("java") and not os.environ.get("JAVA_HOME") and not os.environ.get("CI"):
        pytest.skip("no Java on this machine: Spark is not tested")


@pytest.fixture(scope="session")
def spark():
    """The Spark engine, started once.

    Two cores and few partitions: the tests' tables are small.
    """
    java_or_skip()
    from vsmlib.engine import engine_of

    words = "--master local[2] --conf spark.ui.enabled=false pyspark-shell"
    os.environ.setdefault("PYSPARK_SUBMIT_ARGS", words)
    return engine_of("spark")

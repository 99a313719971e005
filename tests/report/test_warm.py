"""The warm process of a batch: it knows all that a report needs, and has started nothing."""

import subprocess
import sys

from bs4 import BeautifulSoup

from vsmlib.report.rehearsal import rehearse

LOAD = """
import importlib, json, sys, threading
from vsmlib.report.warm import PRELOAD
for name in PRELOAD:
    importlib.import_module(name)
before = set(sys.modules)
from vsmlib.report.rehearsal import rehearse
rehearse()
print(json.dumps([threading.active_count(), sorted(set(sys.modules) - before)]))
"""


def test_all_of_it_is_there_and_no_thread_runs():
    done = subprocess.run([sys.executable, "-c", LOAD], check=True, capture_output=True, text=True)
    assert done.stdout == "[1, []]\n"


def test_what_is_rehearsed_is_a_page():
    soup = BeautifulSoup(rehearse(), "html.parser")
    assert soup.h1.string == "A"
    assert soup.table.thead.th["scope"] == "col"
    assert not soup("script")

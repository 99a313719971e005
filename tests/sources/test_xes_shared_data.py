"""Cases and events of the XES sets, as listed."""

import pytest

from vsmlib.sources import load
from vsmlib.sources.unpack import unpacked

LISTED = {
    "bpic2012": (13_087, 262_200),
    "helpdesk": (4_580, 21_348),
    "08_receipt": (1_434, 8_577),
    "03_repairExample": (1_104, 11_855),
    "02_teleclaims": (3_512, 46_138),
}


@pytest.fixture(scope="module")
def folder(shared_data):
    with unpacked(shared_data("xes.tar.xz")) as folder:
        yield folder


@pytest.mark.parametrize("name", LISTED)
def test_cases_and_events(folder, name):
    extract = load(folder / f"{name}.xes.gz")
    assert (extract.items.num_rows, extract.events.num_rows) == LISTED[name]
    assert {f.code for f in extract.findings} <= {"items_read", "attributes_left_out"}

"""How right suggestions are on labelled real logs, where they are present."""

import pytest

import vsmlib as vsm
from tests.waits import labelled

SETS = {
    "volvo": ("BPI_Challenge_2013_closed_problems.csv.gz", labelled.volvo),
    "bpic2012": ("xes.tar.xz", lambda path: labelled.xes(path, "bpic2012", prefix="W_")),
    "servicenow": ("itsm-servicenow.zip", labelled.servicenow),
    "jira": ("jira-apache.tar.xz", labelled.jira),
}


@pytest.mark.parametrize("name", SETS)
def test_right_with_true_and_with_opaque_names(shared_data, name):
    file, read = SETS[name]
    events, kinds = read(shared_data(file))
    true = labelled.rightness(vsm.read(events), events, kinds)
    assert true["dwell"] >= 0.95
    events, kinds = labelled.opaque(events, kinds)
    hidden = labelled.rightness(vsm.read(events), events, kinds)
    assert hidden["dwell"] >= 0.85
    assert hidden["balanced"] >= 0.75

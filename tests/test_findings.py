"""Findings are told with their count and first examples, in the order of the table."""

from vsmlib.findings import Finding, found

KINDS = (
    ("cut", "error", "{n} files are cut", "refused"),
    ("odd", "note", "{n} rows are odd", "kept"),
)


def test_found_counts_and_keeps_three_examples():
    met = {"odd": ["row 1", "row 2", "row 3", "row 4"], "cut": []}
    assert found(met, KINDS) == [
        Finding("odd", "note", 4, "4 rows are odd", "kept", ("row 1", "row 2", "row 3"))
    ]

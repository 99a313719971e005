"""The table reader on real exports, where they are present."""

import pytest

from tests.sources.tables import codes, finding
from vsmlib.errors import SourceError
from vsmlib.sources.table import read_table
from vsmlib.sources.unpack import unpacked


def sizes(extract):
    frame = extract.events.select("item_id").collect()
    return len(frame), frame["item_id"].n_unique()


def test_problems_of_volvo_it(shared_data):
    path = shared_data("BPI_Challenge_2013_closed_problems.csv.gz")
    with pytest.raises(SourceError, match=r"times without offset, such as '20.*--timezone"):
        read_table(path)
    extract = read_table(path, timezone="Australia/Adelaide")
    assert extract.name == "BPI_Challenge_2013_closed_problems"
    assert finding(extract, "columns_guessed").what.startswith(
        "columns: item=Case ID, time=Complete Timestamp, event=Activity, actor=Resource"
    )
    assert finding(extract, "rows_read").count == 6_660
    removed = finding(extract, "duplicate_rows")
    events, cases = sizes(extract)
    assert (events + (removed.count if removed else 0), cases) == (6_660, 1_487)


def test_audit_log_of_servicenow(shared_data):
    extract = read_table(shared_data("itsm-servicenow.zip"), timezone="UTC")
    assert finding(extract, "rows_read").count == 119_998
    assert finding(extract, "columns_guessed").what.startswith(
        "columns: item=number, time=sys_updated_at, event=incident_state, actor=sys_updated_by"
    )
    assert set(codes(extract)) == {"rows_read", "columns_guessed"}
    assert sizes(extract)[0] == 119_998


def test_logs_with_start_and_end(shared_data):
    with unpacked(shared_data("kronos.tar.xz")) as folder:
        extract = read_table(folder / "icpm" / "handoff-logs" / "manual_log_1.csv", timezone="UTC")
    assert (finding(extract, "rows_read").count, sizes(extract)[0]) == (12, 24)
    names = set(extract.events.collect()["event"].to_list())
    assert all(name.endswith((" start", " end")) for name in names)

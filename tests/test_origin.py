"""Provenance: the same data and stream say the same, whatever the order of rows."""

import vsmlib as vsm
from tests.worlds import HAND, make_log, make_stream
from vsmlib.flow import Flow


def test_provenance_names_data_stream_parameters_and_versions():
    one = vsm.provenance(Flow(make_log(HAND), make_stream()), source="</script>", n=1)
    other = vsm.provenance(Flow(make_log(HAND[::-1]), make_stream()), source="</script>", n=1)
    assert one == other
    assert one["data"].startswith("world: 12 events, hash ")
    assert one["parameters"] == "source='</script>', n=1"
    assert "duckdb" in one["versions"]
    assert "<script" not in one._repr_html_()
    assert "</script>" not in one._repr_html_()


def test_a_seed_is_said_where_there_is_one():
    flow = Flow(make_log(HAND), make_stream())
    assert vsm.provenance(flow, seed=7)["seed"] == "7"
    assert vsm.provenance(flow)["seed"].startswith("none")

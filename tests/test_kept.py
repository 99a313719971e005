"""What a flow remembers: made once for each set of arguments, given to each as their own."""

import narwhals as nw
import pandas as pd
import pytest

from tests.worlds import HAND, flow_of
from vsmlib import measure, waste
from vsmlib.errors import ParameterError
from vsmlib.kept import kept


def test_it_is_made_once_for_arguments_that_mean_the_same():
    asked = []

    @kept
    def doubled(flow, of=2, by=None, *, signs=()):
        """Double it."""
        asked.append((of, by, signs))
        return 2 * of

    flow = flow_of(HAND)
    same = [doubled(flow), doubled(flow, 2), doubled(flow, of=2, by=""), doubled(flow, signs=[])]
    assert same == [4] * 4
    assert len(asked) == 1
    assert doubled(flow, 3) == 6
    assert doubled(flow, signs={"a": ["x"]}) == doubled(flow, signs={"a": ["y"]}) == 4
    assert doubled(flow_of(HAND)) == 4
    assert len(asked) == 5
    assert doubled.__doc__ == "Double it."


def test_what_one_changes_another_does_not_see():
    flow = flow_of(HAND)
    mine = measure.stages(flow)
    mine.loc[0, "stage"] = "mine"
    mine["more"] = 1
    assert measure.stages(flow)["stage"].tolist()[0] == "Queue"
    assert "more" not in measure.stages(flow)
    measure.summary(flow)["lead_time_s"]["p50"] = None
    assert measure.summary(flow)["lead_time_s"]["p50"] is not None


def test_an_error_is_not_kept():
    flow = flow_of(HAND)
    for _ in range(2):
        with pytest.raises(ParameterError, match="unknown item column"):
            measure.stages(flow, by="tema")


def test_measured_once_nothing_is_asked_of_the_engine_again(monkeypatch):
    flow = flow_of(HAND)
    names = (
        "summary stages transitions wip variants throughput efficiency aging pace strips".split()
    )
    names += ["sample", "spread", "wait_hours", "littles_law", "periods", "distribution"]
    first = {name: getattr(measure, name)(flow) for name in names}
    trends = [find(flow).trend for find in waste.EVERY]

    def refuse(*_, **__):
        raise AssertionError

    monkeypatch.setattr(nw.LazyFrame, "collect", refuse)
    for name, table in first.items():
        again = getattr(measure, name)(flow)
        if isinstance(table, pd.DataFrame):
            pd.testing.assert_frame_equal(again, table, obj=name)
        else:
            assert again == table, name
    for find, trend in zip(waste.EVERY, trends, strict=True):
        pd.testing.assert_frame_equal(find(flow).trend, trend)

"""The map with a stage up close."""

from itertools import pairwise

import pandas as pd
import pytest

from tests.charts import frames, looking
from vsmlib.charts.axes import STEPS
from vsmlib.charts.closer import draw_stage_explorer
from vsmlib.charts.states import State


def times(rows, visits=60):
    edges = list(STEPS)
    flowing = [(i + 1, *row[:2]) for i, row in enumerate(rows) if row[1] in ("active", "wait")]
    made = [
        (name, kind, position, low, high, visits * (i + position) % 41)
        for position, name, kind in flowing
        for i, (low, high) in enumerate(pairwise(edges))
    ]
    columns = ["stage", "kind", "position", "low_s", "high_s", "visits"]
    return pd.DataFrame(made, columns=columns)


def draw(rows, delivered=944):
    tables = frames.stages(rows, delivered), frames.transitions(rows, delivered)
    state = State(*tables, frames.summary(rows, delivered), "Pulls")
    return draw_stage_explorer(state, times(rows), frames.aging(rows))


@pytest.mark.parametrize("rows", [frames.shape(3), frames.shape(25), frames.hostile()])
def test_it_shows_the_longest_wait_at_first(rows):
    table = frames.stages(rows)
    longest = table.loc[table["share_of_lead_time"].idxmax(), "stage"]
    chart = draw(rows)
    assert chart.to_dict(validate=True) == chart.to_dict()
    (picked,) = looking.spec(chart)["params"]
    assert picked["value"] == [{"stage": " ".join(longest.split())}]
    texts = looking.texts(chart)
    visits = table.loc[table["stage"] == longest, "visits"].iloc[0]
    assert any(
        text.endswith("half within 5.9 days") or f"{visits:,} visits" in text for text in texts
    )
    assert sum("in this stage" in text for text in texts) <= 7


def test_bars_are_worded_as_people_say_it():
    words = list(
        dict.fromkeys(row["lasted"] for row in looking.rows(draw(frames.shape(7)), "lasted"))
    )
    assert (words[0], words[1], words[-1]) == ("under 1 min", "1 min to 10 min", "over 1 year")


def test_without_a_delivered_item_the_map_says_so():
    assert any(t.startswith("No delivered item") for t in looking.texts(draw(frames.shape(7), 0)))

"""When waits end, by hour of the week."""

import pandas as pd
import pytest

from tests.charts import frames, looking
from vsmlib.charts.hours import bounds, draw_wait_heat_map

SUMMARY = frames.summary(frames.PULL_REQUESTS)


def draw(hours):
    return draw_wait_heat_map(hours, SUMMARY)


def test_every_hour_has_a_cell_and_its_figures():
    table = frames.wait_hours()
    cells = pd.DataFrame(looking.rows(draw(table), "hour", "waits ended"))
    assert len(cells) == 168
    assert cells["waits ended"].astype(int).tolist() == table["ended"].tolist()
    ends = cells["hour"].iloc[[0, 167]].tolist()
    assert ends == ["Monday, 0:00 to 1:00", "Sunday, 23:00 to 24:00"]
    assert cells["time waited"].unique().tolist() == ["36 days"]


def test_the_more_waits_ended_the_darker():
    table = frames.wait_hours().assign(ended=range(168))
    shapes = looking.rows(draw(table), "path", "fill")
    fills = [row["fill"] for row in shapes if row["stroke"]][-168:]
    lightness = [int(fill[1:3], 16) for fill in fills]
    assert lightness == sorted(lightness, reverse=True)
    assert len(set(fills)) == 6


def test_the_title_says_how_few_hours_hold_half_of_the_ends():
    table = frames.wait_hours().assign(ended=0)
    table.loc[[30, 31, 32], "ended"] = [5, 3, 2]
    chart = draw(table)
    assert looking.title(chart) == (
        "When do waits end? Half of them within 1 hour of the week's 168, 100% on Tuesdays"
    )
    assert "10 visits to wait stages of 944 items delivered" in looking.subtitle(chart)
    found = looking.texts(chart)
    assert found.count("100%") == 1
    assert found.count("14%") == 7  # of the waiting, each day


def test_one_wait_is_one_wait():
    table = frames.wait_hours().assign(ended=0)
    table.loc[30, "ended"] = 1
    assert looking.title(draw(table)) == "When do waits end? The one wait ended on a Tuesday"


@pytest.mark.parametrize(("most", "steps"), [(1, [1]), (2, [1, 2]), (25, [1, 4, 9, 16, 25])])
def test_shades_have_whole_bounds(most, steps):
    assert bounds(most) == steps

"""The linked views: few rows however many items, names that stay text, the choice read back."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from tests.charts import frames, looking
from tests.worlds import DAY, START, make_log, make_stream
from vsmlib import charts
from vsmlib.charts import explorer_rows, views
from vsmlib.charts.colours import COLOURS, DARK
from vsmlib.charts.explorer import MOST_ITEMS, draw_explorer
from vsmlib.flow import Flow


def draw(rows, items=300, **changed):
    table = frames.items(items).assign(weight=1.0)
    table["first_entered_at"] = table["delivered_at"] - pd.to_timedelta(
        table["lead_time_s"], unit="s"
    )
    table, strips = table.assign(**changed), frames.strips(rows).assign(weight=1.0)
    strips["item_id"] = table["item_id"].to_numpy()[strips["item_id"].factorize()[0]]
    table["path"] = table["item_id"].map(paths(rows, strips)).fillna(straight(rows))
    tables = table, strips, frames.wip(rows)
    told = frames.stages(rows, items), frames.summary(rows, items)
    return draw_explorer(*tables, *told, now=(frames.aging(rows), frames.pace(rows)))


def paths(rows, strips):
    """The way of each item that has strips, to its delivery."""
    visits = strips[strips["kind"] != "blocked"].groupby("item_id")["stage"]
    return visits.agg(lambda stages: " > ".join([*stages, rows[-1][0]]))


def straight(rows):
    return f"{rows[0][0]} > {rows[-1][0]}"


@pytest.mark.parametrize("rows", [frames.shape(3), frames.shape(25), frames.hostile()])
def test_it_is_as_wide_as_a_notebook_and_every_colour_has_a_dark_partner(rows):
    chart = draw(rows)
    assert chart.to_dict(validate=True) == chart.to_dict()
    assert looking.size(chart)[0] <= 860
    assert looking.colours(chart) <= set(DARK)


def test_hostile_names_stay_text():
    chart = draw(frames.hostile(), item_id=[frames.HOSTILE[i % 9] + str(i) for i in range(300)])
    assert all("\n" not in text for text in looking.texts(chart))
    assert any(text.count("datum.") and "…" in text for text in looking.texts(chart))


def test_its_line_says_what_is_chosen():
    table = frames.items(300)
    said = next(text for text in looking.texts(draw(frames.shape(9))) if "items chosen" in text)
    assert (
        f"300 items chosen: mean lead time {table['lead_time_s'].mean() / 86400:,.1f} days" in said
    )
    work = table["process_time_s"].sum() / table["lead_time_s"].sum()
    assert f"{work:.0%} of it work" in said


def test_bars_of_weeks_stand_on_the_ground():
    """A bar that has two moments across but one figure up is else drawn as a dash."""
    drawn = looking.svg(draw(frames.shape(9)))
    marks = re.search(r'<g class="mark-rect [^"]*concat_4_layer_1_marks".*?</g>', drawn)[0]
    heights = [float(high) for high in re.findall(r"h[\d.-]+v([\d.]+)h", marks)]
    counts = draw(frames.shape(9)).data.values.splitlines()
    column = counts[0].split(",").index("begins")
    weeks = pd.Series([row.split(",")[column] for row in counts[1:]]).value_counts()
    assert len(heights) == len(weeks)
    assert max(heights) / min(heights) == pytest.approx(weeks.max() / weeks.min(), rel=0.01)


def test_strips_are_those_of_the_slowest_by_number_and_not_by_text():
    rows = frames.shape(9)
    lead = [9e5 - 3e4 * i if i < 9 else 3e6 + i for i in range(300)]
    chart = draw(rows, lead_time_s=lead)
    label = r'aria-label="rank: (\d+); name: ([^"]+)"'
    found = {int(rank): name for rank, name in re.findall(label, looking.svg(chart))}
    held = frames.strips(rows)["item_id"].nunique()
    names = frames.items(300)["item_id"].tolist()[9:held][::-1]
    assert [found[rank] for rank in range(1, 13)] == names[:12]


def test_its_moves_and_hours_are_counts_of_all_visits():
    """They are grouped by one number each; every move and every hour has to come out of it."""
    rows = frames.shape(25)
    strips = frames.strips(rows)
    visits = strips[strips["kind"] != "blocked"]
    to = visits.groupby("item_id")["stage"].shift(-1).fillna(rows[-1][0])
    drawn = looking.svg(draw(rows))
    label = r'"([^":]+) to ([^":]+): moves: (\d+)"'
    found = {(a, b): int(n) for a, b, n in re.findall(label, drawn)}
    assert found == visits.assign(to=to).groupby(["stage", "to"]).size().to_dict()
    hours = re.findall(r'waits ended: (\d+)"', drawn)
    assert sum(map(int, hours)) == (strips["kind"] == "wait").sum()


def test_its_graph_leads_forward_above_the_stages_and_back_below_them():
    rows = frames.shape(9)
    place = {row[0]: i for i, row in enumerate(rows)}
    label = r'aria-label="([^":]+) to ([^":]+): moves: [^>]+ d="M([\d.,]+)C[\d.,]+C([\d.,]+)"'
    drawn = re.findall(label + ' stroke="([^"]+)"', looking.svg(draw(rows)))
    assert len(drawn) == len(rows)  # from each to the next, and from the last but one to the first
    for stage, to, *curves, colour in drawn:
        (start, foot), (*_, end, other) = (map(float, curve.split(",")) for curve in curves)
        top = float(curves[1].split(",")[1])
        assert foot == other
        assert (end > start) == (top < foot) == (place[to] > place[stage])
        assert colour == (COLOURS["rework"] if end < start else views.DONE)


def test_a_stage_that_only_reopened_items_met_is_in_the_graph():
    """What is cancelled is not in line, but what was closed and opened again moved there."""
    way = ["work", "drop", "review", "done"]
    events = [("A", START + n * DAY, n, name, None) for n, name in enumerate(way)]
    flow = Flow(make_log(events), make_stream())
    moves = re.findall(r'"(\w+) to (\w+): moves: 1"', looking.svg(charts.explorer(flow)))
    assert sorted(moves) == [("Dropped", "Review"), ("Review", "Done"), ("Work", "Dropped")]


def test_its_ways_are_the_most_frequent_and_the_rest():
    ways = [
        path for n in range(12) for path in [" > ".join("ABC"[i] for i in _digits(n))] * (n + 1)
    ]
    items = pd.DataFrame({"path": ways, "weight": 1.0})
    named = explorer_rows.ways(items, "ABC")
    assert named.value_counts().to_dict() == {
        explorer_rows.OTHER: sum(n + 1 for n in range(4)),
        **{" ".join(str(i + 1) for i in _digits(n)): n + 1 for n in range(4, 12)},
    }


def _digits(number):
    return [int(digit) for digit in np.base_repr(number + 27, 3)]


def test_its_triangle_is_littles_law():
    table = frames.items(300)
    came = table["delivered_at"] - pd.to_timedelta(table["lead_time_s"], unit="s")
    span = (table["delivered_at"].max() - came.min()) / pd.Timedelta(days=1)
    said = next(text for text in looking.texts(draw(frames.shape(9))) if "in work = " in text)
    read = [float(part.split()[0].replace(",", "")) for part in re.split("= |× ", said)]
    assert read[0] == pytest.approx(table["lead_time_s"].sum() / 86400 / span, rel=0.01)
    assert read[0] == pytest.approx(read[1] * read[2] / 7, rel=0.01)


def test_without_a_delivered_item_it_says_so():
    flow = Flow(make_log([("A", START, 0, "work", None)]), make_stream())
    chart = charts.explorer(flow)
    assert any(text.startswith("No delivered item") for text in looking.texts(chart))
    assert charts.selected(flow, charts.live(chart)).empty


def test_one_item_is_drawn():
    events = [("A", START, 0, "work", None), ("A", START + DAY, 1, "done", None)]
    flow = Flow(make_log(events), make_stream())
    assert any(text.startswith("1 item chosen") for text in looking.texts(charts.explorer(flow)))


def test_many_items_are_a_weighted_sample_of_bounded_size():
    events = [
        (f"I{i}", START + i * 3600 + step * (i % 97) * 600, i * 3 + step, name, None)
        for i in range(3 * MOST_ITEMS)
        for step, name in enumerate(("work", "done"))
    ]
    flow = Flow(make_log(events), make_stream())
    chart = charts.explorer(flow)
    assert f"a weighted sample of {MOST_ITEMS:,}" in looking.subtitle(chart)
    assert any(text.startswith(f"{3 * MOST_ITEMS:,} items") for text in looking.texts(chart))
    assert len(json.dumps(chart.to_dict())) < 1_500_000

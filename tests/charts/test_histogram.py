"""How lead times are spread."""

import itertools

import pandas as pd
import pytest

from tests.charts import frames, looking
from vsmlib.charts.axes import durations
from vsmlib.charts.histogram import draw_lead_time_histogram

DAY = frames.DAY


def draw(lead):
    spread, bins, summary = frames.spread(lead)
    return draw_lead_time_histogram(bins, spread, summary)


def bars(chart):
    return pd.DataFrame(looking.rows(chart, "lead time", "zero"))


def test_every_item_stands_in_a_bar():
    lead = frames.items(944)["lead_time_s"]
    chart = draw(lead)
    assert bars(chart)["items"].sum() == 944
    assert "bins of equal width on the log scale" in looking.subtitle(chart)
    found = looking.texts(chart)
    assert f"85% ≤ {round(lead.quantile(0.85) / DAY)} days" in found


def test_bars_touch_and_are_as_wide_on_their_scale():
    made = bars(draw(frames.items(944)["lead_time_s"]))
    assert made["high"].tolist()[:-1] == pytest.approx(made["low"].tolist()[1:])
    ratio = made["high"] / made["low"]
    assert ratio.iloc[2:-1].max() == pytest.approx(ratio.iloc[2:-1].min())


def test_even_times_have_round_bins():
    edges = durations(pd.Series([DAY, 4 * DAY, 20 * DAY])).edges()
    steps = {round(b - a) for a, b in itertools.pairwise(edges)}
    assert steps == {DAY / 2}
    assert edges[-1] >= 20 * DAY


def test_words_of_the_percentiles_lie_apart():
    marks = looking.rows(draw(pd.Series([5 * DAY] * 9)), "place", "seconds")
    places = sorted({mark["place"] for mark in marks})
    assert len(places) == 3
    assert all(b - a >= 100 for a, b in itertools.pairwise(places))


def test_one_item_is_one_item():
    assert "The one delivered took 3 days" in looking.title(draw(pd.Series([3 * DAY])))

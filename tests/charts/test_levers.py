"""The levers: the best on top, with where the queue goes."""

import pandas as pd

from tests.charts import frames, looking
from vsmlib import charts
from vsmlib.charts.colours import DARK


def table(**changes):
    row = {"lever": "service_time", "stage": "Code", "change": "work 20% less", "effect_s": -3600.0,
           "low_s": -7200.0, "high_s": 3600.0, "share": -0.1, "p85_s": -60.0, "p85_rank": 3,
           "local_s": -86400.0,
           "moved_to": "QA", "moved_s": 82800.0, "local_only": True,
           "constraint": False}  # fmt: skip
    return pd.DataFrame([row | {name: value[i] for name, value in changes.items()}
                         for i in range(max(map(len, changes.values()), default=1))])  # fmt: skip


def test_a_local_optimisation_is_marked_with_where_the_queue_goes():
    chart = charts.levers(table())
    (bar,) = looking.rows(chart, "effect", "zero")
    assert bar["note"] == "local only; queue moves to QA"
    assert bar["low"] == -7200.0 < bar["effect"] < bar["high"]
    assert bar["pale"] < 0.9, "its interval holds 0"
    assert bar["slow"] == "85%: rank 3"
    assert "1 local optimisation." in looking.spec(chart)["description"]
    assert looking.title(chart).endswith("Code, work 20% less: −1 h an item")


def test_of_many_levers_the_first_are_drawn_whatever_their_names():
    names = [*frames.HOSTILE, *frames.HOSTILE]
    chart = charts.levers(table(stage=names, moved_to=names))
    assert len(looking.rows(chart, "effect", "zero")) == 12
    assert f"the first 12 of {len(names)}" in looking.subtitle(chart)
    assert looking.size(chart)[0] <= 864
    assert looking.colours(chart) <= set(DARK)


def test_no_lever_says_so():
    assert "No lever could be tried" in looking.spec(charts.levers(table().head(0)))["description"]

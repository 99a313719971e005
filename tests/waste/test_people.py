"""Switching: aggregates of five people or more, or nothing."""

import numpy as np
import pytest

from tests.worlds import BLOCKED, HOUR, START, flow_of, make_log, make_stream
from vsmlib import waste
from vsmlib.errors import ParameterError
from vsmlib.flow import Flow


def people(count):
    """As many people, each with two items of four hours, the second begun an hour later."""
    rows = []
    for n in range(count):
        for item in range(2):
            name, who = f"{n}-{item}", f"p{n}"
            rows.append((name, START + item * HOUR, len(rows), "work", who))
            rows.append((name, START + (item + 4) * HOUR, len(rows), "done", who))
    return rows


def test_switching_is_time_beside_an_item_begun_before():
    made = waste.switching(flow_of(people(6)))
    assert made.days == pytest.approx(6 * 3 / 24)
    assert made.figures["parallel_items"] == pytest.approx(8 / 5)
    assert made.figures["switches_per_day"] == 1
    assert made.figures["people"] == 6


def test_few_people_are_not_spoken_of():
    made = waste.switching(flow_of(people(4)))
    assert np.isnan(made.days)
    assert made.figures == {"people": 4}
    assert made.places.empty
    assert made.items.empty


def test_what_is_blocked_does_not_lie():
    rows = [*people(6), ("0-1", START + 2 * HOUR, 99, "flag", None)]
    assert waste.switching(flow_of(rows)).days == pytest.approx((6 * 3 - 2) / 24)


def test_a_team_of_fewer_than_five_is_not_spoken_of():
    rows = people(9)
    team = {row[0]: {"team": "big" if int(row[0][0]) < 5 else "small"} for row in rows}
    flow = Flow(make_log(rows, team), make_stream(blocked=BLOCKED))
    made = waste.by_team(flow).set_index("team")
    assert made.loc["big"].tolist() == [5, 8 / 5, 1.0, 1.0, 3 / 8]
    assert made.loc["small"].isna().all()
    with pytest.raises(ParameterError):
        waste.by_team(flow, "nonsense")

"""Whatever the log is like, there is an answer or one line that says why not."""

import math

from hypothesis import Phase, given, settings

from tests.worlds import BLOCKED, known, logs, make_log, make_stream, quick
from vsmlib.errors import VsmError
from vsmlib.flow import Flow
from vsmlib.whole import Scenario, fit

EVERYTHING = Scenario.from_dict(
    {
        "arrivals": {"scale": 1.3},
        "priority": {"share": 0.5},
        "stages": {
            "Work": {"service_time": {"scale": 0.5}, "rework": {"scale": 1.5}, "wip_limit": 2},
            "Review": {"wait": {"scale": 0.5}, "release_every": "2d", "rework": {"scale": 0.5}},
            "Queue": {"wait": {"scale": 0}, "batch": 2},
        },
    }
)
HOURS = {"timezone": "Europe/Berlin", "hours": {"mon-fri": ["09:00-17:00"]}}


def numbers(value):
    if isinstance(value, dict):
        return [n for v in value.values() for n in numbers(v)]
    if isinstance(value, list):
        return [n for v in value for n in numbers(v)]
    return [value] if isinstance(value, float) else []


@settings(quick, max_examples=15, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(logs())
def test_any_log(events):
    if not known(events):
        return
    for keys in ({}, {"calendar": HOURS}):
        try:
            model = fit(Flow(make_log(events), make_stream(blocked=BLOCKED, **keys)))
            made = model.run(EVERYTHING, horizon_days=20, replications=5, seed=1).to_dict()
        except VsmError as error:
            assert "\n" not in str(error)  # noqa: PT017
            continue
        assert all(math.isfinite(n) for n in numbers(made))
        assert made["verdict"] in ("better", "worse", "no_difference", "unstable")
        assert any("rough" in text for text in made["warnings"])

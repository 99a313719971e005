"""What stands beside speed: effort, load, people, failures, and what the log has never seen."""

import pytest

from tests.whole import worlds
from tests.worlds import DAY, HOUR, START, make_log, make_stream
from vsmlib.errors import ParameterError
from vsmlib.flow import Flow
from vsmlib.sentences.whole import simulated
from vsmlib.whole import Scenario, fit

KEYS = {"horizon_days": 42, "replications": 20}
WEEKS = 30


@pytest.fixture(scope="module")
def model():
    stages = (worlds.Stage(6, 3, outside=20.0), worlds.Stage(5, 1))
    world = worlds.World(stages, per_week=28, items=840, release=7)
    return fit(worlds.flow(worlds.past(world)))


def run(model, text, **keys):
    return model.run(Scenario.parse(text), **(KEYS | keys))


def test_a_gain_is_weighed_by_its_effort(model):
    text = "{effort_days: 6, stages: {Work 1: {capacity: +1, effort_days: 14}}}"
    made = run(model, text)
    assert made["effort"]["days"] == 20
    for name, figure in made["difference"].items():
        assert made["effort"]["per_day"][name]["estimate"] == figure["estimate"] / 20
    assert "effort: 20 days; each" in " ".join(simulated(made.to_dict(), "A"))
    assert run(model, "{stages: {Work 1: {capacity: +1}}}")["effort"] is None
    free = run(model, "{effort_days: 0, stages: {Work 1: {capacity: +1}}}")["effort"]
    assert free["days"] == 0
    assert free["per_day"]["lead_time_p85_s"] == {}


def test_scenarios_side_by_side(model):
    texts = [
        "{name: fewer, effort_days: 4, arrivals: {scale: 0.8}}",
        "{name: more, arrivals: {scale: 1.4}}",
    ]
    table = model.compare([Scenario.parse(text) for text in texts], **KEYS).set_index("scenario")
    fewer, more = table.loc["fewer"], table.loc["more"]
    alone = run(model, texts[0])
    assert fewer["p85_s"] == alone["difference"]["lead_time_p85_s"]["estimate"]
    assert fewer["p85_per_day_s"] == pytest.approx(fewer["p85_s"] / 4)
    assert more["effort_days"] != more["effort_days"], "none was told"
    assert fewer["busiest"] < 0.85 < more["busiest"]
    assert [*table.index] == ["fewer", "more"]


def test_levers_are_weighed_by_what_they_take(model):
    table = model.levers(effort_days={"capacity": 30}, **KEYS)
    people = table[table["lever"] == "capacity"]
    assert people["per_day_s"].tolist() == pytest.approx((people["effect_s"] / 30).tolist())
    assert table.loc[table["lever"] != "capacity", "per_day_s"].isna().all()
    assert table.loc[table["p85_rank"] == 1, "p85_s"].iloc[0] == table["p85_s"].min()
    with pytest.raises(ParameterError, match="did you mean 'capacity'"):
        model.levers(effort_days={"capacty": 30}, **KEYS)
    with pytest.raises(ParameterError, match="days above 0"):
        model.levers(effort_days={"capacity": 0}, **KEYS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{stages: {Work 1: {capacity: +1}}}", "more at once than the log has seen"),
        ("{stages: {Work 1: {service_time: {scale: 0.02}}}}", "less on average than nine in ten"),
        ("{stages: {Wait 0: {wait: {scale: 0.01}}}}", "Wait 0: it would take less"),
        ("{stages: {For release: {release_every: 2d}}}", "faster than ever before"),
        ("{stages: {For release: {wait: {scale: 0.5}}}}", "faster than ever before"),
        ("{stages: {Work 0: {wip_limit: 1}}}", "shows no such limit"),
        ("{arrivals: {scale: 1.1}}", "busy, which the log cannot tell from more"),
        ("{stages: {Work 1: {service_time: {scale: 1.05}}}}", "small changes move its queue"),
    ],
)
def test_what_the_log_has_not_seen_is_said(model, text, said):
    warned = run(model, text)["warnings"]
    assert any(said in line for line in warned), warned


def test_a_busy_stage_is_no_unstable_one(model):
    """92 % of the capacity is needed: the queue gets long, and has an end."""
    made = run(model, "{arrivals: {scale: 1.1}}")
    assert made["load"][1]["after"] == pytest.approx(1.1 * 28 * 5 / 168, rel=0.05)
    assert made["verdict"] in ("worse", "no_difference")
    assert run(model, "{arrivals: {scale: 1.3}}")["verdict"] == "unstable"


def test_what_the_log_has_seen_raises_no_warning(model):
    texts = ("{stages: {Work 0: {service_time: {scale: 0.8}}}}",
             "{stages: {For release: {release_every: 14d}}}")  # fmt: skip
    for text in texts:
        warned = run(model, text)["warnings"]
        assert not [w for w in warned if "busy" not in w and "held out" not in w]
    longer = run(model, "{}", horizon_days=400)["warnings"]
    assert any("400 days ahead are more than the 210 of the log" in text for text in longer)


def failing():
    """A deployment a week by three people, two items each, every fifth with an incident."""
    events, items = [], {}

    def tell(item, at, event, who=None):
        events.append((item, START + int(at), len(events), event, who))

    for week in range(WEEKS):
        at = week * 7 * DAY
        for n in (0, 1):
            name = f"i{week}-{n}"
            tell(name, at + n * DAY, "work", f"p{n}")
            tell(name, at + 4 * DAY, "done", "p2")
        deploy = f"d{week}"
        tell(deploy, at + 4 * DAY, "deployed")
        items[deploy] = {"item_type": "deployment"}
        if week % 5 == 0:
            tell(f"x{week}", at + 4 * DAY + HOUR, "triggered")
            tell(f"x{week}", at + 4 * DAY + 2 * HOUR, "resolved")
            items[f"x{week}"] = {"item_type": "incident"}
    return events, items


def test_failures_are_as_many_as_the_deliveries_bring():
    events, items = failing()
    stages = [{"name": "Work", "kind": "active", "enter": ["work"]},
              {"name": "Done", "kind": "done", "enter": ["done"]}]  # fmt: skip
    flow = Flow(make_log(events, items=items), make_stream(stages))
    made = run(fit(flow), "{arrivals: {scale: 1.5}}")
    assert made["exposure"]["change_fail_rate"] == pytest.approx(1 / 5)
    sides = made["exposure"]["failed_per_week"]
    for when, side in (("before", "baseline"), ("after", "scenario")):
        assert sides[when] == pytest.approx(made[side]["throughput_per_week"] / 10)
    people = made["people"]
    assert people["count"] == 3
    assert people["wip_per_person"]["after"] == pytest.approx(made["scenario"]["wip"] / 3)
    said = " ".join(simulated(made.to_dict(), "A"))
    shown = " → ".join(f"{side:.2f}".rstrip("0") for side in sides.values())
    assert f"deployments with an incident a week: {shown}" in said
    assert "in progress per person" in said


def test_what_is_not_known_is_said(model):
    made = run(model, "{stages: {Work 1: {capacity: +1}}}")
    assert made["exposure"]["change_fail_rate"] is None
    assert made["people"]["count"] is None
    said = " ".join(simulated(made.to_dict(), "A"))
    assert "not known, the log has no incidents of deployments" in said
    assert "in progress per person: not known" in said
    assert "Work 1: 8" in said, "how busy each is"

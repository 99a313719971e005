"""The five keys in words."""

from tests.charts import frames
from vsmlib import sentences


def test_all_are_said_with_the_year_of_their_bucket():
    said = sentences.dora(frames.five_keys()[0], ["Told."])
    assert said[0] == "60 deployments, 2 a week: once a day to once a week (2025)."
    assert said[1].startswith("Half of 60 changes were in production within 17 h of their first")
    assert said[2] == (
        "Half of 10 incidents were over within 5 h of the deployment, 85% within 5 h: "
        "less than one day (2025)."
    )
    assert said[3:] == [
        "17% of the deployments led to an incident.",
        "0% of the deployments were fixes or unplanned.", "Told.",
    ]  # fmt: skip


def test_what_cannot_be_told_is_named():
    keys = frames.five_keys()[0].assign(value=[1.0, 2.0, None, None, None], n=[0, 3, 0, 3, 3])
    assert sentences.dora(keys)[-1] == (
        "Failed deployment recovery time, change fail rate and deployment rework rate cannot be "
        "told from this source."
    )


def test_the_table_has_a_row_a_key_or_a_row_a_group():
    keys = frames.five_keys()[0]
    table = sentences.dora_table(keys)
    assert table.index[2] == "failed deployment recovery time"
    assert table.iloc[2].tolist() == ["5 h", "5 h", 10, "less than one day (2025)"]
    keys.insert(0, "team", "shop")
    wide = sentences.dora_table(keys)
    assert wide.loc["shop", "failed deployment recovery time"] == "5 h (85%: 5 h)"
    assert wide.loc["shop", "deployment frequency"] == "2 per week"
    assert sentences.dora_table(keys.head(0)).empty

"""The stream of a run: given, beside the source, or suggested; and the words on why."""

import vsmlib as vsm
from tests.waits.test_suggest import states


def test_stream_beside_the_source(tmp_path):
    log = states("Doing", "Done")
    draft = vsm.suggest(log).stream
    assert vsm.stream_for(log, None, tmp_path / "x.csv")[0] == draft
    draft.replace_stage("Doing", kind="wait").save(tmp_path / "stream.yaml")
    found, reason = vsm.stream_for(log, None, tmp_path / "x.csv")
    assert found.kinds == ["wait", "done"]
    assert "beside the source" in reason
    assert vsm.stream_for(log, "git", tmp_path)[0].name == vsm.ValueStream.load("git").name


def test_why_a_stream_was_taken_is_one_line_whatever_states_are_called():
    _, reason = vsm.stream_for(states("Doing", "x\ny", "Done"), None, "no/such.csv")
    assert "\n" not in reason
    assert r"'x\ny'" in reason

"""The command line: exit codes, one line on stderr, JSON alone on stdout, hostile words."""

import json
import subprocess
import sys

import pandas as pd
import pytest

from vsmlib import cli

CSV = """key,when,status,who,team
A-1,2026-03-02T09:00:00Z,To do,ada,red
A-1,2026-03-03T09:00:00Z,Doing,bob,red
A-1,2026-03-05T09:00:00Z,Done,bob,red
A-2,2026-03-04T09:00:00Z,Doing,ada,blue
"""
STREAM = """version: 1
name: Board
stages:
  - {name: Queue, kind: wait, enter: [To do]}
  - {name: Work, kind: active, enter: [Doing]}
  - {name: Done, kind: done, enter: [Done]}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "log.csv").write_text(CSV)
    (tmp_path / "s.yaml").write_text(STREAM)
    return tmp_path


def vsm(capsys, *words):
    code = cli.run(list(words))
    out, err = capsys.readouterr()
    return code, out, err


def test_measure_writes_tables(folder, capsys):
    code, out, err = vsm(capsys, "measure", "log.csv", "--stream", "s.yaml", "--out", "t")
    assert code == 0
    assert "1 item delivered" in out
    assert err.startswith("note: columns: item=key")
    assert json.loads((folder / "t" / "summary.json").read_text())["delivered"] == 1
    assert len(pd.read_parquet(folder / "t" / "visits.parquet")) == 4


def test_measure_json_is_alone_on_stdout(folder, capsys):
    code, out, _ = vsm(
        capsys, "measure", "log.csv", "--stream", "s.yaml", "--by", "team", "--json",
        "--from", "2026-03-01", "--to", "2026-03-05",
    )  # fmt: skip
    assert code == 0
    summary = json.loads(out)
    assert summary["in_progress"] == 2
    assert set(summary["by"]) == {"red", "blue"}


def test_suggest_writes_once(folder, capsys):
    code, out, _ = vsm(capsys, "suggest", "log.csv", "-o", "draft.yaml", "--json")
    assert code == 0
    shown = json.loads(out)
    assert shown["stream"] == "draft.yaml"
    assert {"state", "kind", "confidence", "cause", "reasons"} <= set(shown["evidence"][0])
    text = (folder / "draft.yaml").read_text()
    code, _, err = vsm(capsys, "suggest", "log.csv", "-o", "draft.yaml")
    assert code == 2
    assert "draft.yaml: there is a stream already" in err
    assert (folder / "draft.yaml").read_text() == text
    assert vsm(capsys, "suggest", "log.csv", "-o", "draft.yaml", "--force")[0] == 0
    assert vsm(capsys, "measure", "log.csv", "--stream", "draft.yaml")[0] == 0


def test_suggest_prints_yaml(folder, capsys):
    _, out, _ = vsm(capsys, "suggest", "log.csv")
    assert out.startswith("version: 1")


def test_check_exit_codes(folder, capsys):
    assert vsm(capsys, "check", "log.csv")[0] == 0
    (folder / "dirty.csv").write_text(CSV + "A-3,never,Done,eve,red\n")
    code, out, err = vsm(capsys, "check", "dirty.csv", "--json")
    assert code == 1
    found = {f["code"]: f for f in json.loads(out)["findings"]}
    assert found["unparsable_time"]["count"] == 1
    assert "6" in found["unparsable_time"]["examples"][0]
    assert "note: " in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["measure", "nothing.csv"], "nothing.csv: no such file or folder; accepted: a table"),
        (["measure", "log.csv", "--stream", "nope"], "nope"),
        (["measure", "log.csv", "--by", "tema"], "unknown item column 'tema'"),
        (["measure", "log.csv", "--from", "monday"], "--from"),
        (["measure", "log.csv", "--item", "kee"], "did you mean 'key'"),
        (["measure"], "Missing argument 'SOURCE'"),
        (["measur"], "No such command 'measur'"),
        (["measure", "log.csv", "--engine", "dask"], "'dask' is not"),
        (["anonymise", "log.csv", "-o", "x.csv", "--keep", "tema"], "unknown item column"),
        (["anonymise", "log.csv", "-o", "x.csv", "--key-from", "NO_SUCH"], "NO_SUCH is not set"),
        (["measure", "log.csv", "--git", "x"], "--git means nothing for a table"),
        (["measure", "evil\n</script>.csv"], "no such file"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(folder, capsys, words, said):
    code, out, err = vsm(capsys, *words)
    last = err.strip().splitlines()[-1]
    assert code == 2
    assert out == ""
    assert last.startswith("vsm: ")
    assert said in last
    assert not any(line.startswith("Traceback") for line in err.splitlines())
    assert {p.name for p in folder.iterdir()} <= {"log.csv", "s.yaml"}


def test_anonymise(folder, capsys):
    code, out, _ = vsm(capsys, "anonymise", "log.csv", "-o", "safe.csv", "--keep", "team")
    assert code == 0
    assert out == "safe.csv: 4 events of 2 items\n"
    assert ",ada," not in (folder / "safe.csv").read_text()
    assert vsm(capsys, "measure", "safe.csv", "--stream", "s.yaml", "--by", "team")[0] == 0


def test_a_bug_is_one_line_too(folder, capsys, monkeypatch):
    monkeypatch.setattr(cli.shared, "read", lambda _options: 1 / 0)
    code, _, err = vsm(capsys, "check", "log.csv")
    assert code == 1
    assert err == "vsm: internal error: ZeroDivisionError: division by zero; next: vsm --debug …\n"
    with pytest.raises(ZeroDivisionError):
        cli.run(["--debug", "check", "log.csv"])


def test_ctrl_c(folder, capsys, monkeypatch):
    def stop(_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli.shared, "read", stop)
    assert vsm(capsys, "check", "log.csv")[0] == 130


def test_as_a_program(folder):
    """In a process of its own nothing but what is meant reaches the user."""
    program = [sys.executable, "-c", "from vsmlib.cli import main; main()"]
    done = subprocess.run(
        [*program, "measure", "log.csv", "--stream", "s.yaml", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert json.loads(done.stdout)["items"] == 2
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["note"]
    helped = subprocess.run([*program, "--help"], capture_output=True, text=True, check=False)
    assert helped.returncode == 0
    assert "measure" in helped.stdout


PULLS = ("waits", "sample", "--stream", "github-pull-requests", "--out")


def test_waits_writes_causes_and_wastes(folder, capsys):
    code, out, err = vsm(capsys, *PULLS, "t")
    assert code == 0
    assert {p.name for p in (folder / "t").iterdir()} == {
        "causes.parquet", "opportunities.parquet", "waste.parquet",
    }  # fmt: skip
    assert "% " in out
    assert "note: the stream has no calendar" in err


def test_waits_as_json(folder, capsys):
    code, out, _ = vsm(capsys, *PULLS, "t", "--json")
    made = json.loads(out)
    assert code == 0
    assert set(made) == {"causes", "waste", "opportunities", "missing"}
    assert sum(row["share"] for row in made["causes"]) == pytest.approx(1)


def test_waits_by_instance_needs_activities(folder, capsys):
    code, _, err = vsm(capsys, *PULLS, "t", "--instances")
    assert code == 2
    assert "no activity has a start and an end" in err


def test_simulate(folder, capsys):
    (folder / "f.yaml").write_text("name: Rush\narrivals: {scale: 1.5}\n")
    words = ("simulate", "sample", "--stream", "github-pull-requests", "--from", "2024-01-01")
    few = ("--horizon", "90", "--replications", "20", "--seed", "1")
    code, out, _ = vsm(capsys, *words, "--scenario", "f.yaml", *few, "--json")
    made = json.loads(out)
    assert code == 0
    assert {"baseline", "scenario", "difference", "stages", "verdict", "fit"} <= set(made)
    code, out, _ = vsm(capsys, *words, "--scenario", "f.yaml", *few)
    assert code == 0
    assert out.startswith("Rush: ")
    (folder / "f.yaml").write_text("stages: {Reviw: {capacity: +1}}")
    code, out, err = vsm(capsys, *words, "--scenario", "f.yaml", *few)
    assert (code, out) == (2, "")
    assert "unknown stage 'Reviw'" in err


def test_workshop_says_what_cannot_be(folder, capsys):
    code, out, err = vsm(capsys, "workshop", "nowhere.csv")
    assert (code, out) == (2, "")
    assert "nowhere.csv" in err
    code, _, err = vsm(capsys, "workshop", "--stream", "no-such-stream")
    assert code == 2
    assert "no-such-stream" in err
    code, _, err = vsm(capsys, "workshop", "--ip", "not an address")
    assert code == 2
    assert "cannot listen on not an address" in err
    (folder / "file").write_text("")
    code, _, err = vsm(capsys, "workshop", "--folder", "file/w")
    assert code == 1
    assert "give another --folder" in err


def test_compare_says_and_prints(folder, capsys):
    code, out, _ = vsm(capsys, "compare", "log.csv", "--stream", "s.yaml", "--at", "2026-03-04")
    assert code == 0
    assert out.startswith("Lead time: too little data to tell")
    words = ["compare", "log.csv", "--stream", "s.yaml", "--at", "2026-03-04", "--json"]
    code, out, _ = vsm(capsys, *words, "--metric", "rework", "--metric", "throughput")
    assert [one["metric"] for one in json.loads(out)["comparisons"]] == ["rework", "throughput"]


def test_compare_takes_periods_and_groups(folder, capsys):
    words = ("compare", "log.csv", "--stream", "s.yaml")
    code, out, _ = vsm(capsys, *words, "--groups", "team=red,blue")
    assert code == 0
    assert "items with team red against those with blue" in out
    spans = ("--before", "2026-03-02..2026-03-03", "--after", "2026-03-03..2026-03-05")
    assert vsm(capsys, *words, *spans)[0] == 0


@pytest.mark.parametrize(
    "words",
    [("2030-01-01",), ("2026-03-04", "--control", "team"), ("2026-03-04", "--groups", "team"),
     ("2026-03-04", "--before", "2026-03-02"), ("2026-03-04", "--groups", "team=red,blue")],
)  # fmt: skip
def test_compare_refuses_what_cannot_be(folder, capsys, words):
    code, out, err = vsm(capsys, "compare", "log.csv", "--stream", "s.yaml", "--at", *words)
    assert (code, out) == (2, "")
    assert "accepted" in err


def test_report_each_makes_one_of_each_value_and_an_index(folder, capsys):
    words = ("report", "log.csv", "--stream", "s.yaml", "--each", "team", "--out", "o", "--json")
    code, out, err = vsm(capsys, *words)
    run = json.loads(out)
    assert code == 0
    assert [(r["name"], r["status"]) for r in run["reports"]] == [("blue", "done"), ("red", "done")]
    assert [r["figures"]["items"] for r in run["reports"]] == [1, 1]
    assert "red: done in" in err
    assert "<h1>Board: red" in (folder / "o" / "red" / "report.html").read_text()
    assert vsm(capsys, *words)[1].count('"unchanged"') == 2


def test_report_takes_a_portfolio_and_tells_what_failed(folder, capsys):
    (folder / "p.yaml").write_text("reports: [{name: A, source: nothing.csv}]")
    code, out, err = vsm(capsys, "report", "p.yaml", "--out", "o")
    assert (code, out) == (1, "Index: o/index.html\n")
    assert err.startswith("vsm: A: nothing.csv: cannot be read (no such file or folder)")
    (folder / "p.yaml").write_text("reports: []")
    assert vsm(capsys, "report", "p.yaml", "--out", "new")[0] == 2
    assert not (folder / "new").exists()


def test_report_lists_its_parameters(capsys):
    code, out, _ = vsm(capsys, "report", "--help-parameters")
    assert code == 0
    assert "window_from: str = '2023-01-01'\n    first local day" in out
    assert "only: dict = {}\n    item column" in out


def test_report_alerts_have_an_exit_code_and_texts(folder, capsys):
    (folder / "s.yaml").write_text(STREAM + "alerts: {age: 1h}\n")
    words = ("report", "log.csv", "--stream", "s.yaml", "--out", "o", "--markdown")
    code, _, err = vsm(capsys, *words, "--alerts", "-p", "link", "https://x.example/{item}")
    assert code == 3
    assert "alert: o: 1 item in progress is older than 1 h: A-2." in err
    assert (folder / "o" / "alerts.txt").read_text().startswith("o: 1 item")
    said = (folder / "o" / "report.md").read_text()
    assert "1 item in progress is older than 1 h" in said
    assert "[A-2](https://x.example/A-2)" in said
    # asked for no alerts: no exit code, and the last report's figures beside the new ones
    assert vsm(capsys, *words)[0] == 0
    assert (folder / "o" / "tables" / "last.json").is_file()
    assert "Since the last report" in (folder / "o" / "report.md").read_text()


def test_forecast_answers_and_refuses(folder, capsys):
    code, out, _ = vsm(capsys, "forecast", "sample", "--items", "20", "--json")
    made = json.loads(out)
    assert code == 0
    assert {"question", "p50", "p85", "p95", "backtest"} <= set(made)
    key = ("--for-item", "bitcoin-core/secp256k1#1908")
    code, out, _ = vsm(capsys, "forecast", "sample", *key)
    assert code == 0
    assert "When will 'bitcoin-core/secp256k1#1908' be delivered?" in out
    bad = [(), ("--items", "3", "--until", "2027-01-01"), ("--until", "2001-01-01")]
    for words in (*bad, (*key, "--items", "3"), ("--for-item", "nobody")):
        code, out, err = vsm(capsys, "forecast", "sample", *words)
        assert (code, out) == (2, "")
        assert err.splitlines()[-1].startswith("vsm: ")

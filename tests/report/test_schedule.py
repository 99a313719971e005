"""The examples of docs/schedule.md parse, and their command lines are the program's own."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import papermill
import pytest
from ruamel.yaml import YAML

from vsmlib.cli import cli
from vsmlib.report import check_parameters
from vsmlib.shipped import notebook

PAGE = (Path(__file__).parents[2] / "docs" / "schedule.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```([\w-]+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def blocks(kind):
    found = [text for name, text in BLOCKS if name == kind]
    assert found, kind
    return found


def lines():
    """Command lines of `vsm` anywhere on the page."""
    found = re.findall(r"(?:/opt/vsm/\.venv/bin/)?\bvsm report [^\n`|&;]*", PAGE)
    return sorted({re.sub(r"2>>.*|\"$", "", line).strip() for line in found})


@pytest.mark.parametrize("line", lines())
def test_each_command_line_is_one_of_the_programs(line):
    words = shlex.split(line)[2:]
    command = cli.commands["report"]
    context = command.make_context("report", [*words], resilient_parsing=False)
    assert context.params["source"] in ("portfolio.yaml", None)


def test_there_are_command_lines():
    assert len(lines()) > 3


def test_cron_lines_have_five_fields_in_range():
    crontab = [line for line in blocks("cron")[0].splitlines() if not re.match(r"\w+=", line)]
    most = (59, 23, 31, 12, 7)
    assert crontab
    for line in crontab:
        *fields, command = line.split(maxsplit=5)
        for field, top in zip(fields, most, strict=True):
            assert field == "*" or 0 <= int(field) <= top
        assert not re.search(r"(?<!\\)%", command), "cron takes % for a new line"
        subprocess.run(["sh", "-n", "-c", command], check=True)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd")
def test_systemd_units_verify(tmp_path):
    for kind in ("service", "timer"):
        text = blocks(f"systemd-{kind}")[0]
        text = re.sub("ExecStart=.*", "ExecStart=/bin/true", text)
        (tmp_path / f"vsm-report.{kind}").write_text(text)
    units = [str(path) for path in tmp_path.iterdir()]
    words = ["systemd-analyze", "verify", *units]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert "vsm-report" not in done.stderr


def test_systemd_units_have_their_sections():
    import configparser

    for kind, section, key in (
        ("service", "Service", "ExecStart"),
        ("timer", "Timer", "OnCalendar"),
    ):
        unit = configparser.ConfigParser(interpolation=None)
        unit.optionxform = str
        unit.read_string(blocks(f"systemd-{kind}")[0])
        assert unit[section][key]


def test_workflows_are_yaml_whose_steps_are_shell():
    github, gitlab = (YAML(typ="safe").load(text) for text in blocks("yaml"))
    steps = [step["run"] for step in github["jobs"]["report"]["steps"] if "run" in step]
    for command in [*steps, *gitlab["report"]["script"], *blocks("sh")]:
        subprocess.run(["sh", "-n", "-c", command], check=True)
    assert "vsm report" in " ".join(steps)
    assert gitlab["report"]["allow_failure"]["exit_codes"] == 3


def test_airflow_gives_parameters_that_the_notebook_declares():
    text = blocks("python")[0]
    compile(text, "dag.py", "exec")
    names = re.findall(r'^ +"(\w+)": ', text.partition("parameters={")[2], re.MULTILINE)
    given = {n: {"team": "Blue"} if n == "only" else "x" for n in names}
    assert set(check_parameters(notebook("report"), given)) == set(names) >= {"only", "source"}


def test_plain_papermill_runs_the_report_without_vsm(tmp_path):
    out = tmp_path / "out.ipynb"
    values = {"source": "sample", "window_from": "2025-01-01"}
    book = papermill.execute_notebook(notebook("report"), out, values, progress_bar=False)
    assert "In progress" in str(book.cells)

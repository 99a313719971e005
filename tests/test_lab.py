"""JupyterLab: notebooks are put in place and never overwritten; loopback, token, no outside."""

import json

from vsmlib import lab
from vsmlib.shipped import notebooks


def test_notebooks_are_copied_once(tmp_path):
    target = lab.prepare(tmp_path)
    assert sorted(p.name for p in target.iterdir()) == [p.name for p in notebooks()]
    mine = target / "report.ipynb"
    mine.write_text("mine")
    lab.prepare(tmp_path)
    assert mine.read_text() == "mine"


def test_the_server_listens_on_loopback_only(tmp_path):
    words = lab.command(tmp_path, browser=False)
    assert "--ServerApp.ip=127.0.0.1" in words
    assert "--no-browser" in words
    assert not any("token" in word or "password" in word for word in words), "Jupyter's own token"


def test_lab_asks_nothing_of_the_outside():
    overrides = lab.CONFIG / "labconfig" / "default_setting_overrides.json"
    settings = json.loads(overrides.read_text())
    assert settings["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"

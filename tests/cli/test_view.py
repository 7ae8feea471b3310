import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from typer.testing import CliRunner
from waving_cloth import waving

from warp_fabric.cli import app

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to a Windows process alone")
def test_it_serves_until_ctrl_c(tmp_path):
    pytest.importorskip("viser")
    path = waving().save(tmp_path / "run.h5")
    command = [sys.executable, "-u", "-m", "warp_fabric", "view", str(path), "--no-browser", "--port", "8417"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, **pipes) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith(f"{path}: http://127.0.0.1:")
            url = line.split()[1]
            with urllib.request.urlopen(url) as page:
                assert page.status == 200
            process.send_signal(signal.SIGINT)
            rest, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0
    assert rest.strip() == ""
    assert errors == ""


def test_help_names_the_extra():
    assert "pip install warp-fabric[view]" in CliRunner().invoke(app, ["view", "--help"], env={"COLUMNS": "200"}).output


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_page_that_others_reach_is_noted(monkeypatch, tmp_path, host):
    pytest.importorskip("viser")
    monkeypatch.setattr("warp_fabric.viewer.Showing.wait", lambda _self: None)
    path = waving().save(tmp_path / "run.h5")
    result = CliRunner().invoke(app, ["view", str(path), "--no-browser", "--host", host, "--port", "8431"])
    assert result.exit_code == 0, result.output
    assert ("note: others" in result.stderr) == (host == "0.0.0.0")
    assert "http://127.0.0.1:84" in result.stdout


@pytest.mark.parametrize("name", ["none.h5", "none.toml"])
def test_errors_are_told(tmp_path, name):
    pytest.importorskip("viser")
    result = CliRunner().invoke(app, ["view", str(tmp_path / name), "--no-browser"])
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ")
    assert "fix: " in result.stderr


def test_without_viser_the_fix_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "viser", None)
    result = CliRunner().invoke(app, ["view", str(waving().save(tmp_path / "run.h5")), "--no-browser"])
    assert result.exit_code == 1
    assert "fix: pip install warp-fabric[view]" in result.stderr

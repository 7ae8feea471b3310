"""The command as a whole."""

import os
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

import warp_fabric as wf
from warp_fabric.cli import app

ROOT = Path(wf.__file__).parents[1]


def process(*arguments: str) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=environment)


def test_python_m_is_the_command():
    assert process("-m", "warp_fabric", "--version").stdout == f"warp-fabric {wf.__version__}\n"
    assert process("-m", "warp_fabric", "simulate").returncode == 2


def test_help_is_quick_as_it_loads_nothing_heavy():
    told = process("-m", "warp_fabric", "--help")
    for command in ("simulate", "picture", "demo", "weave"):
        assert command in told.stdout
    heavy = ("warp", "scipy", "h5py", "torch", "matplotlib", "bpy", "pxr")
    code = f"import sys, warp_fabric.cli; print([name for name in {heavy} if name in sys.modules])"
    assert process("-c", code).stdout == "[]\n"


def test_weaves_are_part_of_it():
    assert "twill22" in CliRunner().invoke(app, ["weave", "list"]).stdout

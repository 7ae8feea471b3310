"""The process has the packages it needs, from where Blender's Python finds them."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import warp_fabric
from blender_addon.job import child
from blender_addon.job.job import Job


def test_its_path_comes_first_and_is_its_own(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/somewhere/else")
    monkeypatch.setenv("PYTHONHOME", "/blender")
    environment = child.environment()
    folders = environment["PYTHONPATH"].split(os.pathsep)
    assert folders[0] == str(Path(warp_fabric.__file__).parents[1])
    assert "/somewhere/else" not in folders
    assert len({*folders}) == len(folders)
    assert "PYTHONHOME" not in environment


def test_it_ignores_what_blender_ignores(monkeypatch):
    for ignores in (True, False):
        monkeypatch.setattr(sys, "flags", SimpleNamespace(no_user_site=ignores))
        assert ("-s" in child.command("--version")) == ignores


def test_missing_packages_are_left_to_the_process(monkeypatch):
    monkeypatch.setattr(child, "PACKAGES", ("no-such-package",))
    assert child.package_folders() == [Path(warp_fabric.__file__).resolve().parents[1]]


def test_it_imports_what_a_run_needs(tmp_path):
    code = "import warp, h5py, scipy, threadpoolctl, psutil, typer, rich, dtx_to_wif, tomli_w, pxr\n"
    code += "import warp_fabric, usd_export"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], env=child.environment(), cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_the_command_line(tmp_path):
    command = child.command("simulate", Path("a b.toml"), "--usd-clips", 8)
    assert command[0] == sys.executable
    assert command[-4:] == ["simulate", "a b.toml", "--usd-clips", "8"]
    job = Job(child.command("--version"), child.environment(), tmp_path)
    while job.living:
        job.tick()
    assert (job.state, list(job.log)) == ("done", [f"warp-fabric {warp_fabric.__version__}"])

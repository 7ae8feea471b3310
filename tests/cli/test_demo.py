import os
import subprocess
import sys
from pathlib import Path

import pytest
from small_run import small_scene
from typer.testing import CliRunner

import warp_fabric as wf
from warp_fabric.cli import app
from warp_fabric.cli import demo as demo_module

ROOT = Path(wf.__file__).parents[1]
DEMO = Path(wf.__file__).parent / "demo"


def run(*arguments: object):
    return CliRunner().invoke(app, ["demo", *map(str, arguments)], env={"COLUMNS": "100"})


@pytest.fixture
def small_demo(tmp_path, monkeypatch):
    """The demo with a small scene in place of its own."""
    source = tmp_path / "package" / "demo"
    source.mkdir(parents=True)
    (source / "herringbone.wif").write_bytes((DEMO / "herringbone.wif").read_bytes())
    text = small_scene(time__duration=0.01).to_toml()
    (source / "herringbone.toml").write_text(text)
    monkeypatch.setattr(demo_module, "files", lambda _name: tmp_path / "package")
    monkeypatch.setattr(demo_module, "SIZE", (80, 60))
    monkeypatch.chdir(tmp_path)
    return source


@pytest.mark.parametrize("name", ["herringbone.wif", "herringbone.toml"])
def test_examples_and_package_hold_the_same_files(name):
    assert (ROOT / "examples" / name).read_bytes() == (DEMO / name).read_bytes()


def test_the_scene_is_what_the_demo_promises():
    scene = wf.load_scene(DEMO / "herringbone.toml")
    fabric = scene.build()
    assert fabric.end_count >= 40
    assert fabric.pick_count >= 40
    assert len({*map(tuple, fabric.end_color), *map(tuple, fabric.pick_color)}) == 2
    assert scene.environment.wind_blows
    assert scene.fabric.pose == "hanging"
    assert len(scene.pins) >= 2
    draft = wf.read_draft(DEMO / "herringbone.wif").repeated(fabric.pick_count, fabric.end_count)
    assert (fabric.drawdown == draft.drawdown).all()
    assert fabric.end_radius.max() / fabric.end_spacing <= 0.2887  # yarns keep apart (see geometry)


def test_its_duration_is_the_same_wherever_it_is_told():
    told = "about two minutes on one CPU core"
    places = [ROOT / "README.md", ROOT / "docs" / "pypi.md"]
    assert all(told in path.read_text(encoding="utf-8") for path in places)
    assert told in " ".join(run("--help").stdout.split())


def test_it_leaves_scene_trajectory_and_pictures_and_names_them(small_demo):
    result = run()
    assert result.exit_code == 0, result.output
    folder = Path("out/demo")
    names = {"herringbone.wif", "herringbone.toml", "run.h5", "cloth.png", "close-up.png"}
    assert {each.name for each in folder.iterdir()} == names
    assert all(str(folder / name) in result.stdout for name in names)
    assert wf.load_trajectory(folder / "run.h5").scene == wf.load_scene(small_demo / "herringbone.toml")
    assert (folder / "cloth.png").read_bytes() != (folder / "close-up.png").read_bytes()
    assert run().exit_code == 0


def test_it_does_not_overwrite_a_scene_that_was_changed(small_demo, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "herringbone.toml").write_text("changed")
    result = run("-o", mine)
    assert result.exit_code == 1
    assert str(mine / "herringbone.toml") in result.stderr.replace("\n", "")
    assert (mine / "herringbone.toml").read_text() == "changed"
    (tmp_path / "file").write_text("")
    result = run("-o", tmp_path / "file")
    assert result.exit_code == 1
    assert "fix: " in result.stderr


@pytest.mark.slow
def test_the_demo_itself_with_compiling(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "WARP_CACHE_PATH": str(tmp_path / "kernels")}
    told = subprocess.run(
        [sys.executable, "-m", "warp_fabric", "demo"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stderr
    trajectory = wf.load_trajectory(tmp_path / "out" / "demo" / "run.h5")
    moved = abs(trajectory.position[-1] - trajectory.position[0]).max()
    assert moved > 0.03  # it drapes and blows about

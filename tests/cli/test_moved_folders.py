"""Runs whose folder was moved, or whose mesh is gone for good: they resume, and are drawn and exported."""

import shutil

import pytest
from small_run import differing, small_scene
from typer.testing import CliRunner

import warp_fabric as wf
from warp_fabric.cli import app
from warp_fabric.simulation import simulate_to

TRIANGLE = "v 0 0 -0.004\nv 0.004 0 -0.004\nv 0 0.004 -0.004\nf 1 2 3\n"
SCENE = {"time__duration": 0.02, "pins": [{"crossing": [0, 0]}]}
OBSTACLES = [{"shape": "sphere", "center": [0.1, 0, 0], "radius": 1e-3}, {"shape": "mesh", "file": "../meshes/a.obj"}]


def run(*arguments):
    return CliRunner().invoke(app, [*map(str, arguments)])


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A folder with a finished run, one that was interrupted, their scene, and its mesh in a folder beside them."""
    folder = tmp_path_factory.mktemp("before") / "shot"
    for name in ("runs", "meshes"):
        (folder / name).mkdir(parents=True)
    (folder / "meshes" / "a.obj").write_text(TRIANGLE)
    text = small_scene(**SCENE, obstacles=[OBSTACLES[0], {"shape": "mesh", "file": "PLACE"}]).to_toml()
    place = next(line for line in text.splitlines() if line.startswith("file = "))
    path = folder / "runs" / "scene.toml"
    path.write_text(text.replace(place, 'file = "../meshes/a.obj"'))
    simulate_to(folder / "runs" / "run.h5", wf.load_scene(path))
    shutil.copy(folder / "runs" / "run.h5", folder / "runs" / "whole.h5")

    def stop(report) -> None:
        if report.time > 0.01:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate_to(folder / "runs" / "stopped.h5", wf.load_scene(path), on_step=stop)
    return folder


@pytest.fixture
def begun(done, tmp_path):
    """A copy of that folder, and in it a finished and an interrupted run that start from another there."""
    folder = shutil.copytree(done, tmp_path / "first")
    runs = folder / "runs"
    (runs / "second.toml").write_text((runs / "scene.toml").read_text() + '\n[initial]\nstate = "run.h5"\n')
    simulate_to(runs / "second.h5", wf.load_scene(runs / "second.toml"))

    def stop(report) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate_to(runs / "third.h5", wf.load_scene(runs / "second.toml"), on_step=stop)
    return folder


@pytest.fixture
def moved(done, tmp_path):
    """The folder in another place, as if there had never been the one before."""
    away = done.with_name("away")
    shutil.copytree(done, tmp_path / "shot")
    done.rename(away)
    yield tmp_path / "shot"
    away.rename(done)


def test_a_moved_run_resumes(moved):
    runs = moved / "runs"
    result = run("simulate", runs / "scene.toml", "-o", runs / "stopped.h5", "--resume", "--progress", "none")
    assert result.exit_code == 0, result.output
    assert "starting from the beginning" not in result.output
    one, other = (wf.load_trajectory(runs / name) for name in ("stopped.h5", "whole.h5"))
    assert differing(one, other) == []
    result = run("simulate", runs / "scene.toml", "-o", runs / "run.h5", "--resume")
    assert "is finished" in result.output


def test_a_copied_run_resumes(done, tmp_path):
    runs = shutil.copytree(done, tmp_path / "copy") / "runs"
    for name in ("stopped.h5", "run.h5"):
        result = run("simulate", runs / "scene.toml", "-o", runs / name, "--resume", "--progress", "none")
        assert result.exit_code == 0, result.output
    assert differing(wf.load_trajectory(runs / "stopped.h5"), wf.load_trajectory(runs / "whole.h5")) == []


def test_a_copy_of_a_run_that_starts_from_another_resumes(begun, tmp_path):
    runs = shutil.copytree(begun, tmp_path / "copy") / "runs"
    assert wf.load_trajectory(runs / "second.h5").scene.initial.state == str(runs / "run.h5")
    result = run("simulate", runs / "second.toml", "-o", runs / "second.h5", "--resume")
    assert result.exit_code == 0, result.output
    assert "is finished" in result.output
    (runs / "deeper").mkdir()
    (runs / "third.h5.checkpoint").rename(runs / "deeper" / "third.h5.checkpoint")
    result = run("simulate", runs / "second.toml", "-o", runs / "deeper" / "third.h5", "--resume", "--progress", "none")
    assert result.exit_code == 0, result.output
    one, other = wf.load_trajectory(runs / "deeper" / "third.h5"), wf.load_trajectory(runs / "second.h5")
    assert differing(one, other) == []


def test_a_copied_run_is_of_the_mesh_beside_it(begun, tmp_path):
    copy = shutil.copytree(begun, tmp_path / "copy")
    (begun / "meshes" / "a.obj").write_text(TRIANGLE.replace("-0.004", "-0.003"))
    assert wf.load_trajectory(copy / "runs" / "run.h5").scene.obstacles[1].file == str(copy / "meshes" / "a.obj")
    result = run("simulate", copy / "runs" / "scene.toml", "-o", copy / "runs" / "run.h5", "--resume")
    assert "is finished" in result.output


def test_a_moved_run_with_another_mesh_is_another(moved):
    runs = moved / "runs"
    (moved / "meshes" / "a.obj").write_text(TRIANGLE.replace("-0.004", "-0.003"))
    result = run("simulate", runs / "scene.toml", "-o", runs / "stopped.h5", "--resume", "--progress", "none")
    assert result.exit_code == 1
    assert "its meshes differ" in result.stderr


def test_frames_that_a_moved_run_kept_are_of_the_mesh_there(moved):
    from warp_fabric.kept_frames import kept_run

    kept = kept_run(moved / "runs" / "stopped.h5.checkpoint")
    assert kept.scene.obstacles[1].file == str(moved / "meshes" / "a.obj")


def test_a_moved_run_is_drawn_and_exported_with_its_mesh(moved):
    usd_export = pytest.importorskip("usd_export")
    pytest.importorskip("pxr")
    file = moved / "runs" / "run.h5"
    for command in (("picture", file, "-o", moved / "a.png", "--size", 40, 30, "--rays", 1), ("export", file, "-o")):
        result = run(*command, *([moved / "a.usda"] if command[0] == "export" else []))
        assert result.exit_code == 0, result.output
        assert "note" not in result.stderr
    assert [*usd_export.meshes_of(moved / "a.usda")] == ["obstacle_1.npz"]


def test_a_run_whose_mesh_is_gone_is_drawn_without_it(moved):
    (moved / "meshes" / "a.obj").unlink()
    options = ["--size", 40, 30, "--rays", 1, "--progress", "none"]
    result = run("picture", moved / "runs" / "run.h5", "-o", moved / "sheet.png", "--frames", "all", *options)
    assert result.exit_code == 0, result.output
    (note,) = [line for line in result.stderr.splitlines() if line.startswith("note")]
    assert note.startswith("note: obstacle 1 is left out: its mesh is no longer at ")
    assert note.endswith("a.obj")


@pytest.mark.parametrize("broken", [None, "v 0 0\n"])
def test_a_run_whose_mesh_is_gone_or_broken_is_exported_without_obstacles(moved, broken):
    pytest.importorskip("pxr")
    import usd_export

    mesh = moved / "meshes" / "a.obj"
    mesh.unlink() if broken is None else mesh.write_text(broken)
    export = ("export", moved / "runs" / "run.h5", "-o", moved / "a.usda")
    refused = run(*export)
    assert refused.exit_code == 1
    assert "or export without obstacles" in refused.stderr
    result = run(*export, "--no-obstacles")
    assert result.exit_code == 0, result.output
    assert result.stderr.count("note") == 1
    assert "the USD file can be shown, but not simulated" in result.stderr
    scene = wf.Scene.from_toml(usd_export.scene_of(moved / "a.usda"))
    assert scene.obstacles[1].file.endswith("a.obj")  # for whoever finds it
    assert usd_export.meshes_of(moved / "a.usda") == {}

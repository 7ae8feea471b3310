"""`warp-fabric export`, and `warp-fabric simulate` to and from USD."""

import json
import re
import shutil
from pathlib import Path

import pytest
from panelled_scene import panelled_scene
from pxr import Sdf, Usd
from small_run import differing, small_scene
from typer.testing import CliRunner
from usd_cloth import usd_run

import usd_export
import warp_fabric as wf
from usd_export.writer import Writer
from warp_fabric.cli import app


def run(*arguments: object):
    return CliRunner().invoke(app, [*map(str, arguments)], env={"COLUMNS": "100"})


@pytest.fixture
def trajectory(tmp_path):
    return usd_run().save(tmp_path / "run.h5")


def text(path) -> str:
    return Sdf.Layer.FindOrOpen(str(path)).ExportToString()


def test_it_writes_what_the_function_writes(trajectory, tmp_path, monkeypatch):
    monkeypatch.setattr("warp_fabric.cli.common.at_terminal", lambda: True)
    result = run("export", trajectory, "-o", tmp_path / "a.usdc")
    assert result.exit_code == 0, result.output
    assert result.stdout == f"wrote {tmp_path / 'a.usdc'}\n"
    assert "6/6" in result.stderr
    usd_export.export(trajectory, tmp_path / "b.usdc")
    assert text(tmp_path / "a.usdc") == text(tmp_path / "b.usdc")


def test_progress_of_exports_for_programs(trajectory, tmp_path):
    result = run("export", trajectory, "-o", tmp_path / "a.usdc", "--progress", "json")
    *frames, last = [json.loads(line) for line in result.stdout.splitlines()]
    assert {each["event"] for each in frames} == {"export"}
    assert (frames[-1]["done"], frames[-1]["count"]) == (6, 6)
    assert last == {"event": "saved", "path": str(tmp_path / "a.usdc")}
    result = run("export", tmp_path / "none.h5", "-o", tmp_path / "a.usdc", "--progress", "json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["event"] == "error"


def test_every_option_reaches_it(trajectory, tmp_path):
    chosen = {
        "samples_per_crossing": 2,
        "plies": 3,
        "ply_twist": -700.0,
        "yarn_purpose": "guide",
        "surface_purpose": "render",
        "obstacle_purpose": "render",
        "up_axis": "Y",
        "unit": "cm",
        "time_codes_per_second": 24.0,
    }
    switched = {"velocities": False, "materials": False, "pins": False, "sim_curves": True}
    options = [part for name, value in chosen.items() for part in (f"--{name.replace('_', '-')}", value)]
    options += ["--no-velocities", "--no-materials", "--no-pins", "--sim-curves"]
    assert run("export", trajectory, "-o", tmp_path / "a.usdc", *options).exit_code == 0
    usd_export.export(trajectory, tmp_path / "b.usdc", **chosen, **switched)
    assert text(tmp_path / "a.usdc") == text(tmp_path / "b.usdc")
    assert run("export", trajectory, "-o", tmp_path / "c.usdc", "--layers", "--no-yarns").exit_code == 0
    assert (tmp_path / "c.samples.usdc").exists()
    assert run("export", trajectory, "-o", tmp_path / "d.usdc", "--clips", 4, "--no-surface").exit_code == 0
    assert (tmp_path / "d.clip.0002.usdc").exists()


def test_frames_of_panels(tmp_path):
    panels = wf.simulate(panelled_scene(time__duration=0.004), device="cpu").save(tmp_path / "panels.h5")
    frame = "--panel-frame", "left side=0.5,0,-1e-2,10,20,30"
    result = run("export", panels, "-o", tmp_path / "a.usdc", *frame)
    assert result.exit_code == 0, result.output
    usd_export.export(panels, tmp_path / "b.usdc", panel_frames={"left side": (0.5, 0, -1e-2, 10, 20, 30)})
    assert text(tmp_path / "a.usdc") == text(tmp_path / "b.usdc")
    usd_export.export(panels, tmp_path / "c.usdc")
    assert text(tmp_path / "a.usdc") != text(tmp_path / "c.usdc")
    for wrong in ("left side", "left side=here", "=1,2,3,4,5,6"):
        result = run("export", panels, "-o", tmp_path / "d.usdc", "--panel-frame", wrong)
        assert result.exit_code == 2
        assert "give NAME=X,Y,Z,A,B,C" in re.sub(r"[^\w,=]+", " ", result.output)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["none.h5", "-o", "a.usdc"], "no such trajectory"),
        (["run.h5", "-o", "a.abc"], "end it in .usdc"),
        (["run.h5", "-o", "none/a.usdc"], "cannot be written"),
        (["run.h5", "-o", "a.usdc", "--unit", "inch"], "give one of m, cm, mm"),
        (["run.h5", "-o", "a.usdz", "--layers"], "one file"),
    ],
)
def test_errors_are_told_and_leave_nothing(arguments, says, trajectory, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run("export", *arguments)
    assert result.exit_code == 1
    assert says in result.stderr
    assert "Traceback" not in result.output
    assert {each.name for each in tmp_path.iterdir()} == {"run.h5"}


def test_stopped_it_leaves_what_was_there(trajectory, tmp_path, monkeypatch):
    (tmp_path / "a.usdc").write_text("before")
    append = Writer.append

    def stop(self, time, frame):
        if self.frame_count == 2:
            raise KeyboardInterrupt
        append(self, time, frame)

    monkeypatch.setattr(Writer, "append", stop)
    assert run("export", trajectory, "-o", tmp_path / "a.usdc").exit_code == 130
    assert (tmp_path / "a.usdc").read_text() == "before"
    assert {each.name for each in tmp_path.iterdir()} == {"run.h5", "a.usdc"}


STATIC = {"time": {"integrator": "static"}, "environment": None}


@pytest.mark.parametrize("changes", [{"time.duration": 0.01}, STATIC])
def test_a_cloth_that_did_not_begin_at_rest_is_simulated_again(changes, tmp_path):
    (tmp_path / "here").mkdir()
    wf.simulate(small_scene(time__duration=0.01)).save(tmp_path / "here" / "first.h5")
    begun = {"initial.state": str(tmp_path / "here" / "first.h5")}
    small_scene().replace(begun | changes).save(tmp_path / "here" / "small.toml")
    quiet = ["--progress", "none"]
    first = ["-o", tmp_path / "run.h5", "--usd", tmp_path / "here" / "cloth.usdc", *quiet]
    assert run("simulate", tmp_path / "here" / "small.toml", *first).exit_code == 0
    (tmp_path / "here").rename(tmp_path / "there")
    again = run("simulate", tmp_path / "there" / "cloth.usdc", "-o", tmp_path / "again.h5", *quiet)
    assert again.exit_code == 0, again.output
    one, other = (wf.load_trajectory(tmp_path / name) for name in ("run.h5", "again.h5"))
    assert differing(one, other) == []
    assert other.scene.initial.state == str(tmp_path / "again.initial.h5")
    usd_export.export(other, tmp_path / "after.usdc")
    assert text(tmp_path / "after.usdc") == text(tmp_path / "there" / "cloth.usdc")
    assert str(tmp_path) not in text(tmp_path / "after.usdc")


def test_a_simulation_writes_usd_as_it_goes_and_starts_from_it(tmp_path):
    scene = small_scene(time__duration=0.02)
    scene.save(tmp_path / "small.toml")
    first = ["-o", tmp_path / "run.h5", "--usd", tmp_path / "cloth.usdc", "--progress", "none"]
    result = run("simulate", tmp_path / "small.toml", *first)
    assert result.exit_code == 0, result.output
    usd_export.export(tmp_path / "run.h5", tmp_path / "after.usdc")
    assert text(tmp_path / "cloth.usdc") == text(tmp_path / "after.usdc")
    again = run("simulate", tmp_path / "cloth.usdc", "-o", tmp_path / "again.h5", "--progress", "none")
    assert again.exit_code == 0, again.output
    one, other = (wf.load_trajectory(tmp_path / name) for name in ("run.h5", "again.h5"))
    assert one.scene == other.scene == scene
    assert differing(one, other) == []
    over = run("simulate", tmp_path / "cloth.usdc", "-o", tmp_path / "x.h5", "--usd", tmp_path / "cloth.usdc")
    assert over.exit_code == 1
    assert "this is the scene file" in over.stderr


def test_a_simulation_lets_usd_grow_into_the_same_file(tmp_path):
    small_scene(time__duration=0.02).save(tmp_path / "small.toml")
    options = ["--samples-per-crossing", 2, "--plies", 3, "--unit", "cm", "--up-axis", "Y"]
    more = ["--usd", tmp_path / "cloth.usdc", "--usd-clips", 2, *options, "--progress", "json"]
    result = run("simulate", tmp_path / "small.toml", "-o", tmp_path / "run.h5", *more)
    assert result.exit_code == 0, result.output
    events = [json.loads(line) for line in result.stdout.splitlines()]
    told = [event for event in events if event["event"] == "usd"]
    assert {event["path"] for event in told} == {str(tmp_path / "cloth.usdc")}
    counts = [event["frames"] for event in told]
    assert (counts[0], counts[-1]) == (1, 5)
    assert counts == sorted(counts)
    assert {3, 5} <= {*counts}  # where clips are full
    assert {each.name for each in tmp_path.iterdir()} == {"small.toml", "run.h5", "cloth.usdc"}
    assert run("export", tmp_path / "run.h5", "-o", tmp_path / "after.usdc", *options).exit_code == 0
    assert text(tmp_path / "cloth.usdc") == text(tmp_path / "after.usdc")


def test_a_simulation_takes_the_options_of_exports(tmp_path):
    small_scene(time__duration=0.005).save(tmp_path / "small.toml")
    options = ["--layers", "--no-velocities", "--no-materials", "--no-pins", "--sim-curves", "--yarn-purpose", "proxy"]
    options += ["--surface-purpose", "guide", "--time-codes-per-second", 24, "--plies", 2, "--ply-twist", -900]
    simulate = ["simulate", tmp_path / "small.toml", "-o", tmp_path / "run.h5", "--progress", "none"]
    result = run(*simulate, "--usd", tmp_path / "cloth.usdc", *options)
    assert result.exit_code == 0, result.output
    assert run("export", tmp_path / "run.h5", "-o", tmp_path / "after.usdc", *options).exit_code == 0
    for kind in (".usdc", ".samples.usdc"):
        one, other = (text(tmp_path / f"{name}{kind}") for name in ("cloth", "after"))
        assert one == other.replace("after.samples", "cloth.samples")
    result = run(*simulate, "--usd", tmp_path / "b.usdc", "--no-yarns", "--no-surface")
    assert result.exit_code == 1
    assert "are both off" in result.stderr
    result = run(*simulate, "--usd", tmp_path / "b.usdc", "--layers", "--usd-clips", 2)
    assert result.exit_code == 1
    assert "layers and clips exclude each other" in result.stderr


@pytest.mark.parametrize("clips", [[], ["--usd-clips", 2]])
def test_a_stopped_simulation_goes_on_with_all_frames(clips, tmp_path, monkeypatch):
    small_scene(time__duration=0.02).save(tmp_path / "small.toml")
    more = ["--usd", tmp_path / "cloth.usdc", *clips, "--unit", "cm", "--no-pins", "--progress", "json"]
    command = ["simulate", tmp_path / "small.toml", "-o", tmp_path / "run.h5", *more]
    append = Writer.append

    def stop(self, *arguments, **options):
        if self.frame_count == 3:
            raise KeyboardInterrupt
        append(self, *arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(Writer, "append", stop)
        result = run(*command)
    assert result.exit_code == 130, result.output
    again = json.loads(result.stdout.splitlines()[-1])["resume"]
    assert all(f" {each} " in again for each in ("--unit cm", "--no-pins", *(["--usd-clips 2"] if clips else [])))
    assert (tmp_path / "cloth.usdc").exists() == bool(clips)
    result = run("export", tmp_path / "run.h5.checkpoint", "-o", tmp_path / "kept.usdc")
    assert result.exit_code == 0, result.output
    stage = Usd.Stage.Open(str(tmp_path / "kept.usdc"))
    assert stage.GetAttributeAtPath("/Cloth/Surface.points").GetTimeSamples() == [0, 1, 2, 3]  # one was not written
    (tmp_path / "kept.usdc").unlink()
    if clips:
        stage = Usd.Stage.Open(str(tmp_path / "cloth.usdc"))
        assert stage.GetAttributeAtPath("/Cloth/Surface.points").GetTimeSamples() == [0, 1, 2]
        del stage
    result = run(*command, "--resume")
    assert result.exit_code == 0, result.output
    counts = [event["frames"] for event in map(json.loads, result.stdout.splitlines()) if event["event"] == "usd"]
    assert counts[-1] == 5
    assert counts[0] >= 3  # those of the checkpoint at once
    usd_export.export(tmp_path / "run.h5", tmp_path / "after.usdc", unit="cm", pins=False)
    assert text(tmp_path / "cloth.usdc") == text(tmp_path / "after.usdc")
    assert {each.name for each in tmp_path.iterdir()} == {"small.toml", "run.h5", "cloth.usdc", "after.usdc"}


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--usd-clips", 5], 2, "--usd-clips needs a USD file"),
        (["--unit", "cm"], 2, "name it with --usd"),
        (["--usd", "a.usdc", "--unit", "inch"], 1, "give one of m, cm, mm"),
        (["--usd", "a.usdc", "--usd-clips", -1], 1, "whole number of at least 0"),
        (["--usd", "a.usdz", "--usd-clips", 2], 1, "one file"),
    ],
)
def test_options_that_cannot_be(arguments, code, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small_scene().save("small.toml")
    result = run("simulate", "small.toml", "-o", "run.h5", "--progress", "none", *arguments)
    assert result.exit_code == code, result.output
    assert says in " ".join(result.stderr.replace("│", " ").split())
    assert {each.name for each in tmp_path.iterdir()} == {"small.toml"}


def test_usd_without_a_cloth_is_no_scene(tmp_path):
    Usd.Stage.CreateNew(str(tmp_path / "empty.usda")).Save()
    result = run("simulate", tmp_path / "empty.usda", "-o", tmp_path / "run.h5")
    assert result.exit_code == 1
    assert "warpFabric:scene" in result.stderr


def test_obstacles_are_simulated_again_without_their_files(tmp_path):
    golden = Path(__file__).parents[1] / "data" / "golden"
    stair = shutil.copy(golden / "contact_stair.obj", tmp_path / "stair.obj")
    lowered = wf.load_scene(golden / "contact_stair_mesh_bdf2.toml").replace(
        {"obstacles.0.file": stair, "obstacles.0.path": [[0.0, 0, 0, 0], [0.004, 0, 0, 1e-3]], "time.duration": 0.004}
    )
    scene = lowered.save(tmp_path / "scene.toml")
    options = ["--usd", tmp_path / "cloth.usdc", "--obstacle-purpose", "render", "--progress", "none"]
    result = run("simulate", scene, "-o", tmp_path / "run.h5", *options)
    assert result.exit_code == 0, result.output
    stage = Usd.Stage.Open(str(tmp_path / "cloth.usdc"))
    assert stage.GetPrimAtPath("/Cloth/colliders/mesh_0").GetAttribute("purpose").Get() == "render"
    first = wf.load_trajectory(tmp_path / "run.h5")
    (tmp_path / "stair.obj").unlink()
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    result = run("simulate", tmp_path / "cloth.usdc", "-o", folder / "again.h5", "--progress", "none")
    assert result.exit_code == 0, result.output
    assert {each.name for each in folder.iterdir()} == {"again.h5", "again.obstacle_0.npz"}
    again = wf.load_trajectory(folder / "again.h5")
    assert again.scene.obstacles[0].file == str(folder / "again.obstacle_0.npz")
    assert differing(first, again) == []
    assert abs(again.position[-1] - again.position[0]).max() > 1e-5
    result = run("export", folder / "again.h5", "-o", tmp_path / "bare.usdc", "--no-obstacles")
    assert result.exit_code == 0, result.output
    assert not Usd.Stage.Open(str(tmp_path / "bare.usdc")).GetPrimAtPath("/Cloth/colliders")

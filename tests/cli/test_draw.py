import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from small_run import small_scene
from typer.testing import CliRunner

from warp_fabric import simulate
from warp_fabric.cli import app
from warp_fabric.picture import film, render


def run(*arguments: object):
    return CliRunner().invoke(app, ["picture", *map(str, arguments)], env={"COLUMNS": "100"})


@pytest.fixture(scope="module")
def trajectory(tmp_path_factory):
    made = simulate(small_scene())
    return made, made.save(tmp_path_factory.mktemp("run") / "run.h5")


def test_it_draws_what_the_function_draws(trajectory, tmp_path):
    made, path = trajectory
    options = ["--frame", "3", "--zoom", "2", "--focus", "1", "2", "--size", "60", "40", "--view", "top"]
    result = run(path, "-o", tmp_path / "command.png", *options)
    assert result.exit_code == 0, result.output
    render(made, tmp_path / "function.png", 3, zoom=2.0, focus=(1, 2), size=(60, 40), view="top")
    assert (tmp_path / "command.png").read_bytes() == (tmp_path / "function.png").read_bytes()


def test_several_frames_are_a_sheet_or_a_movie(trajectory, tmp_path):
    made, path = trajectory
    look = ["--size", "60", "40", "--side", "back", "--plies", "0", "--rays", "1", "--camera", "20", "30"]
    result = run(path, "-o", tmp_path / "sheet.png", "--frames", "0:-1:2", *look, "--progress", "json")
    assert result.exit_code == 0, result.output
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert events[-1] == {"event": "saved", "path": str(tmp_path / "sheet.png")}
    assert events[-2]["done"] == events[-2]["count"] == len(range(0, made.frame_count, 2))
    settings = {"size": (60, 40), "side": "back", "plies": 0, "rays": 1, "camera": (20.0, 30.0)}
    film(made, tmp_path / "function.png", slice(0, -1, 2), **settings)
    assert (tmp_path / "sheet.png").read_bytes() == (tmp_path / "function.png").read_bytes()
    result = run(path, "-o", tmp_path / "cloth.gif", *look)  # all of them, as no movie has one
    assert result.exit_code == 0, result.output
    assert (tmp_path / "cloth.gif").read_bytes()[:3] == b"GIF"


def test_obstacles_can_be_left_out_and_move_in_movies(trajectory, tmp_path):
    made, _path = trajectory
    ball = {"shape": "sphere", "center": [0.002, -0.003, -0.002], "radius": 1e-3}
    ball["path"] = [[0.0, 0.0, 0, 0], [0.04, 2e-3, 0, 0]]
    still = replace(made, position=np.repeat(made.position[:1], made.frame_count, axis=0))
    with_ball = replace(still, scene=made.scene.replace({"obstacles": [ball]})).save(tmp_path / "ball.h5")
    look = ["--size", "60", "40", "--rays", "1"]
    assert run(with_ball, "-o", tmp_path / "bare.png", "--no-obstacles", *look).exit_code == 0
    render(still, tmp_path / "function.png", size=(60, 40), rays=1)
    assert (tmp_path / "bare.png").read_bytes() == (tmp_path / "function.png").read_bytes()
    frames = []
    for name, options in (("first", ["--frame", "0"]), ("last", ["--frame", "-1"])):
        assert run(with_ball, "-o", tmp_path / f"{name}.png", *options, *look).exit_code == 0
        frames.append((tmp_path / f"{name}.png").read_bytes())
    assert frames[0] != frames[1]
    assert run(with_ball, "-o", tmp_path / "ball.gif", *look).exit_code == 0
    pictures = Image.open(tmp_path / "ball.gif")
    assert pictures.n_frames > 1  # equal pictures would be one


@pytest.mark.parametrize(
    "options",
    [
        ["-o", "cloth.png", "--frames", "first"],
        ["-o", "cloth.avi", "--frames", "all"],
        ["-o", "cloth.jpg"],
        ["-o", "cloth.png", "--frame", "9"],
        ["-o", "cloth.png", "--view", "side"],
    ],
)
def test_errors_are_told(trajectory, tmp_path, monkeypatch, options):
    monkeypatch.chdir(tmp_path)
    result = run(trajectory[1], *options)
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ")
    assert "fix: " in result.stderr
    assert list(tmp_path.iterdir()) == []
    assert run("missing.h5", "-o", "cloth.png").exit_code == 1


@pytest.mark.parametrize("others", [["cloth.mp4"], ["cloth.gif"], ["cloth.png", "--frames", "all"]])
def test_one_frame_of_many_is_refused(trajectory, tmp_path, monkeypatch, others):
    monkeypatch.chdir(tmp_path)
    result = run(trajectory[1], "--frame", "3", "-o", *others)
    assert result.exit_code == 2
    assert "--frames" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "what", "fix"),
    [
        (
            ["cloth.avi"],
            ".avi is no format that can be drawn",
            "ends in .png for a picture or a sheet, or in .mp4, .gif",
        ),
        (["cloth"], "this is no format that can be drawn", ".png"),
        (["cloth.png", "--frames", ""], "'' does not say which frames", "FIRST:LAST"),
        (["cloth.png", "--frames", "-:3"], "'-:3' does not say which frames", "FIRST:LAST"),
        (["cloth.png", "--frames", "0:3:0"], "a step of 0 frames", "a step of 1 or more"),
    ],
)
def test_errors_say_what_is_possible(trajectory, tmp_path, monkeypatch, options, what, fix):
    monkeypatch.chdir(tmp_path)
    result = run(trajectory[1], "-o", *options)
    assert result.exit_code == 1
    assert what in result.stderr
    assert fix in result.stderr.partition("fix: ")[2]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("progress", ["none", "json"])
def test_an_interrupted_movie_says_so(trajectory, tmp_path, monkeypatch, progress):
    def interrupted(*_arguments, **_settings):
        raise KeyboardInterrupt

    monkeypatch.setattr("warp_fabric.picture.film", interrupted)
    result = run(trajectory[1], "-o", tmp_path / "cloth.mp4", "--progress", progress)
    assert result.exit_code == 130
    assert result.stderr == "interrupted.\n"
    assert result.stdout == ("" if progress == "none" else json.dumps({"event": "interrupted"}) + "\n")

"""Runs of scenes with panels: their arrays, files and checkpoints; and rotation, which turns all that happens."""

import h5py
import numpy as np
import pytest
from panelled_scene import STILL, panelled_scene

import warp_fabric as wf
from warp_fabric.checkpoint import checkpoint_path
from warp_fabric.errors import SceneError, TrajectoryError
from warp_fabric.fabric import rotation_matrix
from warp_fabric.kept_frames import kept_frame_count, kept_run
from warp_fabric.simulation import simulate_to
from warp_fabric.trajectory import COMPONENTS, Trajectory, components


@pytest.fixture(scope="module")
def run() -> Trajectory:
    return wf.simulate(panelled_scene(), device="cpu")


@pytest.fixture(scope="module")
def file(run, tmp_path_factory):
    return run.save(tmp_path_factory.mktemp("panels") / "run.h5")


def equal(a: Trajectory, b: Trajectory) -> None:
    assert a.scene == b.scene
    for name in ("time", *components(a.scene)):
        assert np.array_equal(getattr(a, name), getattr(b, name)), name


class Stopped(Exception):
    pass


def stopping_at(steps: int):
    """A callback that stops a run after so many steps."""
    reports = []

    def stop(report) -> None:
        reports.append(report)
        if len(reports) == steps:
            raise Stopped

    return stop


def test_arrays_of_all_panels_and_of_each(run):
    assert run.position.shape == (7, 65, 3)
    assert run.compression.shape == (7, 65)
    front, side = run.panels["front"], run.panels["left side"]
    assert front.position.shape == (7, 5, 6, 3)
    assert side.anchor.shape == (7, 5, 7, 2)
    assert front.fabric.end_count == 6
    assert run.parts == (front, side)
    assert run.frame(2)["position"].shape == (65, 3)
    before = run.position[0, 0].copy()
    front.position[0, 0, 0] += 1.0  # what is changed of a panel is changed of the run
    assert np.array_equal(run.position[0, 0], before + 1.0)
    front.position[0, 0, 0] -= 1.0
    with pytest.raises(SceneError, match="several fabrics"):
        _ = run.fabric
    alone = Trajectory(run.time, *[getattr(front, name) for name in COMPONENTS], front.scene, "", "")
    assert alone.panels == {}
    assert alone.parts == (alone,)


def test_saved_and_loaded(run, file):
    again = wf.load_trajectory(file)
    equal(again, run)
    equal(again.panels["left side"], run.panels["left side"])
    with h5py.File(file) as opened:
        assert {*opened} == {"time", "panels"}
        assert {*opened["panels"]} == {"front", "left side"}
        assert opened["panels/front/position"].shape == (7, 5, 6, 3)
        assert opened["panels/left side/compression"].chunks == (1, 5, 7)


def test_a_panel_saved_by_itself_is_a_run(run, tmp_path):
    equal(wf.load_trajectory(run.panels["front"].save(tmp_path / "front.h5")), run.panels["front"])


@pytest.mark.parametrize("name", ["panels/front/position", "panels/left side"])
def test_a_file_that_lacks_something(run, name, tmp_path):
    path = run.save(tmp_path / "run.h5")
    with h5py.File(path, "a") as opened:
        del opened[name]
    with pytest.raises(TrajectoryError, match=f"{name}.*missing"):
        wf.load_trajectory(path)


@pytest.mark.parametrize("steps", [3, 8])
def test_stopped_and_resumed_bit_for_bit(run, steps, tmp_path):
    path = tmp_path / "run.h5"
    with pytest.raises(Stopped):
        simulate_to(path, run.scene, device="cpu", on_step=stopping_at(steps))
    assert kept_frame_count(checkpoint_path(path)) == steps // 2 + 1
    so_far = kept_run(checkpoint_path(path))
    assert np.array_equal(so_far.panels["front"].position, run.panels["front"].position[: steps // 2 + 1])
    equal(simulate_to(path, run.scene, device="cpu", resume=True), run)


def test_a_search_stopped_at_its_second_panel_is_resumed(tmp_path):
    scene, path = panelled_scene().replace(STILL), tmp_path / "rest.h5"
    whole = wf.simulate(scene, device="cpu")
    first = whole.statistics["steps"][0]["iterations"]
    with pytest.raises(Stopped):
        simulate_to(path, scene, device="cpu", on_step=stopping_at(first + 1))
    assert kept_run(checkpoint_path(path)).panels["front"].frame_count == 1
    again = simulate_to(path, scene, device="cpu", resume=True)
    np.testing.assert_allclose(again.position, whole.position, rtol=0.0, atol=1e-9)


def test_going_on_from_a_frame(run, file, tmp_path):
    path = run.save(tmp_path / "run.h5")
    calm = run.scene.replace({"environment.wind": None})
    again = simulate_to(path, calm, device="cpu", start_from=2)
    assert np.array_equal(again.position[:3], run.position[:3])
    assert not np.array_equal(again.position[3:], run.position[3:])
    other = run.scene.replace({"panels.front.name": "back", "pins": []})
    with pytest.raises(TrajectoryError, match="other panels"):
        simulate_to(path, other, device="cpu", start_from=2)
    larger = run.scene.replace({"panels.front.ends": 8})
    with pytest.raises(TrajectoryError, match="5 picks x 6 ends, the scene 5 x 8"):
        simulate_to(path, larger, device="cpu", start_from=2)


def test_starting_from_a_frame_of_an_earlier_run(run, file):
    scene = run.scene.replace({"initial.state": str(file), "initial.frame": 3, "time.duration": 0.002})
    again = wf.simulate(scene, device="cpu")
    assert np.array_equal(again.position[0], run.position[3])
    assert np.array_equal(again.panels["left side"].velocity[0], run.panels["left side"].velocity[3])
    for changes, says in (
        ({"panels.front.name": "back", "pins": []}, "has the panels front, left side, and the scene back, left side"),
        ({"panels": [], "pins": []}, "front, left side, and the scene none"),
        ({"panels.left side.picks": 6}, "holds 5 picks x 7 ends, the scene 6 x 7"),
        ({"panels.left side.weave": "twill22", "fabric.crimp": "touching"}, "straight yarns"),
    ):
        with pytest.raises(SceneError, match=says):
            wf.simulate(scene.replace(changes), device="cpu")


@pytest.mark.parametrize("yarn", ["cotton", "wool", "paper-yarn-1"])
def test_rotation_turns_all_that_happens(yarn):
    """Where gravity and wind are turned too, the shape is the same."""
    rotation, origin = (20.0, -35.0, 50.0), (0.01, -0.02, 0.03)
    turn = rotation_matrix(rotation)
    straight = panelled_scene(yarn, fabric__origin=origin, solver__tolerance=1e-11).parts[0]
    air, gravity = straight.environment.wind, straight.environment.gravity
    turned = straight.replace(
        {"fabric.rotation": rotation, "environment.wind": turn @ air, "environment.gravity": turn @ gravity}
    )
    expected, found = (wf.simulate(scene, device="cpu").position - origin for scene in (straight, turned))
    assert np.abs(expected[-1] - expected[0]).max() > 1e-5
    assert np.abs(found - expected @ turn.T).max() < 1e-9
    assert np.abs(found - expected).max() > 1e-4

import re

import numpy as np
import pytest
from panelled_scene import panelled_scene
from small_run import small_scene

from warp_fabric import Scene, fit, limits, loss_and_gradient, simulate
from warp_fabric.errors import SceneError, TrajectoryError
from warp_fabric.limits import check_run, check_static, check_writable, checked_forces, memory_told, room_for_frames
from warp_fabric.memory.machine import Room
from warp_fabric.memory.needs import PROGRAM, simulation

SHAPE = (40, 6, 5, 3)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "forces",
    [
        "abc",
        [[1.0], [1.0, 2.0]],
        object(),
        np.ones(SHAPE, complex),
        np.ones(SHAPE, bool),
        np.zeros(3),
        np.full(SHAPE, np.inf),
    ],
    ids=["text", "ragged", "object", "complex", "bool", "shape", "infinite"],
)
def test_forces_that_are_none(forces):
    with pytest.raises(SceneError) as caught:
        checked_forces(forces, small_scene())
    assert caught.value.where == "forces"
    assert caught.value.fix
    assert str(SHAPE) in caught.value.fix


def test_whole_numbers_are_forces():
    forces = checked_forces(np.ones(SHAPE, np.int32), small_scene())
    assert forces is not None
    assert forces.dtype == np.float64
    assert checked_forces(None, small_scene()) is None


def test_an_equilibrium_needs_pins():
    still = small_scene(time__integrator="static", environment__wind=[0, 0, 0])
    check_static(still, None)
    with pytest.raises(SceneError, match="nothing holds the cloth"):
        check_static(still.replace({"pins": []}), None)


def large(picks: int, ends: int, **changes):
    return small_scene(fabric__picks=picks, fabric__ends=ends, pins=[{"crossing": [0, 0]}], **changes)


@pytest.fixture
def left(monkeypatch):
    """Sets how much memory is left."""

    def set_room(size: float, of: str = "this machine") -> None:
        monkeypatch.setattr(limits, "room", lambda: Room(int(size), of))

    monkeypatch.setattr(limits, "resident", lambda: 0)
    return set_room


def test_what_needs_more_memory_than_is_left(left):
    left(16e9)
    check_run(large(500, 500), "cpu")
    with pytest.raises(SceneError, match=r"takes about 1\d\d GB of memory, and this machine has 16 GB left") as caught:
        check_run(large(3000, 3000), "cpu")
    assert caught.value.where == "fabric.ends"
    picks, ends = map(int, re.search(r"\((\d+) x (\d+) fit\)", str(caught.value)).groups())
    check_run(large(picks, ends), "cpu")
    with pytest.raises(SceneError):
        check_run(large(int(1.05 * picks), int(1.05 * ends)), "cpu")


def test_frames_that_are_too_many(left):
    left(16e9)
    many = large(100, 100, time__duration=100.0)
    with pytest.raises(SceneError, match="fewer frames") as caught:
        check_run(many, "cpu")
    assert caught.value.where == "time.frames_per_second"
    left(25e9)
    check_run(many, "cpu")
    with pytest.raises(SceneError):  # the file takes as much again
        check_run(many, "cpu", written=True)


def test_the_memory_of_a_gpu(left, monkeypatch):
    left(16e9)
    monkeypatch.setattr(limits, "gpu_memory", lambda device: 80 * 10**9)
    check_run(large(1000, 1000), "cuda:0")
    monkeypatch.setattr(limits, "gpu_memory", lambda device: 4 * 10**9)
    with pytest.raises(SceneError, match=r"cuda:0 has 4 GB left") as caught:
        check_run(large(1000, 1000), "cuda:0")
    assert "GPU" in caught.value.fix


def test_a_container(left):
    left(1e9, "this container")
    with pytest.raises(SceneError, match="this container has 1 GB left"):
        check_run(large(500, 500), "cpu")


def test_where_the_system_does_not_tell(monkeypatch):
    monkeypatch.setattr(limits, "room", lambda: None)
    check_run(large(3000, 3000), "cpu")


def test_what_this_process_has_already_counts_once(left, monkeypatch):
    scene = small_scene()
    left(simulation(scene).total + 1e6)
    with pytest.raises(SceneError):
        check_run(scene, "cpu")
    monkeypatch.setattr(limits, "resident", lambda: 10**12)
    check_run(scene, "cpu")


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("Failed to allocate 7 bytes on device 'cpu'")])
def test_memory_that_runs_out_all_the_same(error):
    with pytest.raises(SceneError, match="memory ran out with 6 x 5 crossings") as caught, memory_told(small_scene()):
        raise error
    assert caught.value.__cause__ is error
    with pytest.raises(RuntimeError, match="else"), memory_told(small_scene()):
        raise RuntimeError("something else")


def test_refused_before_anything_is_made(left, monkeypatch):
    """Not even the fabric at rest."""
    left(1e9)
    monkeypatch.setattr(Scene, "build", lambda self: pytest.fail("the fabric was made"))
    with pytest.raises(SceneError, match="this run of 3000 x 3000"):
        simulate(large(3000, 3000))


def test_gradients_and_fits_are_refused_too(left):
    scene = small_scene()
    run = simulate(scene)
    small = simulation(scene).total + PROGRAM
    left(small + 5e7)
    many = scene.replace({"time.step": 1e-7})
    with pytest.raises(SceneError, match="a gradient of 6 x 5 crossings"):
        loss_and_gradient(many, run, ["contact.friction"], checkpoint=1)
    left(small + 1e5)
    with pytest.raises(SceneError, match="a fit of 6 x 5 crossings"):
        fit(scene, run, ["contact.friction"])


def test_room_for_frames():
    time, arrays = room_for_frames(small_scene())
    assert time.shape == (9,)
    assert arrays["position"].shape == (9, 6, 5, 3)
    assert arrays["compression"].shape == (9, 6, 5)


def test_writable_places(tmp_path):
    check_writable(tmp_path / "run.h5")
    assert not [*tmp_path.iterdir()]
    for path in (tmp_path, tmp_path / "missing" / "run.h5", tmp_path / "a\0b"):
        with pytest.raises(TrajectoryError):
            check_writable(path)


def test_memory_of_panels_is_that_of_all(left):
    scene = panelled_scene()
    needed = simulation(scene).total
    assert needed >= sum(simulation(part).total for part in scene.parts) * 0.99
    left((PROGRAM + needed) / 2)
    with pytest.raises(SceneError, match=r"this run of 65 crossings( and 7 frames)? takes"):
        check_run(scene, "cpu")

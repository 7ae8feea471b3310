import numpy as np
import pytest
from small_run import small_scene

from warp_fabric import limits
from warp_fabric.errors import SceneError, TrajectoryError
from warp_fabric.limits import check_memory, check_static, check_writable, checked_forces, room_for_frames

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


def test_what_needs_more_memory_than_there_is(monkeypatch):
    monkeypatch.setattr(limits, "physical_memory", lambda: 16 * 10**9)
    check_memory(100, (500, 500), "cpu")
    with pytest.raises(SceneError, match=r"about 27\.\d GB are needed, this machine has 16 GB") as caught:
        check_memory(2, (1000, 1000), "cpu")
    assert caught.value.where == "fabric.ends"
    with pytest.raises(SceneError, match="do not fit in memory") as caught:
        check_memory(20_000, (100, 100), "cpu")
    assert caught.value.where == "time.frames_per_second"
    monkeypatch.setattr(limits, "gpu_memory", lambda device: 80 * 10**9)
    check_memory(2, (1000, 1000), "cuda:0")
    monkeypatch.setattr(limits, "gpu_memory", lambda device: 16 * 10**9)
    with pytest.raises(SceneError, match=r"memory of cuda:0: about 27 GB are needed, it has 16 GB") as caught:
        check_memory(2, (1000, 1000), "cuda:0")
    assert caught.value.where == "fabric.ends"
    monkeypatch.setattr(limits, "physical_memory", lambda: None)
    check_memory(2, (1000, 1000), "cpu")


def test_room_for_frames():
    time, arrays = room_for_frames(small_scene(), "cpu")
    assert time.shape == (9,)
    assert arrays["position"].shape == (9, 6, 5, 3)
    assert arrays["compression"].shape == (9, 6, 5)


def test_writable_places(tmp_path):
    check_writable(tmp_path / "run.h5")
    assert not [*tmp_path.iterdir()]
    for path in (tmp_path, tmp_path / "missing" / "run.h5", tmp_path / "a\0b"):
        with pytest.raises(TrajectoryError):
            check_writable(path)

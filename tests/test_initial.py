from dataclasses import replace

import numpy as np
import pytest

from warp_fabric.errors import SceneError, TrajectoryError
from warp_fabric.initial import begun_with, initial_state
from warp_fabric.scene import Initial, Scene
from warp_fabric.trajectory import Trajectory

SMALL = """
[fabric]
ends = 4
picks = 3
end_spacing = 1.5e-3
pick_spacing = 1.5e-3

[yarns.cotton]
radius = 4.0e-4
linear_density = 2.0e-3
young_modulus = 5.0e5
bending_modulus = 1.4e-4

[time]
duration = 1.0
step = 1.0e-3
frames_per_second = 1.0
"""


@pytest.fixture(scope="module")
def small():
    return Scene.from_toml(SMALL)


def test_rest_is_the_initial_state_and_may_be_written_to(small):
    state = initial_state(small)
    fabric = small.build()
    assert np.array_equal(state["position"], fabric.position)
    assert np.array_equal(state["sliding"], fabric.sliding)
    assert np.array_equal(state["anchor"], fabric.sliding)
    assert not state["velocity"].any()
    assert not state["sliding_velocity"].any()
    state["position"][0] = 1.0
    assert not np.array_equal(state["position"], fabric.position)


@pytest.fixture(scope="module")
def earlier_run(tmp_path_factory, small):
    """A file of two frames of the small scene, the second one moving."""
    rng = np.random.default_rng(3)
    rest = initial_state(small)
    moved = {name: value + 1e-5 * rng.normal(size=value.shape) for name, value in rest.items()}
    for name in ("sliding", "anchor"):
        moved[name][~small.build().slides] = rest[name][~small.build().slides]
    arrays = {name: np.stack([rest[name], moved[name]]) for name in rest}
    run = Trajectory(time=[0.0, 1.0], compression=np.zeros((2, 3, 4)), scene=small, version="0", device="cpu", **arrays)
    return run.save(tmp_path_factory.mktemp("run") / "run.h5"), moved


def test_an_initial_state_is_a_frame_of_an_earlier_run(small, earlier_run):
    path, moved = earlier_run
    for scene in (
        replace(small, initial=Initial(state=str(path))),
        small.replace({"initial.state": path, "initial.frame": 1}),
        Scene.from_toml(SMALL + '[initial]\nstate = "run.h5"', folder=path.parent),
    ):
        state = initial_state(scene)
        assert set(state) == set(moved)
        for name, value in moved.items():
            assert np.array_equal(state[name], value)
    first = initial_state(small.replace({"initial.state": path, "initial.frame": 0}))
    assert np.array_equal(first["position"], small.build().position)


@pytest.mark.parametrize(
    ("changes", "where", "says"),
    [
        ({"initial.state": "nowhere.h5"}, "initial.state", "nowhere.h5"),
        ({"initial.frame": 2}, "initial.frame", "from 0 to 1"),
        ({"fabric.ends": 5}, "initial.state", "3 picks x 4 ends, the scene 3 x 5"),
        ({"fabric.end_spacing": 1e-3}, "initial.state", "other spacings"),
    ],
)
def test_initial_states_of_another_kind(small, earlier_run, changes, where, says):
    scene = small.replace({"initial.state": earlier_run[0], **changes})
    with pytest.raises(SceneError, match=says) as caught:
        initial_state(scene)
    assert caught.value.where == where
    assert caught.value.fix


@pytest.mark.parametrize(
    ("earlier", "changes", "says", "fix"),
    [
        ({}, {"fabric.end_crimp": 0.08, "fabric.pick_crimp": 0.05}, "straight yarns", "leave out the crimp"),
        (
            {"fabric.end_crimp": 0.08, "fabric.pick_crimp": 0.05},
            {},
            "other crimp",
            "end_crimp = 0.08 and pick_crimp = 0.05",
        ),
        (
            {"fabric.crimp": "touching"},
            {"fabric.crimp": "touching", "fabric.weave": "twill22"},
            "another weave",
            "weave",
        ),
    ],
)
def test_initial_states_of_yarns_that_are_crimped_otherwise(small, tmp_path, earlier, changes, says, fix):
    state = initial_state(small.replace(earlier))
    begun = begun_with(small.replace(earlier), state, tmp_path / "run.h5")
    with pytest.raises(SceneError, match=says) as caught:
        initial_state(small.replace({**changes, "initial.state": begun.initial.state}))
    assert caught.value.where == "initial.state"
    assert fix in caught.value.fix


def test_a_state_of_no_file_is_put_in_one(small, earlier_run, tmp_path):
    scene = begun_with(small, earlier_run[1], tmp_path / "begin.h5")
    assert scene.initial.state == str(tmp_path / "begin.h5")
    assert scene.replace({"initial.state": None}) == small
    state = initial_state(scene)
    assert all(np.array_equal(state[name], value) for name, value in earlier_run[1].items())
    with pytest.raises(TrajectoryError, match="shape"):
        begun_with(small.replace({"fabric.ends": 5}), earlier_run[1], tmp_path / "other.h5")
    assert not (tmp_path / "other.h5").exists()

"""What all targets share: options, frames by time, and making a target of what a user has."""

from dataclasses import replace

import h5py
import numpy as np
import pytest
from observed_cloth import GRID, SCENE, STATIC, N, made_up_run

import warp_fabric as wf
from warp_fabric.errors import TargetError
from warp_fabric.fitting.targets import FramesTarget, MarkerTarget, MeshTarget, as_target
from warp_fabric.fitting.targets.target import checked_array


@pytest.fixture(scope="module")
def run():
    return made_up_run()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"weight": 0.0}, "0.0 is not a finite number above 0"),
        ({"weight": np.nan}, "not a finite number"),
        ({"weight": "2"}, "not a finite number"),
        ({"frames": 0}, "does not choose frames"),
        ({"frames": []}, "does not choose frames"),
        ({"frames": [1.5]}, "does not choose frames"),
        ({"frames": True}, "does not choose frames"),
        ({"mask": np.zeros(GRID)}, "nothing is left"),
        ({"mask": np.full(GRID, -1.0)}, "negative"),
        ({"mask": np.full(GRID, np.nan)}, "not finite"),
        ({"mask": np.ones(N)}, r"shape \(30,\)"),
        ({"mask": [["a"]]}, "numbers are needed"),
        ({"mask": [[1, 0], [1]]}, "no array"),
        ({"scene": "hang.toml"}, "not a scene"),
    ],
)
def test_impossible_options(run, options, says):
    with pytest.raises(TargetError, match=says) as caught:
        FramesTarget(run, **options)
    assert caught.value.where == next(iter(options))
    assert caught.value.fix


def test_a_mask_of_another_grid(run):
    with pytest.raises(TargetError, match=r"shape \(5, 6\), the scene 6 picks x 5 ends"):
        FramesTarget(run, mask=np.ones((5, 6))).compare(SCENE)


def test_frames_are_matched_by_time(run):
    assert FramesTarget(run).compare(SCENE).frames == (1, 2, 3, 4, 5, 6, 7, 8)
    slower = SCENE.replace({"time.frames_per_second": 100.0})
    matched = FramesTarget(run).matched(slower, run.time, "run")
    assert matched == {1: 2, 2: 4, 3: 6, 4: 8}
    shorter = SCENE.replace({"time.duration": 0.01})
    assert FramesTarget(run).compare(shorter).frames == (1, 2)
    rounded = np.round(run.time + 4e-5, 4)
    assert FramesTarget(run).matched(SCENE, rounded, "run") == {k: k for k in range(1, 9)}


def test_a_run_that_starts_later_than_the_scene(run):
    """Its frame at `start` is the scene's first."""
    late = replace(run, time=run.time + 0.01)
    observed = FramesTarget(late, start=0.01).compare(SCENE).observed
    assert len(observed) == 8
    for frame, seen in observed.items():
        np.testing.assert_array_equal(seen.coordinates[:, :3], run.position[frame].reshape(-1, 3))
    with pytest.raises(TargetError, match="not a finite number"):
        FramesTarget(late, start=np.inf)


def test_frames_are_subsampled(run):
    assert FramesTarget(run, frames=3).compare(SCENE).frames == (3, 6)
    assert FramesTarget(run, frames=[5, -1, 2, 0]).compare(SCENE).frames == (2, 5, 8)
    assert FramesTarget(run, frames=np.array([4])).compare(SCENE).frames == (4,)
    with pytest.raises(TargetError, match="no frame 9 among 9"):
        FramesTarget(run, frames=[9]).compare(SCENE)


def test_no_shared_frame(run):
    with pytest.raises(TargetError, match=r"observed at 0, 0.005, 0.01, ..., 0.04 s, kept 1 after the start, 7 per"):
        FramesTarget(run).compare(SCENE.replace({"time.frames_per_second": 7.0, "time.duration": 1.0 / 7.0}))
    with pytest.raises(TargetError, match="none of the observed frames: observed at 0 s"):
        FramesTarget(run, frames=[0]).compare(SCENE)


def test_an_equilibrium_has_one_frame(run):
    assert FramesTarget(run, frames=[-1]).compare(STATIC).frames == (0,)
    with pytest.raises(TargetError, match="one frame, and 9") as caught:
        FramesTarget(run).compare(STATIC)
    assert "RestShapeTarget" in caught.value.fix


def test_a_scene_of_its_own(run):
    other = SCENE.replace({"environment.wind": [0.0, 0.0, 0.0]})
    assert FramesTarget(run, scene=other).scene_for(SCENE) is other
    assert FramesTarget(run).scene_for(SCENE) is SCENE


def test_targets_from_what_there_is(run, tmp_path):
    target = FramesTarget(run)
    assert as_target(target) is target
    assert isinstance(as_target(run), FramesTarget)
    assert isinstance(as_target(run.save(tmp_path / "run.h5")), FramesTarget)
    assert isinstance(as_target(str(tmp_path / "run.h5")), FramesTarget)
    subsampled = as_target(tmp_path / "run.h5", frames=4, weight=2.0)
    assert subsampled.compare(SCENE).frames == (4, 8)
    assert subsampled.weight == 2.0
    (tmp_path / "tracks.csv").write_text("time,id,x,y,z\n0.01,1:1,0,0,0\n")
    assert isinstance(as_target(tmp_path / "tracks.csv"), MarkerTarget)
    mesh = {"vertices": np.eye(3) * 1e-3, "faces": [[0, 1, 2]]}
    np.savez(tmp_path / "mesh.npz", **mesh)
    with h5py.File(tmp_path / "mesh.h5", "w") as file:
        file.update(mesh)
    (tmp_path / "mesh.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    for name in ("mesh.npz", "mesh.h5", "mesh.obj", "mesh*.obj", "."):
        assert isinstance(as_target(tmp_path / name), MeshTarget), name


def test_what_is_no_target(tmp_path):
    for thing in (3.0, None, np.zeros((3, 3, 3))):
        with pytest.raises(TargetError, match="nothing to compare with") as caught:
            as_target(thing)
        assert "Trajectory" in caught.value.fix
    with pytest.raises(TargetError, match="file of this kind") as caught:
        as_target(tmp_path / "run.abc")
    assert caught.value.where == str(tmp_path / "run.abc")
    with pytest.raises(wf.TrajectoryError, match="no such trajectory file"):
        as_target(tmp_path / "missing.h5")
    with pytest.raises(TargetError, match="cannot be read"):
        as_target(tmp_path / "missing.csv")


def test_arrays_are_checked():
    assert checked_array([[1, 2, 3]], (None, 3), "here", "fix").shape == (1, 3)
    for value, says in (([[1, 2]], "shape"), ([1, 2, 3], "shape"), (["a"], "numbers"), ([[1], [1, 2]], "no array")):
        with pytest.raises(TargetError, match=says) as caught:
            checked_array(value, (None, 3), "here", "do that")
        assert (caught.value.where, caught.value.fix) == ("here", "do that")

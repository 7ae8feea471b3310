"""`--target FILE,KEY=VALUE`: which targets texts make, and what is refused."""

import numpy as np
import pytest
from small_run import small_scene

import warp_fabric as wf
from warp_fabric.cli.targets import OPTIONS, read_mask, read_target, split_options
from warp_fabric.trajectory import COMPONENTS, Trajectory

SCENE = small_scene(time__duration=0.01)


@pytest.fixture
def run(tmp_path):
    """The path of a trajectory in which nothing happens."""
    fabric = SCENE.build()
    still = {name: np.zeros((3, 6, 5, width) if width else (3, 6, 5)) for name, width in COMPONENTS.items()}
    still |= {"position": np.stack([fabric.position] * 3), "sliding": np.stack([fabric.sliding] * 3)}
    trajectory = Trajectory(0.005 * np.arange(3), **still, scene=SCENE, version="", device="")  # pyright: ignore
    return trajectory.save(tmp_path / "run.h5")


def test_a_file_alone(run):
    target = read_target(str(run))
    assert isinstance(target, wf.FramesTarget)
    assert (target.weight, target.frames, target.mask, target.scene, target.sliding) == (1.0, 1, None, None, True)


def test_all_that_goes_with_a_trajectory(run, tmp_path):
    np.save(tmp_path / "mask.npy", np.eye(6, 5))
    windy = SCENE.replace({"environment.wind": [0.0, 9.0, 0.0]}).save(tmp_path / "windy.toml")
    options = f"weight=2.5,frames=2,mask={tmp_path / 'mask.npy'},scene={windy},sliding=no"
    target = read_target(f"{run},{options}", frames=7)
    assert isinstance(target, wf.FramesTarget)
    assert (target.weight, target.frames, target.sliding) == (2.5, 2, False)
    np.testing.assert_array_equal(target.mask, np.eye(6, 5))
    assert target.scene.get("environment.wind") == (0.0, 9.0, 0.0)
    assert read_target(f"{run}, weight=0.5", frames=7).frames == 7


def test_the_cloth_at_rest(run):
    target = read_target(f"{run},rest=yes,weight=3", frames=2)
    assert isinstance(target, wf.RestShapeTarget)
    assert (target.weight, target.frames) == (3.0, (-1,))
    assert isinstance(read_target(f"{run},rest=no"), wf.FramesTarget)


def test_markers_and_meshes(tmp_path):
    (tmp_path / "markers.csv").write_text("time,id,x,y,z\n0.005,A,0,0,0\n0.01,A,0,0,0\n")
    (tmp_path / "where.csv").write_text("id,pick,end\nA,2,3\n")
    markers = read_target(f"{tmp_path / 'markers.csv'},crossings={tmp_path / 'where.csv'},start=0.001")
    assert isinstance(markers, wf.MarkerTarget)
    assert markers.start == 0.001
    triangle = {"vertices": np.zeros((2, 3, 3)) + np.eye(3), "faces": np.array([[0, 1, 2]])}
    np.savez(tmp_path / "mesh.npz", **triangle)
    mesh = read_target(f"{tmp_path / 'mesh.npz'},frames_per_second=25,scale=0.5,up=z,direction=to_mesh")
    assert isinstance(mesh, wf.MeshTarget)
    np.testing.assert_allclose(mesh.vertices[0], 0.5 * np.eye(3))


@pytest.mark.parametrize(
    ("text", "file", "options"),
    [
        ("run.h5", "run.h5", {}),
        ("C:\\runs\\run.h5,weight=2", "C:\\runs\\run.h5", {"weight": "2"}),
        ("a, b.h5, frames= 5 ,weight=2", "a, b.h5", {"frames": "5", "weight": "2"}),
        ("run.h5,scene=C:\\windy.toml", "run.h5", {"scene": "C:\\windy.toml"}),
        ("run,1.h5", "run,1.h5", {}),
    ],
)
def test_paths_may_look_like_anything(text, file, options):
    assert split_options(text) == (file, options)


def test_a_file_that_is_there_is_taken_as_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run,b=2").write_text("")
    assert split_options("run,b=2") == ("run,b=2", {})
    assert split_options("run,b=2,weight=3") == ("run,b=2", {"weight": "3"})


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("wait=2", "no key 'wait'"),
        ("weight=2,weight=3", "given twice"),
        ("weight=much", "no value for weight"),
        ("weight=", "no value for weight"),
        ("frames=1.5", "no value for frames"),
        ("rest=maybe", "no value for rest"),
        ("weight=-1", "finite number above 0"),
        ("frames=0", "does not choose frames"),
        ("up=y", "does not go with a target of this kind"),
        ("mask=none.npy", "mask cannot be read"),
        ("scene=none.toml", "no such scene file"),
    ],
)
def test_what_is_refused(options, told, run):
    with pytest.raises(wf.WarpFabricError, match=told) as caught:
        read_target(f"{run},{options}")
    assert caught.value.fix


def test_files_that_are_none(tmp_path):
    for name in ("none.h5", "none.txt"):
        with pytest.raises(wf.WarpFabricError):
            read_target(str(tmp_path / name))


def test_masks(tmp_path):
    (tmp_path / "mask.csv").write_text("1, 0, 0.5\n0, 1, 1\n")
    np.testing.assert_array_equal(read_mask(str(tmp_path / "mask.csv")), [[1, 0, 0.5], [0, 1, 1]])
    for content in (b"", b"a,b\n", b"\x93NUMPY", b"1,2\n3\n"):
        for name in ("bad.csv", "bad.npy"):
            (tmp_path / name).write_bytes(content)
            if content or name == "bad.npy":
                with pytest.raises(wf.TargetError, match="mask cannot be read"):
                    read_mask(str(tmp_path / name))


def test_the_help_tells_all_keys():
    from warp_fabric.cli.fitting import fit

    assert fit.__doc__
    assert [key for key in OPTIONS if f"{key}=" not in fit.__doc__] == []

"""The triangles of obstacles."""

import os

import numpy as np
import pytest

from warp_fabric.errors import SceneError
from warp_fabric.scene.meshes import meshes_digest, obstacle_meshes

PYRAMID = """v 0 0 0
v 1 0 0
v 0 1 0
v 0 0 1
f 1 3 2
f 1 2 4
f 2 3 4
f 3 1 4
"""


def scene_with(small, file, **more):
    return small.replace({"obstacles": [{"shape": "mesh", "file": str(file), **more}]})


def moving(path):
    vertices = np.array([[[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 0, 1], [1, 0, 1], [0, 1, 1]]], float)
    np.savez(path, time=[0.0, 0.5], vertices=vertices, faces=[[0, 1, 2]])
    return path


def test_boxes_and_meshes_have_triangles(small, tmp_path):
    (tmp_path / "a.obj").write_text(PYRAMID)
    tables = [
        {"shape": "sphere", "center": [0, 0, 0], "radius": 1},
        {"shape": "box", "center": [1, 2, 3], "size": [2, 2, 2]},
        {"shape": "mesh", "file": str(tmp_path / "a.obj")},
    ]
    sphere, box, mesh = obstacle_meshes(small.replace({"obstacles": tables}))
    assert sphere is None
    assert (box.closed, box.faces.shape, box.vertices.shape) == (True, (12, 3), (1, 8, 3))
    assert (mesh.closed, mesh.faces.shape, mesh.times.tolist()) == (True, (4, 3), [0.0])
    assert np.abs(box.vertices).max() == 0.5


def test_a_file_that_changes_is_read_again(small, tmp_path):
    path = tmp_path / "a.obj"
    path.write_text(PYRAMID)
    scene = scene_with(small, path)
    (before,) = obstacle_meshes(scene)
    assert obstacle_meshes(scene)[0] is before
    path.write_text(PYRAMID.replace("v 0 0 1", "v 0 0 2"))
    os.utime(path, ns=(1, 1))  # however coarse the file system's clock
    assert obstacle_meshes(scene)[0].vertices.max() == 2.0


def test_meshes_are_told_apart_by_what_is_in_them(small, tmp_path):
    for name, text in (("a", PYRAMID), ("b", f"# the same\n{PYRAMID}"), ("c", PYRAMID.replace("v 0 0 1", "v 0 0 2"))):
        (tmp_path / f"{name}.obj").write_text(text)
    first, same, other = (meshes_digest(scene_with(small, tmp_path / f"{name}.obj")) for name in "abc")
    assert first == same != other
    boxes = [{"shape": "box", "center": [0, 0, 0], "size": [1, 1, 1]}]
    assert meshes_digest(small) == meshes_digest(small.replace({"obstacles": boxes})) == ""


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "no mesh file"), ("nothing", "mesh"), (PYRAMID.replace("f 1 3 2", "f 1 2 3"), "turned against")],
)
def test_files_that_are_no_mesh(small, tmp_path, content, says):
    path = tmp_path / "a.obj"
    if content is not None:
        path.write_text(content)
    with pytest.raises(SceneError, match=says) as caught:
        obstacle_meshes(scene_with(small, path))
    assert caught.value.where == "obstacles[0].file"
    assert str(path) in caught.value.what
    assert caught.value.fix


@pytest.mark.parametrize("name", ["a.obj/b.obj", 300 * "a" + ".obj"], ids=["under a file", "too long"])
def test_paths_that_no_file_can_have(small, tmp_path, name):
    (tmp_path / "a.obj").write_text(PYRAMID)
    with pytest.raises(SceneError, match="mesh file") as caught:
        obstacle_meshes(scene_with(small, tmp_path / name))
    assert caught.value.where == "obstacles[0].file"


def test_what_changes_its_shape_has_no_path(small, tmp_path):
    path = moving(tmp_path / "a.npz")
    assert obstacle_meshes(scene_with(small, path))[0].times.tolist() == [0.0, 0.5]
    with pytest.raises(SceneError, match="changes its shape") as caught:
        obstacle_meshes(scene_with(small, path, path=[[0.0, 0, 0, 0]]))
    assert caught.value.where == "obstacles[0].path"
    assert caught.value.fix

"""The `[[obstacles]]` tables."""

import numpy as np
import pytest

import warp_fabric as wf
from warp_fabric.errors import SceneError
from warp_fabric.scene import Obstacle, Scene

ALL = {
    "plane": {"point": [0.0, 0.0, -1e-3], "normal": [0.0, 0.1, 2.0]},
    "sphere": {"center": [0.0, 0.0, -0.01], "radius": 5e-3},
    "capsule": {"start": [0.0, 0.0, 0.0], "end": [0.0, 0.1, 0.0], "radius": 1e-3},
    "box": {"center": [0.0, 0.0, 0.0], "size": [0.1, 0.2, 0.3]},
    "mesh": {"file": "/some/where/stair.obj"},
}
PATH = [[0.0, 0, 0, 0], [0.5, 0, 0.1, 0, 0, 0, 1.57]]


@pytest.mark.parametrize("shape", ALL)
def test_there_and_back(small, shape):
    table = {"shape": shape, **ALL[shape], "thickness": 1e-4, "friction": 0.2, "path": PATH}
    scene = small.replace({"obstacles": [table, {"shape": shape, **ALL[shape]}]})
    assert Scene.from_toml(scene.to_toml()) == scene
    assert scene.get("obstacles.0.thickness") == 1e-4
    assert scene.get("obstacles.1.friction") is None
    assert scene.get("obstacles.0.path") == ((0.0,) * 7, (0.5, 0.0, 0.1, 0.0, 0.0, 0.0, 1.57))
    (again, _) = scene.replace({"obstacles.0.thickness": 0, "obstacles[0].path": np.zeros((1, 7))}).obstacles
    assert again == Obstacle(shape, **ALL[shape], friction=0.2, path=[(0.0,) * 7])


def test_shape_is_not_changed_by_what_it_is_made_of(small):
    scene = small.replace({"obstacles": [Obstacle("sphere", center=np.zeros(3), radius=1)]})
    assert scene.obstacles[0].center == (0.0, 0.0, 0.0)
    assert Scene(**{name: getattr(scene, name) for name in ("fabric", "yarns", "time", "obstacles")}).obstacles == (
        Obstacle("sphere", center=(0, 0, 0), radius=1.0),
    )


@pytest.mark.parametrize(
    ("table", "where", "says"),
    [
        ({}, "shape", "missing"),
        ({"shape": "ball"}, "shape", "none of plane, sphere"),
        ({"shape": "sphere", "radius": 1.0}, "center", "missing"),
        ({"shape": "mesh"}, "file", "missing"),
        ({"shape": "sphere", **ALL["sphere"], "size": [1, 1, 1]}, "size", "a sphere has no size"),
        ({"shape": "plane", **ALL["plane"], "radius": 1.0}, "radius", "a plane has no radius"),
        ({"shape": "mesh", "file": "a.obj", "center": [0, 0, 0]}, "center", "a mesh has no center"),
        ({"shape": "sphere", "center": [0, 0, 0], "radius": 0}, "radius", "above 0"),
        ({"shape": "capsule", **ALL["capsule"], "radius": -1}, "radius", "above 0"),
        ({"shape": "capsule", **ALL["capsule"], "end": [0, 0, 0]}, "end", "no length"),
        ({"shape": "box", "center": [0, 0, 0], "size": [1, 0, 1]}, "size[1]", "above 0"),
        ({"shape": "plane", "point": [0, 0, 0], "normal": [0, 0, 0]}, "normal", "no direction"),
        ({"shape": "plane", "point": [0, 0, 0], "normal": [0, 0, 1e-200]}, "normal", "no direction"),
        ({"shape": "plane", "point": [0, 0, 0], "normal": [0, 0, 1e200]}, "normal", "no direction"),
        ({"shape": "capsule", **ALL["capsule"], "start": [1e-200, 0, 0], "end": [0, 0, 0]}, "end", "no length"),
        ({"shape": "sphere", **ALL["sphere"], "friction": -1}, "friction", "at least 0"),
        ({"shape": "sphere", **ALL["sphere"], "thickness": -1}, "thickness", "at least 0"),
        ({"shape": "sphere", **ALL["sphere"], "path": []}, "path", "at least 1"),
        ({"shape": "sphere", **ALL["sphere"], "path": [[0, 0, 0]]}, "path[0]", "3 numbers"),
        ({"shape": "sphere", **ALL["sphere"], "path": [3]}, "path[0]", "not a list"),
        ({"shape": "sphere", **ALL["sphere"], "path": "straight"}, "path", "not a list"),
        ({"shape": "sphere", **ALL["sphere"], "path": [PATH[1], PATH[0]]}, "path[1]", "follows"),
        ({"shape": "sphere", **ALL["sphere"], "raduis": 1}, "raduis", "did you mean radius"),
    ],
)
def test_impossible_values(small, table, where, says):
    good = {"shape": "sphere", **ALL["sphere"]}
    with pytest.raises(SceneError, match=says) as caught:
        small.replace({"obstacles": [good, table]})
    assert caught.value.where == f"obstacles[1].{where}"
    assert caught.value.fix


@pytest.mark.parametrize(
    ("obstacles", "where"), [("sphere", "obstacles"), ([3], "obstacles[0]"), ({"shape": "sphere"}, "obstacles")]
)
def test_what_is_no_obstacle(small, obstacles, where):
    with pytest.raises(SceneError) as caught:
        Scene(fabric=small.fabric, yarns=small.yarns, obstacles=obstacles)
    assert caught.value.where == where
    assert caught.value.fix


def test_mesh_files_start_from_the_scenes_folder_and_saved_scenes_find_them(small, tmp_path, monkeypatch):
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    text = small.to_toml() + '[[obstacles]]\nshape = "mesh"\nfile = "stair.obj"\n'
    (tmp_path / "first" / "a.toml").write_text(text)
    scene = wf.load_scene(tmp_path / "first" / "a.toml")
    assert scene.obstacles[0].file == str(tmp_path / "first" / "stair.obj")
    assert wf.load_scene(scene.save(tmp_path / "second" / "b.toml")) == scene
    monkeypatch.chdir(tmp_path / "first")
    assert Obstacle("mesh", file="stair.obj") == scene.obstacles[0]

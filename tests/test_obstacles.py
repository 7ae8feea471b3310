"""Obstacles on the device."""

from pathlib import Path

import numpy as np
import pytest
from small_run import small_scene

import warp_fabric as wf
from warp_fabric.errors import SceneError
from warp_fabric.model import Model
from warp_fabric.obstacles import SHAPES, Obstacles
from warp_fabric.scene.meshes import obstacle_meshes

GOLDEN = Path(__file__).parent / "data" / "golden"
SCENE = wf.load_scene(GOLDEN / "contact_elements.toml")
PLANE = {"shape": "plane", "point": [0, 0, -1e-3], "normal": [0, 0, 2]}


@pytest.fixture(scope="module")
def model(device):
    scenes = [small_scene(), SCENE, small_scene(obstacles=[PLANE], collision={"friction": 0.7})]
    return Model(scenes, device)


def test_those_of_all_scenes_follow_each_other(model):
    found = model.obstacles
    assert found.first_obstacle.numpy().tolist() == [0, 0, 6, 7]
    assert [SHAPES[k] for k in found.shape.numpy()] == [each.shape for each in SCENE.obstacles] + ["plane"]
    assert found.own_friction.numpy().tolist() == [1] * 6 + [0]
    for key in ("point", "center", "radius", "size", "start", "end", "normal", "thickness", "friction"):
        array = getattr(found, key)
        assert array.requires_grad
        given = [getattr(each, key) for each in (*SCENE.obstacles, wf.Obstacle(**PLANE))]
        absent = np.zeros(array.numpy().shape[1:])
        np.testing.assert_array_equal(array.numpy(), [absent if value is None else value for value in given])


def test_paths(model):
    found, offset = model.obstacles, model.obstacles.key_offset.numpy()
    rows = np.column_stack([array.numpy() for array in (found.key_time, found.key_shift, found.key_turn)])
    for k, obstacle in enumerate(SCENE.obstacles):
        assert model.obstacle_keys[k] == slice(offset[k], offset[k + 1])
        np.testing.assert_array_equal(rows[model.obstacle_keys[k]], obstacle.path or np.zeros((1, 7)))
    assert not found.key_time.requires_grad


def test_meshes(model):
    found = model.obstacles
    arrays = {name: getattr(found, name).numpy() for name in Obstacles.vars if not name.startswith("key")}
    meshes = obstacle_meshes(SCENE)
    assert arrays["closed"].tolist() == [0, 0, 0, 1, 1, 0, 0]
    for k, mesh in enumerate(meshes):
        faces = slice(*arrays["face_offset"][k : k + 2])
        first = arrays["vertex_offset"][k]
        if mesh is None:
            assert faces.start == faces.stop
            continue
        assert (arrays["face_obstacle"][faces] == k).all()
        assert (arrays["vertex_obstacle"][first : arrays["vertex_offset"][k + 1]] == k).all()
        np.testing.assert_array_equal(arrays["face"][faces] - first, mesh.faces)
        np.testing.assert_array_equal(arrays["owns"][faces], mesh.owns)
        across = arrays["across"][faces]
        np.testing.assert_array_equal(np.where(across < 0, -1, across - faces.start), mesh.across)
        samples = slice(*arrays["sample_offset"][k : k + 2])
        np.testing.assert_array_equal(arrays["sample_time"][samples], mesh.times)
        for sample, vertices in zip(arrays["sample_start"][samples], mesh.vertices):
            np.testing.assert_array_equal(arrays["sample_vertex"][sample : sample + len(vertices)], vertices)
        for v in range(mesh.vertices.shape[1]):
            ring = arrays["ring"][arrays["around"][first + v] : arrays["around"][first + v + 1]]
            assert {*(ring - faces.start)} == {*np.flatnonzero((mesh.faces == v).any(axis=1))}


def test_a_mesh_that_is_not_there_is_an_error(device):
    scene = SCENE.replace({"obstacles.5.file": "nowhere.obj"})
    with pytest.raises(SceneError) as caught:
        Model(scene, device)
    assert caught.value.where == "obstacles[5].file"


def test_cloth_without_obstacles_has_none(device):
    model = Model(small_scene(), device)
    assert (model.obstacle_count, model.obstacle_vertices, model.obstacle_keys) == (0, 0, [])
    assert not [array for array in model.differentiable() if not array.size]

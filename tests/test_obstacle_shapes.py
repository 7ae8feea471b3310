"""Obstacles as meshes, against SciPy's rotations and what their shapes are."""

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from small_run import small_scene

import warp_fabric as wf
from warp_fabric.errors import SceneError
from warp_fabric.obstacle_shapes import ROOM, found_shapes, obstacle_shapes, rotation
from warp_fabric.scene.meshes import obstacle_meshes

GOLDEN = Path(__file__).parent / "data" / "golden"
PATH = [[0.0, 0.01, 0, 0, 0, 0, 0.4], [0.1, 0.2, -0.1, 0.3, 0, 0, 0], [0.3, 0.5, 0.1, 0.3, 0.8, -1.9, 2.5]]
SCENE = wf.load_scene(GOLDEN / "contact_elements.toml").replace({f"obstacles.{k}.path": PATH for k in (0, 1, 2, 3, 5)})
PLANE, SPHERE, CAPSULE, BOX, STAIR, FLAP = obstacle_shapes(SCENE)
TIMES = (-1.0, 0.0, 0.07, 0.1, 0.22, 9.0)


def volume(vertices, faces):
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    return np.einsum("fi,fi->", a, np.cross(b, c)) / 6.0


@pytest.mark.parametrize("vector", [[0, 0, 0], [1e-9, 0, 0], [0.3, -0.2, 0.9], [0, 3.14, 0], [5.0, -7.0, 2.0]])
def test_rotations(vector):
    np.testing.assert_allclose(rotation(vector), Rotation.from_rotvec(vector).as_matrix(), atol=1e-15)


@pytest.mark.parametrize("time", TIMES)
def test_vertices_follow_the_path(time):
    rows = np.array(PATH)
    row = np.array([np.interp(time, rows[:, 0], column) for column in rows[:, 1:].T])
    turn = Rotation.from_rotvec(row[3:])
    for shape in (PLANE, SPHERE, CAPSULE, BOX, FLAP):
        assert shape.moves
        assert shape.turns
        np.testing.assert_allclose(shape.at(time), turn.apply(shape.vertices[0]) + row[:3], atol=1e-15)
        if shape.normals is not None:
            np.testing.assert_allclose(shape.normals_at(time), turn.apply(shape.normals), atol=1e-14)


def test_a_mesh_that_changes_its_shape_is_between_its_samples():
    mesh = obstacle_meshes(SCENE)[4]
    assert mesh is not None
    first, second = mesh.times[:2]
    for time, expected in (
        (first - 1.0, mesh.vertices[0]),
        (0.25 * first + 0.75 * second, 0.25 * mesh.vertices[0] + 0.75 * mesh.vertices[1]),
        (mesh.times[-1], mesh.vertices[-1]),
        (9.0, mesh.vertices[-1]),
    ):
        np.testing.assert_allclose(STAIR.at(time), expected, atol=1e-17)
    assert STAIR.moves
    assert not STAIR.turns


def test_a_sphere_lies_on_its_sphere():
    sphere = SCENE.obstacles[1]
    assert sphere.radius is not None
    away = SPHERE.vertices[0] - np.array(sphere.center)
    np.testing.assert_allclose(np.linalg.norm(away, axis=1), sphere.radius, rtol=1e-14)
    np.testing.assert_allclose(SPHERE.normals, away / sphere.radius, atol=1e-12)
    ideal = 4.0 / 3.0 * np.pi * sphere.radius**3
    assert 0.99 * ideal < volume(SPHERE.vertices[0] - np.array(sphere.center), SPHERE.faces) < ideal


def test_a_capsule_lies_on_its_capsule():
    rod = SCENE.obstacles[2]
    assert rod.radius is not None
    start, along = np.array(rod.start), np.array(rod.end) - np.array(rod.start)
    away = CAPSULE.vertices[0] - start
    share = np.clip(away @ along / (along @ along), 0.0, 1.0)
    spoke = away - share[:, None] * along
    np.testing.assert_allclose(np.linalg.norm(spoke, axis=1), rod.radius, rtol=1e-12)
    np.testing.assert_allclose(CAPSULE.normals, spoke / rod.radius, atol=1e-9)
    ideal = np.pi * rod.radius**2 * (np.linalg.norm(along) + 4.0 / 3.0 * rod.radius)
    assert 0.99 * ideal < volume(away, CAPSULE.faces) < ideal


@pytest.mark.parametrize("shape", [SPHERE, CAPSULE, BOX], ids=lambda shape: shape.kind)
def test_solids_are_closed(shape):
    assert shape.closed
    edges = np.concatenate([shape.faces, np.roll(shape.faces, -1, axis=1)], axis=0).reshape(2, -1).T
    assert {*map(tuple, edges)} == {*map(tuple, edges[:, ::-1])}
    assert len({*map(tuple, edges)}) == len(edges)


def test_a_box_has_its_size():
    box = SCENE.obstacles[3]
    np.testing.assert_allclose(np.ptp(BOX.vertices[0], axis=0), box.size, rtol=1e-12)
    np.testing.assert_allclose(BOX.vertices[0].mean(axis=0), box.center, rtol=1e-12)
    assert BOX.normals is None


def test_a_plane_is_below_all_that_the_scene_names():
    plane = {"shape": "plane", "point": [5.0, 0, -0.01], "normal": [0.3, 0.1, 2]}
    ball = {"shape": "sphere", "center": [0.01, 0, 0.02], "radius": 0.005, "path": [[0, 0, 0, 0], [1, 0, 0.5, 0]]}
    scene = small_scene(obstacles=[plane, ball])
    quad, sphere = obstacle_shapes(scene)
    normal = np.array(plane["normal"]) / np.linalg.norm(plane["normal"])
    np.testing.assert_allclose((quad.vertices[0] - plane["point"]) @ normal, 0.0, atol=1e-15)
    a, b, c, d = quad.vertices[0]
    np.testing.assert_allclose(np.cross(b - a, d - a) / np.dot(b - a, b - a), normal, atol=1e-12)
    for points in (scene.build().position.reshape(-1, 3), sphere.at(0.0), sphere.at(1.0)):
        for corner, side in ((a, b - a), (b, c - b), (c, d - c), (d, a - d)):
            assert ((points - corner) @ np.cross(normal, side) > 0.0).all()
    middle = scene.build().position.reshape(-1, 3).mean(axis=0)
    offset = sphere.at(1.0) - middle
    reach = np.linalg.norm(offset - (offset @ normal)[:, None] * normal, axis=1).max()
    np.testing.assert_allclose(np.linalg.norm(b - a), 2.0 * ROOM * reach)


def test_what_stays_does_not_move():
    (still,) = obstacle_shapes(small_scene(obstacles=[{"shape": "sphere", "center": [0, 0, 0], "radius": 1e-3}]))
    assert not still.moves
    assert obstacle_shapes(small_scene()) == []


def test_a_mesh_that_is_not_there_is_an_error():
    with pytest.raises(SceneError, match=r"nowhere\.obj") as caught:
        obstacle_shapes(SCENE.replace({"obstacles.5.file": "nowhere.obj"}))
    assert caught.value.where == "obstacles[5].file"


def test_meshes_that_are_gone_are_left_out_with_a_warning():
    gone = SCENE.replace({"obstacles.5.file": "nowhere.obj", "obstacles.4.file": "neither.obj"})
    with pytest.warns(UserWarning, match=r"obstacles 4, 5 are left out: .*neither\.obj, .*nowhere\.obj") as told:
        found = found_shapes(gone)
    assert len(told) == 1
    assert [each.kind for each in found] == ["plane", "sphere", "capsule", "box"]


def test_a_plane_below_bundles_whose_pins_are_those_of_real_yarns():
    floor = {"shape": "plane", "point": [0.0, 0.0, -0.1], "normal": [0.0, 0.0, 1.0]}
    pins = [{"crossing": [32, 32]}, {"crossing": [0, 0], "path": [[0.0, 0, 0, 0], [0.1, 0.5, 0, 0]]}]
    size = {"fabric__ends": 33, "fabric__picks": 33, "fabric__bundle": 8, "fabric__sliding": False}
    (quad,) = obstacle_shapes(small_scene(**size, pins=pins, obstacles=[floor]))
    assert quad.vertices[0, :, 0].max() > 0.5

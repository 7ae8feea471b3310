"""Blender's colliders in the scene that is simulated: shapes, motion, files."""

from pathlib import Path

import bpy
import numpy as np
import pytest
from bodies import body, keyed, rigged
from described_scene import build_scene, empty, only, refused
from scipy.spatial.transform import Rotation
from woven_objects import built

from warp_fabric import Scene
from warp_fabric.scene.distances import obstacle_distance
from warp_fabric.scene.meshes import obstacle_meshes


def vertices(obj, collider, frame):
    """A collider's vertices in the fabric's frame, in metres, at a frame of Blender's."""
    bpy.context.scene.frame_set(frame)
    graph = bpy.context.evaluated_depsgraph_get()
    seen = collider.evaluated_get(graph)
    mesh = seen.to_mesh()
    world = [seen.matrix_world @ vertex.co for vertex in mesh.vertices]
    seen.to_mesh_clear()
    return np.array([obj.matrix_world.inverted() @ each for each in world])


def posed(obstacle, mesh, time):
    """Where an obstacle's vertices are at a time, its pose linear between the rows of its path."""
    shape = mesh.vertices[0]
    if len(mesh.times) > 1:
        flat = mesh.vertices.reshape(len(mesh.times), -1)
        shape = np.array([np.interp(time, mesh.times, column) for column in flat.T]).reshape(-1, 3)
    if obstacle.shape == "box":
        shape = obstacle.center + obstacle.size * shape
    if obstacle.path is None:
        return shape
    rows = np.array(obstacle.path)
    row = [np.interp(time, rows[:, 0], rows[:, k]) for k in range(1, 7)]
    return Rotation.from_rotvec(row[3:]).apply(shape) + row[:3]


def same_places(found, expected, atol):
    """Of points in any order."""
    away = np.linalg.norm(found[:, None] - expected, axis=2)
    assert away.min(axis=0).max() < atol
    assert away.min(axis=1).max() < atol


def follows(obj, collider, atol=2e-6):
    woven = build_scene(obj)
    (obstacle,), (mesh,) = woven.obstacles, obstacle_meshes(woven)
    for frame in range(3, 8):
        same_places(posed(obstacle, mesh, (frame - 3) / 24), vertices(obj, collider, frame), atol)
    return obstacle


def test_nothing_touches(scene):
    woven = build_scene(built())
    assert woven.obstacles == ()
    assert "[collision]" not in woven.to_toml()


def test_self_collision(scene):
    obj = built()
    collision = obj.fabric.collision
    collision.self_collision, collision.friction, collision.stiffness = True, 0.45, 60.0
    found = build_scene(obj).collision
    assert (found.self, found.friction, found.stiffness) == (True, 0.45, 60.0)


@pytest.mark.parametrize("unit", [1.0, 0.01])
def test_a_box_with_scale(scene, unit):
    scene.unit_settings.scale_length = unit
    obj, cube = built(), body(size=1.0, scale=(0.2, 0.3, 0.1), location=(0.1, 0.0, -0.4))
    cube.collision.thickness_outer, cube.collision.cloth_friction = 0.004, 10.0
    obj.location.y = 0.2
    found = follows(obj, cube)
    assert (found.shape, found.path) == ("box", None)
    assert found.size == pytest.approx(np.multiply(unit, (0.2, 0.3, 0.1)))
    assert found.thickness == pytest.approx(0.004 * unit)
    assert found.friction == pytest.approx(0.6)
    assert not build_scene(obj).collision.self


def test_a_box_that_is_turned_in_a_fabric_that_is_turned(scene):
    obj, cube = built(), body(rotation=(0.4, 0.2, 1.1), location=(0.5, 0, 0))
    obj.rotation_euler.x = 0.7
    found = follows(obj, cube)
    assert found.shape == "box"
    assert len(found.path) == 1


def test_what_is_no_box(scene):
    obj, cube = built(), body()
    cube.data.vertices[0].co.x += 0.01
    assert only(obj).shape == "mesh"
    bpy.data.objects.remove(cube)
    sheared, parent = body(rotation=(0, 0, 0.5)), empty()
    sheared.parent, parent.scale = parent, (1, 2, 1)
    assert follows(obj, sheared).shape == "mesh"


def test_a_mirrored_mesh_is_still_solid(scene):
    obj, ball = built(), body("ico_sphere", radius=0.3, scale=(1, -1, 1))
    found = follows(obj, ball)
    woven = build_scene(obj)
    center = np.array(obj.matrix_world.inverted().translation)
    assert obstacle_distance(found, obstacle_meshes(woven)[0], center[None], 1.0) < -0.2


def test_a_ball_that_rolls_has_a_path(scene):
    obj, ball = built(), body("ico_sphere", radius=0.3, location=(1, 0, 0))
    obj.rotation_euler.z = 0.5
    keyed(ball, "rotation_euler", {3: (0, 0, 0), 7: (0, 9.0, 0)})
    keyed(ball, "location", {3: (1, 0, 0), 7: (2, 0, 1)})
    found = follows(obj, ball)
    assert found.shape == "mesh"
    assert obstacle_meshes(build_scene(obj))[0].times.shape == (1,)
    assert len(found.path) >= 5


def test_a_box_that_moves(scene):
    obj, cube = built(), body(scale=(1, 2, 3))
    keyed(cube, "rotation_euler", {3: (0.1, 0, 0), 7: (1.0, 2.0, 0)})
    assert follows(obj, cube).shape == "box"


def test_an_arm_bends_with_its_bones(scene):
    obj, arm = built(), rigged()
    found = follows(obj, arm)
    assert (found.shape, found.path) == ("mesh", None)
    assert obstacle_meshes(build_scene(obj))[0].times == pytest.approx(np.arange(5) / 24)


def test_a_ball_that_grows_has_its_vertices_at_each_frame(scene):
    obj, ball = built(), body("ico_sphere", radius=0.3)
    keyed(ball, "scale", {3: (1, 1, 1), 7: (2, 1, 1)})
    assert follows(obj, ball).path is None


def test_a_mesh_in_an_instanced_collection(scene):
    obj, ball = built(), body("ico_sphere", radius=0.3, location=(0, 0, 1))
    collection = bpy.data.collections.new("Props")
    collection.objects.link(ball)
    bpy.context.collection.objects.unlink(ball)
    collection.instance_offset = (0, 0, 1)
    place = empty()
    place.instance_type, place.instance_collection = "COLLECTION", collection
    keyed(place, "location", {3: (0, 0, 0), 7: (4, 0, 0)})
    woven = build_scene(obj)
    (obstacle,), (mesh,) = woven.obstacles, obstacle_meshes(woven)
    for time, x in ((0.0, 0.0), (2 / 24, 2.0), (4 / 24, 4.0)):
        middle = posed(obstacle, mesh, time).mean(axis=0)
        np.testing.assert_allclose(
            middle, obj.matrix_world.inverted().translation + place.location.__class__((x, 0, 0)), atol=1e-5
        )
    assert [each.name for each in bpy.data.collections] == ["Props"]


def test_a_rest_shape_and_a_look_at_the_start_take_the_first_frame(scene):
    from blender_addon.fabric.scene.scene_builder import build_scene as build

    obj, ball = built(), body("ico_sphere", radius=0.3)
    keyed(ball, "location", {3: (1, 0, 0), 7: (2, 0, 0)})
    (found,) = build(obj.fabric, bpy.context, obj, start_only=True).obstacles
    assert found.path is None
    obj.fabric.simulation.integrator = "static"
    assert build_scene(obj).obstacles == (found,)


def test_files_never_change_and_unused_ones_go(scene):
    from blender_addon.fabric.files.paths import OBSTACLES, SCENE, made_folder
    from blender_addon.fabric.scene.obstacles import remove_unused

    obj, ball = built(), body("ico_sphere", radius=0.3)
    ball.name = "Bälle / 1"
    first, again = build_scene(obj), build_scene(obj)
    assert first == again
    path = Path(first.obstacles[0].file)
    assert path.parent == made_folder(obj) / OBSTACLES
    ball.scale = (2, 2, 2)
    second = build_scene(obj)
    assert second.obstacles[0].file != first.obstacles[0].file
    assert path.is_file()
    (made_folder(obj) / SCENE).write_text(second.to_toml())
    remove_unused(made_folder(obj))
    assert not path.is_file()
    assert Scene.from_toml(second.to_toml()) == second
    assert obstacle_meshes(second)[0] is not None


def edited(obj, change):
    import bmesh

    mesh = bmesh.new()
    mesh.from_mesh(obj.data)
    mesh.faces.ensure_lookup_table()
    change(mesh)
    mesh.to_mesh(obj.data)
    mesh.free()


@pytest.mark.parametrize(
    ("change", "what", "fix"),
    [
        (lambda mesh: mesh.faces[0].normal_flip(), "turned against", "Shift-N"),
        (lambda mesh: [face.normal_flip() for face in mesh.faces], "inside out", "Shift-N"),
        (
            lambda mesh: mesh.faces.new([*mesh.faces[0].verts[:2], mesh.verts.new((3, 3, 3))]),
            "more than two",
            "Merge by Distance",
        ),
        (
            lambda mesh: mesh.faces.new([mesh.verts.new((k, 5.0, 5.0)) for k in (1, 2, 3)]),
            "no area",
            "Degenerate Dissolve",
        ),
        (lambda mesh: [mesh.faces.remove(face) for face in [*mesh.faces]], "no faces", "give it some"),
    ],
)
def test_meshes_that_cannot_be_touched(scene, change, what, fix):
    obj, ball = built(), body("ico_sphere", subdivisions=1)
    edited(ball, change)
    error = refused(obj)
    assert error.where == "Icosphere"
    assert what in error.what
    assert fix in error.fix


def test_a_mesh_whose_faces_change_over_time(scene):
    obj, cube = built(), body()
    array = cube.modifiers.new("Array", "ARRAY")
    array.count = 1
    array.keyframe_insert("count", frame=3)
    array.count = 5
    array.keyframe_insert("count", frame=7)
    assert "not the same at all frames" in refused(obj).what


def test_loose_vertices_touch_nothing(scene):
    obj, ball = built(), body("ico_sphere", radius=0.3)
    edited(ball, lambda mesh: mesh.verts.new((9, 9, 9)))
    assert obstacle_meshes(build_scene(obj))[0].vertices.shape[1] == 42

"""Targets in Blender's scene become files that the command line reads, in the fabric's frame and at its times."""

import bpy
import numpy as np
import pytest
from mathutils import Euler
from woven_objects import built, cached, made_run

import usd_export
import warp_fabric as wf
from blender_addon.fabric.files.cache import attach_cache
from blender_addon.fabric.files.paths import CACHE
from blender_addon.fabric.scene.scene_builder import build_scene
from blender_addon.fit.target_files import write_target
from warp_fabric.cli.targets import read_target
from warp_fabric.fitting.targets.markers import MarkerTarget
from warp_fabric.fitting.targets.mesh_sequence import MeshTarget


@pytest.fixture
def fabric(addon):
    """A fabric that stands askew, in a scene of four frames from frame 11."""
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end, scene.render.fps = 11, 14, 25
    obj = built()
    obj.location, obj.rotation_euler = (1.0, -2.0, 0.5), Euler((0.3, 0.2, 1.0))
    bpy.context.view_layer.update()
    scene.frame_set(12)
    return obj


def written(obj, folder):
    """The target as the command line reads it."""
    scene = build_scene(obj.fabric, bpy.context, obj)
    target = write_target(obj, scene, bpy.context, folder)
    return read_target(str(folder / target)), scene


def moved(obj, velocity=(0.0, 0.0, 0.1)):
    """Keyframes that move an object, in m for each frame."""
    start = np.array(obj.location)
    for frame in range(11, 15):
        obj.location = start + (frame - 11) * np.array(velocity)
        obj.keyframe_insert("location", frame=frame)


def mesh_object(points, faces=()):
    mesh = bpy.data.meshes.new("target")
    mesh.from_pydata([tuple(each) for each in points], [], [tuple(each) for each in faces])
    obj = bpy.data.objects.new("target", mesh)
    bpy.context.collection.objects.link(obj)
    return obj


def test_an_animated_mesh(fabric, tmp_path):
    corners = np.array([[0, 0, 0], [0.01, 0, 0], [0.01, 0.01, 0], [0, 0.01, 0]], float)
    mesh = mesh_object(corners, [(0, 1, 2, 3)])
    mesh.matrix_world = fabric.matrix_world
    moved(mesh)
    fabric.fabric.fit.target = mesh
    target, _ = written(fabric, tmp_path)
    assert isinstance(target, MeshTarget)
    np.testing.assert_allclose(target.mesh.time, np.arange(4) / 25.0, rtol=1e-12)
    up = np.array(fabric.matrix_world)[:3, :3].T @ [0, 0, 0.1]
    expected = corners + np.arange(4)[:, None, None] * up
    np.testing.assert_allclose(target.mesh.vertices, expected, atol=2e-7)
    assert len(target.mesh.faces) == 2
    assert bpy.context.scene.frame_current == 12


def test_another_fabric_is_compared_crossing_by_crossing(fabric, tmp_path):
    other = built()
    other.matrix_world = fabric.matrix_world
    run = cached(other, tmp_path)
    attach_cache(other, tmp_path / CACHE, 11, 4)
    fabric.fabric.fit.target = other
    target, scene = written(fabric, tmp_path)
    assert isinstance(target, MarkerTarget)
    comparison = target.compare(scene)
    for frame in (1, 2, 3):
        observed = comparison.observed[frame]
        expected = run.position[frame].reshape(-1, 3)[observed.crossing]
        np.testing.assert_allclose(observed.coordinates, expected, atol=1e-6)
        assert len(observed.crossing) == 30


def test_as_many_points_elsewhere_are_no_crossings(fabric, tmp_path):
    rest = build_scene(fabric.fabric, bpy.context, fabric).build().position
    grid = np.arange(30).reshape(5, 6)
    quads = np.stack([grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]], axis=-1).reshape(-1, 4)
    for points, faces, kind in (
        (rest, quads, MarkerTarget),
        (rest[::-1], quads, MeshTarget),
        (rest[:, ::-1], quads, MeshTarget),
        (rest, quads[:3], MeshTarget),
    ):
        mesh = fabric.fabric.fit.target = mesh_object(points.reshape(-1, 3), faces)
        mesh.matrix_world = fabric.matrix_world
        assert isinstance(written(fabric, tmp_path)[0], kind)


def test_curves_with_a_point_on_each_crossing(fabric, tmp_path):
    scene = build_scene(fabric.fabric, bpy.context, fabric)
    rest = scene.build().position
    data = bpy.data.hair_curves.new("picks")
    data.add_curves([6] * 5)
    data.attributes["position"].data.foreach_set("vector", rest.astype(np.float32).ravel())
    curves = fabric.fabric.fit.target = bpy.data.objects.new("picks", data)
    bpy.context.collection.objects.link(curves)
    curves.matrix_world = fabric.matrix_world
    target, _ = written(fabric, tmp_path)
    assert isinstance(target, MarkerTarget)
    np.testing.assert_allclose(target.markers.position[0], rest.reshape(-1, 3), atol=2e-7)


@pytest.mark.parametrize("kind", ["OBJECT", "COLLECTION"])
def test_marker_empties(fabric, kind, tmp_path):
    rest = build_scene(fabric.fabric, bpy.context, fabric).build().position
    parent = bpy.data.objects.new("markers", None)
    collection = bpy.data.collections.new("markers")
    for each in (parent, collection):
        (bpy.context.collection.objects if each is parent else bpy.context.scene.collection.children).link(each)
    for name, crossing in (("0:1", (0, 1)), ("3:4", (3, 4))):
        empty = bpy.data.objects.new(name, None)
        collection.objects.link(empty)
        empty.parent = parent
        empty.location = np.array(fabric.matrix_world)[:3, :3] @ rest[crossing] + np.array(fabric.location)
        moved(empty)
    fit = fabric.fabric.fit
    fit.kind = kind
    fit.target, fit.markers = parent, collection
    target, scene = written(fabric, tmp_path)
    assert isinstance(target, MarkerTarget)
    assert [*target.markers.ids] == ["0:1", "3:4"]
    up = np.array(fabric.matrix_world)[:3, :3].T @ [0, 0, 0.1]
    np.testing.assert_allclose(target.markers.position[3], [rest[0, 1] + 3 * up, rest[3, 4] + 3 * up], atol=2e-7)
    assert target.compare(scene).frames == (1, 2, 3)


def test_a_file_on_disk(fabric, tmp_path):
    run = cached(fabric, tmp_path)
    fit = fabric.fabric.fit
    fit.kind, fit.path = "FILE", str(tmp_path / "run.h5")
    target, scene = written(fabric, tmp_path)
    assert np.array_equal(target.run.position, run.position)
    assert target.compare(scene).frames == (1, 2, 3)


def test_what_is_no_target(fabric, tmp_path):
    fit = fabric.fabric.fit
    for target, told in (
        (None, "no target is chosen"),
        (mesh_object([]), "no points"),
        (mesh_object([(0, 0, 0), (1, 0, 0)]), "neither faces nor curves"),
    ):
        fit.target = target
        with pytest.raises(wf.TargetError, match=told):
            written(fabric, tmp_path)
    fit.kind, fit.path = "FILE", str(tmp_path / "none.h5")
    with pytest.raises(wf.TargetError, match="no such file"):
        written(fabric, tmp_path)
    (tmp_path / "cloth.usdc").touch()
    fit.path = str(tmp_path / "cloth.usdc")
    with pytest.raises(wf.TargetError, match="File > Import"):
        written(fabric, tmp_path)


def starting_at_rest(obj):
    run = made_run(build_scene(obj.fabric, bpy.context, obj))
    rest = run.scene.build().position
    run.position[:] = rest + np.linspace(0.0, 1.0, 4)[:, None, None, None] * (run.position - rest)
    return run


def imported(obj, folder, **options):
    """A made-up run of a fabric, exported and imported again as an artist does: its root, and the run."""
    run = starting_at_rest(obj)
    usd_export.export(run, folder / "export.usdc", **options)
    before = {*bpy.data.objects}
    bpy.ops.wm.usd_import(filepath=str(folder / "export.usdc"), set_frame_range=False)
    new = {*bpy.data.objects} - before
    for cache in bpy.data.cache_files:
        cache.frame_offset = 11
    return new, next(each for each in new if each.parent is None), run


def assert_compared_by_crossings(fabric, folder, run, count=30, atol=2e-6):
    target, scene = written(fabric, folder)
    assert isinstance(target, MarkerTarget)
    observed = target.compare(scene).observed
    assert [*observed] == [1, 2, 3]
    for frame, each in observed.items():
        assert len(each.crossing) == count
        np.testing.assert_allclose(each.coordinates, run.position[frame].reshape(-1, 3)[each.crossing], atol=atol)


@pytest.mark.parametrize("options", [{}, {"plies": 3}, {"samples_per_crossing": 1}])
def test_an_export_imported_again(fabric, options, tmp_path):
    """It stands upright at the world's origin, the fabric does not."""
    _, root, run = imported(fabric, tmp_path, **options)
    fabric.fabric.fit.target = root
    atol = 5e-5 if "plies" in options else 2e-6  # they wind around the yarn a bit unevenly where it bends
    assert_compared_by_crossings(fabric, tmp_path, run, atol=atol)


def test_yarns_of_one_direction_of_an_export(fabric, tmp_path):
    new, _, run = imported(fabric, tmp_path)
    fabric.rotation_euler = (0.0, 0.0, 0.0)
    for name in ("ends_ends", "picks_picks"):
        fabric.fabric.fit.target = next(each for each in new if each.name == name)
        assert_compared_by_crossings(fabric, tmp_path, run, atol=2e-5)


def test_curves_from_alembic(fabric, tmp_path):
    new, _, run = imported(fabric, tmp_path)
    fabric.rotation_euler = (0.0, 0.0, 0.0)
    for each in bpy.data.objects:
        each.select_set(each in new)
    bpy.ops.wm.alembic_export(filepath=str(tmp_path / "cloth.abc"), selected=True, start=11, end=14)
    bpy.ops.object.delete()
    bpy.ops.wm.alembic_import(filepath=str(tmp_path / "cloth.abc"), as_background_job=False, set_frame_range=False)
    fabric.fabric.fit.target = next(each for each in bpy.context.selected_objects if each.parent is None)
    assert_compared_by_crossings(fabric, tmp_path, run)


def test_the_yarns_of_another_fabric_stand_for_it(fabric, tmp_path):
    other = built()
    run = starting_at_rest(other)
    usd_export.export(run, tmp_path / CACHE)
    attach_cache(other, tmp_path / CACHE, 11, 4)
    other.matrix_world = fabric.matrix_world
    other.location.x += 0.5  # beside it, where it can be seen
    fabric.fabric.fit.target = other.children[0]
    assert_compared_by_crossings(fabric, tmp_path, run)


def test_an_animated_curve_of_the_old_kind(fabric, tmp_path):
    """One end of the fabric, drawn by hand through its crossings."""
    rest = build_scene(fabric.fabric, bpy.context, fabric).build().position
    data = bpy.data.curves.new("end", "CURVE")
    data.dimensions = "3D"
    line = data.splines.new("POLY")
    line.points.add(4)
    line.points.foreach_set("co", np.concatenate([rest[:, 2], np.ones((5, 1))], axis=1).ravel())
    obj = fabric.fabric.fit.target = bpy.data.objects.new("end", data)
    bpy.context.collection.objects.link(obj)
    obj.matrix_world = fabric.matrix_world
    moved(obj)
    target, _ = written(fabric, tmp_path)
    assert isinstance(target, MarkerTarget)
    assert [*target.markers.ids] == [f"{pick}:2" for pick in range(5)]
    up = np.array(fabric.matrix_world)[:3, :3].T @ [0, 0, 0.1]
    np.testing.assert_allclose(target.markers.position[3], rest[:, 2] + 3 * up, atol=2e-7)


def test_other_curves_are_compared_by_closest_points(fabric, tmp_path):
    data = bpy.data.hair_curves.new("folds")
    data.add_curves([3, 4])
    points = 0.01 * np.random.default_rng(1).random((7, 3))
    data.attributes["position"].data.foreach_set("vector", points.astype(np.float32).ravel())
    obj = fabric.fabric.fit.target = bpy.data.objects.new("folds", data)
    bpy.context.collection.objects.link(obj)
    obj.matrix_world = fabric.matrix_world
    target, scene = written(fabric, tmp_path)
    assert isinstance(target, MeshTarget)
    assert target.direction == "to_cloth"
    np.testing.assert_allclose(target.mesh.vertices[0], points, atol=2e-7)
    comparison = target.compare(scene)
    assert len(comparison.vertices) == 7
    rest = scene.build().position
    value, _ = comparison.residual(1, rest.reshape(-1, 3), np.zeros((5, 6, 2)))
    assert np.isfinite(value).all()


def test_a_hidden_target_moves(fabric, tmp_path):
    corners = np.array([[0, 0, 0], [0.01, 0, 0], [0.01, 0.01, 0], [0, 0.01, 0]], float)
    mesh = mesh_object(corners, [(0, 1, 2, 3)])
    moved(mesh)
    fabric.fabric.fit.target = mesh
    expected = written(fabric, tmp_path)[0].mesh.vertices
    assert np.ptp(expected[:, 0], axis=0).max() > 0.01
    mesh.hide_viewport = True
    np.testing.assert_array_equal(written(fabric, tmp_path)[0].mesh.vertices, expected)


def test_a_folder_of_meshes(fabric, tmp_path):
    for k in range(4):
        (tmp_path / f"mesh{k}.obj").write_text(f"v 0 0 {k}e-3\nv 0.01 0 0\nv 0 0.01 0\nf 1 2 3\n")
    fit = fabric.fabric.fit
    fit.kind, fit.path = "FILE", str(tmp_path)
    target, scene = written(fabric, tmp_path)
    np.testing.assert_allclose(target.mesh.time, np.arange(4) / 25.0)
    assert target.compare(scene).frames == (1, 2, 3)


def test_a_rest_shape_from_a_run(fabric, tmp_path):
    cached(fabric, tmp_path)
    fit = fabric.fabric.fit
    fit.kind, fit.path = "FILE", str(tmp_path / "run.h5")
    fabric.fabric.simulation.integrator = "static"
    target, scene = written(fabric, tmp_path)
    assert len(target.compare(scene).frames) == 1


def test_a_file_from_where_blender_is(fabric, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run.h5").touch()
    fabric.fabric.fit.kind, fabric.fabric.fit.path = "FILE", "run.h5"
    scene = build_scene(fabric.fabric, bpy.context, fabric)
    assert write_target(fabric, scene, bpy.context, tmp_path / "fit") == str(tmp_path / "run.h5")

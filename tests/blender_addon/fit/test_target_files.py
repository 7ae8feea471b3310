"""Targets in Blender's scene become files that the command line reads, in the fabric's frame and at its times."""

import bpy
import numpy as np
import pytest
from target_scene import moved, written
from woven_objects import built, cached

import warp_fabric as wf
from blender_addon.fabric.files.cache import attach_cache
from blender_addon.fabric.files.paths import CACHE
from blender_addon.fabric.scene.scene_builder import build_scene
from blender_addon.fit.target_files import write_target
from warp_fabric.fitting.targets.markers import MarkerTarget
from warp_fabric.fitting.targets.mesh_sequence import MeshTarget


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

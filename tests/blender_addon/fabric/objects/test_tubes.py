"""Round yarns: tubes beside the curves, which stay as they are, where the scene's render engine draws curves flat."""

import time

import bpy
import numpy as np
import pytest
from woven_objects import built, cached

EEVEE = "BLENDER_EEVEE_NEXT" if (4, 2) <= bpy.app.version < (5, 0) else "BLENDER_EEVEE"


def shown(child):
    """Curve points and tube points of a yarn object, as the viewport has them."""
    evaluated = child.evaluated_get(bpy.context.evaluated_depsgraph_get())
    points = np.array([point.position[:] for point in evaluated.data.points])
    mesh = next(
        (
            each.object.data
            for each in bpy.context.evaluated_depsgraph_get().object_instances
            if each.object.original == child and each.object.type == "MESH"
        ),
        None,
    )
    return points, None if mesh is None else np.array([vertex.co[:] for vertex in mesh.vertices])


def test_tubes_run_around_curves(addon):
    from blender_addon.fabric.objects.tubes import SIDES

    obj = built(ends=5, picks=4)
    for child in obj.children:
        points, tube = shown(child)
        radius = child.data.attributes["radius"].data[0].value
        assert tube is not None
        assert len(tube) == SIDES * len(points)
        distance = np.linalg.norm(tube.reshape(len(points), SIDES, 3) - points[:, None], axis=2)
        np.testing.assert_allclose(distance, radius, rtol=0.05)  # corners are cut


def test_no_ribbon_shows_between_tubes_whose_ends_are_closed(addon):
    for child in built(ends=4, picks=4).children:
        curves = child.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
        assert {each.value for each in curves.attributes["radius"].data} == {0.0}
        assert child.data.attributes["radius"].data[0].value > 0.0  # what Cycles renders
        graph = bpy.context.evaluated_depsgraph_get()
        meshes = {
            each.object.original: each.object.data for each in graph.object_instances if each.object.type == "MESH"
        }
        mesh = meshes[child]
        assert {sum(edge in face.edge_keys for face in mesh.polygons) for edge in mesh.edge_keys} == {2}


def test_rebuilding_keeps_one_modifier_each(addon):
    obj = built(ends=4, picks=4)
    obj.fabric.cloth.ends = 6
    bpy.ops.fabric.rebuild()
    assert [[each.name for each in child.modifiers] for child in obj.children] == [["Round Yarns"]] * len(obj.children)


def test_they_are_made_of_the_yarns_material(addon):
    from blender_addon.fabric.objects.tubes import ALONG, TANGENT

    obj = built(ends=4, picks=4)
    graph = bpy.context.evaluated_depsgraph_get()
    meshes = {each.object.original: each.object.data for each in graph.object_instances if each.object.type == "MESH"}
    for child in obj.children:
        mesh = meshes[child]
        assert [each.name for each in mesh.materials] == [child.active_material.name]
        along = [each.value for each in mesh.attributes[ALONG].data]
        assert (min(along), max(along)) == (0.0, 1.0)
        assert mesh.attributes[TANGENT].data[0].vector.length == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(("count", "expected"), [(60, True), (61, False)])
def test_large_fabrics_are_drawn_fast(addon, count, expected):
    obj = built(ends=count, picks=60)
    assert obj.fabric.cloth.tubes_viewport is expected
    assert all(child.modifiers["Round Yarns"].show_viewport is expected for child in obj.children)


def test_the_largest_fabric_with_tubes_plays_at_frame_rate(addon, tmp_path):
    """In seconds of the processor, as tests may share it with others."""
    from blender_addon.fabric.files.cache import attach_cache

    obj = built(ends=60, picks=60)
    cached(obj, tmp_path)
    attach_cache(obj, tmp_path / "cloth.usdc", 1, 4)
    bpy.context.scene.frame_set(1)
    begun = time.process_time()
    for _ in range(5):
        for frame in (2, 3, 4):
            bpy.context.scene.frame_set(frame)
    assert time.process_time() - begun < 15 / 24
    assert shown(obj.children[0])[1] is not None


def rendered_round(obj):
    shown = {child.modifiers["Round Yarns"].show_render for child in obj.children}
    assert len(shown) == 1
    return shown.pop()


@pytest.mark.parametrize(("name", "tubes"), [(EEVEE, True), ("CYCLES", False), ("BLENDER_WORKBENCH", True)])
def test_a_new_fabric_has_tubes_where_curves_are_flat(addon, name, tubes):
    bpy.context.scene.render.engine = name
    assert rendered_round(built(ends=4, picks=4)) is tubes


def test_a_render_has_what_its_engine_needs(addon, tmp_path):
    scene = bpy.context.scene
    scene.render.engine = EEVEE
    obj = built(ends=4, picks=4)
    bpy.ops.object.camera_add()
    scene.camera = bpy.context.object
    scene.render.resolution_x = scene.render.resolution_y = 4
    scene.render.engine, scene.cycles.samples = "CYCLES", 1
    bpy.ops.render.render()
    assert rendered_round(obj) is False


def test_a_file_has_what_its_engine_needs(addon, tmp_path):
    bpy.context.scene.render.engine = "CYCLES"
    obj = built(ends=4, picks=4)
    name = obj.name
    bpy.context.scene.render.engine = EEVEE  # told by Blender's window alone
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "cloth.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "cloth.blend"))
    assert rendered_round(bpy.data.objects[name]) is True


def test_undoing_has_what_its_engine_needs(addon):
    bpy.context.scene.render.engine = "CYCLES"
    name = built(ends=4, picks=4).name
    bpy.context.scene.render.engine = EEVEE
    bpy.ops.ed.undo_push(message="Engine")  # as Blender's window does, before the fabrics are told
    bpy.ops.ed.undo_push(message="Anything")
    bpy.ops.ed.undo()
    assert bpy.context.scene.render.engine == EEVEE
    assert rendered_round(bpy.data.objects[name]) is True


def test_textures_fit_on_tubes_too(addon):
    from blender_addon.fabric.objects.tubes import SIDES

    obj = built(ends=5, picks=4)
    graph = bpy.context.evaluated_depsgraph_get()
    meshes = {each.object.original: each.object.data for each in graph.object_instances if each.object.type == "MESH"}
    for child in obj.children:
        place, points = child.data.attributes["UVMap"].data, meshes[child].attributes["UVMap"]
        assert points.domain == "POINT"
        around = np.array([each.vector for each in points.data]).reshape(-1, SIDES, 2)
        np.testing.assert_allclose(around, np.array([each.vector for each in place])[:, None] + 0 * around, atol=1e-6)

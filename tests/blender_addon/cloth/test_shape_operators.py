"""Cutting fabrics to meshes, curves and vertex groups; what is built, pinned, played and baked of them."""

import json

import bpy
import numpy as np
import pytest
from cut_cloth import disc
from woven_objects import built, cached, seen

HOLED = [[(-1, -1), (1, -1), (1, 1), (-1, 1)], [(-0.4, -0.4), (0.4, -0.4), (0.4, 0.4), (-0.4, 0.4)]]


def ring(obj, name="Ring", size=0.009, at=(0.0, 0.0, 0.0)):
    """A flat mesh with a square hole that lies on a flat fabric."""
    outer, inner = ([(x, y, 0.0) for x, y in loop] for loop in HOLED)
    mesh = bpy.data.meshes.new(name)
    faces = [(k, (k + 1) % 4, 4 + (k + 1) % 4, 4 + k) for k in range(4)]
    mesh.from_pydata(outer + inner, [], faces)
    made = bpy.data.objects.new(name, mesh)
    bpy.context.collection.objects.link(made)
    made.scale, made.location = (size,) * 3, at
    select(obj, made)
    return made


def circle(points=32, size=0.008, cyclic=True):
    curve = bpy.data.curves.new("Circle", "CURVE")
    curve.dimensions = "2D"
    spline = curve.splines.new("POLY")
    spline.points.add(points - 1)
    for k, point in enumerate(spline.points):
        point.co = (size * np.cos(2 * np.pi * k / points), size * np.sin(2 * np.pi * k / points), 0.0, 1.0)
    spline.use_cyclic_u = cyclic
    made = bpy.data.objects.new("Circle", curve)
    bpy.context.collection.objects.link(made)
    return made


def select(*objects):
    for each in bpy.context.selected_objects:
        each.select_set(False)
    for each in filter(None, objects):
        each.select_set(True)
        bpy.context.view_layer.objects.active = each
    bpy.context.view_layer.update()


def flat(**cloth):
    return built(**{"ends": 11, "picks": 9, "pose": "FLAT", **cloth})


def there(obj) -> np.ndarray:
    """bool[picks, ends], the crossings that a fabric's surface has."""
    found = np.zeros((obj.fabric.cloth.picks, obj.fabric.cloth.ends), bool)
    found[tuple([each.value for each in obj.data.attributes[name].data] for name in ("pick", "end"))] = True
    return found


def test_a_mesh_with_a_hole(addon):
    obj = flat()
    ring(obj)
    assert bpy.ops.fabric.cut_to_shape() == {"FINISHED"}
    pick, end = np.mgrid[:9, :11]
    x, y = 0.002 * (end - 5), 0.002 * (pick - 4)
    away = np.maximum(abs(x), abs(y))
    np.testing.assert_array_equal(there(obj), (away < 0.009) & (away > 0.0036))
    assert len(json.loads(obj.fabric.cloth.shape)["outline"]) == 2
    assert sum(len(each.data.curves) for each in obj.children) == 2 * (9 + 3)  # those across the hole in two


@pytest.mark.parametrize("pose", ["FLAT", "HANGING"])
@pytest.mark.parametrize("unit", [1.0, 0.01])
def test_a_curve_where_the_fabric_was_moved_turned_and_lies(addon, pose, unit):
    bpy.context.scene.unit_settings.scale_length = unit
    obj, shape = flat(pose=pose), circle(size=0.0086)
    obj.location, obj.rotation_euler = (0.3, -0.2, 0.7), (0.4, 0.2, 1.1)
    bpy.context.view_layer.update()
    middle = np.array(obj.data.vertices[4 * 11 + 5].co)
    shape.matrix_world = obj.matrix_world.copy()
    if pose == "HANGING":
        shape.rotation_euler.rotate_axis("X", np.pi / 2)
    shape.location = obj.matrix_world @ obj.data.vertices[4 * 11 + 5].co
    select(obj, shape)
    assert bpy.ops.fabric.cut_to_shape() == {"FINISHED"}
    pick, end = np.mgrid[:9, :11]
    np.testing.assert_array_equal(there(obj), np.hypot(end - 5, pick - 4) * 0.002 < 0.0086)
    assert np.linalg.norm(middle - np.array([each.co for each in obj.data.vertices]), axis=1).min() < 1e-6


def test_what_reaches_out_of_the_cloth_keeps_the_crossings_inside(addon):
    obj = flat()
    ring(obj, at=(0.01, 0.0, 0.0))
    assert bpy.ops.fabric.cut_to_shape() == {"FINISHED"}
    assert [*json.loads(obj.fabric.cloth.shape)] == ["present"]
    assert there(obj)[:, :6].sum() == 0
    obj.fabric.cloth.ends = 12
    select(obj)
    with pytest.raises(RuntimeError, match=r"(?s)when it had 11 ends and 9 picks.*Whole Cloth"):
        bpy.ops.fabric.rebuild()


def test_the_next_fabric_gets_its_size_and_shape(addon):
    flat()
    settings = bpy.context.scene.fabric
    select(circle(size=0.02))
    assert bpy.ops.fabric.cut_to_shape() == {"FINISHED"}
    assert (settings.cloth.ends, settings.cloth.picks) == (21, 21)
    select()
    bpy.context.view_layer.objects.active = None
    assert bpy.ops.fabric.build() == {"FINISHED"}
    obj = bpy.context.object
    assert 0.7 < there(obj).mean() < 0.8
    assert len([each for each in obj.data.vertices if each.groups]) == 2  # pinned where it is nearest to its corners


def test_a_vertex_group_and_the_whole_again(addon):
    obj = flat()
    whole = there(obj)
    group = obj.vertex_groups.new(name="Keep")
    kept = np.zeros((9, 11), bool)
    kept[:, 2:9] = disc(9, 3.0)[:, 1:8]
    group.add(np.flatnonzero(kept).tolist(), 1.0, "REPLACE")
    obj.vertex_groups.active = group
    select(obj)
    assert bpy.ops.fabric.cut_to_group() == {"FINISHED"}
    np.testing.assert_array_equal(there(obj), kept)
    index = obj.vertex_groups["Keep"].index
    members = [each.index for each in obj.data.vertices if any(g.group == index for g in each.groups)]
    assert members == [*range(kept.sum())]
    assert bpy.ops.fabric.whole_cloth() == {"FINISHED"}
    np.testing.assert_array_equal(there(obj), whole)
    assert not obj.fabric.cloth.shape
    assert not bpy.ops.fabric.whole_cloth.poll()


def test_undone(addon):
    obj = flat()
    ring(obj)
    bpy.ops.ed.undo_push(message="Before")
    bpy.ops.fabric.cut_to_shape()
    bpy.ops.ed.undo_push(message="Cut")
    bpy.ops.ed.undo()
    assert there(bpy.data.objects["Fabric"]).all()
    assert not bpy.data.objects["Fabric"].fabric.cloth.shape
    bpy.ops.ed.redo()
    assert not there(bpy.data.objects["Fabric"]).all()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda shape: setattr(shape, "rotation_euler", (1.2, 0.0, 0.0)), "does not lie along the cloth"),
        (lambda shape: setattr(shape.data.vertices[0], "co", (-1.0, -1.0, 0.3)), "it is not flat"),
        (lambda shape: setattr(shape, "location", (1.0, 0.0, 0.0)), "no whole yarn|no crossing lies|the mask is empty"),
        (lambda shape: shape.data.clear_geometry(), "no edge to cut along"),
    ],
)
def test_what_cannot_be_cut_to_changes_nothing(addon, change, says):
    obj = flat()
    change(ring(obj))
    bpy.context.view_layer.update()
    with pytest.raises(RuntimeError, match=says):
        bpy.ops.fabric.cut_to_shape()
    assert there(obj).all()
    assert not obj.fabric.cloth.shape


def test_an_open_curve(addon):
    obj = flat()
    select(obj, circle(cyclic=False))
    with pytest.raises(RuntimeError, match="its outline is not closed"):
        bpy.ops.fabric.cut_to_shape()


def test_nothing_to_cut_or_cut_to(addon):
    obj = flat()
    select(obj)
    assert not bpy.ops.fabric.cut_to_shape.poll()
    obj.vertex_groups.clear()
    assert not bpy.ops.fabric.cut_to_group.poll()
    other = flat()
    select(obj, other, circle())
    assert not bpy.ops.fabric.cut_to_shape.poll()


def test_scene_pins_and_file(addon, tmp_path):
    from blender_addon.fabric.design.fabric_description import is_stale
    from blender_addon.fabric.scene.scene_builder import build_scene

    obj = flat()
    ring(obj)
    bpy.ops.fabric.cut_to_shape()
    group = obj.vertex_groups.new(name="Corner")
    group.add([0], 1.0, "REPLACE")
    for pin in [*obj.fabric.cloth.pins]:
        pin.group = "Corner"
    scene = build_scene(obj.fabric, bpy.context, obj)
    np.testing.assert_array_equal(scene.build().layout.present, there(obj))
    assert [each.crossing for each in scene.pins] == [tuple(np.argwhere(there(obj))[0])]
    assert not is_stale(obj)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "cut.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "cut.blend"))
    again = bpy.data.objects["Fabric"]
    assert not is_stale(again)
    assert build_scene(again.fabric, bpy.context, again).fabric == scene.fabric


@pytest.mark.parametrize("by_blender", [True, False])
def test_it_is_played_and_baked(blend_file, monkeypatch, by_blender):
    from blender_addon.fabric.files import follower
    from blender_addon.fabric.files.cache import attach_cache
    from blender_addon.fabric.objects.yarn_objects import yarn_objects
    from blender_addon.playback.baking import bake
    from usd_export.options import Options
    from usd_export.yarn_lines import YarnLines

    monkeypatch.setattr(follower, "forced", not by_blender)
    obj = flat()
    ring(obj)
    bpy.ops.fabric.cut_to_shape()
    obj.fabric.cloth.pins.clear()
    folder = blend_file.parent / "run"
    run = cached(obj, folder)
    attach_cache(obj, folder / "cloth.usdc", 1, run.frame_count)
    bpy.context.scene.frame_set(3)
    layout = run.fabric.layout
    np.testing.assert_allclose(seen(obj), run.position[2][layout.present], atol=1e-6)
    lines = YarnLines(run.fabric, Options())
    for child, shape in zip(yarn_objects(obj).values(), lines.at(run.position[2], run.sliding[2])):
        np.testing.assert_allclose(seen(child), shape, atol=1e-6)
    select(obj)
    made = bake(bpy.context, obj, True)
    assert [len(each.data.vertices) for each in made[:1]] == [layout.count]
    for each in made:
        assert not each.data.validate()
        assert {*(key.name for key in each.data.shape_keys.key_blocks)} >= {"Basis", "Frame 1", "Frame 4"}


def test_texture_coordinates_are_places_in_the_whole_cloth(addon):
    from blender_addon.playback.tube_meshes import AROUND, SIDES, Tubes

    obj = flat()
    ring(obj)
    bpy.ops.fabric.cut_to_shape()
    corner = [each.vertex_index for each in obj.data.loops]
    uv = np.array([each.uv for each in obj.data.uv_layers["UVMap"].data])
    place = np.argwhere(there(obj))[corner]
    np.testing.assert_allclose(uv, place[:, ::-1] / (10, 8), atol=1e-6)
    for child in obj.children:
        points, at = seen(child), np.array([each.vector for each in child.data.attributes["UVMap"].data])
        np.testing.assert_allclose(points[:, :2] / (0.02, 0.016) + 0.5, at, atol=2e-3)
        tubes = Tubes(child.data)
        mesh = tubes.mesh(tubes.points(points))
        assert [each.name for each in mesh.uv_layers] == ["UVMap", AROUND]
        around = np.array([each.uv for each in mesh.uv_layers[AROUND].data])
        assert (around.min(), around.max()) == (0.0, 1.0)
        vertex = np.array([each.vertex_index for each in mesh.loops])
        uv = np.array([each.uv for each in mesh.uv_layers["UVMap"].data])
        np.testing.assert_allclose(uv, at[vertex // SIDES], atol=1e-6)

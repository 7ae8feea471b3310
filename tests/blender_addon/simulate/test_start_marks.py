"""Crossings that start inside obstacles, in words and in the viewport."""

import bpy
import numpy as np
import pytest
from bodies import body
from woven_objects import built

from blender_addon.fabric.scene.scene_builder import build_scene
from blender_addon.simulate.start_marks import lines_of, mark, shown_points


def marked(obj):
    return mark(obj, bpy.context, build_scene(obj.fabric, bpy.context, obj, start_only=True))


def points():
    return shown_points(bpy.context.scene, bpy.context.view_layer)


@pytest.mark.parametrize("unit", [1.0, 0.01])
def test_a_box_in_the_cloth(addon, unit):
    bpy.context.scene.unit_settings.scale_length = unit
    obj = built(pose="FLAT")
    obj.location, obj.rotation_euler.x = (0.1, 0.2, 0.3), np.pi / 2  # upright
    box = body(size=0.01 / unit, location=obj.location)
    (line,) = marked(obj)
    count, rest = line.split(" crossings start inside Cube: move it by ")
    assert rest.endswith(" mm along -y")
    assert 5.0 < float(rest.split()[0]) < 8.0  # half of it and a yarn
    assert points().shape == (int(count), 3)
    assert (np.abs(points() - obj.location).max(axis=0) < 0.006 / unit).all()
    assert lines_of(obj) == [line]
    assert bpy.ops.fabric.check_start() == {"FINISHED"}
    assert lines_of(obj) == [line]
    bpy.context.scene.frame_set(2)
    assert len(points()) == 0
    box.location.y -= float(rest.split()[0]) * 1e-3 / unit
    bpy.context.view_layer.update()
    assert lines_of(obj) == []
    bpy.context.scene.frame_set(1)
    assert marked(obj) == []
    assert len(points()) == 0


def test_marks_go_with_the_file(addon):
    obj = built()
    body(size=1.0)
    assert marked(obj)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    assert len(points()) == 0


def test_simulating_marks_them(addon, blend_file):
    bpy.context.scene.frame_end, bpy.context.scene.fabric.simulation.device = 3, "cpu"
    obj = built(pose="FLAT")
    body(size=0.01)
    assert bpy.ops.fabric.simulate() == {"FINISHED"}
    assert "crossings start inside Cube" in lines_of(obj)[0]
    obj.fabric.collision.collide_with = "NONE"
    assert bpy.ops.fabric.simulate() == {"FINISHED"}
    assert lines_of(obj) == []


def test_fabrics_that_are_simulated_together(addon):
    """A smaller one of the same yarns in the middle of another, a tenth of a yarn above it."""
    lower, upper = built(ends=9, picks=9, pose="FLAT"), built(ends=5, picks=5, pose="FLAT")
    lower.name, upper.name = "Table", "Napkin"
    radius = 0.5e-3 * lower.fabric.yarns[0].diameter
    lower.location = (0.1, 0.2, 0.3)
    upper.location = lower.location
    upper.location.z += 0.1 * radius
    bpy.context.view_layer.update()
    scene = build_scene(lower.fabric, bpy.context, lower, start_only=True, beside=[upper])
    (line,) = mark(lower, bpy.context, scene, [upper])
    assert line == "Napkin: 25 crossings start inside Table: move one of them"
    assert points().shape == (25, 3)
    np.testing.assert_allclose(points()[:, 2], upper.location.z, atol=1e-6)
    upper.location.z += 4.0 * radius + 1e-3
    bpy.context.view_layer.update()
    assert lines_of(lower) == []
    scene = build_scene(lower.fabric, bpy.context, lower, start_only=True, beside=[upper])
    assert mark(lower, bpy.context, scene, [upper]) == []

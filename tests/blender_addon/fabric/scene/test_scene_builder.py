"""The scene that a fabric's settings and Blender's own describe."""

import math

import bpy
import numpy as np
import pytest
from described_scene import build_scene, empty, refused
from woven_objects import built

from warp_fabric import Scene


def wind(strength: float, **rotation: float) -> bpy.types.Object:
    bpy.ops.object.effector_add(type="WIND")
    blower = bpy.context.object
    blower.field.strength = strength
    for axis, angle in rotation.items():
        setattr(blower.rotation_euler, axis, angle)
    return blower


def test_a_scene_needs_no_other_file(scene):
    obj = built(ends=7, picks=5)
    text = build_scene(obj).to_toml()
    assert Scene.from_toml(text).to_toml() == text
    assert "[[pins]]" in text


def test_size_yarns_and_weave(scene):
    obj = built(ends=7, picks=5, end_sett=4.0, pick_sett=8.0)
    woven = build_scene(obj)
    assert (woven.fabric.ends, woven.fabric.picks) == (7, 5)
    assert (woven.fabric.end_spacing, woven.fabric.pick_spacing) == (0.0025, 0.00125)
    assert list(woven.yarns) == ["ends", "picks"]
    assert woven.fabric.end_yarns == ("ends", "ends")
    fabric = woven.build()
    np.testing.assert_array_equal(fabric.drawdown, np.indices((5, 7)).sum(axis=0) % 2 == 0)
    assert fabric.end_color[0] == pytest.approx([0x23 / 255, 0x40 / 255, 0x6E / 255])


def test_names_of_yarns_that_a_scene_file_does_not_take(scene):
    obj = built()
    for item in obj.fabric.yarns:
        item["name"] = "yarn.001"
    assert list(build_scene(obj).yarns) == ["yarn_001", "yarn_001_2"]


def test_time_is_that_of_the_timeline(scene):
    scene.render.fps, scene.render.fps_base = 30, 1.25
    obj = built()
    obj.fabric.simulation.substeps = 7
    time = build_scene(obj).time
    assert (time.frame_count, time.frames_per_second, time.steps_per_frame) == (4, 24.0, 7)
    obj.fabric.simulation.integrator = "static"
    assert build_scene(obj).time.frame_count == 0


def test_no_frames(scene):
    obj = built()
    scene.frame_end = 3
    error = refused(obj)
    assert "frame range" in error.what
    assert "end frame" in error.fix


def test_settings_of_contact_air_and_device(scene):
    obj = built()
    obj.fabric.cloth.friction, obj.fabric.cloth.wind_drag = 0.3, 0.7
    obj.fabric.simulation.device = "cpu"
    woven = build_scene(obj)
    assert (woven.contact.friction, woven.environment.wind_drag, woven.solver.device) == (0.3, 0.7, "cpu")


def test_gravity_in_the_frame_of_the_fabric(scene):
    obj = built()
    assert build_scene(obj).environment.gravity == pytest.approx((0, 0, -9.81), abs=1e-5)
    obj.rotation_euler.x = math.pi / 2
    assert build_scene(obj).environment.gravity == pytest.approx((0, -9.81, 0), abs=1e-5)
    scene.use_gravity = False
    assert not any(build_scene(obj).environment.gravity)


def test_winds_add_up_and_blow_along_z(scene):
    obj = built()
    wind(2.0)
    wind(1.0, x=-math.pi / 2)
    hidden = wind(50.0)
    hidden.hide_viewport = True
    assert build_scene(obj).environment.wind == pytest.approx((0, 1, 2), abs=1e-5)
    obj.rotation_euler.x = math.pi / 2
    assert build_scene(obj).environment.wind == pytest.approx((0, 2, -1), abs=1e-5)


def test_wind_that_changes(scene):
    obj = built()
    obj.rotation_euler.x = math.pi / 2
    scene.frame_start, scene.frame_end = 5, 15
    scene.render.fps = 20
    blower = wind(2.0)
    for frame, strength in ((5, 2.0), (10, 4.0)):
        blower.field.strength = strength
        blower.field.keyframe_insert("strength", frame=frame)
    air = build_scene(obj).environment
    assert air.wind == pytest.approx((0, 2, 0), abs=1e-5)
    times, (_, along, _) = [row[0] for row in air.gusts], np.array(air.gusts).T[1:]
    assert (times[0], times[-1]) == (0.0, 0.5)
    assert np.interp(0.25, times, along) == pytest.approx(2.0)
    assert along[-1] == pytest.approx(2.0)
    obj.fabric.simulation.integrator = "static"
    assert "rest shape" in refused(obj).what


def test_no_wind_at_a_rest_shape(scene):
    obj = built()
    wind(2.0)
    obj.fabric.simulation.integrator = "static"
    assert "rest shape" in refused(obj).what


def test_without_an_object_nothing_is_pinned(scene):
    woven = build_scene()
    assert woven.pins == ()
    assert woven.fabric.ends == 20


@pytest.mark.parametrize("unit", [1.0, 0.01])
def test_the_size_in_the_world_is_true(scene, unit):
    scene.unit_settings.scale_length = unit
    obj = built(ends=11)
    assert build_scene(obj).fabric.end_spacing == 0.002
    assert obj.dimensions.x * unit == pytest.approx(0.02)
    assert build_scene(obj).environment.gravity == pytest.approx((0, 0, -9.81 * unit))


def test_a_scaled_fabric_is_refused(scene):
    obj = built()
    obj.scale = (2.0, 2.0, 2.0)
    error = refused(obj)
    assert "scaled by 2 x 2 x 2" in error.what
    assert "scale to 1" in error.fix


def test_a_fabric_that_moves_is_refused(scene):
    obj = built()
    obj.parent = hand = empty()
    build_scene(obj)
    for frame in (3, 7):
        hand.location.x = frame
        hand.keyframe_insert("location", frame=frame)
    assert "moves" in refused(obj).what


def test_changed_settings_want_a_rebuild(scene):
    obj = built()
    obj.fabric.cloth.ends = 9
    assert "Rebuild" in refused(obj).fix
    assert bpy.ops.fabric.rebuild() == {"FINISHED"}
    assert build_scene(obj).fabric.ends == 9


def test_a_surface_that_was_changed_wants_a_rebuild(scene):
    obj = built()
    obj.data.vertices[3].co.x += 1e-3
    assert "moved" in refused(obj).what
    bpy.ops.fabric.rebuild()
    obj.rotation_euler.z = 1.0
    bpy.ops.object.transform_apply(location=False, rotation=True, scale=False)
    assert "Rebuild" in refused(obj).fix
    bpy.ops.fabric.rebuild()
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.mesh.sort_elements(type="REVERSE", elements={"VERT"})
    assert "moved" in refused(obj).what
    bpy.ops.object.mode_set(mode="OBJECT")
    bpy.ops.fabric.rebuild()
    build_scene(obj)


def test_a_vertex_deleted_in_edit_mode(scene):
    obj = built()
    for each in obj.data.vertices:
        each.select = each.index == 3
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.delete(type="VERT")
    assert "vertices are gone" in refused(obj).what
    bpy.ops.object.mode_set(mode="OBJECT")


def test_crimp_flattening_and_cohesion(scene):
    settings = scene.fabric
    cloth = settings.cloth
    cloth.crossings_give, cloth.crossing_stiffness, settings.yarns[0].cohesion = True, 80.0, 4.0
    assert build_scene().contact.crossing_stiffness is None, "straight yarns do not flatten"
    cloth.crimp, cloth.crimp_set = "TOUCHING", 70.0
    obj = built()
    woven = build_scene(obj)
    assert woven.crossings_give
    assert (woven.fabric.crimp, woven.fabric.crimp_set) == ("touching", 0.7)
    assert woven.contact.crossing_stiffness == 80.0
    assert [yarn.cohesion for yarn in woven.yarns.values()] == [4.0, 1.0]
    obj.fabric.cloth.crossings_give = False
    assert build_scene(obj).contact.crossing_stiffness is None
    assert Scene.from_toml(woven.to_toml()) == woven


def test_crimp_wants_a_rebuild(scene):
    obj = built()
    obj.fabric.cloth.crimp = "VALUES"
    assert "Rebuild" in refused(obj).fix
    bpy.ops.fabric.rebuild()
    assert build_scene(obj).fabric.end_crimp == 0.05
    obj.fabric.cloth.crimp_set = 20.0
    assert build_scene(obj).fabric.crimp_set == 0.2, "without another one"


def test_shear_by_modulus_or_rigidity(scene):
    obj = built()
    contact = build_scene(obj).contact
    assert (contact.shear_modulus, contact.shear_rigidity) == (1000.0, None)
    obj.fabric.cloth.shear_by = "RIGIDITY"
    contact = build_scene(obj).contact
    assert (contact.shear_modulus, contact.shear_rigidity) == (None, 50.0)


def test_damping_of_yarns_and_shear(scene):
    obj = built()
    assert not any(yarn.damping for yarn in build_scene(obj).yarns.values())
    obj.fabric.cloth.damping = 3.0
    woven = build_scene(obj)
    assert woven.contact.shear_damping == 3e-3
    assert [yarn.damping for yarn in woven.yarns.values()] == [3e-3, 3e-3]


def test_a_damped_strip_is_refused(scene):
    obj = built(picks=1)
    build_scene(obj)
    obj.fabric.cloth.damping = 3.0
    assert "no surface" in refused(obj).what

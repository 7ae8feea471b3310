"""The Cloth panel and those below it, in every state."""

import bpy
import pytest
from drawn_panel import drawn
from woven_objects import built

PANELS = ("FABRIC_PT_cloth", "FABRIC_PT_waviness", "FABRIC_PT_pins", "FABRIC_PT_contact", "FABRIC_PT_air")


@pytest.mark.parametrize("panel", PANELS)
def test_panels_draw_without_a_fabric_and_with_one(addon, panel):
    assert drawn(panel).said
    built()
    assert drawn(panel).said


def test_a_fabric_to_build(addon):
    said = drawn("FABRIC_PT_cloth").said
    assert "fabric.build" in said
    assert "fabric.rebuild" not in said
    assert "3.8 x 3.8 cm" in said
    assert "fabric.pin_add" not in drawn("FABRIC_PT_pins").said


def test_a_fabric_that_is_out_of_date(addon):
    obj = built()
    assert "Settings have changed" not in drawn("FABRIC_PT_cloth").said
    obj.fabric.cloth.ends = 9
    said = drawn("FABRIC_PT_cloth").said
    assert "Settings have changed" in said
    assert "fabric.rebuild" in said


def test_pins_with_and_without_group(addon):
    obj = built()
    assert drawn("FABRIC_PT_pins").said[:2] == ["FABRIC_UL_pins", "Pins"]
    obj.fabric.cloth.pins.add().target = obj
    assert drawn("FABRIC_PT_pins").said[1:4] == ["Pins", "No group", obj.name]
    obj.fabric.cloth.pins.clear()
    assert "group" not in drawn("FABRIC_PT_pins").said


def test_wind_can_be_added_and_set(addon):
    assert "fabric.wind_add" in drawn("FABRIC_PT_air").said
    bpy.ops.fabric.wind_add()
    assert "strength" in drawn("FABRIC_PT_air").said


def test_fields_without_effect_are_said(addon):
    bpy.ops.object.effector_add(type="VORTEX")
    assert "No effect on cloth: Vortex (type Vortex)" in " ".join(drawn("FABRIC_PT_air").said)


def test_gravity_of_other_units_is_said(addon):
    assert "Gravity is" not in " ".join(drawn("FABRIC_PT_air").said)
    bpy.context.scene.unit_settings.scale_length = 0.01
    assert "Gravity is 0.0981 m/s², as the unit scale is 0.01" in " ".join(drawn("FABRIC_PT_air").said)
    bpy.context.scene.use_gravity = False
    assert "Gravity is" not in " ".join(drawn("FABRIC_PT_air").said)


def test_editing_tells_how_crossings_are_seen(addon):
    built()
    assert "X-Ray" not in " ".join(drawn("FABRIC_PT_pins").said)
    bpy.ops.object.mode_set(mode="EDIT")
    said = " ".join(drawn("FABRIC_PT_pins").said)
    bpy.ops.object.mode_set(mode="OBJECT")
    assert "X-Ray (Alt-Z) shows the crossings" in said


def test_waviness_shows_what_is_chosen(addon):
    cloth = bpy.context.scene.fabric.cloth
    shown = drawn("FABRIC_PT_waviness")
    assert shown.texts[0] == "How wavy are the yarns?"
    assert shown.props == ["crimp"]
    cloth.crimp = "TOUCHING"
    shown = drawn("FABRIC_PT_waviness")
    assert shown.props == ["crimp", "crimp_set", "crossings_give", "crossing_stiffness"]
    assert "Ends are 11.8 % longer than the cloth, picks 11.8 %" in " ".join(shown.texts)
    cloth.crimp = "VALUES"
    assert drawn("FABRIC_PT_waviness").props[:3] == ["crimp", "end_crimp", "pick_crimp"]


def test_waviness_of_one_system_is_said_to_be_impossible(addon):
    cloth = bpy.context.scene.fabric.cloth
    cloth.crimp = "VALUES"
    assert "straight" not in " ".join(drawn("FABRIC_PT_waviness").texts)
    cloth.pick_crimp = 0.0
    said = " ".join(drawn("FABRIC_PT_waviness").texts)
    assert "the ends are wavy and the picks are straight" in said
    assert "give the picks more than 0 %" in said
    with pytest.raises(RuntimeError, match="picks are straight"):
        bpy.ops.fabric.build()


def test_waviness_of_a_damaged_weave(addon):
    settings = bpy.context.scene.fabric
    settings.cloth.crimp, settings.weave.text = "TOUCHING", "damaged"
    assert "than the cloth" not in " ".join(drawn("FABRIC_PT_waviness").texts)


def test_the_damping_of_a_strip_is_said_to_be_impossible(addon):
    obj = built(picks=1)
    assert "no surface" not in " ".join(drawn("FABRIC_PT_cloth").texts)
    obj.fabric.cloth.damping = 1.0
    assert "no surface" in " ".join(drawn("FABRIC_PT_cloth").texts)


def test_shear_is_given_in_one_way(addon):
    cloth = bpy.context.scene.fabric.cloth
    assert "shear_modulus" in drawn("FABRIC_PT_contact").props
    cloth.shear_by = "RIGIDITY"
    props = drawn("FABRIC_PT_contact").props
    assert "shear_rigidity" in props
    assert "shear_modulus" not in props


def test_pins_name_bones_and_surfaces(addon):
    obj = built()
    pin = obj.fabric.cloth.pins[0]
    bpy.ops.object.armature_add()
    pin.target, bpy.context.view_layer.objects.active = bpy.context.object, obj
    assert "bone" in drawn("FABRIC_PT_pins").props
    bpy.ops.mesh.primitive_cube_add()
    pin.target, bpy.context.view_layer.objects.active = bpy.context.object, obj
    props = drawn("FABRIC_PT_pins").props
    assert "by_surface" in props
    assert "surface_group" not in props
    pin.by_surface = True
    assert "surface_group" in drawn("FABRIC_PT_pins").props

"""What can be fitted, by its names in the scene and in Blender's units."""

from functools import reduce

import bpy
import pytest
from woven_objects import built

import warp_fabric as wf
from blender_addon.fabric.scene.scene_builder import build_scene
from blender_addon.fit.quantities import QUANTITIES, _quantity, chosen, fittable, found_again
from warp_fabric.inputs import value_shape


def part_of(whole, key):
    return whole[key] if isinstance(whole, dict) else getattr(whole, key)


def crimped(**cloth):
    """A fabric that has all that can be fitted, of values that differ."""
    obj = built(crimp="VALUES", end_crimp=7.3, pick_crimp=4.1, crossings_give=True, **cloth)
    obj.fabric.cloth.damping = 2.5
    obj.fabric.yarns[0].cohesion = 4.4
    return obj


@pytest.mark.parametrize(("shear_by", "shear"), [("MODULUS", "shear_modulus"), ("RIGIDITY", "shear_rigidity")])
def test_every_name_is_one_of_the_scene_in_the_right_unit(addon, shear_by, shear):
    obj = crimped(shear_by=shear_by)
    obj.fabric.yarns[0].name = "a.b [c]"
    scene = build_scene(obj.fabric, bpy.context, obj)
    found = fittable(obj.fabric)
    assert [each.quantity.key for each in found if each.holder == obj.fabric.yarns[0]] == [
        "young_modulus",
        "bending_modulus",
        "linear_density",
        "cohesion",
        "damping",
    ]
    assert [each.name for each in found[10:]] == [
        f"contact.{shear}",
        "contact.friction",
        "contact.shear_damping",
        "contact.crossing_stiffness",
        "fabric.end_crimp",
        "fabric.pick_crimp",
        "fabric.crimp_set",
    ]
    for each in found:
        value = reduce(part_of, each.name.split("."), vars(scene))
        assert getattr(each.holder, each.quantity.setting) == pytest.approx(value * each.quantity.factor, rel=1e-6)
        assert value_shape(scene, each.name) == (), "a run can be differentiated by it"


def test_what_the_fabric_does_not_have_cannot_be_fitted(addon):
    obj = built()
    wavy = {"cohesion", "crossing_stiffness", "end_crimp", "pick_crimp", "crimp_set"}
    assert {each.quantity.key for each in fittable(obj.fabric)}.isdisjoint(wavy)
    obj.fabric.cloth.crimp = "TOUCHING"
    assert {each.quantity.key for each in fittable(obj.fabric)} & wavy == {"cohesion", "crimp_set"}


def test_each_has_a_setting_and_a_tick_of_one_label(addon):
    settings = bpy.context.scene.fabric
    for each in QUANTITIES:
        holder = settings.yarns[0] if each.table == "yarns" else settings.cloth
        assert each.setting in holder.bl_rna.properties
        assert each.tick in settings.fit.bl_rna.properties


def test_a_unit_is_one_of_the_kind_that_is_declared(addon):
    with pytest.raises(AssertionError, match="young_modulus is in Pa, which ms is not"):
        _quantity("yarns", "young_modulus", "Stretch", "ms")


def test_values_are_applied_in_blenders_units(addon):
    obj = built()
    for each in fittable(obj.fabric):
        each.apply(250.0 if each.quantity.key == "young_modulus" else 0.25)
    yarn, cloth = obj.fabric.yarns[1].to_yarn(), obj.fabric.cloth
    assert (yarn.young_modulus, yarn.bending_modulus, cloth.shear_modulus) == (250.0, 0.25, 0.25)
    assert yarn.linear_density == pytest.approx(0.25)
    assert cloth.friction == 0.25
    obj = crimped()
    for each in fittable(obj.fabric):
        each.apply(2.0 if each.quantity.key == "cohesion" else 0.5)
    yarn, cloth = obj.fabric.yarns[0].to_yarn(), obj.fabric.cloth
    assert (yarn.cohesion, yarn.damping, cloth.shear_damping, cloth.crossing_stiffness) == (2.0, 0.5, 500.0, 0.5)
    assert (cloth.end_crimp, cloth.pick_crimp, cloth.crimp_set) == (50.0, 50.0, 50.0)


def test_only_what_is_ticked_and_woven(addon):
    obj = built()
    obj.fabric.yarns.add().name = "spare"
    assert [each.label for each in chosen(obj.fabric)] == [
        "ends: Stretch",
        "ends: Bend",
        "picks: Stretch",
        "picks: Bend",
    ]
    fit = obj.fabric.fit
    fit.young_modulus = fit.bending_modulus = False
    with pytest.raises(wf.FitError, match="nothing is to be fitted"):
        chosen(obj.fabric)
    fit.young_modulus = True
    obj.fabric.yarns[0].name = "a=b"
    with pytest.raises(wf.FitError, match="rename"):
        chosen(obj.fabric)


def test_one_tick_for_both_crimps_and_for_all_damping(addon):
    obj = crimped()
    fit = obj.fabric.fit
    fit.young_modulus, fit.bending_modulus, fit.crimp, fit.damping = False, False, True, True
    assert [each.name for each in chosen(obj.fabric)] == [
        "yarns.ends.damping",
        "yarns.picks.damping",
        "contact.shear_damping",
        "fabric.end_crimp",
        "fabric.pick_crimp",
    ]


def test_numbers_with_their_errors(addon):
    stretch = fittable(built().fabric)[0]
    assert stretch.shown(5e5) == "0.5 MPa"
    assert stretch.shown(5e5, 1234.0) == "0.5 ± 0.0012 MPa"
    assert stretch.shown(5e5, None) == "0.5 MPa"
    assert stretch.shown(None) == "-"


def test_numbers_of_renamed_yarns_are_found_again(addon):
    settings = built().fabric
    before, name = ["ends", "picks"], "yarns.ends.young_modulus"
    assert found_again(name, before, settings) == name
    settings.yarns[0].name = "a.b"
    assert found_again(name, before, settings) == "yarns.a_b.young_modulus"
    assert found_again("yarns.picks.young_modulus", before, settings) == "yarns.picks.young_modulus"
    assert found_again("contact.friction", before, settings) == "contact.friction"
    assert found_again(name, [], settings) == name
    settings.yarns[0].name = "x"
    settings.yarns[1].name = "ends"  # nobody can tell
    assert found_again("yarns.picks.young_modulus", before, settings) == "yarns.picks.young_modulus"
    settings.yarns.add().name = "another"
    assert found_again("yarns.picks.young_modulus", before, settings) == "yarns.picks.young_modulus"

"""What can be fitted, by its names in the scene and in Blender's units."""

from functools import reduce

import bpy
import pytest
from woven_objects import built

import warp_fabric as wf
from blender_addon.fabric.scene.scene_builder import build_scene
from blender_addon.fit.quantities import chosen, fittable, found_again


def part_of(whole, key):
    return whole[key] if isinstance(whole, dict) else getattr(whole, key)


def test_every_name_is_one_of_the_scene_in_the_right_unit(addon):
    obj = built()
    obj.fabric.yarns[0].name = "a.b [c]"
    scene = build_scene(obj.fabric, bpy.context, obj)
    found = fittable(obj.fabric)
    assert len(found) == 8
    for each in found:
        value = reduce(part_of, each.name.split("."), vars(scene))
        assert getattr(each.holder, each.quantity.setting) == pytest.approx(value * each.quantity.factor, rel=1e-6)


def test_values_are_applied_in_blenders_units(addon):
    obj = built()
    for each in fittable(obj.fabric):
        each.apply(250.0 if each.quantity.key == "young_modulus" else 0.25)
    yarn, cloth = obj.fabric.yarns[1].to_yarn(), obj.fabric.cloth
    assert (yarn.young_modulus, yarn.bending_modulus, cloth.shear_modulus) == (250.0, 0.25, 0.25)
    assert yarn.linear_density == pytest.approx(0.25)
    assert cloth.friction == 0.25


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

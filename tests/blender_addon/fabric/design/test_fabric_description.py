"""Settings in the words of the package."""

import bpy
import pytest
from woven_objects import built, duplicated

from warp_fabric import SceneError


@pytest.fixture
def settings(addon):
    return bpy.context.scene.fabric


def test_size(settings):
    from blender_addon.fabric.design.fabric_description import size, spacing

    settings.cloth.ends, settings.cloth.end_sett = 11, 3.0
    assert spacing(settings.cloth.end_sett) == 0.003333333
    assert size(settings) == pytest.approx((0.0333333, 0.038))


def test_the_origin_is_where_one_takes_hold(settings):
    from blender_addon.fabric.design.fabric_description import woven_fabric

    assert woven_fabric(settings).origin == (-0.019, 0.0, 0.0)
    settings.cloth.pose = "FLAT"
    assert woven_fabric(settings).origin == (-0.019, -0.019, 0.0)


def test_an_exported_file_is_never_moved(settings):
    """Playback takes points as they are: `usd_export` moves cloths that lie far off, in radii."""
    from blender_addon.fabric.design.fabric_description import rest_scene
    from usd_export.options import Options
    from usd_export.stage import Placement

    for item in settings.yarns:
        item.diameter = 0.01
    for sett in (5.0, 1.0, 0.1, 0.01):
        settings.cloth.end_sett = settings.cloth.pick_sett = sett
        assert not Placement.of(Options(), rest_scene(settings).build(), 24.0).origin.any()


def test_a_weave_that_wants_more_yarns(settings):
    from blender_addon.fabric.design.fabric_description import woven_fabric
    from blender_addon.fabric.design.weave_text import Weave
    from warp_fabric.weave import pattern

    settings.weave.text = Weave.of(pattern("plain"), (0, 2), (1,)).to_text()
    with pytest.raises(SceneError, match="yarn number 3"):
        woven_fabric(settings)


def test_no_yarns(settings):
    from blender_addon.fabric.design.fabric_description import woven_yarns

    settings.yarns.clear()
    with pytest.raises(SceneError, match="no yarns"):
        woven_yarns(settings)


def test_the_sett_that_is_proposed_has_room(settings):
    from blender_addon.fabric.design.fabric_description import too_thick, woven_yarns

    settings.cloth.end_sett, settings.cloth.pick_sett = 30.0, 20.0
    error = too_thick(settings, woven_yarns(settings))
    ends, picks = (float(word) for word in error.fix.split() if word[0].isdigit())
    settings.cloth.end_sett, settings.cloth.pick_sett = ends, picks
    assert too_thick(settings, woven_yarns(settings)) is None


def test_fingerprints_tell_shapes_apart(settings):
    from blender_addon.fabric.design.fabric_description import fingerprint

    before = fingerprint(settings)
    settings.yarns[0].tex, settings.yarns[0].color = 12.0, (1.0, 0.0, 0.0)
    settings.cloth.friction = 0.1
    assert fingerprint(settings) == before
    settings.yarns[0].diameter *= 0.9
    assert fingerprint(settings) != before


def test_crimp_is_another_shape_and_what_it_does_is_none(settings):
    from blender_addon.fabric.design.fabric_description import fingerprint

    cloth, straight = settings.cloth, fingerprint(settings)
    cloth.end_crimp = 7.0
    assert fingerprint(settings) == straight, "values that are not wanted"
    cloth.crimp = "VALUES"
    wavy = fingerprint(settings)
    assert wavy != straight
    cloth.pick_crimp = 8.0
    assert len({straight, wavy, fingerprint(settings)}) == 3
    before = fingerprint(settings)
    cloth.crimp_set, cloth.crossings_give, cloth.damping, settings.yarns[0].cohesion = 20.0, True, 3.0, 4.0
    cloth.shear_by = "RIGIDITY"
    assert fingerprint(settings) == before
    cloth.crimp = "NONE"
    assert fingerprint(settings) == straight


def test_a_single_end_is_not_damped(settings):
    from blender_addon.fabric.design.fabric_description import damped_strip, rest_scene

    settings.cloth.damping = 3.0
    assert damped_strip(settings) is None
    settings.cloth.ends = 1
    assert "no surface" in damped_strip(settings).what
    rest_scene(settings)  # at rest, nothing is lost
    settings.cloth.damping = 0.0
    assert damped_strip(settings) is None


def test_too_thick_yarns(addon):
    obj = built()
    obj.fabric.yarns[0].diameter = 5.0
    assert bpy.ops.fabric.rebuild.poll()
    with pytest.raises(RuntimeError, match="too thick"):
        bpy.ops.fabric.rebuild()
    assert len(obj.data.vertices) == 30


def test_a_fabric_is_stale_where_it_is_not_what_its_settings_say(addon):
    from blender_addon.fabric.design.fabric_description import is_stale

    obj = built()
    copy = duplicated(obj)
    assert not is_stale(obj)
    assert not is_stale(copy)
    obj.fabric.cloth.pick_sett *= 1.1
    assert is_stale(obj)
    bpy.data.objects.remove(copy.children[0])
    assert is_stale(copy)

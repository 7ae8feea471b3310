"""How wavy the yarns are, in the words of the package."""

import bpy
import pytest

from blender_addon.fabric.design.crimp import crimp_keys, lone_crimp, rest_crimp, touching
from blender_addon.fabric.design.fabric_description import rest_scene
from blender_addon.fabric.design.weave_text import Weave
from warp_fabric import SceneError, library_yarn
from warp_fabric.weave import pattern


@pytest.fixture
def cloth(addon):
    return bpy.context.scene.fabric.cloth


def test_straight_yarns_are_the_default(cloth):
    assert cloth.crimp == "NONE"
    assert crimp_keys(cloth) == rest_crimp(cloth) == {}
    assert not rest_scene(cloth.id_data.fabric).crimped


def test_touching_and_values(cloth):
    cloth.crimp, cloth.crimp_set = "TOUCHING", 65.0
    assert crimp_keys(cloth) == {"crimp": "touching", "crimp_set": 0.65}
    cloth.crimp, cloth.end_crimp, cloth.pick_crimp = "VALUES", 7.3, 2.0
    assert crimp_keys(cloth) == {"end_crimp": 0.073, "pick_crimp": 0.02, "crimp_set": 0.65}
    assert rest_crimp(cloth) == {"end_crimp": 0.073, "pick_crimp": 0.02}, "set is no shape"
    fabric = rest_scene(cloth.id_data.fabric).build()
    assert (fabric.end_crimp, fabric.pick_crimp) == (0.073, 0.02)


@pytest.mark.parametrize(("ends", "picks", "lacking"), [(0.0, 5.0, "ends"), (5.0, 0.0, "picks")])
def test_one_system_alone_is_refused_in_the_words_of_the_panel(cloth, ends, picks, lacking):
    cloth.end_crimp, cloth.pick_crimp = ends, picks
    assert lone_crimp(cloth) is None, "not as long as no values are wanted"
    cloth.crimp = "VALUES"
    error = lone_crimp(cloth)
    assert f"the {lacking} are straight" in error.what
    assert f"give the {lacking} more than 0 %" in error.fix
    with pytest.raises(SceneError, match="Waviness"):
        rest_scene(cloth.id_data.fabric)


def test_values_of_zero_are_straight(cloth):
    cloth.crimp, cloth.end_crimp, cloth.pick_crimp = "VALUES", 0.0, 0.0
    assert lone_crimp(cloth) is None
    assert not rest_scene(cloth.id_data.fabric).crimped


def test_what_touching_yarns_have_is_what_the_scene_has(cloth):
    settings = cloth.id_data.fabric
    settings.yarns[0].take(library_yarn("cotton"))
    settings.yarns[1].take(library_yarn("wool"))
    cloth.ends, cloth.picks, cloth.end_sett, cloth.pick_sett = 7, 5, 9.0, 11.0
    settings.weave.text = Weave.of(pattern("plain"), (0, 0, 1), (0, 1)).to_text()
    cloth.crimp = "TOUCHING"
    fabric = rest_scene(settings).build()
    assert fabric.end_crimp != pytest.approx(fabric.pick_crimp, rel=1e-2)
    assert touching(settings) == pytest.approx((fabric.end_crimp, fabric.pick_crimp), rel=1e-6)


def test_nothing_is_known_of_a_damaged_weave_or_missing_yarns(cloth):
    settings = cloth.id_data.fabric
    settings.yarns.remove(1)
    assert touching(settings) is None
    settings.weave.text = "damaged"
    assert touching(settings) is None

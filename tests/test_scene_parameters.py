"""What a scene can be differentiated by, derived from the declarations of its keys."""

import numpy as np
import pytest
from panelled_scene import panelled_scene
from small_run import small_scene
from textile_cloth import textile_scene

from warp_fabric.checks import Settings
from warp_fabric.errors import SceneError
from warp_fabric.inputs import value_shape
from warp_fabric.parameters import (
    AIR,
    LISTS,
    NEEDS,
    PARAMETERS,
    TABLES,
    acting,
    array_of,
    of_table,
    place_of,
    places,
    why_absent,
)

SCENE = small_scene()


def test_each_is_declared_once():
    keys = [(each.table, each.key) for each in PARAMETERS]
    assert len(keys) == len({*keys})
    assert all(issubclass(kind, Settings) for kind in TABLES.values())
    in_material = [each.array for each in PARAMETERS if each.table not in LISTS]
    assert len(in_material) == len({*in_material})  # names of one struct's fields


def test_shapes_and_units_come_from_the_declaration():
    found = {(each.table, each.key): each for each in PARAMETERS}
    assert (found["yarns", "radius"].unit, found["yarns", "radius"].components) == ("m", 1)
    assert (found["environment", "wind"].unit, found["environment", "wind"].components) == ("m/s", 3)
    assert found["pins", "path"].is_path
    assert found["yarns", "radius"].above == found["contact", "friction"].least == 0.0


def test_places_are_what_names_mean():
    for name, place in places(SCENE):
        assert place_of(SCENE, name.split(".")) == place
        assert np.shape(place.value) == place.shape or place.value is None
    assert place_of(SCENE, ["yarns", "nobody", "radius"]) is None
    assert place_of(SCENE, ["contact", "color"]) is None
    assert place_of(SCENE, ["environment", "gusts"]) is None  # there are none in this scene


@pytest.mark.parametrize(
    ("name", "says", "fix"),
    [
        ("fabric.end_crimp", "does nothing in this scene", "fabric.end_crimp and fabric.pick_crimp"),
        ("yarns.soft.cohesion", "does nothing in this scene", "fabric.end_crimp and fabric.pick_crimp"),
        ("contact.shear_rigidity", "gives it no value", "to start from"),
        ("environment.gusts", "gives it no value", "to start from"),
    ],
)
def test_parameters_that_a_scene_is_without(name, says, fix):
    what, cure = why_absent(SCENE, name.split(".")) or ("", "")
    assert says in what
    assert fix in cure
    with pytest.raises(SceneError, match=says) as caught:
        value_shape(SCENE, name)
    assert caught.value.where == name


def test_a_strip_of_one_yarn_has_no_surface_whose_bending_is_damped():
    strip = small_scene(fabric__ends=1, pins=[{"crossing": [0, 0]}])
    assert "yarns.soft.damping" in dict(places(SCENE))
    assert "yarns.soft.damping" not in dict(places(strip))
    with pytest.raises(SceneError, match="does nothing") as caught:
        value_shape(strip, "yarns.soft.damping")
    assert "two yarns each way" in caught.value.fix


def test_what_is_missing_can_be_mended():
    assert {each.requires for each in PARAMETERS} == {"", *NEEDS}
    assert all(hasattr(SCENE, need) for need in NEEDS)


def test_what_is_no_parameter_of_any_scene():
    for name in ("yarns.nobody.radius", "contact.color", "nothing", "time.step", "a.b.c.d"):
        assert why_absent(SCENE, name.split(".")) is None


BALL = {"shape": "sphere", "center": [0, 0, -1], "radius": 0.5, "path": [[0.0, 0, 0, 0], [1.0, 0, 0, 1, 0, 1, 0]]}
TOUCHING = small_scene(obstacles=[BALL, {"shape": "plane", "point": [0, 0, -2], "normal": [0, 0, 1], "friction": 0.2}])


def test_parameters_of_contact():
    names = {name for name, _ in places(TOUCHING)} - {name for name, _ in places(SCENE)}
    ball = {f"obstacles.0.{key}" for key in ("center", "radius", "thickness", "path")}
    plane = {f"obstacles.1.{key}" for key in ("point", "normal", "friction", "thickness")}
    assert names == {f"collision.{key}" for key in ("stiffness", "friction", "slip_speed")} | ball | plane
    assert [value_shape(TOUCHING, name) for name in ("obstacles.0.path", "obstacles.1.normal")] == [(2, 7), (3,)]


@pytest.mark.parametrize(
    ("name", "scene", "says", "fix"),
    [
        ("collision.stiffness", SCENE, "does nothing", "collision.self"),
        ("obstacles.0.friction", TOUCHING, "gives it no value", "to start from"),
        ("obstacles.1.radius", TOUCHING, "gives it no value", "to start from"),
        ("obstacles.2.radius", TOUCHING, "no such parameter", "obstacles.0.radius"),
    ],
)
def test_parameters_of_contact_that_a_scene_is_without(name, scene, says, fix):
    with pytest.raises(SceneError, match=says) as caught:
        value_shape(scene, name)
    assert caught.value.where == name
    assert fix in caught.value.fix


def test_those_of_contact_act_under_names_of_their_own():
    of_contact = {"collision_stiffness", "collision_friction", "collision_slip_speed"}
    slippery = TOUCHING.replace({"collision.friction": 0.0, "contact.friction": 0.0})
    assert of_contact & acting([SCENE]) == set()
    assert of_contact - acting([slippery]) == {"collision_friction"}
    assert "collision_friction" in acting([slippery], ["collision.friction"])
    assert "friction" not in acting([slippery], ["collision.friction", "obstacles.1.friction"])


def test_values_of_several_scenes_follow_each_other():
    other = SCENE.replace({"contact.friction": 0.25, "environment.wind": [1, 2, 3]})
    friction, wind = of_table("contact")["friction"], of_table("environment")["wind"]
    np.testing.assert_array_equal(array_of(friction, [SCENE, other]), [SCENE.contact.friction, 0.25])
    assert array_of(wind, [SCENE, other]).shape == (2, 3)
    radii = array_of(of_table("yarns")["radius"], [SCENE, textile_scene("cotton", (4, 4))])
    np.testing.assert_array_equal(radii[: len(SCENE.yarns)], [yarn.radius for yarn in SCENE.yarns.values()])


def test_what_acts_is_what_is_not_zero_or_is_varied():
    still = SCENE.replace({"environment.wind_density": 0.0, "environment.wind_drag": 0.0})
    assert acting([still]).isdisjoint(AIR)
    assert "wind_drag" in acting([still], ["environment.wind_drag"])
    assert "wind_density" in acting([still, textile_scene("cotton", (4, 4), environment__wind_density=1.2)])


def test_panels_take_what_they_do_not_give_from_the_fabric():
    crimped = {"fabric.end_crimp": 0.05, "fabric.pick_crimp": 0.04, "panels.left side.crimp_set": 0.3}
    scene = panelled_scene().replace(crimped)
    found = {name: place for name, place in places(scene) if "crimp" in name}
    assert {name: place.rows for name, place in found.items()} == {
        "fabric.end_crimp": (0, 1),
        "fabric.pick_crimp": (0, 1),
        "fabric.crimp_set": (0,),
        "panels.left side.crimp_set": (1,),
    }
    assert all(scene.get(name) == place.value for name, place in found.items())
    for name, place in found.items():
        changed = scene.replace({name: 0.06})
        for k, part in enumerate(changed.parts):
            assert (getattr(part.fabric, place.parameter.key) == 0.06) == (k in place.parts), name
    assert why_absent(scene, ["panels", "front", "crimp_set"]) == (
        "the scene gives it no value",
        "give it one to start from",
    )
    own = scene.replace({"panels.front.end_crimp": 0.05, "panels.front.pick_crimp": 0.04})
    names = [name for name, _ in places(own) if name.endswith("end_crimp")]
    assert names == ["fabric.end_crimp", "panels.front.end_crimp"]
    both = own.replace({"panels.left side.crimp": "touching"})
    assert [name for name, _ in places(both) if name.endswith("end_crimp")] == ["panels.front.end_crimp"]
    what, fix = why_absent(both, ["fabric", "end_crimp"])
    assert (what, fix) == (
        "each panel has a value of its own instead",
        "name these, such as panels.front.end_crimp",
    )


def test_a_pin_of_a_panel_is_among_those_of_its_part():
    """The first panel's pins come first in a model, whatever their order in the scene."""
    scene = panelled_scene()
    found = {name: place for name, place in places(scene) if name.endswith("stiffness") and name.startswith("pins")}
    assert [place.rows for place in found.values()] == [(2,), (0,), (3,), (1,), (4,)]
    assert [place.parts for place in found.values()] == [(1,), (0,), (1,), (0,), (1,)]
    assert all(place.settings == scene.pins[k] for k, place in enumerate(found.values()))


def test_yarns_and_tables_of_all_panels_are_one_behind_the_other():
    found = dict(places(panelled_scene()))
    assert found["yarns.yarn.radius"].rows == found["environment.wind"].rows == (0, 1)


def test_what_acts_in_a_panel():
    scene = panelled_scene().replace({"fabric.end_crimp": 0.05, "fabric.pick_crimp": 0.04, "fabric.crimp_set": 0.0})
    assert "crimp_set" not in acting([*scene.parts])
    assert "crimp_set" in acting([*scene.parts], ["panels.front.crimp_set"])

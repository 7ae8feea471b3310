"""Yarns in the units of the trade."""

from dataclasses import replace

import bpy
import pytest

from blender_addon.fabric.settings.yarn_settings import to_hex, to_linear
from warp_fabric import SceneError, library_yarn
from warp_fabric.yarn import QUANTITIES, library_names


@pytest.fixture
def item(addon):
    return bpy.context.scene.fabric.yarns[0]


@pytest.mark.parametrize("name", library_names())
def test_a_library_yarn_comes_back_as_it_is(item, name):
    yarn = library_yarn(name)
    item.take(yarn)
    back = item.to_yarn()
    assert (back.name, back.color) == (yarn.name, yarn.color)
    for quantity in QUANTITIES:
        assert getattr(back, quantity) == pytest.approx(getattr(yarn, quantity), rel=1e-6)


def test_units(item):
    item.diameter, item.tex, item.young_modulus, item.bending_modulus = 0.5, 30, 2, 0.1
    yarn = item.to_yarn()
    assert (yarn.radius, yarn.linear_density) == (0.25e-3, pytest.approx(30e-6))
    assert (yarn.young_modulus, yarn.bending_modulus) == (2e6, 1e-4)


def test_a_yarn_without_a_name_keeps_the_one_there(item):
    item.take(replace(library_yarn("wool"), name=""))
    assert item.name == "ends"


def test_impossible_names_are_errors(item):
    item.name = "a.b"
    with pytest.raises(SceneError):
        item.to_yarn()


@pytest.mark.parametrize("color", ["#000000", "#ffffff", "#010203", "#23406e", "#808080"])
def test_colours_there_and_back(color):
    assert to_hex(to_linear(color)) == color


def test_linear_colours_are_darker():
    assert to_linear("#808080")[0] == pytest.approx(0.2159, abs=1e-3)
    assert to_hex((2.0, -1.0, 0.0)) == "#ff0000"


def test_cohesion_and_damping(item):
    assert (item.to_yarn().cohesion, item.to_yarn().damping) == (1.0, 0.0)
    item.cohesion, item.damping = 4.4, 2.5
    yarn = item.to_yarn()
    assert (yarn.cohesion, yarn.damping) == (4.4, 2.5e-3)
    item.take(library_yarn("wool"))
    assert (item.cohesion, item.damping) == (1.0, 2.5), "damping is the cloth's"

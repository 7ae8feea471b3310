"""Changes to the list of yarns leave the cloth as it is, as far as they can."""

import bpy
import pytest

from blender_addon.fabric.design import yarn_list
from blender_addon.fabric.design.weave_text import Weave
from warp_fabric.weave import pattern


@pytest.fixture
def settings(addon):
    fabric = bpy.context.scene.fabric
    fabric.yarns.add().name = "gold"
    fabric.weave.text = Weave.of(pattern("twill22"), (0, 2), (1,)).to_text()
    return fabric


def woven(settings) -> tuple[list[str], list[str]]:
    """Names of the yarns of ends and picks."""
    weave = Weave.from_text(settings.weave.text)
    ends, picks = ([settings.yarns[k].name for k in side] for side in (weave.end_yarns, weave.pick_yarns))
    return ends, picks


@pytest.mark.parametrize(("index", "to"), [(0, 1), (2, 1), (1, 2)])
def test_moving_leaves_the_cloth(settings, index, to):
    before = woven(settings)
    yarn_list.move(settings, index, to)
    assert woven(settings) == before
    assert settings.active_yarn == to


def test_a_removed_yarn_is_replaced_by_the_one_before(settings):
    assert yarn_list.remove(settings, 2) == "picks"
    assert woven(settings) == (["ends", "picks"] * 2, ["picks"] * 4)


def test_the_first_is_replaced_by_the_next(settings):
    assert yarn_list.remove(settings, 0) == "picks"
    assert woven(settings) == (["picks", "gold"] * 2, ["picks"] * 4)


def test_removing_what_is_not_used(settings):
    settings.weave.text = Weave.of(pattern("plain"), (2,), (0,)).to_text()
    assert yarn_list.remove(settings, 1) is None
    assert woven(settings) == (["gold"] * 2, ["ends"] * 2)


def test_the_weave_nobody_has_set_yet_is_renumbered_too(addon):
    settings = bpy.context.scene.fabric
    yarn_list.move(settings, 0, 1)
    assert woven(settings) == (["ends"] * 2, ["picks"] * 2)


def test_an_unused_change_leaves_the_text(settings):
    before = settings.weave.text
    settings.yarns.add()
    yarn_list.remove(settings, 3)
    assert settings.weave.text == before


def test_copies(settings):
    settings.yarns[2].tex, settings.yarns[2].fuzz = 33, 0.9
    copy = yarn_list.add_copy(settings, 2)
    assert (copy.name, copy.tex, copy.fuzz) == ("gold 2", 33, pytest.approx(0.9))
    assert yarn_list.add_copy(settings, 3).name == "gold 3"
    assert settings.active_yarn == 4


def test_names(settings):
    assert yarn_list.unique_name(settings, "silk") == "silk"
    assert yarn_list.unique_name(settings, "gold") == "gold 2"
    settings.yarns[0].name = "007"
    assert yarn_list.unique_name(settings, "007") == "007 2"


def test_yarns_of_colours(settings):
    first = yarn_list.colors(settings)[0]
    index = yarn_list.take_colors(settings, [first, "#203a60", "#fff0f0"])
    assert index[first] == 0
    assert [yarn.name for yarn in settings.yarns][3:] == ["dark blue", "white"]
    assert yarn_list.colors(settings)[3:] == ("#203a60", "#fff0f0")


def test_a_new_colour_is_of_the_kind_of_the_nearest(settings):
    settings.yarns[1].tex = 77  # cream
    index = yarn_list.take_colors(settings, ["#e0d8c8"])
    assert settings.yarns[index["#e0d8c8"]].tex == 77


def test_sides_of_a_draft(settings):
    assert yarn_list.assigned(settings, None, 1) == (1,)
    assert yarn_list.assigned(settings, None, 9) == (2,)
    assert yarn_list.assigned(settings, ("#000000", "#ff0000", "#000000"), 0) == (3, 4, 3)


def test_what_is_used(settings):
    assert yarn_list.used(settings) == {0, 1, 2}

"""Operators on the list of yarns, each one step to undo."""

import bpy
import pytest
from drawn_panel import drawn

from blender_addon.yarn.yarn_operators import FABRIC_MT_yarn_library, FABRIC_OT_yarn_load
from warp_fabric import library_yarn
from warp_fabric.yarn import library_entry, library_names


@pytest.fixture
def settings(addon):
    return bpy.context.scene.fabric


def names(settings) -> list[str]:
    return [yarn.name for yarn in settings.yarns]


def test_add(settings):
    assert bpy.ops.fabric.yarn_add() == {"FINISHED"}
    assert bpy.ops.fabric.yarn_add(library="silk") == {"FINISHED"}
    assert names(settings) == ["ends", "picks", "yarn", "silk"]
    assert settings.active_yarn == 3
    assert settings.yarns[3].to_yarn().linear_density == pytest.approx(library_yarn("silk").linear_density)


def test_a_new_yarn_is_damped_as_the_cloth_is(settings):
    settings.cloth.damping = 3.0
    bpy.ops.fabric.yarn_add(library="cotton")
    assert settings.yarns[2].damping == 3.0
    settings.yarns[2].cohesion = 4.0
    bpy.ops.fabric.yarn_load(library="wool")
    assert (settings.yarns[2].cohesion, settings.yarns[2].damping) == (1.0, 3.0)


def test_duplicate_and_remove(settings):
    bpy.ops.fabric.yarn_duplicate()
    assert names(settings) == ["ends", "picks", "ends 2"]
    bpy.ops.fabric.yarn_remove()
    assert names(settings) == ["ends", "picks"]
    assert settings.active_yarn == 1


def test_the_last_yarn_stays(settings):
    bpy.ops.fabric.yarn_remove()
    with pytest.raises(RuntimeError, match="at least one yarn"):
        bpy.ops.fabric.yarn_remove()
    assert names(settings) == ["picks"]


def test_move(settings):
    assert bpy.ops.fabric.yarn_move(direction="DOWN") == {"FINISHED"}
    assert names(settings) == ["picks", "ends"]
    assert bpy.ops.fabric.yarn_move(direction="DOWN") == {"CANCELLED"}
    assert bpy.ops.fabric.yarn_move(direction="UP") == {"FINISHED"}
    assert names(settings) == ["ends", "picks"]


def test_remove_unused(settings):
    for name in ("wool", "silk"):
        bpy.ops.fabric.yarn_add(library=name)
    assert bpy.ops.fabric.yarn_remove_unused() == {"FINISHED"}
    assert names(settings) == ["ends", "picks"]
    assert bpy.ops.fabric.yarn_remove_unused() == {"CANCELLED"}


def test_the_library_gives_its_numbers_and_leaves_the_colour(settings):
    color = tuple(settings.yarns[0].color)
    assert bpy.ops.fabric.yarn_load(library="wool") == {"FINISHED"}
    assert names(settings) == ["wool", "picks"]
    assert settings.yarns[0].to_yarn().radius == pytest.approx(library_yarn("wool").radius)
    assert tuple(settings.yarns[0].color) == color
    bpy.ops.fabric.yarn_load(library="wool")
    assert names(settings) == ["wool", "picks"]


def test_a_yarn_that_the_library_does_not_have(settings):
    with pytest.raises(RuntimeError, match="no yarn 'wol'"):
        bpy.ops.fabric.yarn_load(library="wol")
    with pytest.raises(RuntimeError, match="no yarn 'wol'"):
        bpy.ops.fabric.yarn_add(library="wol")
    assert names(settings) == ["ends", "picks"]


def test_the_menu_lists_the_library_with_descriptions(settings):
    buttons = drawn(FABRIC_MT_yarn_library).buttons
    assert [values["library"] for _, values in buttons] == library_names()

    class Properties:
        library = "wool"

    assert library_entry("wool").description in FABRIC_OT_yarn_load.description(bpy.context, Properties)
    Properties.library = ""
    assert "library" in FABRIC_OT_yarn_load.description(bpy.context, Properties)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("yarn_add", {"library": "silk"}),
        ("yarn_duplicate", {}),
        ("yarn_remove", {}),
        ("yarn_move", {"direction": "DOWN"}),
        ("yarn_load", {"library": "wool"}),
    ],
)
def test_each_is_one_step_to_undo(settings, name, values):
    def state() -> tuple:
        fabric = bpy.context.scene.fabric
        return names(fabric), fabric.weave.text, [yarn.tex for yarn in fabric.yarns]

    bpy.ops.ed.undo_push(message="before")
    before = state()
    getattr(bpy.ops.fabric, name)("EXEC_DEFAULT", True, **values)
    after = state()
    assert after != before
    bpy.ops.ed.undo()
    assert state() == before
    bpy.ops.ed.redo()
    assert state() == after


def test_without_yarns_the_list_says_what_is_missing(settings):
    settings.yarns.clear()
    with pytest.raises(RuntimeError, match="Choose a yarn"):
        bpy.ops.fabric.yarn_duplicate()
    assert bpy.ops.fabric.yarn_add() == {"FINISHED"}

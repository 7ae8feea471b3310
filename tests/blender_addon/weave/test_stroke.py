"""Strokes on the sheet give what the same edits give."""

import bpy
import pytest

from blender_addon.fabric.design.weave_text import Weave
from blender_addon.weave import editor, edits
from blender_addon.weave.stroke import FABRIC_OT_weave_pick_yarn, cells_between, yarn_at


def weave() -> Weave:
    return Weave.from_text(bpy.context.scene.fabric.weave.text)


@pytest.fixture(autouse=True)
def _twill(addon):
    bpy.ops.fabric.weave_set(pattern="twill22")


def test_a_click_toggles_a_cell(stroke):
    before = weave()
    assert stroke("tie_up", (0, 2)) == {"FINISHED"}
    assert weave() == edits.paint(before, "tie_up", [(0, 2)], 1)
    stroke("tie_up", (0, 2))
    assert weave() == before


def test_a_drag_paints_the_first_cells_value_without_gaps(stroke):
    before = weave()
    assert stroke("lifting", (0, 1), (3, 1)) == {"FINISHED"}
    assert weave() == edits.paint(before, "lifting", [(pick, 1) for pick in range(4)], 1)


def test_yarns_are_painted_with_the_chosen_one(stroke):
    bpy.ops.fabric.yarn_add()
    stroke("end_yarns", (0, 1), (0, 3))
    assert weave().end_yarns == (0, 2, 2, 2)
    bpy.ops.fabric.weave_brush(yarn=0)
    stroke("pick_yarns", (2, 0))
    assert weave().pick_yarns == (1, 1, 0, 1)


def test_a_stroke_stays_in_its_area(stroke):
    before = weave()
    stroke("threading", (1, 0), (1, 1))
    after = weave()
    assert after.draft.threading.tolist() == [2, 2, 3, 4]
    assert (after.draft.tie_up == before.draft.tie_up).all()


def test_escape_takes_a_stroke_back(stroke):
    before = bpy.context.scene.fabric.weave.text
    assert stroke("threading", (1, 0), (2, 1), end="ESC") == {"CANCELLED"}
    assert bpy.context.scene.fabric.weave.text == before


def test_a_click_on_a_yarn_chooses_it(stroke):
    assert bpy.context.scene.fabric.active_yarn == 0
    assert stroke("palette", (0, 1)) == {"FINISHED"}
    assert bpy.context.scene.fabric.active_yarn == 1


def test_the_cross_closes_and_the_cloth_cannot_be_painted(stroke, open_editor):
    before = weave()
    assert stroke("drawdown", (0, 0)) == {"CANCELLED"}
    assert weave() == before
    assert editor.is_open(open_editor)
    assert stroke("close", (0, 0)) == {"CANCELLED"}
    assert not editor.is_open(open_editor)


def test_a_number_without_a_yarn(open_editor):
    assert bpy.ops.fabric.weave_brush(yarn=8) == {"CANCELLED"}
    assert bpy.context.scene.fabric.active_yarn == 0


def test_brushes_need_the_editor(view3d):
    assert not bpy.ops.fabric.weave_brush.poll()
    assert not FABRIC_OT_weave_pick_yarn.poll(view3d)


@pytest.mark.parametrize(
    ("area", "row", "column", "yarn"),
    [
        ("drawdown", 0, 0, 0),
        ("drawdown", 0, 2, 1),
        ("pick_yarns", 3, 0, 1),
        ("end_yarns", 0, 3, 0),
        ("palette", 0, 1, 1),
        ("threading", 0, 0, None),
        ("close", 0, 0, None),
    ],
)
def test_the_yarn_under_the_mouse(area, row, column, yarn):
    assert yarn_at(weave(), area, row, column) == yarn


def test_cells_between():
    assert cells_between((0, 0), (0, 3)) == [(0, 1), (0, 2), (0, 3)]
    assert cells_between((2, 1), (0, 0)) == [(1, 1), (0, 0)]
    assert cells_between((1, 1), (1, 1)) == []

"""The draft editor's place in a 3D view. Its drawing needs a window; its picture is tested with the canvas."""

import bpy
import pytest

from blender_addon.weave import editor


def test_it_opens_and_closes(view3d):
    assert not editor.is_open(view3d)
    view3d.space_data.show_gizmo = False
    assert bpy.ops.fabric.weave_edit() == {"FINISHED"}
    assert editor.is_open(view3d)
    assert view3d.space_data.show_gizmo  # else it would not be seen
    assert editor.FABRIC_GGT_weave_editor.poll(view3d)
    bpy.ops.fabric.weave_edit()
    assert not editor.is_open(view3d)


def test_it_opens_in_3d_views_only(addon):
    area = next(area for area in bpy.context.window.screen.areas if area.type != "VIEW_3D")
    with bpy.context.temp_override(area=area), pytest.raises(RuntimeError, match="opens in a 3D view"):
        bpy.ops.fabric.weave_edit()


def test_the_sheet_lies_where_nothing_covers_it(open_editor):
    shown = editor.view(open_editor)
    left, bottom, right, top = editor.room(open_editor.area)
    tools = next(region for region in open_editor.area.regions if region.type == "TOOLS")
    assert left >= tools.width
    assert left <= shown.left < shown.left + shown.layout.width <= right
    assert bottom <= shown.top - shown.layout.height < shown.top <= top


def test_pixels_of_the_region_are_cells(open_editor):
    shown = editor.view(open_editor)
    x, y = shown.layout.middle("threading", 1, 0)
    assert shown.place(shown.left + x, shown.top - y) == ("threading", 1, 0)
    assert shown.covers(shown.left, shown.top)
    assert not shown.covers(shown.left - 1, shown.top)
    assert not shown.covers(shown.left, shown.top + 1)
    assert shown.place(0, 0) is None


def test_a_damaged_weave_shows_no_sheet(open_editor):
    open_editor.scene.fabric.weave.text = "{"
    assert editor.view(open_editor) is None


def test_it_closes_with_the_add_on(open_editor, addon):
    addon.unregister()
    assert not editor._open
    assert all(editor.KEYMAP not in each.keymaps for each in bpy.context.window_manager.keyconfigs)
    addon.register()


def test_its_keys(addon):
    keyconfig = bpy.context.window_manager.keyconfigs.addon
    keymap = editor.FABRIC_GGT_weave_editor.setup_keymap(keyconfig)
    keys = {item.type: item.idname for item in keymap.keymap_items}
    assert keys["LEFTMOUSE"] == "gizmogroup.gizmo_tweak"
    assert keys["ESC"] == "fabric.weave_edit"
    assert [item.properties.yarn for item in keymap.keymap_items if item.idname == "fabric.weave_brush"] == [*range(9)]

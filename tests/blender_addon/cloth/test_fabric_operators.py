"""A fabric is selected, duplicated and deleted as one thing."""

import bpy
import numpy as np
import pytest
from drawn_panel import drawn
from woven_objects import built, cached

MENU = "VIEW3D_MT_object_context_menu"


def entries():
    """What the add-on has in the menu of the right mouse button."""
    from blender_addon.cloth.fabric_operators import draw_entries

    assert draw_entries in getattr(bpy.types, MENU).draw._draw_funcs
    kind = type("menu", (), {"draw": lambda self, context: draw_entries(self, context)})
    return [name for name, _ in drawn(kind).buttons]


def deselect():
    for each in bpy.context.selected_objects:
        each.select_set(False)


def lamp():
    obj = bpy.data.objects.new("Lamp", bpy.data.lights.new("Lamp", "POINT"))
    bpy.context.collection.objects.link(obj)
    return obj


def test_the_menu_has_them_while_the_addon_is_there(addon):
    from blender_addon.cloth.fabric_operators import draw_entries

    def there():
        return draw_entries in getattr(getattr(bpy.types, MENU).draw, "_draw_funcs", ())

    assert there()
    addon.unregister()
    assert not there()
    addon.register()
    assert there()


def test_a_yarn_selects_its_whole_fabric(addon):
    obj, other = built(), built()
    deselect()
    bpy.context.view_layer.objects.active = obj.children[0]
    assert bpy.ops.fabric.select_whole() == {"FINISHED"}
    assert {*bpy.context.selected_objects} == {obj, *obj.children}
    assert bpy.context.object == obj
    bpy.ops.object.duplicate()
    copy = bpy.context.object
    assert copy != obj
    assert len(copy.children) == 2
    assert len(other.children) == 2


def test_deleting_leaves_nothing_of_it(addon):
    obj, light = built(), lamp()
    other = built()
    light.parent = obj
    obj.location.x = 3.0
    bpy.context.view_layer.update()
    before = np.array(light.matrix_world)
    deselect()
    bpy.context.view_layer.objects.active = next(each for each in obj.children if each.type == "CURVES")
    assert bpy.ops.fabric.delete_whole() == {"FINISHED"}
    assert {*bpy.data.objects} == {other, *other.children, light}
    assert (len(bpy.data.meshes), len(bpy.data.hair_curves)) == (1, 2)
    bpy.context.view_layer.update()
    np.testing.assert_allclose(np.array(light.matrix_world), before)


def test_several_at_once_and_what_is_played(addon, tmp_path):
    from blender_addon.fabric.files.cache import attach_cache

    first, second = built(), built()
    cached(first, tmp_path)
    attach_cache(first, tmp_path / "cloth.usdc", 1, 4)
    for each in (first, second):
        each.select_set(True)
    assert bpy.ops.fabric.delete_whole() == {"FINISHED"}
    assert not bpy.data.objects
    assert not bpy.data.cache_files
    assert (tmp_path / "cloth.usdc").is_file()


def test_deleting_is_one_step_to_undo(addon):
    obj = built()
    name, yarns = obj.name, len(obj.children)
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.fabric.delete_whole("EXEC_DEFAULT", True)
    assert not bpy.data.objects
    bpy.ops.ed.undo()
    assert len(bpy.data.objects[name].children) == yarns


@pytest.mark.parametrize("name", ["select_whole", "delete_whole"])
def test_they_are_where_an_artist_looks(addon, name):
    operator = getattr(bpy.ops.fabric, name)
    assert not operator.poll()
    assert f"fabric.{name}" not in entries()
    obj = built()
    assert operator.poll()
    assert f"fabric.{name}" in entries()
    assert f"fabric.{name}" in drawn("FABRIC_PT_cloth").said
    deselect()
    bpy.context.view_layer.objects.active = lamp()
    assert not operator.poll()
    obj.select_set(True)
    assert operator.poll()
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    assert not operator.poll()
    bpy.ops.object.mode_set(mode="OBJECT")

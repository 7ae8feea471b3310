"""Fabrics follow the scene's render engine."""

import bpy
import pytest
from woven_objects import built

EEVEE = "BLENDER_EEVEE_NEXT" if (4, 2) <= bpy.app.version < (5, 0) else "BLENDER_EEVEE"


def rendered_round(obj):
    shown = {child.modifiers["Round Yarns"].show_render for child in obj.children}
    assert len(shown) == 1
    return shown.pop()


@pytest.mark.parametrize(("name", "tubes"), [(EEVEE, True), ("CYCLES", False), ("BLENDER_WORKBENCH", True)])
def test_a_new_fabric_has_tubes_where_curves_are_flat(addon, name, tubes):
    bpy.context.scene.render.engine = name
    assert rendered_round(built(ends=4, picks=4)) is tubes


def test_a_render_has_what_its_engine_needs(addon, tmp_path):
    scene = bpy.context.scene
    scene.render.engine = EEVEE
    obj = built(ends=4, picks=4)
    bpy.ops.object.camera_add()
    scene.camera = bpy.context.object
    scene.render.resolution_x = scene.render.resolution_y = 4
    scene.render.engine, scene.cycles.samples = "CYCLES", 1
    bpy.ops.render.render()
    assert rendered_round(obj) is False


def test_a_file_has_what_its_engine_needs(addon, tmp_path):
    bpy.context.scene.render.engine = "CYCLES"
    obj = built(ends=4, picks=4)
    name = obj.name
    bpy.context.scene.render.engine = EEVEE  # told by Blender's window alone
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "cloth.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "cloth.blend"))
    assert rendered_round(bpy.data.objects[name]) is True


def test_undoing_has_what_its_engine_needs(addon):
    bpy.context.scene.render.engine = "CYCLES"
    name = built(ends=4, picks=4).name
    bpy.context.scene.render.engine = EEVEE
    bpy.ops.ed.undo_push(message="Engine")  # as Blender's window does, before the fabrics are told
    bpy.ops.ed.undo_push(message="Anything")
    bpy.ops.ed.undo()
    assert bpy.context.scene.render.engine == EEVEE
    assert rendered_round(bpy.data.objects[name]) is True

"""The Yarns panel in every state."""

import bpy
from drawn_panel import RecordedLayout, drawn

from blender_addon.yarn.yarn_panel import FABRIC_PT_fibers, FABRIC_PT_yarns, FABRIC_UL_yarns


def test_the_list_and_the_chosen_yarn(addon):
    panel = drawn(FABRIC_PT_yarns)
    assert panel.props[0] == "yarns"
    assert {"tex", "diameter", "young_modulus", "bending_modulus", "color", "roughness", "fuzz"} <= {*panel.props}
    assert {"Diameter mm", "Stretch MPa", "Bend mN"} <= {*panel.texts}


def test_no_yarns(addon):
    bpy.context.scene.fabric.yarns.clear()
    assert drawn(FABRIC_PT_yarns).props == ["yarns"]
    assert not FABRIC_PT_fibers.poll(bpy.context)


def test_what_fibers_do(addon):
    assert FABRIC_PT_fibers.poll(bpy.context)
    assert drawn(FABRIC_PT_fibers).props == ["cohesion", "damping"]


def test_a_line_of_the_list(addon):
    settings = bpy.context.scene.fabric
    layout = RecordedLayout()
    FABRIC_UL_yarns.draw_item(None, bpy.context, layout, settings, settings.yarns[0], 0, settings, "active_yarn", 0, 0)
    assert layout.props == ["color", "name"]
    assert layout.texts[-1] == "2000 tex"

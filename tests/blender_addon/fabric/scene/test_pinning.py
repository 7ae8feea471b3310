"""Vertex groups as pins. Their motion is tested with whole scenes in `test_scene_pins.py`."""

import bpy
import numpy as np
import pytest
from described_scene import empty
from woven_objects import built

from warp_fabric import SceneError


def test_members_have_weight(addon):
    from blender_addon.fabric.scene.pinning import members

    obj = built()
    group = obj.vertex_groups["Pins"]
    group.add([9], 0.01, "REPLACE")
    group.add([10], 0.0, "REPLACE")
    assert members(obj, "Pins").tolist() == [0, 5, 9]


def test_members_in_edit_mode(addon):
    from blender_addon.fabric.scene.pinning import members

    obj = built()
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.object.vertex_group_assign()
    assert len(members(obj, "Pins")) == 30


def test_an_object_without_size(addon):
    from blender_addon.fabric.design.fabric_description import rest_scene
    from blender_addon.fabric.scene.pinning import pins
    from blender_addon.fabric.scene.seen import Seen

    obj, hand = built(), empty()
    obj.fabric.cloth.pins[0].target = hand
    seen = {obj: [Seen(np.eye(4))] * 2, hand: [Seen(np.zeros((4, 4)))] * 2}
    with pytest.raises(SceneError, match="scaled to nothing"):
        pins(obj, rest_scene(obj.fabric).build(), seen, 24.0)

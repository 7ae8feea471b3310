"""The Collisions panel in every state."""

import bpy
from bodies import body
from drawn_panel import drawn
from woven_objects import built

from blender_addon.fabric.scene.scene_builder import build_scene
from blender_addon.simulate.start_marks import mark


def panel():
    bpy.context.view_layer.update()
    return drawn("FABRIC_PT_collisions")


def test_without_a_fabric_and_without_obstacles(addon):
    found = panel()
    assert {"collide_with", "self_collision"} <= {*found.props}
    assert found.buttons == [("fabric.obstacle_add", {})]
    assert "No obstacles" in " ".join(found.texts)
    assert {*drawn("FABRIC_PT_collision_numbers").props} == {"stiffness", "friction"}


def test_obstacles_are_listed(addon):
    obj, cube = built(), body()
    for _ in range(14):
        body("ico_sphere", subdivisions=1)
    found = panel()
    assert "Cube" in found.texts
    assert "and 3 more" in found.texts
    assert found.props.count("thickness_outer") == found.props.count("cloth_friction") == 12
    assert "floats" not in " ".join(found.texts)
    cube.collision.thickness_outer = 0.02
    assert "The cloth floats above it" in " ".join(panel().texts)
    obj.fabric.collision.collide_with = "COLLECTION"
    found = panel()
    assert "collection" in found.props
    assert "Cube" not in found.texts
    obj.fabric.collision.collide_with = "NONE"
    assert "fabric.obstacle_add" not in panel().said


def test_what_is_ignored_is_named(addon):
    built(pose="FLAT")
    body("plane", collides=False, location=(0, 0, -0.1)).name = "Floor"
    found = panel()
    assert "Ignored: Floor, though it is below the cloth" in " ".join(found.texts)
    assert ("fabric.obstacle_add", {"name": "Floor"}) in found.buttons
    bpy.ops.fabric.obstacle_add(name="Floor")
    assert "Ignored" not in " ".join(panel().texts)


def test_what_starts_inside_is_said(addon):
    obj = built()
    body(size=1.0)
    mark(obj, bpy.context, build_scene(obj.fabric, bpy.context, obj, start_only=True))
    assert "crossings start inside Cube: move it by" in " ".join(panel().texts)
    assert "fabric.check_start" in panel().said


def test_of_several_fabrics_the_lead_counts(addon):
    lead, other = built(), built()
    other.fabric.simulation.lead, other.fabric.collision.collide_with = lead, "NONE"
    found = panel()
    assert "simulated together touch each other and themselves" in " ".join(found.texts)
    assert "self_collision" not in found.props
    assert "No obstacles" in " ".join(found.texts), "those of the lead are shown"

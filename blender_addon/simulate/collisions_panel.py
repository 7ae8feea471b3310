"""What the cloth collides with, below the Simulate panel."""

from bpy.types import Panel

from ..fabric.active import active_settings
from ..fabric.group import beside
from ..fabric.scene.colliders import Collider, colliders, overlooked
from ..fabric.scene.environment import metres
from ..job.messages import draw_text
from . import start_marks
from .together_operators import lead_in

MOST = 12
"""Obstacles that are listed."""
FLOATS = 3.0
"""Yarns' distances from each other: a thickness from which on cloth visibly floats above an obstacle."""


class FABRIC_PT_collisions(Panel):
    bl_label = "Collisions"
    bl_idname = "FABRIC_PT_collisions"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Fabric"
    bl_parent_id = "FABRIC_PT_simulate"

    def draw(self, context):
        layout, obj = self.layout, lead_in(context)
        settings = active_settings(context) if obj is None else obj.fabric
        collision = settings.collision
        layout.label(text="Collide with:")
        layout.row().prop(collision, "collide_with", expand=True)
        if collision.collide_with == "COLLECTION":
            layout.prop(collision, "collection", text="")
        if collision.collide_with != "NONE":
            _draw_obstacles(layout, context, colliders(context, collision), _floating(settings, context))
        if obj is not None:
            for each, why in overlooked(context, obj, collision)[:MOST]:
                draw_text(layout, context, f"Ignored: {each.name}, though {why}", icon="INFO")
                layout.operator("fabric.obstacle_add", text=f"Collide with {each.name}").name = each.name
            for line in start_marks.lines_of(obj):
                draw_text(layout, context, line, icon="ERROR")
            layout.operator("fabric.check_start", icon="VIEWZOOM")
        if obj is not None and beside(obj, context.scene):
            draw_text(
                layout, context, "Fabrics that are simulated together touch each other and themselves", icon="INFO"
            )
        else:
            layout.prop(collision, "self_collision")


class FABRIC_PT_collision_numbers(Panel):
    bl_label = "Numbers"
    bl_idname = "FABRIC_PT_collision_numbers"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Fabric"
    bl_parent_id = "FABRIC_PT_collisions"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        obj, column = lead_in(context), self.layout.column()
        collision = (active_settings(context) if obj is None else obj.fabric).collision
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(collision, "stiffness")
        row = column.row()
        row.active = collision.self_collision or (obj is not None and bool(beside(obj, context.scene)))
        row.prop(collision, "friction", text="Friction on Itself")


def _floating(settings, context) -> float:
    """In Blender's units."""
    return FLOATS * 0.01 / min(settings.cloth.end_sett, settings.cloth.pick_sett) / metres(context)


def _draw_obstacles(layout, context, found: list[Collider], floating: float) -> None:
    if not found:
        draw_text(layout, context, "No obstacles: select meshes, then press", icon="INFO")
    else:
        box = layout.box().column(align=True)
        for each in found[:MOST]:
            _draw_obstacle(box, context, each, floating)
        if len(found) > MOST:
            box.label(text=f"and {len(found) - MOST} more")
    layout.operator("fabric.obstacle_add", icon="MOD_PHYSICS")


def _draw_obstacle(layout, context, each: Collider, floating: float) -> None:
    layout.label(text=each.name, icon="MESH_DATA")
    row = layout.row(align=True)
    row.enabled = each.obj.library is None
    row.prop(each.obj.collision, "thickness_outer", text="Thickness")
    row.prop(each.obj.collision, "cloth_friction", text="Friction")
    if each.thickness > floating:
        draw_text(layout, context, "The cloth floats above it: lower its Thickness", icon="INFO")


CLASSES = (FABRIC_PT_collisions, FABRIC_PT_collision_numbers)

"""The Cloth panel, and below it waviness, pins, contact and air."""

import numpy as np
from bpy.types import Panel, UIList

from warp_fabric import SceneError

from ..fabric.active import active_settings, fabric_object
from ..fabric.design.crimp import lone_crimp, touching
from ..fabric.design.fabric_description import damped_strip, is_stale, layout_of, size
from ..fabric.scene.environment import gravity, metres, wind_fields, without_effect
from ..job.job import JobError
from ..job.messages import draw_error, draw_text


class FABRIC_UL_pins(UIList):
    """A pin: what is held, and what it follows."""

    def draw_item(self, context, layout, data, item, icon, active_data, active_propname, index=0, flt_flag=0):
        groups = fabric_object(context)
        known = groups is not None and item.group in groups.vertex_groups
        layout.label(text=item.group or "No group", icon="PINNED" if known else "ERROR")
        if item.target is not None:
            layout.label(text=item.target.name, icon="CON_FOLLOWPATH")


class FabricPanel:
    """Where the panels of a fabric are."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Fabric"


class FABRIC_PT_cloth(FabricPanel, Panel):
    bl_label = "Cloth"
    bl_idname = "FABRIC_PT_cloth"
    bl_order = 2

    def draw(self, context):
        layout, settings = self.layout, active_settings(context)
        cloth, obj = settings.cloth, fabric_object(context)
        column = _split(layout)
        pair = column.column(align=True)
        pair.prop(cloth, "ends")
        pair.prop(cloth, "picks")
        pair = column.column(align=True)
        pair.prop(cloth, "end_sett", text="Ends per cm")
        pair.prop(cloth, "pick_sett", text="Picks per cm")
        column.prop(cloth, "pose")
        column.prop(cloth, "damping", text="Damping ms", slider=True)
        column.prop(cloth, "tubes_viewport")
        _draw_impossible(layout, context, damped_strip(settings))
        width, height = size(settings)
        layout.label(text=f"{100 * width:.4g} x {100 * height:.4g} cm", icon="FIXED_SIZE")
        if obj is None:
            layout.operator("fabric.build", text="Build", icon="MESH_GRID")
            return
        stale = is_stale(obj)
        if stale:
            layout.label(text="Settings have changed", icon="INFO")
        row = layout.row(align=True)
        again = row.row(align=True)
        again.alert = stale
        again.operator("fabric.rebuild", text="Rebuild", icon="FILE_REFRESH")
        row.operator("fabric.build", text="Build New", icon="MESH_GRID")
        row = layout.row(align=True)
        row.operator("fabric.select_whole", text="Select Whole", icon="RESTRICT_SELECT_OFF")
        row.operator("fabric.delete_whole", text="Delete", icon="TRASH")


class FABRIC_PT_shape(FabricPanel, Panel):
    bl_label = "Shape"
    bl_idname = "FABRIC_PT_shape"
    bl_parent_id = "FABRIC_PT_cloth"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout, settings = self.layout, active_settings(context)
        row = layout.row(align=True)
        row.operator("fabric.cut_to_shape", icon="MOD_BOOLEAN")
        row.operator("fabric.cut_to_group", icon="GROUP_VERTEX")
        if not settings.cloth.shape:
            draw_text(layout, context, "To cut it, select the fabric and a flat shape that lies on it", icon="INFO")
            return
        try:
            found = layout_of(settings)
        except SceneError as error:
            _draw_impossible(layout, context, error)
        else:
            layout.label(text=f"Cut: {found.count} of {found.size} crossings are left", icon="CHECKMARK")
        layout.operator("fabric.whole_cloth", icon="LOOP_BACK")


class FABRIC_PT_waviness(FabricPanel, Panel):
    bl_label = "Waviness"
    bl_idname = "FABRIC_PT_waviness"
    bl_parent_id = "FABRIC_PT_cloth"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout, settings = self.layout, active_settings(context)
        cloth = settings.cloth
        layout.label(text="How wavy are the yarns?")
        layout.row().prop(cloth, "crimp", expand=True)
        if cloth.crimp == "NONE":
            return
        if cloth.crimp == "VALUES":
            pair = _split(layout).column(align=True)
            pair.prop(cloth, "end_crimp")
            pair.prop(cloth, "pick_crimp")
            _draw_impossible(layout, context, lone_crimp(cloth))
        elif found := touching(settings):
            ends, picks = (f"{100 * each:.3g} %" for each in found)
            draw_text(layout, context, f"Ends are {ends} longer than the cloth, picks {picks}", icon="INFO")
        column = _split(layout)
        column.prop(cloth, "crimp_set")
        column.prop(cloth, "crossings_give")
        row = column.row()
        row.active = cloth.crossings_give
        row.prop(cloth, "crossing_stiffness")


class FABRIC_PT_pins(FabricPanel, Panel):
    bl_label = "Pins"
    bl_idname = "FABRIC_PT_pins"
    bl_parent_id = "FABRIC_PT_cloth"

    def draw(self, context):
        layout, obj = self.layout, fabric_object(context)
        if obj is None:
            layout.label(text="Build a fabric to pin it", icon="INFO")
            return
        cloth = obj.fabric.cloth
        row = layout.row()
        row.template_list("FABRIC_UL_pins", "", cloth, "pins", cloth, "active_pin", rows=2)
        buttons = row.column(align=True)
        buttons.operator("fabric.pin_add", text="", icon="ADD")
        buttons.operator("fabric.pin_remove", text="", icon="REMOVE")
        layout.operator("fabric.pin_selected", icon="PINNED")
        if context.mode == "EDIT_MESH":
            draw_text(layout, context, "X-Ray (Alt-Z) shows the crossings, which are inside the yarns", icon="INFO")
        if 0 <= cloth.active_pin < len(cloth.pins):
            pin, column = cloth.pins[cloth.active_pin], _split(layout)
            column.prop_search(pin, "group", obj, "vertex_groups", text="Group")
            if pin.group not in obj.vertex_groups:
                what = f"There is no group {pin.group}: it was renamed or deleted" if pin.group else "Choose a group"
                draw_text(layout, context, what, icon="ERROR")
            column.prop(pin, "target")
            _draw_carrier(column, pin)
            column.prop(pin, "stiffness")


def _draw_carrier(layout, pin) -> None:
    """What of an object carries the pin: a bone, or the surface."""
    if pin.target is not None and pin.target.type == "ARMATURE":
        layout.prop_search(pin, "bone", pin.target.pose, "bones")
    if pin.target is not None and pin.target.type == "MESH":
        layout.prop(pin, "by_surface")
        if pin.by_surface:
            layout.prop_search(pin, "surface_group", pin.target, "vertex_groups")


class FABRIC_PT_contact(FabricPanel, Panel):
    bl_label = "Contact"
    bl_idname = "FABRIC_PT_contact"
    bl_parent_id = "FABRIC_PT_cloth"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        cloth, column = active_settings(context).cloth, _split(self.layout)
        column.prop(cloth, "shear_by")
        column.prop(cloth, "shear_modulus" if cloth.shear_by == "MODULUS" else "shear_rigidity")
        for name in ("friction", "friction_stiffness", "sliding_damping", "parallel_stiffness"):
            column.prop(cloth, name)
        column.prop(cloth, "shear_damping", text="Damping ms")


class FABRIC_PT_air(FabricPanel, Panel):
    bl_label = "Air"
    bl_idname = "FABRIC_PT_air"
    bl_parent_id = "FABRIC_PT_cloth"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout, cloth = self.layout, active_settings(context).cloth
        column = _split(layout)
        column.prop(cloth, "wind_density")
        column.prop(cloth, "wind_drag")
        column.prop(context.scene, "use_gravity")
        if metres(context) != 1.0 and context.scene.use_gravity:  # Blender's gravity is in its units
            strength = np.linalg.norm(gravity(context.scene))
            what = f"Gravity is {strength:.3g} m/s², as the unit scale is {metres(context):.3g}"
            draw_text(column, context, what, icon="INFO")
        fields = wind_fields(context)
        for each in fields:
            column.prop(each.field, "strength", text=each.name)
        if not fields:
            layout.operator("fabric.wind_add", icon="FORCE_WIND")
        for line in without_effect(context):
            draw_text(layout, context, f"No effect on cloth: {line}", icon="ERROR")


def _draw_impossible(layout, context, error: SceneError | None) -> None:
    if error is not None:
        draw_error(layout, context, JobError(error.what, error.where or "", error.fix or ""))


def _split(layout):
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    return column


CLASSES = (
    FABRIC_UL_pins,
    FABRIC_PT_cloth,
    FABRIC_PT_shape,
    FABRIC_PT_waviness,
    FABRIC_PT_pins,
    FABRIC_PT_contact,
    FABRIC_PT_air,
)

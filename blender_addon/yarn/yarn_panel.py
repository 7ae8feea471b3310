"""The Yarns panel: the list, the chosen yarn's numbers, the library and presets."""

from bpy.types import Panel, UIList

from ..fabric.active import active_settings
from ..fabric.settings.fabric_settings import want_defaults
from .yarn_operators import active_yarn


class FABRIC_UL_yarns(UIList):
    def draw_item(self, context, layout, data, item, icon, active_data, active_propname, index=0, flt_flag=0):
        row = layout.row()
        swatch = row.row()
        swatch.ui_units_x = 1.2
        swatch.prop(item, "color", text="")
        row.prop(item, "name", text="", emboss=False)
        row.label(text=f"{item.tex:.4g} tex")


class _InSidebar:
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Fabric"


class FABRIC_PT_yarns(_InSidebar, Panel):
    bl_label = "Yarns"
    bl_idname = "FABRIC_PT_yarns"
    bl_order = 1

    def draw(self, context):
        layout, settings = self.layout, active_settings(context)
        want_defaults(settings)
        row = layout.row()
        row.template_list("FABRIC_UL_yarns", "", settings, "yarns", settings, "active_yarn", rows=4)
        buttons = row.column(align=True)
        buttons.operator("fabric.yarn_add", text="", icon="ADD")
        buttons.operator("fabric.yarn_remove", text="", icon="REMOVE")
        buttons.operator("fabric.yarn_duplicate", text="", icon="DUPLICATE")
        buttons.separator()
        buttons.operator("fabric.yarn_move", text="", icon="TRIA_UP").direction = "UP"
        buttons.operator("fabric.yarn_move", text="", icon="TRIA_DOWN").direction = "DOWN"

        yarn = active_yarn(context)
        if yarn is None:
            return
        row = layout.row(align=True)
        row.menu("FABRIC_MT_yarn_library", text="Library", icon="ASSET_MANAGER")
        row.popover("FABRIC_PT_yarn_presets", text="", icon="PRESET")
        row.operator("fabric.yarn_remove_unused", text="", icon="BRUSH_DATA")
        column = _split(layout)
        column.prop(yarn, "diameter", text="Diameter mm")
        column.prop(yarn, "tex")
        column.prop(yarn, "young_modulus", text="Stretch MPa")
        column.prop(yarn, "bending_modulus", text="Bend mN")
        column.prop(yarn, "color")
        column.prop(yarn, "roughness")
        column.prop(yarn, "fuzz")


class FABRIC_PT_fibers(_InSidebar, Panel):
    bl_label = "Fibers"
    bl_idname = "FABRIC_PT_fibers"
    bl_parent_id = "FABRIC_PT_yarns"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context):
        return active_yarn(context) is not None

    def draw(self, context):
        yarn, column = active_yarn(context), _split(self.layout)
        row = column.row()
        row.active = active_settings(context).cloth.crimp != "NONE"
        row.prop(yarn, "cohesion")
        column.prop(yarn, "damping", text="Damping ms")


def _split(layout):
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    return column


CLASSES = (FABRIC_UL_yarns, FABRIC_PT_yarns, FABRIC_PT_fibers)

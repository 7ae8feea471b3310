"""The Playback panel: which frames there are, and what can be made of them."""

from bpy.types import Panel

from ..fabric.active import fabric_object
from ..fabric.files.cache import cache_state
from ..fabric.files.found_frames import found_frames
from ..job.messages import draw_text


class FABRIC_PT_playback(Panel):
    bl_label = "Playback"
    bl_idname = "FABRIC_PT_playback"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Fabric"
    bl_order = 5
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout, obj = self.layout, fabric_object(context)
        if obj is None or cache_state(obj) == "none":
            found = obj is not None and found_frames(obj) is not None
            what = "An earlier simulation does not play" if found else "Nothing is simulated yet"
            draw_text(layout, context, what, icon="INFO")
            if found:
                layout.operator("fabric.show_found", icon="PLAY")
            return
        simulation = obj.fabric.simulation
        last = simulation.start + max(simulation.frames, 1) - 1
        if cache_state(obj) == "missing":
            draw_text(layout, context, f"The file is missing: {simulation.cache}", icon="ERROR")
        else:
            layout.label(text=f"Frames {simulation.start} to {last}", icon="RENDER_ANIMATION")
        column = layout.column(align=True)
        column.operator("fabric.reload", icon="FILE_REFRESH")
        column.operator("fabric.bake", icon="SHAPEKEY_DATA")
        column.operator("fabric.detach", icon="UNLINKED")
        column.operator("fabric.clear_cache", icon="LOOP_BACK")


CLASSES = (FABRIC_PT_playback,)

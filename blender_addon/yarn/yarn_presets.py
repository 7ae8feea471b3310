"""Yarns as Blender presets, in the user's folder `presets/fabric/yarn`."""

from pathlib import Path

import bpy
from bl_operators.presets import AddPresetBase
from bl_ui.utils import PresetPanel
from bpy.props import StringProperty
from bpy.types import Operator, Panel

from warp_fabric import SceneError

from ..fabric.active import active_settings
from ..fabric.design import yarn_list
from ..fabric.settings.yarn_settings import YarnSettings
from ..operator import can_edit, reported
from .yarn_operators import active_yarn

FOLDER = "fabric/yarn"


class FABRIC_PT_yarn_presets(PresetPanel, Panel):
    bl_label = "Yarn Presets"
    preset_subdir = FOLDER
    preset_operator = "fabric.yarn_preset_load"
    preset_add_operator = "fabric.yarn_preset_add"

    def draw(self, context):
        if bpy.utils.preset_paths(FOLDER):
            PresetPanel.draw(self, context)
            return
        self.layout.label(text="No yarns saved yet")
        row = self.layout.row()
        row.prop(context.window_manager, "preset_name", text="")
        add = row.operator(self.preset_add_operator, text="", icon="ADD")
        add.name = context.window_manager.preset_name


class FABRIC_OT_yarn_preset_add(AddPresetBase, Operator):
    bl_idname = "fabric.yarn_preset_add"
    bl_label = "Save Yarn Preset"
    bl_description = "Save the chosen yarn under this name for all files, or remove a saved one"
    preset_menu = "FABRIC_PT_yarn_presets"
    preset_subdir = FOLDER
    # A preset is a script that Blender runs: it finds the yarn without knowing the add-on's name.
    preset_defines = ("yarn = bpy.context.window_manager.fabric_yarn",)
    preset_values = tuple(f"yarn.{name}" for name in YarnSettings.__annotations__)

    @classmethod
    def poll(cls, context):
        cls.poll_message_set("Choose a yarn in the list first")
        return active_yarn(context) is not None

    @reported
    def execute(self, context):
        is_removed = self.remove_name or self.remove_active
        if not is_removed and not self.as_filename(self.name.strip()).strip("._ "):
            raise SceneError("this cannot name a preset", where=self.name, fix="use letters or digits")
        return AddPresetBase.execute(self, context)


class FABRIC_OT_yarn_preset_load(Operator):
    bl_idname = "fabric.yarn_preset_load"
    bl_label = "Load Yarn Preset"
    bl_description = "Set the chosen yarn to the one saved under this name, colour and name included"
    bl_options = {"REGISTER", "UNDO"}

    filepath: StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context):
        cls.poll_message_set("Choose a yarn in the list first")
        return active_yarn(context) is not None and can_edit(cls, context)

    @reported
    def execute(self, context):
        settings = active_settings(context)
        if not Path(self.filepath).is_file():
            raise SceneError("there is no such preset", where=self.filepath or "Yarn Presets", fix="choose another one")
        item = settings.yarns[settings.active_yarn]
        for name in YarnSettings.__annotations__:
            item.property_unset(name)  # earlier versions saved less
        bpy.utils.execfile(self.filepath)
        item.name = ""  # its own is free
        item.name = yarn_list.unique_name(settings, bpy.path.display_name(self.filepath, title_case=False))
        return {"FINISHED"}


CLASSES = (FABRIC_PT_yarn_presets, FABRIC_OT_yarn_preset_add, FABRIC_OT_yarn_preset_load)


def attach() -> None:
    bpy.types.WindowManager.fabric_yarn = property(lambda _: active_yarn(bpy.context))


def detach() -> None:
    del bpy.types.WindowManager.fabric_yarn

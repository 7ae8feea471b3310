"""Operators on the list of yarns."""

import bpy
from bpy.props import EnumProperty, StringProperty
from bpy.types import Operator

from warp_fabric import SceneError
from warp_fabric.yarn import library_entry, library_names

from ..fabric.active import active_settings
from ..fabric.design import yarn_list
from ..operator import can_edit, reported


def active_yarn(context: bpy.types.Context):
    """The yarn that is chosen in the list; None where the list is empty."""
    settings = active_settings(context)
    return settings.yarns[settings.active_yarn] if 0 <= settings.active_yarn < len(settings.yarns) else None


class _OnYarn:
    """Operators that need a chosen yarn."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        cls.poll_message_set("Choose a yarn in the list first")
        return active_yarn(context) is not None and can_edit(cls, context)


class FABRIC_OT_yarn_add(Operator):
    bl_idname = "fabric.yarn_add"
    bl_label = "Add Yarn"
    bl_description = "Add a yarn to the list; give it to ends and picks in the draft editor"
    bl_options = {"REGISTER", "UNDO"}

    library: StringProperty(name="Library Yarn", description="Name of a library yarn; empty for a default one")

    @classmethod
    def poll(cls, context):
        cls.poll_message_set("There is no scene")
        return context.scene is not None and can_edit(cls, context)

    @reported
    def execute(self, context):
        settings = active_settings(context)
        source = library_entry(self.library).yarn if self.library else None
        name = yarn_list.unique_name(settings, self.library or "yarn")
        damping = settings.cloth.damping  # the cloth's, of all yarns
        item = settings.yarns.add()
        if source is not None:
            item.take(source)
        item.name, item.damping = name, damping
        settings.active_yarn = len(settings.yarns) - 1
        return {"FINISHED"}


class FABRIC_OT_yarn_duplicate(_OnYarn, Operator):
    bl_idname = "fabric.yarn_duplicate"
    bl_label = "Duplicate Yarn"
    bl_description = "Add a copy of the chosen yarn"

    @reported
    def execute(self, context):
        settings = active_settings(context)
        yarn_list.add_copy(settings, settings.active_yarn)
        return {"FINISHED"}


class FABRIC_OT_yarn_remove(_OnYarn, Operator):
    bl_idname = "fabric.yarn_remove"
    bl_label = "Remove Yarn"
    bl_description = "Remove the chosen yarn; where the weave uses it, the one before it takes its place"

    @classmethod
    def poll(cls, context):
        cls.poll_message_set("A fabric needs at least one yarn")
        several = active_yarn(context) is not None and len(active_settings(context).yarns) > 1
        return several and can_edit(cls, context)

    @reported
    def execute(self, context):
        settings = active_settings(context)
        name = settings.yarns[settings.active_yarn].name
        heir = yarn_list.remove(settings, settings.active_yarn)
        if heir is not None:
            self.report({"INFO"}, f"Where {name} was, the weave now has {heir}")
        return {"FINISHED"}


class FABRIC_OT_yarn_move(_OnYarn, Operator):
    bl_idname = "fabric.yarn_move"
    bl_label = "Move Yarn"
    bl_description = "Move the chosen yarn in the list; the cloth stays as it is"

    direction: EnumProperty(name="Direction", items=(("UP", "Up", ""), ("DOWN", "Down", "")))

    @reported
    def execute(self, context):
        settings = active_settings(context)
        to = settings.active_yarn + (1 if self.direction == "DOWN" else -1)
        if not 0 <= to < len(settings.yarns):
            return {"CANCELLED"}
        yarn_list.move(settings, settings.active_yarn, to)
        return {"FINISHED"}


class FABRIC_OT_yarn_remove_unused(Operator):
    bl_idname = "fabric.yarn_remove_unused"
    bl_label = "Remove Unused Yarns"
    bl_description = "Remove the yarns that the weave does not use"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        cls.poll_message_set("There are no yarns")
        return bool(active_settings(context).yarns) and can_edit(cls, context)

    @reported
    def execute(self, context):
        settings = active_settings(context)
        unused = sorted({*range(len(settings.yarns))} - yarn_list.used(settings))
        for index in reversed(unused):
            if len(settings.yarns) > 1:
                yarn_list.remove(settings, index)
        self.report({"INFO"}, f"Removed {len(unused)} yarns" if unused else "The weave uses every yarn")
        return {"FINISHED"} if unused else {"CANCELLED"}


class FABRIC_OT_yarn_load(_OnYarn, Operator):
    bl_idname = "fabric.yarn_load"
    bl_label = "Load Yarn"
    bl_description = "Set the chosen yarn to the values of a library yarn; its colour is kept"

    library: StringProperty(name="Library Yarn")

    @classmethod
    def description(cls, context, properties):
        try:
            described = library_entry(properties.library).description
        except SceneError:  # an operator in the search menu has no yarn yet
            described = "a yarn of the library"
        return f"{described}. Replaces the chosen yarn's numbers; its colour stays"

    @reported
    def execute(self, context):
        settings, source = active_settings(context), library_entry(self.library).yarn
        item = settings.yarns[settings.active_yarn]
        color = tuple(item.color)
        item.name = ""  # its own is free
        name = yarn_list.unique_name(settings, self.library)
        item.take(source)
        item.name, item.color = name, color
        return {"FINISHED"}


class FABRIC_MT_yarn_library(bpy.types.Menu):
    bl_label = "Library"
    bl_idname = "FABRIC_MT_yarn_library"
    bl_description = "Yarns of the library, with typical values for cotton, wool, silk, ..."

    def draw(self, context):
        for name in library_names():
            text = name.replace("-", " ").capitalize()
            self.layout.operator("fabric.yarn_load", text=text).library = name


CLASSES = (
    FABRIC_OT_yarn_add,
    FABRIC_OT_yarn_duplicate,
    FABRIC_OT_yarn_remove,
    FABRIC_OT_yarn_move,
    FABRIC_OT_yarn_remove_unused,
    FABRIC_OT_yarn_load,
    FABRIC_MT_yarn_library,
)

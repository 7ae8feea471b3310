"""Finding fabrics from what is active or selected in Blender, and the settings that are edited there."""

from __future__ import annotations

import bpy

from .objects.yarn_objects import YARN
from .settings.fabric_settings import FabricSettings


def fabric_object(context: bpy.types.Context) -> bpy.types.Object | None:
    """The built fabric that is active, or one of whose yarns is; None where there is none."""
    return fabric_of(context.view_layer.objects.active)


def fabric_of(obj: bpy.types.Object | None) -> bpy.types.Object | None:
    """The fabric that an object is, or is a yarn of; None for any other, such as a lamp that is parented to one."""
    if obj is None or obj.fabric.built:
        return obj
    return obj.parent if YARN in obj and obj.parent is not None and obj.parent.fabric.built else None


def active_settings(context: bpy.types.Context) -> FabricSettings:
    """Settings that panels show and operators edit: the active fabric's, or else those of the next one."""
    fabric = fabric_object(context)
    return context.scene.fabric if fabric is None else fabric.fabric


def touched(context: bpy.types.Context) -> list[bpy.types.Object]:
    """Fabrics of which anything is selected or active, the active one last."""
    chosen = [*context.selected_objects, context.view_layer.objects.active]
    found = {fabric_of(each): None for each in chosen}
    return [each for each in found if each is not None]

"""All settings of a fabric: `scene.fabric` for the next one, `object.fabric` for one that was built."""

import bpy
from bpy.props import BoolProperty, CollectionProperty, IntProperty, PointerProperty, StringProperty
from bpy.types import PropertyGroup

from ...handler_lists import add_handler, remove_handler
from .cloth_settings import ClothSettings
from .collision_settings import CollisionSettings
from .export_settings import ExportSettings
from .fit_settings import FitSettings
from .simulation_settings import SimulationSettings
from .weave_settings import WeaveSettings
from .yarn_settings import YarnSettings, add_default_yarns


class FabricSettings(PropertyGroup):
    """What a fabric is made of, and what is done with it."""

    built: BoolProperty(description="Whether this object is a fabric")
    identity: StringProperty(description="Names this fabric's files beside the blend file; given when it is built")
    weave: PointerProperty(type=WeaveSettings)
    yarns: CollectionProperty(type=YarnSettings)
    active_yarn: IntProperty(name="Active Yarn")
    cloth: PointerProperty(type=ClothSettings)
    collision: PointerProperty(type=CollisionSettings)
    simulation: PointerProperty(type=SimulationSettings)
    fit: PointerProperty(type=FitSettings)
    export: PointerProperty(type=ExportSettings)


def attach() -> None:
    bpy.types.Scene.fabric = PointerProperty(type=FabricSettings, name="Fabric")
    bpy.types.Object.fabric = PointerProperty(type=FabricSettings, name="Fabric")
    add_handler("load_post", _give_defaults)
    if hasattr(bpy.data, "scenes"):  # not while Blender itself starts up
        _give_defaults()


def detach() -> None:
    remove_handler("load_post", _give_defaults)
    if bpy.app.timers.is_registered(_give_missing):
        bpy.app.timers.unregister(_give_missing)
    del bpy.types.Object.fabric
    del bpy.types.Scene.fabric


@bpy.app.handlers.persistent
def _give_defaults(*_) -> None:
    for scene in bpy.data.scenes:
        give_defaults(scene.fabric)


def give_defaults(settings: FabricSettings) -> None:
    """Yarns, where there are none yet. Not while a panel is drawn: Blender allows no changes there."""
    if not settings.yarns:
        add_default_yarns(settings)


def want_defaults(settings: FabricSettings) -> None:
    """For panels, which may not change anything themselves: a new scene has its yarns a moment after it is first seen.

    So has one where the add-on's being switched on was undone.
    """
    if not settings.yarns and not bpy.app.timers.is_registered(_give_missing):
        bpy.app.timers.register(_give_missing)


def _give_missing() -> None:
    _give_defaults()
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            area.tag_redraw()


def copy_settings(source: PropertyGroup, target: PropertyGroup) -> None:
    """Give `target` all values of `source`, a group of the same kind."""
    for prop in source.bl_rna.properties:
        name = prop.identifier
        if name in ("rna_type", "name") and prop.is_readonly:
            continue
        if prop.is_skip_save:  # others keep its value
            continue
        if prop.type == "POINTER" and isinstance(getattr(source, name), PropertyGroup):
            copy_settings(getattr(source, name), getattr(target, name))
        elif prop.type == "COLLECTION":
            there = getattr(target, name)
            there.clear()
            for item in getattr(source, name):
                copy_settings(item, there.add())
        elif not prop.is_readonly:
            setattr(target, name, getattr(source, name))

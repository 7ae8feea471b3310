"""What the add-on has in Blender, for tests that nothing is left behind."""

from __future__ import annotations

import bpy


def left_behind() -> list[str]:
    """What of the add-on is still known to Blender, in words."""
    found = [f"{kind.__name__}.fabric" for kind in (bpy.types.Scene, bpy.types.Object) if hasattr(kind, "fabric")]
    bases = (bpy.types.PropertyGroup, bpy.types.Operator, bpy.types.Panel, bpy.types.Menu, bpy.types.UIList)
    found += [
        f"class {each.__name__}"
        for base in bases
        for each in base.__subclasses__()
        if _is_ours(each) and each.is_registered
    ]
    found += [name for name in dir(bpy.types) if name.startswith("FABRIC_")]
    for name in dir(bpy.app.handlers):
        handlers = getattr(bpy.app.handlers, name)
        found += [f"handler {name}" for each in handlers if _is_ours(each)] if isinstance(handlers, list) else []
    for name in dir(bpy.types):
        drawn = getattr(getattr(getattr(bpy.types, name), "draw", None), "_draw_funcs", ())
        found += [f"entry in {name}" for each in drawn if _is_ours(each)]
    return found


def _is_ours(thing: object) -> bool:
    return str(getattr(thing, "__module__", "")).startswith("blender_addon")

"""Which objects of Blender's scene are compared: an artist picks what is seen, or the parent of what was imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from warp_fabric import TargetError

from ..fabric.active import fabric_of
from .shapes import SHAPES

if TYPE_CHECKING:
    from ..fabric.settings.fit_settings import FitSettings


def target_objects(obj: bpy.types.Object, fit: FitSettings) -> list[bpy.types.Object]:
    """The objects that a fabric's target consists of: markers, which are empties, or shapes.

    Raises:
        TargetError: where there is none.
    """
    if fit.kind == "COLLECTION":
        markers = [each for each in fit.markers.all_objects if each.type == "EMPTY"] if fit.markers else []
        if not markers:
            fix = "choose one in the Fit panel"
            raise TargetError("no collection with empties is chosen", where="Target", fix=fix)
        return markers
    target = fit.target
    if target is None:
        raise TargetError("no target is chosen", where="Target", fix="choose an object in the Fit panel")
    target = fabric_of(target) or target  # the eyedropper finds yarns of a fabric
    if target == obj:
        raise TargetError("a fabric cannot be its own target", where=obj.name, fix="choose another object")
    if target.type in SHAPES:
        return [target]
    found = _parts(target)
    if found:
        return found
    if target.type == "EMPTY":
        fix = "choose the parent of marker empties or of imported meshes and curves, or one of these"
        raise TargetError("it has neither empties nor shapes as children", where=target.name, fix=fix)
    kind = target.bl_rna.properties["type"].enum_items[target.type].name.lower()
    fix = "choose a mesh, curves, a fabric, or the parent of marker empties or of what was imported"
    raise TargetError(f"a {kind} is nothing to compare with", where=target.name, fix=fix)


def _parts(parent: bpy.types.Object) -> list[bpy.types.Object]:
    """What of a parent's children is compared: its one mesh or all its curves, else its empties as markers.

    A USD or Alembic file is imported as empties with meshes and curves somewhere below.
    """
    shapes = [each for each in parent.children_recursive if each.type in SHAPES]
    meshes = [each for each in shapes if each.type == "MESH"]
    if len(meshes) == 1:
        return meshes
    curves = [each for each in shapes if each.type != "MESH"]
    markers = [each for each in parent.children if each.type == "EMPTY"]
    return markers if meshes or not curves else curves  # many meshes are what markers look like

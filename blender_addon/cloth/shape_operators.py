"""Cutting a fabric to a shape, and making it whole again."""

from __future__ import annotations

import numpy as np
from bpy.types import Context, Object, Operator

from warp_fabric import SceneError, scene

from ..fabric.active import active_settings, fabric_object, fabric_of, touched
from ..fabric.building import rebuild
from ..fabric.design.cut_shape import exact_loops, shape_of_loops, shape_of_mask
from ..fabric.design.fabric_description import rest_scene, spacing
from ..fabric.objects.surface import crossings
from ..fabric.objects.vertex_groups import group_members
from ..fabric.scene.cutter import SHAPES, flat_loops, loops_of
from ..fabric.scene.environment import metres
from ..operator import in_object_mode, is_local, reported

HANGING = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""From the frame of a hanging fabric to that of a flat one: its picks go down."""


class FABRIC_OT_cut_to_shape(Operator):
    """Cut to a selected object."""

    bl_idname = "fabric.cut_to_shape"
    bl_label = "Cut to Shape"
    bl_description = (
        "Keep the part of the cloth that lies inside a flat mesh or a closed curve: select the fabric and that object, "
        "which lies on the cloth, with holes as it has them. Without a fabric selected, the next one gets its size and "
        "shape"
    )
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        if not in_object_mode(cls, context):
            return False
        if len(_shapes(context)) != 1:
            cls.poll_message_set("Select a flat mesh or a closed curve too: the shape to cut to")
            return False
        return _is_free(cls, context)

    @reported
    def execute(self, context):
        (shape,), obj = _shapes(context), _fabric(context)
        graph = context.evaluated_depsgraph_get()
        loops = loops_of(shape.evaluated_get(graph))
        if obj is None:
            cut_next(context, shape, loops)
            return {"FINISHED"}
        cut_built(obj, loops, np.array(obj.evaluated_get(graph).matrix_world), shape.name)
        return {"FINISHED"}


class FABRIC_OT_cut_to_group(Operator):
    """Cut to the active vertex group."""

    bl_idname = "fabric.cut_to_group"
    bl_label = "Cut to Group"
    bl_description = "Keep the crossings of the surface's active vertex group, and cut off all others"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        obj = _fabric(context)
        if obj is None or not obj.vertex_groups:
            cls.poll_message_set("Select a fabric whose surface has a vertex group of the crossings to keep")
            return False
        return in_object_mode(cls, context) and _is_free(cls, context)

    @reported
    def execute(self, context):
        obj = _fabric(context)
        assert obj is not None  # see poll
        group, cloth = obj.vertex_groups.active or obj.vertex_groups[0], obj.fabric.cloth
        kept = crossings(obj.data, cloth.ends)[group_members(obj, group)]
        present = np.zeros(cloth.ends * cloth.picks, bool)
        present[kept[(kept >= 0) & (kept < present.size)]] = True
        _cut(obj, shape_of_mask(present.reshape(cloth.picks, cloth.ends)))
        return {"FINISHED"}


class FABRIC_OT_whole_cloth(Operator):
    """Take a cut back."""

    bl_idname = "fabric.whole_cloth"
    bl_label = "Whole Cloth"
    bl_description = "Make the cloth whole again: all of its ends and picks from edge to edge"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        if not active_settings(context).cloth.shape:
            cls.poll_message_set("The cloth is whole")
            return False
        obj = fabric_object(context)
        return in_object_mode(cls, context) and is_local(cls, obj or context.scene)

    @reported
    def execute(self, context):
        obj = fabric_object(context)
        if obj is None:
            context.scene.fabric.cloth.shape = ""
        else:
            _cut(obj, "")
        return {"FINISHED"}


def cut_built(obj: Object, loops: list[np.ndarray], world: np.ndarray, name: str) -> None:
    """Cut a built fabric.

    Args:
        obj: The fabric. world: [4, 4] where it is.
        loops: [n, 3] of the shape, in the world.
        name: Of the shape, for messages.

    Raises:
        SceneError: where the shape is not flat, not along the cloth, or leaves nothing of it; nothing is changed then.
    """
    settings = obj.fabric
    whole = rest_scene(settings).build()
    into = np.linalg.inv(world)
    into[:3, 3] -= whole.position[0, 0]
    if settings.cloth.pose == "HANGING":
        into[:3] = HANGING @ into[:3]
    flat = flat_loops(loops, into, name)
    _cut(obj, shape_of_loops(flat, settings.cloth, whole.end_spacing, whole.pick_spacing))


def cut_next(context: Context, shape: Object, loops: list[np.ndarray]) -> None:
    """Give the next fabric the size and shape of an object, whose x is across its ends.

    Raises:
        SceneError: where the shape is not flat along its own x and y, or no cloth; nothing is changed then.
    """
    settings = context.scene.fabric
    place = np.array(shape.matrix_world.normalized())
    into = np.linalg.inv(place)
    into[:3] *= metres(context)
    flat, cloth = flat_loops(loops, into, shape.name), settings.cloth
    apart = spacing(cloth.end_sett), spacing(cloth.pick_sett)
    laid = scene.FabricSettings(outline=exact_loops(flat), end_spacing=apart[0], pick_spacing=apart[1])
    assert laid.outline is not None
    before = cloth.ends, cloth.picks, cloth.shape
    cloth.ends, cloth.picks = laid.ends, laid.picks
    cloth.shape = shape_of_loops([np.array(loop) for loop in laid.outline], cloth, *apart)
    try:
        rest_scene(settings)
    except SceneError:
        cloth.ends, cloth.picks, cloth.shape = before
        raise


def _cut(obj: Object, shape: str) -> None:
    """Have a fabric's settings say so, and build it again."""
    cloth = obj.fabric.cloth
    before, cloth.shape = cloth.shape, shape
    try:
        rebuild(obj)
    except SceneError:
        cloth.shape = before
        raise


def _fabric(context: Context) -> Object | None:
    """The fabric that is cut: the only one that is selected or active."""
    found = touched(context)
    found = [each for each in found if each.fabric.built]
    return found[0] if len(found) == 1 else None


def _shapes(context: Context) -> list[Object]:
    """Selected objects that are no part of a fabric, and may be a shape."""
    chosen = {*context.selected_objects, *filter(None, [context.view_layer.objects.active])}
    return [each for each in chosen if each.type in SHAPES and not _is_part(each)]


def _is_part(obj: Object) -> bool:
    fabric = fabric_of(obj)
    return fabric is not None and fabric.fabric.built


def _is_free(operator: type[Operator], context: Context) -> bool:
    if len({each for each in touched(context) if each.fabric.built}) > 1:
        operator.poll_message_set("Select a single fabric")
        return False
    return is_local(operator, _fabric(context) or context.scene)


CLASSES = (FABRIC_OT_cut_to_shape, FABRIC_OT_cut_to_group, FABRIC_OT_whole_cloth)

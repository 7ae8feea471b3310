"""Building a fabric as objects, building it again after its settings have changed, deleting it."""

from __future__ import annotations

import bpy
import numpy as np
from mathutils import Matrix

from warp_fabric.fabric import Fabric
from warp_fabric.layout import Layout

from .design.fabric_description import MADE_AS, fingerprint, rest_scene, size
from .files.cache import detach_cache, stop
from .files.ownership import claim_identity
from .objects.rigid_motion import STILL, RigidMotion, rigid_motion_between
from .objects.surface import carried_over, coordinates, corners, crossings, fill_surface, off_rest
from .objects.tubes import MOST_TUBES, show_tubes
from .objects.vertex_groups import follow_names, group_members
from .objects.yarn_material import give_materials
from .objects.yarn_objects import own_data, place_yarns, yarn_objects
from .scene.environment import metres
from .settings.fabric_settings import FabricSettings, copy_settings

PINS = "Pins"
"""The vertex group of a new fabric's pin."""
BUILT_SIZE = "fabric_built_size"
"""Custom property of a fabric: picks and ends that its surface was built with."""


def build(context: bpy.types.Context, settings: FabricSettings) -> bpy.types.Object:
    """Make a fabric, select it and make it active.

    Raises:
        SceneError: where its settings do not fit each other; nothing is made then.
    """
    fabric = rest_scene(settings).build()
    mesh = bpy.data.meshes.new("Fabric")
    obj = bpy.data.objects.new("Fabric", mesh)
    copy_settings(settings, obj.fabric)
    obj.fabric.built, obj.fabric.identity = True, ""
    simulation, fit = obj.fabric.simulation, obj.fabric.fit  # a copy of a fabric has been neither simulated nor fitted
    simulation.cache, simulation.frames, fit.folder, fit.result, fit.beside = "", 0, "", "", ""
    simulation.lead, simulation.panel = None, ""
    claim_identity(obj)
    context.collection.objects.link(obj)
    fill_surface(mesh, fabric)
    obj.scale = (1.0 / metres(context),) * 3
    obj.location = context.scene.cursor.location
    if settings.cloth.pose == "HANGING":
        obj.location.z += size(settings)[1] / metres(context)
    obj.display_type, obj.hide_render = "WIRE", True
    _pin(obj, settings, fabric.layout)
    if fabric.layout.count > MOST_TUBES:
        obj.fabric.cloth.tubes_viewport = False
    _finish(obj, fabric)
    _draw_widths(context.scene)
    for each in context.selected_objects:
        each.select_set(False)
    obj.select_set(True)
    context.view_layer.objects.active = obj
    return obj


def rebuild(obj: bpy.types.Object) -> None:
    """Make a fabric again; vertex groups keep their places on it.

    Raises:
        SceneError: where its settings do not fit each other; nothing is changed then.
    """
    fabric = rest_scene(obj.fabric).build()
    held = _held(obj, fabric.drawdown.shape)
    detach_cache(obj)
    obj.matrix_basis = obj.matrix_basis @ Matrix(_place(obj, fabric).matrix())  # it stays where it is seen
    own_data(obj)
    fill_surface(obj.data, fabric)
    obj.vertex_groups.clear()
    _hold(obj, held, fabric.layout)
    _finish(obj, fabric)


def parts(obj: bpy.types.Object) -> list[bpy.types.Object]:
    """The surface of a fabric, and its yarns."""
    return [obj, *yarn_objects(obj).values()]


def delete(obj: bpy.types.Object) -> None:
    """Delete a fabric with its yarns and their data; what else is parented to it stays where it is."""
    stop(obj)
    own = parts(obj)
    for each in obj.children:
        if each not in own:
            where = each.matrix_world.copy()
            each.parent = None
            each.matrix_world = where
    data = [each.data for each in own]
    bpy.data.batch_remove(own)
    bpy.data.batch_remove([each for each in data if not each.users])


def _finish(obj: bpy.types.Object, fabric: Fabric) -> None:
    obj[MADE_AS], obj[BUILT_SIZE] = fingerprint(obj.fabric), fabric.drawdown.shape
    follow_names(obj)
    place_yarns(obj, fabric)
    give_materials(obj)
    show_tubes(obj, yarn_objects(obj).values())


def _pin(obj: bpy.types.Object, settings: FabricSettings, layout: Layout) -> None:
    """Hold a new fabric as the one is held whose settings it has, else by its corners."""
    source, cloth = settings.id_data, obj.fabric.cloth
    if isinstance(source, bpy.types.Object) and source.vertex_groups:
        _hold(obj, _held(source, (cloth.picks, cloth.ends)), layout)
        return
    _hold(obj, {PINS: _nearest(corners(cloth.picks, cloth.ends, cloth.pose), layout)}, layout)
    for index in reversed(range(1, len(cloth.pins))):
        cloth.pins.remove(index)
    if not cloth.pins:
        cloth.pins.add()
    cloth.pins[0].group = PINS


def _held(obj: bpy.types.Object, after: tuple[int, int]) -> dict[str, list[int]]:
    """The crossings in each vertex group of a fabric, for one of another size (picks, ends)."""
    before = tuple(obj[BUILT_SIZE])
    which = crossings(obj.data, before[1])
    groups = {each.name: which[group_members(obj, each)] for each in obj.vertex_groups}
    count = before[0] * before[1]
    return {name: carried_over(each[(each >= 0) & (each < count)], before, after) for name, each in groups.items()}


def _hold(obj: bpy.types.Object, held: dict[str, list[int]], layout: Layout) -> None:
    """Make vertex groups of these crossings, as far as they are there."""
    for name, numbers in held.items():
        group = obj.vertex_groups.new(name=name)
        vertices = layout.node.reshape(-1)[np.array(numbers, int)]
        if (vertices >= 0).any():
            group.add(vertices[vertices >= 0].tolist(), 1.0, "REPLACE")


def _nearest(numbers: list[int], layout: Layout) -> list[int]:
    """The crossings nearest to these, which may be cut off."""
    places = (layout.nearest(*divmod(number, layout.shape[1])) for number in numbers)
    return sorted({pick * layout.shape[1] + end for pick, end in places})


def _place(obj: bpy.types.Object, fabric: Fabric) -> RigidMotion:
    """Where a fabric's surface has been brought within its object, as by applying its rotation or moving its origin."""
    points = coordinates(obj.data)
    if obj[MADE_AS] != fingerprint(obj.fabric) or len(points) != fabric.layout.count or not off_rest(points, fabric):
        return STILL
    found = rigid_motion_between(points, fabric.layout.packed(fabric.position))
    return STILL if off_rest(found.back(points), fabric) else found


def _draw_widths(scene: bpy.types.Scene) -> None:
    """Where yarns are drawn as curves, they are as wide as they are, and round in Cycles."""
    scene.render.hair_type = "STRIP"
    if hasattr(scene, "cycles_curves"):  # Cycles can be switched off
        scene.cycles_curves.shape = "THICK"

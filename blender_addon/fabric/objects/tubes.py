"""Round yarns: what draws curves as flat ribbons (the viewport, Eevee) is given tubes beside them.

A modifier adds the tubes and leaves the curves as they are: Cycles draws these round by itself. So fabrics follow the
scene's render engine: when it is chosen, also by undoing, in opened files, before each render.
"""

from __future__ import annotations

import bpy

from ...handler_lists import add_handler, remove_handler
from .yarn_objects import YARN

MODIFIER = "Round Yarns"
SIDES = 8
ALONG, TANGENT = "fabric_along", "fabric_tangent"
"""Attributes of the tubes, for materials: how far along its yarn a point lies, 0 to 1, and the yarn's direction."""
MATERIAL = "Material"
"""The node tree's input for what tubes are made of, which a mesh beside curves does not take over from them."""
MOST_TUBES = 3600
"""Up to so many crossings a new fabric has tubes in the viewport: they play at 24 frames a second and better, as
measured on two cores, where 6400 do not always."""

_owner = object()
"""Of the subscription to the engine's changes."""
UNDOING = ("undo_post", "redo_post")
"""An undo step holds the fabrics as they were before they were told of its engine."""


def show_tubes(obj: bpy.types.Object, yarns) -> None:
    """Give each of a fabric's yarn objects its tubes, shown in the viewport where the fabric's settings say so.

    Args:
        obj: The fabric. yarns: Its yarn objects.
    """
    for each in yarns:
        modifier = each.modifiers.get(MODIFIER)
        if modifier is None:
            modifier = each.modifiers.new(MODIFIER, "NODES")
            modifier.node_group = _tree()
        modifier.show_viewport = obj.fabric.cloth.tubes_viewport
        modifier.show_render = _draws_flat(bpy.context.scene)
        sockets = {socket.name: socket.identifier for socket in modifier.node_group.interface.items_tree}
        modifier[sockets[MATERIAL]] = each.active_material


def follow_engine(scene: bpy.types.Scene) -> None:
    """Have all fabrics of a scene rendered as its engine needs them."""
    for obj in scene.objects:
        modifier = obj.modifiers.get(MODIFIER) if YARN in obj else None
        if modifier is not None and modifier.show_render != _draws_flat(scene):
            modifier.show_render = not modifier.show_render


def _draws_flat(scene: bpy.types.Scene) -> bool:
    return scene.render.engine != "CYCLES"


def _tree() -> bpy.types.NodeTree:
    """Tubes through a curve's points, as wide as it is, and the curve itself; one node tree for all fabrics.

    The curve is left no width: its ribbon, which Blender draws through fewer points, would show between the tubes.
    """
    tree = bpy.data.node_groups.get(MODIFIER)
    if tree is not None:
        return tree
    tree = bpy.data.node_groups.new(MODIFIER, "GeometryNodeTree")
    for direction in ("INPUT", "OUTPUT"):
        tree.interface.new_socket("Geometry", in_out=direction, socket_type="NodeSocketGeometry")

    tree.interface.new_socket(MATERIAL, in_out="INPUT", socket_type="NodeSocketMaterial")

    def node(kind: str, column: int, row: int = 0) -> bpy.types.Node:
        made = tree.nodes.new(kind)
        made.location = (200 * column, -200 * row)
        return made

    def kept(name: str, data_type: str, column: int) -> bpy.types.Node:
        made = node("GeometryNodeStoreNamedAttribute", column)
        made.data_type, made.inputs["Name"].default_value = data_type, name
        return made

    given, straight = node("NodeGroupInput", 0), node("GeometryNodeSetSplineResolution", 1)
    share, direction = node("GeometryNodeSplineParameter", 1, 2), node("GeometryNodeInputTangent", 2, 2)
    along, tangent = kept(ALONG, "FLOAT", 2), kept(TANGENT, "FLOAT_VECTOR", 3)
    circle, tubes = node("GeometryNodeCurvePrimitiveCircle", 3, 1), node("GeometryNodeCurveToMesh", 4)
    smooth, dyed = node("GeometryNodeSetShadeSmooth", 5), node("GeometryNodeSetMaterial", 6)
    thin, both = node("GeometryNodeSetCurveRadius", 6, 1), node("GeometryNodeJoinGeometry", 7)
    result = node("NodeGroupOutput", 8)
    thin.inputs["Radius"].default_value, tubes.inputs["Fill Caps"].default_value = 0.0, True
    straight.inputs["Resolution"].default_value = 1
    circle.inputs["Resolution"].default_value, circle.inputs["Radius"].default_value = SIDES, 1.0
    links = [
        (given.outputs[0], straight.inputs["Geometry"]),
        (straight.outputs[0], along.inputs["Geometry"]),
        (share.outputs["Factor"], along.inputs["Value"]),
        (along.outputs[0], tangent.inputs["Geometry"]),
        (direction.outputs[0], tangent.inputs["Value"]),
        (tangent.outputs[0], tubes.inputs["Curve"]),
        (circle.outputs["Curve"], tubes.inputs["Profile Curve"]),
        (tubes.outputs[0], smooth.inputs["Geometry"]),
        (smooth.outputs[0], dyed.inputs["Geometry"]),
        (given.outputs[MATERIAL], dyed.inputs["Material"]),
        (dyed.outputs[0], both.inputs[0]),
        (given.outputs[0], thin.inputs[0]),
        (thin.outputs[0], both.inputs[0]),
        (both.outputs[0], result.inputs[0]),
    ]
    if "Scale" in tubes.inputs:  # before Blender 4.4 a curve's radius scales its profile by itself
        links.append((node("GeometryNodeInputRadius", 3, 2).outputs[0], tubes.inputs["Scale"]))
    for output, entry in links:
        tree.links.new(output, entry)
    return tree


@bpy.app.handlers.persistent
def _chosen(*_) -> None:
    for scene in bpy.data.scenes:
        follow_engine(scene)


@bpy.app.handlers.persistent
def _opened(*_) -> None:
    _subscribe()  # opening a file ends subscriptions
    _chosen()


@bpy.app.handlers.persistent
def _renders(scene: bpy.types.Scene, *_) -> None:
    """For scripts, which are not told of changes before they end; and for a fabric that is in several scenes."""
    follow_engine(scene)


def _subscribe() -> None:
    bpy.msgbus.subscribe_rna(key=(bpy.types.RenderSettings, "engine"), owner=_owner, args=(), notify=_chosen)


def attach() -> None:
    add_handler("load_post", _opened)
    add_handler("render_init", _renders)
    for name in UNDOING:
        add_handler(name, _chosen)
    _subscribe()


def detach() -> None:
    bpy.msgbus.clear_by_owner(_owner)
    for name in UNDOING:
        remove_handler(name, _chosen)
    remove_handler("render_init", _renders)
    remove_handler("load_post", _opened)

"""Round yarns: what draws curves as flat ribbons (the viewport, Eevee) is given tubes beside them.

A modifier adds the tubes and leaves the curves as they are: Cycles draws these round by itself.
"""

from __future__ import annotations

import bpy

MODIFIER = "Round Yarns"
SIDES = 8
MOST_TUBES = 6400
"""Up to so many crossings a new fabric has tubes in the viewport: more would slow down playing."""


def show_tubes(obj: bpy.types.Object, yarns) -> None:
    """Give each of a fabric's yarn objects its tubes, shown where the fabric's settings say.

    Args:
        obj: The fabric. yarns: Its yarn objects.
    """
    cloth = obj.fabric.cloth
    for each in yarns:
        modifier = each.modifiers.get(MODIFIER)
        if modifier is None:
            if not (cloth.tubes_viewport or cloth.tubes_render):
                continue
            modifier = each.modifiers.new(MODIFIER, "NODES")
            modifier.node_group = _tree()
        modifier.show_viewport, modifier.show_render = cloth.tubes_viewport, cloth.tubes_render


def _tree() -> bpy.types.NodeTree:
    """Tubes through a curve's points, as wide as it is, and the curve itself; one node tree for all fabrics."""
    tree = bpy.data.node_groups.get(MODIFIER)
    if tree is not None:
        return tree
    tree = bpy.data.node_groups.new(MODIFIER, "GeometryNodeTree")
    for direction in ("INPUT", "OUTPUT"):
        tree.interface.new_socket("Geometry", in_out=direction, socket_type="NodeSocketGeometry")

    def node(kind: str, column: int, row: int = 0) -> bpy.types.Node:
        made = tree.nodes.new(kind)
        made.location = (200 * column, -200 * row)
        return made

    given, straight = node("NodeGroupInput", 0), node("GeometryNodeSetSplineResolution", 1)
    circle, tubes = node("GeometryNodeCurvePrimitiveCircle", 1, 1), node("GeometryNodeCurveToMesh", 2)
    smooth, both = node("GeometryNodeSetShadeSmooth", 3), node("GeometryNodeJoinGeometry", 4)
    result = node("NodeGroupOutput", 5)
    straight.inputs["Resolution"].default_value = 1
    circle.inputs["Resolution"].default_value, circle.inputs["Radius"].default_value = SIDES, 1.0
    links = [
        (given.outputs[0], straight.inputs["Geometry"]),
        (straight.outputs[0], tubes.inputs["Curve"]),
        (circle.outputs["Curve"], tubes.inputs["Profile Curve"]),
        (tubes.outputs[0], smooth.inputs["Geometry"]),
        (smooth.outputs[0], both.inputs[0]),
        (given.outputs[0], both.inputs[0]),
        (both.outputs[0], result.inputs[0]),
    ]
    if "Scale" in tubes.inputs:  # before Blender 4.4 a curve's radius scales its profile by itself
        links.append((node("GeometryNodeInputRadius", 1, 2).outputs[0], tubes.inputs["Scale"]))
    for output, entry in links:
        tree.links.new(output, entry)
    return tree

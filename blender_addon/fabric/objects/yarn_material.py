"""What yarns look like: one material for each, of spun fibres, that Cycles and Eevee show alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from .tubes import ALONG, TANGENT, show_tubes
from .yarn_objects import SHARE, TURNS, YARN, own_data, yarn_objects

if TYPE_CHECKING:
    from ..settings.fabric_settings import FabricSettings
    from ..settings.yarn_settings import YarnSettings

SHADER, COLOR = "Yarn", "Yarn Color"
"""Names of nodes in a yarn's material: its shader, and its colour."""
PLIES = 3.0
"""Furrows around a yarn."""
SHADE = 0.45
"""How much darker a furrow is."""


def give_materials(obj: bpy.types.Object) -> None:
    """A material for each yarn of a fabric that has none yet; both directions of a yarn share one."""
    made = {child[YARN]: child.data.materials[0] for child in yarn_objects(obj).values() if len(child.data.materials)}
    for (_, yarn), child in yarn_objects(obj).items():
        if not len(child.data.materials):
            if yarn not in made:
                made[yarn] = _yarn_material(obj.fabric.yarns[yarn].name)
            child.data.materials.append(made[yarn])
    refresh_materials(obj.fabric)


def refresh_materials(settings: FabricSettings) -> None:
    """Let a built fabric's materials show its yarns' colour, roughness and fuzz. The next fabric has none yet."""
    obj = settings.id_data
    if not (isinstance(obj, bpy.types.Object) and settings.built):
        return
    _own_materials(obj)
    for (_, yarn), child in yarn_objects(obj).items():
        if yarn < len(settings.yarns):
            for material in filter(None, child.data.materials):
                _show(material, settings.yarns[yarn])


def _own_materials(obj: bpy.types.Object) -> None:
    """A fabric that was duplicated has had its original's materials: it gets copies before they change."""
    yarns = yarn_objects(obj).values()
    others = (each for each in bpy.data.objects if YARN in each and each.parent and each not in yarns)
    theirs = {material for each in others if each.parent.fabric.built for material in each.data.materials}
    copies: dict[bpy.types.Material, bpy.types.Material] = {}
    for child in yarns:
        for slot, material in enumerate(child.data.materials):
            if material is not None and material in theirs:
                own_data(child)
                copies[material] = copies.get(material) or material.copy()
                child.data.materials[slot] = copies[material]
    if copies:
        show_tubes(obj, yarns)


def _show(material: bpy.types.Material, yarn: YarnSettings) -> None:
    material.diffuse_color, material.roughness = (*yarn.color, 1.0), yarn.roughness
    nodes = material.node_tree.nodes if material.node_tree else {}
    color, shader = nodes.get(COLOR), nodes.get(SHADER)
    if color is not None:  # else the artist has made it another one
        color.outputs[0].default_value = (*yarn.color, 1.0)
    if shader is not None:
        shader.inputs["Roughness"].default_value = yarn.roughness
        shader.inputs["Sheen Weight"].default_value = yarn.fuzz
        shader.inputs["Sheen Tint"].default_value = (*(0.5 + 0.5 * each for each in yarn.color), 1.0)


def _yarn_material(name: str) -> bpy.types.Material:
    """Principled, and darker in furrows that wind around the yarn as its plies do."""
    material = bpy.data.materials.new(f"Yarn {name}")
    if not material.node_tree:
        material.use_nodes = True
    tree = material.node_tree
    tree.nodes.clear()

    def node(kind: str, x: float, y: float, **values) -> bpy.types.Node:
        made = tree.nodes.new(kind)
        made.location = (x, y)
        for key, value in values.items():
            setattr(made, key, value)
        return made

    def calculated(operation: str, x: float, y: float, *sources) -> bpy.types.NodeSocket:
        made = node("ShaderNodeMath", x, y, operation=operation)
        for socket, source in zip(made.inputs, sources):
            if isinstance(source, bpy.types.NodeSocket):
                tree.links.new(source, socket)
            else:
                socket.default_value = source
        return made.outputs[0]

    def product(operation: str, x: float, y: float, *sources: bpy.types.NodeSocket) -> bpy.types.Node:
        made = node("ShaderNodeVectorMath", x, y, operation=operation)
        for socket, source in zip(made.inputs, sources):
            tree.links.new(source, socket)
        return made

    out = node("ShaderNodeOutputMaterial", 500, 0)
    shader = node("ShaderNodeBsdfPrincipled", 200, 0, name=SHADER)
    shader.inputs["Sheen Roughness"].default_value = 0.4
    shader.inputs["Specular IOR Level"].default_value = 0.2
    tree.links.new(shader.outputs["BSDF"], out.inputs["Surface"])
    # which way the surface looks around the yarn, as an angle from an axis that yarns are seldom parallel to
    geometry, hair = node("ShaderNodeNewGeometry", -1500, -300), node("ShaderNodeHairInfo", -1100, 100)
    axis = node("ShaderNodeCombineXYZ", -1500, -600)
    for socket, value in zip(axis.inputs, (0.5, 0.7, 0.3)):
        socket.default_value = value
    # of curves Blender knows these itself; tubes have attributes, which curves have not: their sum is right for both
    own_tangent = node("ShaderNodeAttribute", -1700, -300, attribute_name=TANGENT)
    own_along = node("ShaderNodeAttribute", -1100, -50, attribute_name=ALONG)
    curves_tangent = product("SCALE", -1500, -450, geometry.outputs["Tangent"])
    tree.links.new(hair.outputs["Is Strand"], curves_tangent.inputs["Scale"])
    tangent = product("ADD", -1400, -400, curves_tangent.outputs["Vector"], own_tangent.outputs["Vector"])
    normal = geometry.outputs["Normal"]
    aside = product("CROSS_PRODUCT", -1300, -500, tangent.outputs["Vector"], axis.outputs[0])
    across = product("CROSS_PRODUCT", -1100, -500, tangent.outputs["Vector"], aside.outputs["Vector"])
    first = product("DOT_PRODUCT", -900, -300, normal, aside.outputs["Vector"])
    second = product("DOT_PRODUCT", -900, -500, normal, across.outputs["Vector"])
    angle = calculated("ARCTAN2", -700, -400, second.outputs["Value"], first.outputs["Value"])
    turns = node("ShaderNodeAttribute", -1100, 200, attribute_type="OBJECT", attribute_name=TURNS)
    share = calculated("ADD", -1000, 50, hair.outputs["Intercept"], own_along.outputs["Fac"])
    part = node("ShaderNodeAttribute", -1100, 400, attribute_name=SHARE)
    own_turns = calculated("MULTIPLY", -1000, 300, turns.outputs["Fac"], part.outputs["Fac"])
    along = calculated("MULTIPLY", -900, 100, share, own_turns)
    wound = calculated("MULTIPLY_ADD", -700, 100, along, 6.2831853, angle)
    wave = calculated("SINE", -500, 0, calculated("MULTIPLY", -600, 100, wound, PLIES))
    light = calculated("MULTIPLY_ADD", -400, 0, wave, 0.5 * SHADE, 1.0 - 0.5 * SHADE)
    color = node("ShaderNodeRGB", -400, 200, name=COLOR)
    shaded = node("ShaderNodeVectorMath", -200, 100, operation="SCALE")
    tree.links.new(color.outputs[0], shaded.inputs[0])
    tree.links.new(light, shaded.inputs["Scale"])
    tree.links.new(shaded.outputs[0], shader.inputs["Base Color"])
    return material

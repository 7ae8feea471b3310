"""What yarns look like: one material for each, of spun fibres, that Cycles and Eevee show alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from .yarn_objects import TURNS, YARN, yarn_objects

if TYPE_CHECKING:
    from ..settings import FabricSettings
    from ..yarn.yarn_settings import YarnSettings

SHADER = "Yarn"
"""Name of the shader node in a yarn's material."""


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
    for (_, yarn), child in yarn_objects(obj).items():
        if yarn < len(settings.yarns):
            for material in filter(None, child.data.materials):
                _show(material, settings.yarns[yarn])


def _show(material: bpy.types.Material, yarn: YarnSettings) -> None:
    material.diffuse_color, material.roughness = (*yarn.color, 1.0), yarn.roughness
    shader = material.node_tree.nodes.get(SHADER) if material.node_tree else None
    if shader is not None:  # else the artist has made it another one
        shader.inputs["Base Color"].default_value = (*yarn.color, 1.0)
        shader.inputs["Roughness"].default_value = yarn.roughness
        shader.inputs["Sheen Weight"].default_value = yarn.fuzz
        shader.inputs["Sheen Tint"].default_value = (*(0.5 + 0.5 * each for each in yarn.color), 1.0)


def _yarn_material(name: str) -> bpy.types.Material:
    """Principled, with furrows that wind around the yarn as its fibres do."""
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

    def projected(x: float, y: float, first: bpy.types.NodeSocket, second: bpy.types.NodeSocket):
        made = node("ShaderNodeVectorMath", x, y, operation="DOT_PRODUCT")
        tree.links.new(first, made.inputs[0])
        tree.links.new(second, made.inputs[1])
        return made.outputs["Value"]

    out = node("ShaderNodeOutputMaterial", 500, 0)
    shader = node("ShaderNodeBsdfPrincipled", 200, 0, name=SHADER)
    shader.inputs["Sheen Roughness"].default_value = 0.4
    shader.inputs["Specular IOR Level"].default_value = 0.2
    tree.links.new(shader.outputs["BSDF"], out.inputs["Surface"])
    # which way the surface looks around the yarn, as an angle: its normal against the cloth's up and sideways
    geometry, hair = node("ShaderNodeNewGeometry", -1300, -300), node("ShaderNodeHairInfo", -1300, 0)
    up = node("ShaderNodeCombineXYZ", -1300, -550)
    up.inputs["Z"].default_value = 1.0
    sideways = node("ShaderNodeVectorMath", -1100, -400, operation="CROSS_PRODUCT")
    tree.links.new(geometry.outputs["Tangent"], sideways.inputs[0])
    tree.links.new(up.outputs[0], sideways.inputs[1])
    normal = geometry.outputs["Normal"]
    height = projected(-900, -500, normal, up.outputs[0])
    side = projected(-900, -300, normal, sideways.outputs[0])
    angle = calculated("ARCTAN2", -700, -400, height, side)
    turns = node("ShaderNodeAttribute", -1100, 200, attribute_type="OBJECT", attribute_name=TURNS)
    along = calculated("MULTIPLY", -900, 100, hair.outputs["Intercept"], turns.outputs["Fac"])
    wound = calculated("MULTIPLY_ADD", -700, 100, along, 6.2831853, angle)
    furrow = calculated("SINE", -500, 0, calculated("MULTIPLY", -600, 100, wound, 3.0))
    bump = node("ShaderNodeBump", -100, -200)
    bump.inputs["Strength"].default_value = 0.35
    bump.inputs["Distance"].default_value = 1e-4
    tree.links.new(furrow, bump.inputs["Height"])
    tree.links.new(bump.outputs["Normal"], shader.inputs["Normal"])
    return material

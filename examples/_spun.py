"""Yarns spun of fibres in the place of the add-on's smooth ones, and their picture by Cycles: for examples."""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

PLIES, FIBRES = 2, 40  # of each yarn, and of each ply
TURN = 5.0  # diameters of the yarn in one turn of its plies
LOFT = 1.35  # how much further than the yarn's own radius its fibres reach: wool blooms
FUZZ = 22  # loose fibre ends on each centimetre of yarn


def points(obj: bpy.types.Object) -> np.ndarray:
    """[points, 3] of a mesh or curves as they are at the scene's frame, in the object's own frame [m]."""
    data = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.attributes["position"].data
    flat = np.empty(3 * len(data), np.float32)
    data.foreach_get("vector", flat)
    return flat.reshape(-1, 3).astype(float)


def frames_along(lines: np.ndarray, across: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two unit vectors at each point of lines [n, points, 3], upright on the line and each other."""
    tangent = np.gradient(lines, axis=1)
    one = np.cross(tangent, across)
    one /= np.linalg.norm(one, axis=-1, keepdims=True)
    two = np.cross(tangent, one)
    return one, two / np.linalg.norm(two, axis=-1, keepdims=True)


def spun(lines: np.ndarray, across: np.ndarray, radius: float, rng: np.random.Generator) -> np.ndarray:
    """Fibres [n * PLIES * FIBRES, points, 3] of yarns [n, points, 3]: plies wind around the yarn, fibres in them."""
    one, two = (each[:, None, None] for each in frames_along(lines, across))
    along = np.linalg.norm(np.diff(lines, axis=1, prepend=lines[:, :1]), axis=-1).cumsum(axis=1)
    shape = (len(lines), PLIES, FIBRES, 1)
    turn = 2.0 * np.pi * along[:, None, None] / (TURN * 2.0 * radius)
    ply = turn + 2.0 * np.pi * np.arange(PLIES)[:, None, None] / PLIES
    bent = 1.0 + 0.15 * np.sin(turn * rng.uniform(0.2, 0.6, shape) + rng.uniform(0, 6.3, shape))
    fibre = -1.4 * turn + rng.uniform(0, 2 * np.pi, shape)
    inner, outer = 0.44 * LOFT * radius, 0.56 * LOFT * radius * np.sqrt(rng.uniform(0.05, 1.0, shape)) * bent
    offset = [(inner * f(ply) + outer * f(fibre))[..., None] for f in (np.cos, np.sin)]
    return (lines[:, None, None] + offset[0] * one + offset[1] * two).reshape(-1, *lines.shape[1:])


def loose(lines: np.ndarray, across: np.ndarray, radius: float, rng: np.random.Generator) -> np.ndarray:
    """Fibre ends [many, 6, 3] that stand off yarns [n, points, 3]."""
    one, two = frames_along(lines, across)
    length = np.linalg.norm(np.diff(lines, axis=1), axis=-1).sum()
    yarn, point = (rng.integers(0, count - 1, int(FUZZ * 100 * length)) for count in lines.shape[:2])
    angle, away = rng.uniform(0, 2 * np.pi, (len(yarn), 1)), rng.exponential(0.5, (len(yarn), 1))
    out = np.cos(angle) * one[yarn, point] + np.sin(angle) * two[yarn, point]
    side = np.cross(out, rng.normal(size=out.shape))
    ahead = lines[yarn, point + 1] - lines[yarn, point]
    ahead /= np.linalg.norm(ahead, axis=-1, keepdims=True)
    t = np.linspace(0.0, 1.0, 6)[:, None]
    curl = (t * ahead[:, None] * 1.5 + t**2 * side[:, None]) * (0.4 + away[:, None])
    return lines[yarn, point][:, None] + radius * (out[:, None] * (0.8 + t * (0.5 + away[:, None])) + curl)


def fibre_material(color: tuple[float, ...]) -> bpy.types.Material:
    """Matt wool, each fibre a little lighter or darker than the next."""
    material = bpy.data.materials.new("Fibres")
    material.use_nodes = True
    tree = material.node_tree
    shader = tree.nodes["Principled BSDF"]
    info, vary = tree.nodes.new("ShaderNodeHairInfo"), tree.nodes.new("ShaderNodeMapRange")
    vary.inputs["To Min"].default_value, vary.inputs["To Max"].default_value = 0.6, 1.35
    shade = tree.nodes.new("ShaderNodeHueSaturation")
    shade.inputs["Color"].default_value = (*color, 1.0)
    tree.links.new(info.outputs["Random"], vary.inputs["Value"])
    tree.links.new(vary.outputs["Result"], shade.inputs["Value"])
    tree.links.new(shade.outputs["Color"], shader.inputs["Base Color"])
    shader.inputs["Roughness"].default_value = 0.75
    shader.inputs["Specular IOR Level"].default_value = 0.25
    shader.inputs["Sheen Weight"].default_value = 0.1
    return material


def add_curves(fabric: bpy.types.Object, lines: np.ndarray, radius: float, material: bpy.types.Material) -> None:
    """Thin curves [n, points, 3] in the fabric's frame."""
    curves = bpy.data.hair_curves.new("fibres")
    curves.add_curves([lines.shape[1]] * len(lines))
    curves.attributes["position"].data.foreach_set("vector", lines.astype(np.float32).ravel())
    thin = np.linspace(1.0, 0.4, lines.shape[1]) if lines.shape[1] < 10 else np.ones(lines.shape[1])
    widths = np.tile((radius * thin).astype(np.float32), len(lines))
    curves.attributes.new("radius", "FLOAT", "POINT").data.foreach_set("value", widths)
    curves.materials.append(material)
    obj = bpy.data.objects.new("fibres", curves)
    obj.parent = fabric
    bpy.context.scene.collection.objects.link(obj)


def spin(fabric: bpy.types.Object, down: tuple[float, float, float]) -> int:
    """Put fibres in the place of the add-on's smooth yarns, at the scene's frame; how many.

    Args:
        down: The way that ends run, more or less.
    """
    rng, count = np.random.default_rng(1), 0
    for child in [each for each in fabric.children if each.type == "CURVES"]:
        yarn = fabric.fabric.yarns[child["fabric_yarn"]]
        lines = points(child).reshape(len(child.data.curves), -1, 3)
        radius = 0.5e-3 * yarn.diameter
        across = np.array([1.0, 0.0, 0.0] if child["fabric_direction"] == "end" else down)
        material = fibre_material(tuple(yarn.color))
        for fibres, width in ((spun(lines, across, radius, rng), 0.07), (loose(lines, across, radius, rng), 0.015)):
            add_curves(fabric, fibres, width * radius, material)
            count += len(fibres)
        child.hide_render = True
    return count


def add(name: str, data, location: Vector, target: Vector) -> bpy.types.Object:
    """An object at a place that looks at another."""
    obj = bpy.data.objects.new(name, data)
    obj.location, obj.rotation_euler = location, (target - location).to_track_quat("-Z", "Y").to_euler()
    bpy.context.scene.collection.objects.link(obj)
    return obj


def add_light(name: str, location: Vector, target: Vector, size: float, energy: float, color: tuple) -> None:
    """A soft lamp, as wide as `size` [m] and of so many watts."""
    light = bpy.data.lights.new(name, "AREA")
    light.size, light.energy, light.color = size, energy, color
    add(name, light, location, target)


def matt(name: str, color: tuple[float, float, float]) -> bpy.types.Material:
    """Paint without any gloss."""
    paint = bpy.data.materials.new(name)
    paint.use_nodes = True
    shader = paint.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value, shader.inputs["Roughness"].default_value = (*color, 1.0), 1.0
    return paint


def take_picture_from(location: Vector, target: Vector, lens: float, aperture: float) -> None:
    """A camera there, sharp at the target."""
    camera = bpy.data.cameras.new("camera")
    bpy.context.scene.camera = add("camera", camera, location, target)
    camera.lens, camera.clip_start = lens, 1e-3
    camera.dof.use_dof, camera.dof.aperture_fstop = True, aperture
    camera.dof.focus_distance = (location - target).length


def render(path: Path, fast: bool, samples: int = 32) -> None:
    """Let Cycles take the picture, with so many samples a pixel."""
    scene = bpy.context.scene
    picture, cycles = scene.render, scene.cycles
    picture.engine = "CYCLES"
    picture.resolution_x, picture.resolution_y = (480, 320) if fast else (1200, 800)
    cycles.samples, cycles.use_denoising = 16 if fast else samples, True
    cycles.adaptive_threshold = 0.05
    cycles.max_bounces, cycles.device = 3, "CPU"
    scene.cycles_curves.shape = "RIBBONS"  # fibres are too thin for more
    scene.view_settings.view_transform, scene.view_settings.look = "AgX", "AgX - Medium High Contrast"
    picture.filepath, picture.image_settings.file_format = str(path), "PNG"
    bpy.ops.render.render(write_still=True)


def check_picture(path: Path) -> None:
    """Say what is in a picture.

    Raises:
        AssertionError: where it is flat.
    """
    image = bpy.data.images.load(str(path.resolve()))
    light = np.array(image.pixels).reshape(-1, 4)[:, :3].mean(axis=1)
    dark, bright = np.quantile(light, (0.05, 0.95))
    assert bright - dark > 0.2, "the picture is not flat"
    print(f"{path}: {image.size[0]} x {image.size[1]}, light from {dark:.2f} to {bright:.2f}")

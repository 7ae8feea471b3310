"""Render a two-colour herringbone so close that one sees its yarns, all of it with the Blender add-on.

The add-on weaves a piece of blanket from `herringbone.wif`, hangs it by five points that draw together, and simulates
it in a process of its own. Then each yarn is spun of fibres, two plies of them, and Cycles takes the picture.

    pip install bpy      # for Python 3.11
    python examples/herringbone_render.py --plot herringbone.png

Takes some minutes on two processor cores; --fast makes a small, coarse picture.
"""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

import blender_addon
from warp_fabric import library_yarn

FOLDER = Path(__file__).parent
ENDS, PICKS = 57, 40
FRAMES, GATHERED = 20, 15  # the last frame is the picture's
PLIES, FIBRES = 2, 40  # of each yarn, and of each ply
TURN = 5.0  # diameters of the yarn in one turn of its plies
LOFT = 1.35  # how much further than the yarn's own radius its fibres reach: wool blooms
FUZZ = 22  # loose fibre ends on each centimetre of yarn


def weave() -> bpy.types.Object:
    """The fabric at rest: the draft's two colours, in thick and lofty wool."""
    scene = bpy.context.scene
    scene.render.fps, scene.frame_start, scene.frame_end = 24, 1, FRAMES
    bpy.ops.fabric.weave_import(filepath=str(FOLDER / "herringbone.wif"))
    bpy.ops.fabric.yarn_remove_unused()
    settings = scene.fabric
    for yarn in settings.yarns:
        yarn.diameter, yarn.tex, yarn.young_modulus = 1.9, 1600.0, 10.0
        yarn.bending_modulus = library_yarn("wool").bending_modulus * 1e3
    settings.cloth.ends, settings.cloth.picks = ENDS, PICKS
    settings.cloth.end_sett = settings.cloth.pick_sett = 10.0 / 3.5
    settings.cloth.shear_modulus, settings.cloth.wind_drag = 4e4, 0.4
    settings.simulation.substeps = 14
    bpy.ops.fabric.build()
    return bpy.context.object


def hang(fabric: bpy.types.Object) -> None:
    """Five points of the upper edge draw together, by turns to the front and to the back, so that it falls in folds."""
    scene = bpy.context.scene
    while fabric.fabric.cloth.pins:
        bpy.ops.fabric.pin_remove()
    last = ENDS - 1
    for name, ends, depth in (("front", (0, last // 2, last), -0.018), ("back", (last // 4, 3 * last // 4), 0.018)):
        hand = bpy.data.objects.new(name, None)
        hand.location = fabric.matrix_world.translation
        scene.collection.objects.link(hand)
        for frame, scale, y in ((1, 1.0, 0.0), (GATHERED, 0.62, depth)):
            hand.scale.x, hand.location.y = scale, y
            hand.keyframe_insert("scale", frame=frame)
            hand.keyframe_insert("location", frame=frame)
        group = fabric.vertex_groups.new(name=name)
        group.add([*ends], 1.0, "REPLACE")
        fabric.vertex_groups.active = group
        bpy.ops.fabric.pin_add()
        pin = fabric.fabric.cloth.pins[-1]
        pin.target, pin.stiffness = hand, 300.0
    scene.frame_set(1)


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


def spin(fabric: bpy.types.Object) -> int:
    """Put fibres in the place of the add-on's smooth yarns, at the scene's frame; how many."""
    rng, count = np.random.default_rng(1), 0
    for child in [each for each in fabric.children if each.type == "CURVES"]:
        yarn = fabric.fabric.yarns[child["fabric_yarn"]]
        lines = points(child).reshape(len(child.data.curves), -1, 3)
        radius = 0.5e-3 * yarn.diameter
        across = np.array([1.0, 0.0, 0.0] if child["fabric_direction"] == "end" else [0.0, 0.0, 1.0])
        material = fibre_material(tuple(yarn.color))
        for fibres, width in ((spun(lines, across, radius, rng), 0.07), (loose(lines, across, radius, rng), 0.015)):
            add_curves(fabric, fibres, width * radius, material)
            count += len(fibres)
        child.hide_render = True
    return count


def set_up(target: Vector) -> None:
    """Camera, a soft key light from the left, a warm one behind, and a wall out of focus."""
    scene = bpy.context.scene

    def added(name: str, data, location: tuple[float, float, float]) -> bpy.types.Object:
        obj = bpy.data.objects.new(name, data)
        obj.location = target + Vector(location)
        obj.rotation_euler = (-Vector(location)).to_track_quat("-Z", "Y").to_euler()
        scene.collection.objects.link(obj)
        return obj

    for name, location, size, energy, color in (
        ("key", (-0.5, -0.3, 0.4), 0.25, 16.0, (1.0, 0.94, 0.86)),
        ("behind", (0.35, 0.3, 0.25), 0.2, 9.0, (1.0, 0.8, 0.6)),
        ("sky", (0.3, -0.6, 0.1), 0.6, 1.6, (0.8, 0.9, 1.0)),
    ):
        light = bpy.data.lights.new(name, "AREA")
        light.size, light.energy, light.color = size, energy, color
        added(name, light, location)
    wall = bpy.data.meshes.new("wall")
    wall.from_pydata([(-3, -3, 0), (3, -3, 0), (3, 3, 0), (-3, 3, 0)], [], [(0, 1, 2, 3)])
    paint = bpy.data.materials.new("wall")
    paint.use_nodes = True
    paint.node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value = (0.55, 0.34, 0.19, 1.0)
    paint.node_tree.nodes["Principled BSDF"].inputs["Roughness"].default_value = 1.0
    wall.materials.append(paint)
    added("wall", wall, (0.0, 0.7, 0.0))
    camera = bpy.data.cameras.new("camera")
    scene.camera = added("camera", camera, (-0.055, -0.19, 0.03))
    camera.lens, camera.clip_start = 50.0, 1e-3
    camera.dof.use_dof, camera.dof.aperture_fstop = True, 5.6
    camera.dof.focus_distance = (scene.camera.location - target).length


def render(path: Path, fast: bool) -> None:
    """Let Cycles take the picture."""
    scene = bpy.context.scene
    picture, cycles = scene.render, scene.cycles
    picture.engine = "CYCLES"
    picture.resolution_x, picture.resolution_y = (480, 320) if fast else (1200, 800)
    cycles.samples, cycles.use_denoising = 16 if fast else 32, True
    cycles.adaptive_threshold = 0.05
    cycles.max_bounces, cycles.device = 3, "CPU"
    scene.cycles_curves.shape = "RIBBONS"  # fibres are too thin for more
    scene.view_settings.view_transform, scene.view_settings.look = "AgX", "AgX - Medium High Contrast"
    picture.filepath, picture.image_settings.file_format = str(path), "PNG"
    bpy.ops.render.render(write_still=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Render a simulated herringbone with Blender.")
    parser.add_argument("--plot", type=Path, default=Path("herringbone-render.png"), help="the picture")
    parser.add_argument("--fast", action="store_true", help="a small and coarse picture")
    chosen = parser.parse_args()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    blender_addon.register()
    with tempfile.TemporaryDirectory() as folder:
        bpy.ops.wm.save_as_mainfile(filepath=str(Path(folder) / "cloth.blend"))
        fabric = weave()
        hang(fabric)
        print(f"Woven: {ENDS} ends and {PICKS} picks; simulating {FRAMES} frames ...")
        bpy.ops.fabric.simulate()
        bpy.context.scene.frame_set(FRAMES)
        crossings = points(fabric).reshape(PICKS, ENDS, 3)
        depth = np.ptp(crossings[..., 1])
        assert depth > 0.02, "it hangs in folds"
        print(f"Its folds are {1e3 * depth:.0f} mm deep; it is spun of {spin(fabric)} fibres.")
        set_up(fabric.matrix_world @ Vector(crossings[PICKS // 2, ENDS // 2]))
        render(chosen.plot.resolve(), chosen.fast)
    image = bpy.data.images.load(str(chosen.plot.resolve()))
    light = np.array(image.pixels).reshape(-1, 4)[:, :3].mean(axis=1)
    dark, bright = np.quantile(light, (0.05, 0.95))
    assert bright - dark > 0.2, "the picture is not flat"
    print(f"{chosen.plot}: {image.size[0]} x {image.size[1]}, light from {dark:.2f} to {bright:.2f}")
    blender_addon.unregister()


if __name__ == "__main__":
    main()

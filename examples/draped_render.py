"""Render a herringbone that lies over a ball and the corner of a block, all of it with the Blender add-on.

The add-on weaves the draft of `herringbone.wif` in two colours of wool and drops the cloth onto two objects that have
Blender's own Collision. Then each yarn is spun of fibres, and Cycles takes the picture.

    pip install bpy      # for Python 3.11
    python examples/draped_render.py --plot draped.png

Takes some minutes on two processor cores; --fast makes a small, coarse picture.
"""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false

from __future__ import annotations

import argparse
import math
import tempfile
from pathlib import Path

import bpy
import numpy as np
from _spun import add, add_light, check_picture, matt, points, render, spin, take_picture_from
from mathutils import Vector

import blender_addon
from warp_fabric import library_yarn

FOLDER = Path(__file__).parent
SPACING = 3.3e-3  # m, from yarn to yarn
BALL, BLOCK = 0.041, 0.076  # m: the ball's radius, the block's height
COLORS = ((0.006, 0.035, 0.045), (0.62, 0.40, 0.17))  # linear: petrol and camel
FRAMES = 16  # the last one is the picture's


def weave(yarns: int) -> bpy.types.Object:
    """The fabric at rest, flat above what it falls on: thick and lofty wool."""
    scene = bpy.context.scene
    scene.render.fps, scene.frame_start, scene.frame_end = 24, 1, FRAMES
    bpy.ops.fabric.weave_import(filepath=str(FOLDER / "herringbone.wif"))
    bpy.ops.fabric.yarn_remove_unused()
    settings = scene.fabric
    for yarn, color in zip(settings.yarns, COLORS, strict=True):
        yarn.diameter, yarn.tex, yarn.young_modulus = 1.9, 1600.0, 10.0
        yarn.bending_modulus = library_yarn("wool").bending_modulus * 1e3
        yarn.color = color
    cloth = settings.cloth
    cloth.ends = cloth.picks = yarns
    cloth.end_sett = cloth.pick_sett = 0.01 / SPACING
    cloth.pose, cloth.shear_modulus, cloth.wind_drag = "FLAT", 4e4, 0.4
    settings.simulation.integrator, settings.simulation.substeps = "euler", 16
    settings.collision.self_collision = True
    scene.cursor.location = (0.0, 0.0, 2.0 * BALL + 0.006)
    bpy.ops.fabric.build()
    fabric = bpy.context.object
    fabric.fabric.cloth.pins.clear()
    fabric.rotation_euler.z = math.radians(12.0)
    bpy.context.view_layer.update()
    return fabric


def place_obstacles() -> None:
    """A ball, a block that is a little lower, and the floor: cloth cannot pass them."""
    bpy.ops.mesh.primitive_uv_sphere_add(radius=BALL, segments=96, ring_count=48, location=(-0.042, -0.022, BALL))
    bpy.ops.object.shade_smooth()
    ball = bpy.context.object
    bpy.ops.mesh.primitive_cube_add(size=1.0, location=(0.052, 0.006, 0.5 * BLOCK), rotation=(0, 0, math.radians(41)))
    block = bpy.context.object
    block.scale = (0.085, 0.085, BLOCK)
    bpy.ops.mesh.primitive_plane_add(size=4.0)
    floor = bpy.context.object
    for obj, color in ((ball, (0.62, 0.57, 0.49)), (block, (0.42, 0.17, 0.08)), (floor, (0.52, 0.45, 0.37))):
        obj.data.materials.append(matt(obj.name, color))
        bpy.ops.fabric.obstacle_add(name=obj.name)
        obj.collision.cloth_friction = 6.0


def set_up(target: Vector) -> None:
    """Camera, a soft key light from the left, a warm one behind, and a wall out of focus."""
    for name, location, size, energy, color in (
        ("key", (-0.6, -0.25, 0.55), 0.35, 22.0, (1.0, 0.95, 0.88)),
        ("behind", (0.5, 0.35, 0.35), 0.25, 10.0, (1.0, 0.82, 0.62)),
        ("sky", (0.2, -0.7, 0.3), 0.8, 2.2, (0.82, 0.9, 1.0)),
    ):
        add_light(name, target + Vector(location), target, size, energy, color)
    wall = bpy.data.meshes.new("wall")
    wall.from_pydata([(-3, -3, 0), (3, -3, 0), (3, 3, 0), (-3, 3, 0)], [], [(0, 1, 2, 3)])
    wall.materials.append(matt("wall", (0.34, 0.30, 0.26)))
    add("wall", wall, target + Vector((0.0, 1.2, 0.0)), target)
    take_picture_from(target + Vector((0.03, -0.345, 0.15)), target, 50.0, 13.0)


def main() -> None:
    parser = argparse.ArgumentParser(description="Render a draped herringbone with Blender.")
    parser.add_argument("--plot", type=Path, default=Path("draped.png"), help="the picture")
    parser.add_argument("--fast", action="store_true", help="a small and coarse picture")
    chosen = parser.parse_args()
    yarns = 40 if chosen.fast else 46
    bpy.ops.wm.read_factory_settings(use_empty=True)
    blender_addon.register()
    with tempfile.TemporaryDirectory() as folder:
        bpy.ops.wm.save_as_mainfile(filepath=str(Path(folder) / "cloth.blend"))
        place_obstacles()
        fabric = weave(yarns)
        print(f"Woven: {yarns} ends and {yarns} picks; simulating {FRAMES} frames ...")
        bpy.ops.fabric.simulate()
        bpy.context.scene.frame_set(FRAMES)
        crossings = points(fabric)
        height = crossings[:, 2] + fabric.location.z
        assert height.max() > BLOCK, "it lies on them"
        assert np.ptp(height) > 0.5 * BLOCK, "and hangs down"
        print(f"It hangs down by {1e3 * np.ptp(height):.0f} mm; it is spun of {spin(fabric, (0, 1, 0))} fibres.")
        set_up(Vector((0.0, 0.0, 0.62 * BLOCK)))
        render(chosen.plot.resolve(), chosen.fast, 20)
    check_picture(chosen.plot)
    blender_addon.unregister()


if __name__ == "__main__":
    main()

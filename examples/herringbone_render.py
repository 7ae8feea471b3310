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
from _spun import add, add_light, check_picture, matt, points, render, spin, take_picture_from
from mathutils import Vector

import blender_addon
from warp_fabric import library_yarn

FOLDER = Path(__file__).parent
ENDS, PICKS = 57, 40
FRAMES, GATHERED = 20, 15  # the last frame is the picture's


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


def set_up(target: Vector) -> None:
    """Camera, a soft key light from the left, a warm one behind, and a wall out of focus."""
    for name, location, size, energy, color in (
        ("key", (-0.5, -0.3, 0.4), 0.25, 16.0, (1.0, 0.94, 0.86)),
        ("behind", (0.35, 0.3, 0.25), 0.2, 9.0, (1.0, 0.8, 0.6)),
        ("sky", (0.3, -0.6, 0.1), 0.6, 1.6, (0.8, 0.9, 1.0)),
    ):
        add_light(name, target + Vector(location), target, size, energy, color)
    wall = bpy.data.meshes.new("wall")
    wall.from_pydata([(-3, -3, 0), (3, -3, 0), (3, 3, 0), (-3, 3, 0)], [], [(0, 1, 2, 3)])
    wall.materials.append(matt("wall", (0.55, 0.34, 0.19)))
    add("wall", wall, target + Vector((0.0, 0.7, 0.0)), target)
    take_picture_from(target + Vector((-0.055, -0.19, 0.03)), target, 50.0, 5.6)


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
        print(f"Its folds are {1e3 * depth:.0f} mm deep; it is spun of {spin(fabric, (0, 0, 1))} fibres.")
        set_up(fabric.matrix_world @ Vector(crossings[PICKS // 2, ENDS // 2]))
        render(chosen.plot.resolve(), chosen.fast)
    check_picture(chosen.plot)
    blender_addon.unregister()


if __name__ == "__main__":
    main()

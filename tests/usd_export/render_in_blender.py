"""Run inside Blender's Python: render a USD file from above with Cycles, and give the pixels as a NumPy archive.

python render_in_blender.py FILE.usdc PICTURE.png OUT.npz X Y WIDTH PIXELS [STORED.png]

The picture is WIDTH metres wide and high around (X, Y). `seen` and `stored` are [rows from below, columns, rgb].
"""

import sys

import bpy
import numpy as np


def pixels(path: str) -> np.ndarray:
    image = bpy.data.images.load(path)
    return np.array(image.pixels).reshape(image.size[1], image.size[0], 4)[..., :3]


def main(path: str, picture: str, out: str, x: float, y: float, width: float, size: int, stored: str | None) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.wm.usd_import(filepath=path, import_all_materials=True)
    scene = bpy.context.scene
    for each in bpy.data.objects:
        if each.type == "CURVES":  # Blender reads the materials of curves but does not assign them
            yarn = each.name.split("_")[1]
            each.data.materials.append(bpy.data.materials[yarn])
    camera = bpy.data.cameras.new("camera")
    camera.type, camera.ortho_scale, camera.clip_start = "ORTHO", width, 1e-4
    scene.camera = bpy.data.objects.new("camera", camera)
    scene.camera.location = (x, y, 1.0)
    light = bpy.data.lights.new("sun", "SUN")
    light.energy, light.angle = 3.0, 0.2
    sun = bpy.data.objects.new("sun", light)
    sun.rotation_euler = (0.5, 0.4, 0.0)
    scene.world = bpy.data.worlds.new("world")
    scene.world.use_nodes = True
    tree = scene.world.node_tree
    back = tree.nodes.get("Background") or tree.nodes.new("ShaderNodeBackground")
    back.inputs["Color"].default_value = (0.3, 0.3, 0.3, 1.0)
    end = tree.nodes.get("World Output") or tree.nodes.new("ShaderNodeOutputWorld")
    tree.links.new(back.outputs[0], end.inputs["Surface"])
    for each in (scene.camera, sun):
        scene.collection.objects.link(each)
    render = scene.render
    render.engine, render.resolution_x, render.resolution_y = "CYCLES", size, size
    scene.cycles.device, scene.cycles.samples, scene.cycles.use_denoising = "CPU", 24, False
    scene.cycles_curves.shape = "THICK"
    scene.view_settings.view_transform = "Standard"
    render.threads_mode, render.threads = "FIXED", 2
    render.filepath, render.image_settings.file_format = picture, "PNG"
    bpy.ops.render.render(write_still=True)
    arrays = {"seen": pixels(picture), "version": np.array(bpy.app.version)}
    if stored:
        arrays["stored"] = pixels(stored)
    np.savez(out, **arrays)


at = sys.argv[1:]
main(*at[:3], *map(float, at[3:6]), int(at[6]), at[7] if len(at) > 7 else None)

"""Run inside Blender's Python: import a USD file and tell what it became, as a NumPy archive.

python in_blender.py FILE.usdc OUT.npz FRAME...
"""

import sys

import bpy
import numpy as np

KINDS = {"FLOAT": ("value", 1), "INT": ("value", 1), "FLOAT_VECTOR": ("vector", 3), "FLOAT_COLOR": ("color", 4)}


def values(attribute) -> np.ndarray:
    name, width = KINDS[attribute.data_type]
    flat = np.empty(len(attribute.data) * width, np.int32 if attribute.data_type == "INT" else np.float32)
    attribute.data.foreach_get(name, flat)
    return flat.reshape(-1, width)


def main(path: str, out: str, frames: list[int]) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.wm.usd_import(filepath=path, import_all_materials=True)
    scene = bpy.context.scene
    told = {"version": bpy.app.version, "range": (scene.frame_start, scene.frame_end, scene.render.fps)}
    for frame in frames:
        scene.frame_set(frame)
        for each in bpy.data.objects:
            if each.type != "CURVES":
                continue
            curves = each.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
            told[f"{each.name}/{frame}/matrix"] = np.array(each.matrix_world)
            told[f"{each.name}/{frame}/curves"] = [len(curve.points) for curve in curves.curves]
            for attribute in curves.attributes:
                if attribute.data_type in KINDS:
                    told[f"{each.name}/{frame}/{attribute.name}"] = values(attribute)
    told["materials"] = [
        f"{each.name}:{link.from_node.attribute_name}"
        for each in bpy.data.materials
        for link in each.node_tree.links
        if link.to_socket.name == "Base Color"
    ]
    np.savez(out, **told)


main(sys.argv[1], sys.argv[2], [int(each) for each in sys.argv[3:]])

"""Run inside Blender's Python: import a growing USD file, and reload it whenever the test has let it grow.

python reload_in_blender.py FILE.usdc: prints points of the last frame after each line on stdin, as JSON.
"""

import json
import sys

import bpy
import numpy as np


def points(frame: int) -> dict[str, list]:
    bpy.context.scene.frame_set(frame)
    found = {}
    for each in bpy.data.objects:
        if each.type == "CURVES":
            data = each.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
            flat = np.empty(3 * len(data.points), np.float32)
            data.attributes["position"].data.foreach_get("vector", flat)
            found[each.name] = flat.reshape(-1, 3).tolist()
    return found


bpy.ops.wm.read_factory_settings(use_empty=True)
bpy.ops.wm.usd_import(filepath=sys.argv[1])
for line in sys.stdin:
    for cache in bpy.data.cache_files:
        with bpy.context.temp_override(edit_cachefile=cache):
            bpy.ops.cachefile.reload()
    print("SEEN " + json.dumps(points(int(line))), flush=True)

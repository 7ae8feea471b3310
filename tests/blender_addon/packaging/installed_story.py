"""Run in a Python that has bpy and NumPy only: install the extension, simulate with it, and remove it.

python installed_story.py EXTENSION.zip CLOTH.blend

Prints what happened as one line of JSON.
"""

import importlib.util
import json
import sys
from pathlib import Path

import bpy
import numpy as np

OURS = ("warp_fabric", "usd_export", "warp", "scipy", "h5py", "typer", "dtx_to_wif")


def positions(name: str) -> np.ndarray:
    """Points of an object as they are shown at the scene's frame."""
    shown = bpy.data.objects[name].evaluated_get(bpy.context.evaluated_depsgraph_get())
    found = np.empty(3 * len(shown.data.vertices), dtype=np.float32)
    shown.data.vertices.foreach_get("co", found)
    return found.reshape(-1, 3)


def left() -> list[str]:
    """What of the extension Blender still knows."""
    types = [name for name in dir(bpy.types) if "fabric" in name.lower()]
    return types + [kind.__name__ for kind in (bpy.types.Scene, bpy.types.Object) if hasattr(kind, "fabric")]


def main(extension: str, blend: str) -> None:
    told: dict[str, object] = {"before": [name for name in OURS if importlib.util.find_spec(name)]}
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.extensions.package_install_files(filepath=extension, repo="user_default", enable_on_install=True)
    told["missing"] = [name for name in OURS if not importlib.util.find_spec(name)]
    bpy.ops.wm.save_as_mainfile(filepath=blend)
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, 4
    cloth = scene.fabric.cloth
    cloth.ends = cloth.picks = 6
    told["built"] = [*bpy.ops.fabric.weave_set(pattern="twill22"), *bpy.ops.fabric.build()]
    surface = bpy.context.object.name
    told["simulated"] = [*bpy.ops.fabric.simulate()]
    heights = []
    for frame in range(scene.frame_start, scene.frame_end + 1):
        scene.frame_set(frame)
        heights.append(float(positions(surface)[:, 2].mean()))
    told["heights"] = heights
    told["loaded"] = sorted(
        {name.partition(".")[0] for name in sys.modules} & {"warp", "h5py", "scipy", "typer", "pxr"}
    )
    told["pxr"] = importlib.util.find_spec("pxr") is not None
    repositories = [repo.module for repo in bpy.context.preferences.extensions.repos]
    bpy.ops.extensions.package_uninstall(repo_index=repositories.index("user_default"), pkg_id="warp_fabric")
    told["left"] = left()
    told["files"] = [path.name for path in Path(bpy.utils.user_resource("EXTENSIONS")).rglob("*warp*")]
    print(json.dumps(told))


main(*sys.argv[1:])

"""Scene files that find their meshes when the folder is moved."""

import shutil

import numpy as np
import pytest
from small_run import small_scene

import warp_fabric as wf
from warp_fabric.obstacle_mesh import box_mesh


@pytest.mark.parametrize("within", ["", "fit"])
def test_a_folder_that_is_moved(tmp_path, within):
    from blender_addon.fabric.files.paths import OBSTACLES, SCENE
    from blender_addon.fabric.files.scene_file import write_scene

    home, there = tmp_path / 'Röcke "neu"', tmp_path / "there"
    (home / OBSTACLES).mkdir(parents=True)
    (home / within).mkdir(exist_ok=True)
    mesh = home / OBSTACLES / "box.npz"
    np.savez(mesh, vertices=box_mesh().vertices, faces=box_mesh().faces)
    scene = small_scene(obstacles=[{"shape": "mesh", "file": str(mesh)}])
    write_scene(scene, home / within)
    assert wf.load_scene(home / within / SCENE) == scene
    shutil.move(home, there)
    moved = wf.load_scene(there / within / SCENE)
    assert moved.obstacles[0].file == str(there / OBSTACLES / "box.npz")

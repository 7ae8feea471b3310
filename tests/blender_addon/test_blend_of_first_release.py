"""A blend file of the first release opens, plays what was simulated, and builds the same scene."""

import shutil
from pathlib import Path

import bpy
import numpy as np
import pytest
from simulated import sticks_to

import warp_fabric as wf
from blender_addon.fabric.scene.scene_builder import build_scene

FOLDER = Path(__file__).parents[1] / "data" / "first_release"
pytestmark = pytest.mark.skipif(bpy.app.version < (4, 5, 0), reason="Blender 4.5 saved it")


def test_it_opens_and_means_the_same(addon, tmp_path):
    shutil.copytree(FOLDER, tmp_path / "first")
    assert bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "first" / "cloth.blend")) == {"FINISHED"}
    obj = bpy.data.objects["Fabric"]
    (folder,) = (tmp_path / "first" / "cloth_fabric").iterdir()
    run = wf.load_trajectory(folder / "run.h5")
    assert obj.fabric.simulation.start == 5
    assert run.frame_count == obj.fabric.simulation.frames == 5
    assert np.abs(run.position[-1] - run.position[0]).max() > 1e-3, "it moves"
    radii = run.fabric.pick_radius.max() + run.fabric.end_radius.max()
    sticks_to(obj, run, heights=0.06 * radii)  # the file's yarns are shown as they were drawn then
    bpy.context.scene.frame_set(5)
    assert build_scene(obj.fabric, bpy.context, obj) == run.scene == wf.load_scene(folder / "scene.toml")

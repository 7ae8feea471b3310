"""What importing the package, or registering the add-on, loads in a fresh process."""

import importlib.util
import subprocess
import sys

import pytest
from house import HEAVY, NOT_IN_BLENDER, ROOT


def loaded_by(code: str) -> set[str]:
    """Top-level modules that a fresh process has loaded after running `code`."""
    code += "\nimport sys; print('\\n', *sorted({name.partition('.')[0] for name in sys.modules}))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return {*run.stdout.splitlines()[-1].split()}


def test_importing_the_package_loads_nothing_heavy():
    loaded = loaded_by("import warp_fabric; dir(warp_fabric)")
    assert "warp_fabric" in loaded
    assert not loaded & (HEAVY | {"numpy", "scipy", "h5py"})


def test_scenes_and_trajectories_need_no_warp():
    loaded = loaded_by("import warp_fabric.trajectory, warp_fabric.geometry, warp_fabric.scene, warp_fabric.weave")
    assert "numpy" in loaded
    assert not loaded & (HEAVY | {"h5py", "tomli_w"})  # which are for files


def test_simulating_needs_no_optional_package():
    loaded = loaded_by("import warp_fabric.simulation, warp_fabric.solver.static")
    assert "warp" in loaded
    assert not loaded & (HEAVY - {"warp"})


@pytest.mark.skipif(importlib.util.find_spec("bpy") is None, reason="needs bpy")
def test_blender_itself_loads_nothing_heavy():
    operators = ("weave_set(pattern='twill22')", "weave_transform(kind='INVERT')", "build()")
    done = " == ".join(f"bpy.ops.fabric.{each}" for each in operators)
    loaded = loaded_by(f"import bpy, blender_addon; blender_addon.register(); assert {done} == {{'FINISHED'}}")
    assert {"bpy", "warp_fabric"} <= loaded
    assert not loaded & NOT_IN_BLENDER

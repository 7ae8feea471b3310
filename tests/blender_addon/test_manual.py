"""The script in `docs/blender.md`, and the operators that it names."""

import re
import textwrap
from pathlib import Path

import bpy
from written import ROOT

PAGE = (ROOT / "docs" / "blender.md").read_text(encoding="utf-8")


def test_its_script_runs(blend_file):
    scene = bpy.context.scene
    scene.frame_end, scene.fabric.simulation.substeps, scene.fabric.simulation.device = 3, 2, "cpu"
    (script,) = re.findall(r"^    import bpy\n.*?(?=^\S)", PAGE, re.MULTILINE | re.DOTALL)
    exec(textwrap.dedent(script), {})
    assert Path(blend_file.parent / "cloth.usdc").is_file()
    assert bpy.context.object.fabric.cloth.ends == 40


def test_operators_it_names_exist(addon):
    operators = set(re.findall(r"`(\w+)\([^`]*\)`", PAGE))
    assert {"weave_import", "fit", "apply_fit", "cancel"} <= operators
    assert [name for name in operators if name not in dir(bpy.ops.fabric)] == []

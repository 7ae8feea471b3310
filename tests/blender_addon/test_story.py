"""The whole story as an artist goes through it: weave, build, simulate, look, fit, export; twice in one Blender."""

from __future__ import annotations

import shutil
from pathlib import Path

import bpy
import numpy as np
import pytest
from drawn_panel import drawn
from pxr import Usd
from traces import left_behind
from woven_objects import seen

import blender_addon
import warp_fabric as wf
from usd_export.options import Options
from usd_export.yarn_lines import YarnLines

FRAMES = range(5, 25)
WIF = Path(__file__).parents[2] / "examples" / "herringbone.wif"
TRUE, GUESS = 0.5, 0.8
"""Young's modulus [MPa] of the yarns, and what the fit starts from."""
DONE = {"FINISHED"}


def author() -> None:
    """A herringbone in thick yarns, 8 x 8 crossings, for the next fabric."""
    assert bpy.ops.fabric.weave_set(pattern="twill22") == DONE
    assert bpy.ops.fabric.weave_import(filepath=str(WIF)) == DONE
    assert bpy.ops.fabric.weave_transform(kind="INVERT") == DONE
    assert bpy.ops.fabric.weave_shift(ends=1, picks=2) == DONE
    settings = bpy.context.scene.fabric
    assert bpy.ops.fabric.yarn_remove_unused() == DONE
    assert bpy.ops.fabric.yarn_load(library="paper-yarn-1") == DONE
    for yarn in settings.yarns:
        yarn.diameter, yarn.tex, yarn.young_modulus, yarn.bending_modulus = 1.0, 2000.0, TRUE, 0.14
    settings.cloth.ends = settings.cloth.picks = 8
    settings.cloth.end_sett = settings.cloth.pick_sett = 4.0
    settings.simulation.substeps = 5


def built_and_pinned() -> bpy.types.Object:
    """The fabric as an object, held along its upper edge."""
    bpy.context.scene.frame_start, bpy.context.scene.frame_end = FRAMES[0], FRAMES[-1]
    assert bpy.ops.fabric.build() == DONE
    obj = bpy.context.object
    obj.vertex_groups.new(name="held").add([*range(8)], 1.0, "REPLACE")
    assert bpy.ops.fabric.pin_add() == DONE
    return obj


def assert_shows(obj: bpy.types.Object, run: wf.Trajectory) -> None:
    """Scrubbing: at every frame, backwards too, one sees what the library computes."""
    lines = YarnLines(run.scene.build(), Options())
    for index in (*range(len(FRAMES)), 3, 0):
        bpy.context.scene.frame_set(FRAMES[index])
        np.testing.assert_allclose(seen(obj), run.position[index].reshape(-1, 3), rtol=1e-6, atol=1e-9)
        for child, shape in zip(obj.children, lines.at(run.position[index], run.sliding[index]), strict=True):
            np.testing.assert_allclose(seen(child), shape.reshape(-1, 3), rtol=1e-6, atol=1e-9)


def simulate(obj: bpy.types.Object) -> Path:
    """Simulate, compare with the library's own run, and give the folder of the fabric's files."""
    assert bpy.ops.fabric.simulate() == DONE
    folder = Path(bpy.path.abspath(obj.fabric.simulation.cache)).parent
    assert_shows(obj, wf.simulate(wf.load_scene(folder / "scene.toml"), device="cpu"))
    return folder


def fit_a_swatch(obj: bpy.types.Object, target: Path) -> None:
    """From a wrong guess back to the modulus that the target was simulated with."""
    for yarn in obj.fabric.yarns:
        yarn.young_modulus = GUESS
    fit = obj.fabric.fit
    fit.kind, fit.path, fit.evaluations = "FILE", str(target), 5
    fit.young_modulus, fit.bending_modulus = True, False
    assert bpy.ops.fabric.fit() == DONE
    assert all(yarn.young_modulus == pytest.approx(GUESS) for yarn in obj.fabric.yarns), "nothing changes before Apply"
    assert bpy.ops.fabric.apply_fit() == DONE
    assert all(abs(yarn.young_modulus / TRUE - 1) < 0.05 for yarn in obj.fabric.yarns)


def export(path: Path) -> None:
    """Export, and find the frames in the file."""
    assert bpy.ops.fabric.export_usd(filepath=str(path)) == DONE
    stage = Usd.Stage.Open(str(path))
    assert stage.GetEndTimeCode() - stage.GetStartTimeCode() == len(FRAMES) - 1
    assert {prim.GetTypeName() for prim in stage.Traverse()} >= {"BasisCurves", "Mesh", "Material"}


def draw_all() -> None:
    """All panels of ours, in whatever state Blender is in."""
    panels = [getattr(bpy.types, name) for name in dir(bpy.types) if name.startswith("FABRIC_PT_")]
    for panel in panels:
        ours = panel.draw.__module__.startswith(blender_addon.__name__)  # a list of presets is drawn by Blender
        if ours and (not hasattr(panel, "poll") or panel.poll(bpy.context)):
            drawn(panel)


@pytest.mark.parametrize("time", ["first", pytest.param("second", marks=pytest.mark.slow)])
def test_the_story(time, addon, blend_file, tmp_path):
    draw_all()
    author()
    obj = built_and_pinned()
    draw_all()
    folder = simulate(obj)
    assert folder.is_relative_to(blend_file.parent)
    draw_all()
    target = tmp_path / "target.h5"
    shutil.copy(folder / "run.h5", target)
    fit_a_swatch(obj, target)
    draw_all()
    export(tmp_path / "cloth.usdc")
    bpy.ops.wm.save_mainfile()
    addon.unregister()
    try:
        assert left_behind() == []
    finally:
        blender_addon.register()
    bpy.ops.wm.open_mainfile(filepath=str(blend_file))  # it is all there again
    again = bpy.context.view_layer.objects.active
    assert [yarn.young_modulus for yarn in again.fabric.yarns] == pytest.approx([TRUE] * 2, rel=0.05)
    assert_shows(again, wf.load_trajectory(folder / "run.h5"))

"""The Simulate panel in every state."""

import bpy
import pytest
from drawn_panel import drawn
from pretended_task import PretendedJob
from woven_objects import built, cached

from blender_addon.fabric.files.cache import attach_cache, prims_of
from blender_addon.fabric.files.found_frames import NOTE, Found, note_frames
from blender_addon.fabric.files.paths import CACHE, CHECKPOINT, cache_folder
from blender_addon.fabric.simulation_task import Simulation
from blender_addon.job import tasks


def panel():
    return drawn(bpy.types.FABRIC_PT_simulate)


def test_without_a_fabric(addon):
    found = panel()
    assert found.buttons == []
    assert {"substeps", "device", "frame_start", "frame_end", "integrator"} <= {*found.props}
    assert "Build a fabric first" in " ".join(found.texts)


def test_before_it_runs(addon):
    obj = built()
    found = panel()
    assert found.buttons == [("fabric.simulate", {})]
    assert any(text.startswith("Takes about") for text in found.texts)
    obj.fabric.simulation.integrator = "static"
    assert "frame_start" not in panel().props


def test_bundles_beside_what_they_cost(addon):
    obj = built()
    obj.fabric.cloth.bundle = 2
    found = panel()
    assert "bundle" in found.props
    assert "5 x 6 crossings, simulated as 3 x 4 bundles of 2" in " ".join(found.texts)
    obj.fabric.cloth.bundle = 20
    text = " ".join(panel().texts)
    assert "Bundle: bundles of 20 yarns leave 1 of 5 picks" in text
    assert "Takes about" not in text


@pytest.mark.parametrize("state", ["starting", "running", "cancelling"])
def test_while_it_runs(addon, state):
    obj = built()
    job = PretendedJob()
    tasks.begin(Simulation(obj, job, cache_folder(obj), 1, 20, {}))
    job.state = "running"
    found = panel()
    assert found.buttons == [("fabric.cancel", {"kind": "simulate"})]
    assert {"Frame 3 of 20", "1:05 left"} <= {*found.texts}
    job.state = state


def test_after_it_failed(addon):
    obj = built()
    job = PretendedJob(end="failed")
    tasks.begin(Simulation(obj, job, cache_folder(obj), 1, 20, {}))
    job.tick()
    text = " ".join(panel().texts)
    assert "crossing [1, 2]: step 3 is not reached" in text
    assert "take more substeps" in text


def test_with_frames_and_when_they_are_gone(addon, tmp_path):
    obj = built()
    run = cached(obj, tmp_path)
    attach_cache(obj, tmp_path / CACHE, 1, run.frame_count)
    bpy.context.scene.frame_set(3)
    found = panel()
    assert found.buttons == [("fabric.simulate", {}), ("fabric.simulate", {"from_frame": 3})]
    assert "Continue from Frame 3" in found.texts
    bpy.context.scene.frame_end = 3  # after which nothing comes
    assert panel().buttons == [("fabric.simulate", {})]
    bpy.context.scene.frame_end = 250
    bpy.context.scene.frame_set(9)
    assert panel().buttons == [("fabric.simulate", {})]
    (tmp_path / CHECKPOINT).touch()
    found = panel()
    assert found.buttons == [("fabric.simulate", {"resume": True}), ("fabric.simulate", {})]
    assert "Stopped at frame 4" in found.texts
    assert found.texts.count("Resume") == found.texts.count("Restart") == 1
    note_frames(obj, Found(tmp_path / CACHE, 1, 2, {}))  # of a later run, before Blender crashed
    assert "Stopped at frame 2" in panel().texts
    (tmp_path / NOTE).unlink()
    obj.fabric.simulation.frames = 0  # Blender crashed before that was saved
    assert "Stopped before its end" in panel().texts
    (tmp_path / CHECKPOINT).unlink()
    (tmp_path / CACHE).unlink()
    found = panel()
    assert "their file is missing" in " ".join(found.texts)
    assert found.buttons == [("fabric.reload", {}), ("fabric.simulate", {})]


def test_with_frames_that_the_file_does_not_know_of(addon):
    bpy.context.scene.frame_end = 4
    obj = built()
    run = cached(obj, cache_folder(obj))
    note_frames(obj, Found(cache_folder(obj) / CACHE, 1, 4, prims_of(obj, run.scene.build())))
    assert panel().buttons == [("fabric.show_found", {}), ("fabric.simulate", {})]
    assert "fabric.show_found" in drawn("FABRIC_PT_playback").said


def test_out_of_date(addon):
    obj = built()
    obj.fabric.cloth.ends += 1
    found = panel()
    assert "Rebuild the fabric first" in " ".join(found.texts)
    assert found.buttons == []


def test_several_fabrics(addon):
    one = built()
    assert "fabric.together" not in panel().said
    two = built()
    assert ("fabric.together", {}) in panel().buttons
    two.fabric.simulation.lead, one.fabric.simulation.substeps = one, 3
    two.fabric.cloth.friction = 0.9
    for each in (one, two):  # whichever is active
        bpy.context.view_layer.objects.active = each
        found = panel()
        text = " ".join(found.texts)
        assert "Fabric leads, in one run with Fabric.001" in text
        assert "Without effect, as Fabric's count: its Friction" in text
        assert [name for name, _ in found.buttons] == ["fabric.together", "fabric.apart", "fabric.simulate"]
    two.fabric.cloth.ends += 1
    assert "Rebuild Fabric.001 first" in " ".join(panel().texts)

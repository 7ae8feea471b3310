"""Fitting a swatch finds what it was simulated with; the answer is applied, and shown beside."""

import time

import bpy
import numpy as np
import pytest
from woven_objects import built

import warp_fabric as wf
from blender_addon.fabric.design.fabric_description import is_stale
from blender_addon.fabric.files.paths import cache_folder, run_path
from blender_addon.fabric.scene.scene_builder import build_scene
from blender_addon.fit import fit_fabric
from blender_addon.fit.fit_fabric import FITTED, FOLDER, fit_of, interrupted
from blender_addon.fit.fit_job import Finding
from blender_addon.job import tasks


@pytest.fixture
def swatch(addon, blend_file):
    """A fabric in the wind that was simulated, and a second one at its place that stretches twice as hard.

    In a breeze and small steps: where Newton's method needs many iterations, rounding decides whether a step is halved,
    and whether a fit sees a slope or a jump.
    """
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, 6
    bpy.ops.object.effector_add(type="WIND", rotation=(1.5, 0.2, 0.0))
    bpy.context.object.field.strength = 1.0
    settings = scene.fabric
    settings.cloth.wind_drag, settings.simulation.device, settings.simulation.substeps = 0.5, "cpu", 8
    seen = built(ends=6, picks=6)
    assert bpy.ops.fabric.simulate() == {"FINISHED"}
    fitted = built(ends=6, picks=6)
    fitted.fabric.fit.bending_modulus = False
    for yarn in fitted.fabric.yarns:
        yarn.young_modulus *= 2.0
    return seen, fitted


def moduli(obj):
    return [yarn.young_modulus for yarn in obj.fabric.yarns]


def test_the_run_of_another_fabric_as_a_file(swatch):
    seen, fitted = swatch
    fit = fitted.fabric.fit
    fit.kind, fit.path = "FILE", str(run_path(seen))
    assert bpy.ops.fabric.fit() == {"FINISHED"}
    before = moduli(fitted)
    finding = Finding.from_text(fit.result)
    assert [*finding.values] == ["yarns.ends.young_modulus", "yarns.picks.young_modulus"]
    for name, value in finding.values.items():
        assert value == pytest.approx(5e5, rel=1e-4)
        assert finding.standard_errors[name] > 0.0
    assert finding.losses[-1] < 1e-6 * finding.losses[0]
    assert moduli(fitted) == before
    # the same as by the public API
    scene = build_scene(fitted.fabric, bpy.context, fitted)
    expected = wf.fit(scene, wf.load_trajectory(run_path(seen)), [*finding.values])
    assert finding.outcome == expected.outcome != "budget"
    for name, value in expected.values.items():
        assert finding.values[name] == pytest.approx(float(value), rel=1e-9)
    assert bpy.ops.fabric.apply_fit() == {"FINISHED"}
    assert moduli(fitted) == pytest.approx([0.5, 0.5], rel=1e-4)
    assert not interrupted(fitted)


@pytest.mark.slow
def test_the_mesh_of_another_fabric(swatch, monkeypatch):
    seen, fitted = swatch
    fitted.fabric.fit.target = seen
    assert bpy.ops.fabric.fit() == {"FINISHED"}
    bpy.ops.fabric.apply_fit()
    assert moduli(fitted) == pytest.approx([0.5, 0.5], rel=1e-2)
    assert bpy.ops.fabric.show_fit() == {"FINISHED"}
    beside = bpy.context.object
    assert beside not in swatch
    assert moduli(beside) == moduli(fitted)
    assert beside.fabric.identity != fitted.fabric.identity
    step = np.array(beside.matrix_world.translation - fitted.matrix_world.translation)
    np.testing.assert_allclose(step, [1.25 * 0.01, 0, 0], atol=1e-6)
    shown = wf.load_trajectory(run_path(beside))
    np.testing.assert_allclose(shown.position, wf.load_trajectory(run_path(seen)).position, rtol=0, atol=1e-5)
    assert [each.name for each in beside.vertex_groups] == [each.name for each in fitted.vertex_groups]
    # again: in its place, also where a yarn has another name since
    fitted.fabric.yarns[0].name = "renamed"
    count = len(bpy.data.objects)
    bpy.context.view_layer.objects.active = fitted
    assert bpy.ops.fabric.apply_fit() == {"FINISHED"}
    assert bpy.ops.fabric.show_fit() == {"FINISHED"}
    assert len(bpy.data.objects) == count
    assert bpy.context.object.name == f"{fitted.name} fitted"
    # where it cannot be simulated nothing is left of it
    bpy.context.view_layer.objects.active = fitted
    monkeypatch.setattr(fit_fabric, "run_scene", lambda *_: (_ for _ in ()).throw(wf.SceneError("no room")))
    with pytest.raises(RuntimeError, match="no room"):
        bpy.ops.fabric.show_fit()
    assert len(bpy.data.objects) == count
    assert bpy.context.object == fitted


@pytest.mark.slow
def test_closest_points_of_a_copy_of_the_mesh(swatch):
    seen, fitted = swatch
    turned = bpy.data.objects.new("scan", seen.data.copy())
    bpy.context.collection.objects.link(turned)
    for k in range(2):  # one vertex more: it is no grid of crossings
        turned.data.vertices.add(1 - k)
    fitted.fabric.fit.target = turned
    fitted.fabric.fit.evaluations = 2
    assert bpy.ops.fabric.fit() == {"FINISHED"}
    finding = Finding.from_text(fitted.fabric.fit.result)
    assert finding.outcome == "budget"
    assert finding.losses[-1] < finding.losses[0]


def test_stopped_it_goes_on(swatch):
    seen, fitted = swatch
    fit = fitted.fabric.fit
    fit.kind, fit.path = "FILE", str(run_path(seen))
    task = fit_of(fitted, bpy.context)
    tasks.begin(task)
    while not task.job.losses:
        task.tick()
        assert task.job.living, task.job.error
        time.sleep(0.01)
    assert bpy.ops.fabric.cancel() == {"FINISHED"}
    while task.job.living:
        task.tick()
        time.sleep(0.01)
    assert task.job.state == "cancelled"
    assert fit.result == ""
    assert interrupted(fitted)
    assert not bpy.ops.fabric.apply_fit.poll()
    assert bpy.ops.fabric.fit(resume=True) == {"FINISHED"}
    assert Finding.from_text(fit.result).values["yarns.ends.young_modulus"] == pytest.approx(5e5, rel=1e-4)


def test_without_a_target_or_a_result(addon):
    built()
    with pytest.raises(RuntimeError, match="no target is chosen"):
        bpy.ops.fabric.fit()
    assert not bpy.ops.fabric.apply_fit.poll()
    assert not bpy.ops.fabric.show_fit.poll()


def test_what_was_fitted_is_gone(addon, blend_file):
    obj = built()
    obj.fabric.fit.result = Finding("converged", 1.0, {"yarns.gone.young_modulus": 1.0}, {}, []).to_text()
    with pytest.raises(RuntimeError, match=r"(?s)yarn that is not in the weave.*fit again"):
        bpy.ops.fabric.apply_fit()
    obj.fabric.fit.folder = str(cache_folder(obj) / FOLDER)
    with pytest.raises(RuntimeError, match=f"(?s)fitted scene is gone|{FITTED}"):
        bpy.ops.fabric.show_fit()


def test_crimp_that_was_fitted_wants_a_rebuild(addon, monkeypatch, tmp_path):
    obj = built(crimp="VALUES")
    finding = Finding("converged", 1e-8, {"fabric.end_crimp": 0.08, "fabric.pick_crimp": 0.03}, {}, [])
    obj.fabric.fit.result, obj.fabric.fit.folder = finding.to_text(), str(tmp_path)
    build_scene(obj.fabric, bpy.context, obj).save(tmp_path / FITTED)
    shown = []
    monkeypatch.setattr(fit_fabric, "run_scene", lambda other, *_: shown.append(is_stale(other)))
    fit_fabric.shown_beside(obj, bpy.context)
    assert shown == [False]
    bpy.context.view_layer.objects.active = obj
    assert bpy.ops.fabric.apply_fit() == {"FINISHED"}
    assert is_stale(obj)
    assert obj.fabric.cloth.end_crimp == pytest.approx(8.0)


def test_crimp_that_the_cloth_no_longer_has(addon):
    obj = built()
    obj.fabric.fit.result = Finding("converged", 1.0, {"fabric.end_crimp": 0.08}, {}, []).to_text()
    with pytest.raises(RuntimeError, match="that the cloth no longer has"):
        bpy.ops.fabric.apply_fit()

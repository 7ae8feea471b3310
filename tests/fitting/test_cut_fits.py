"""Gradients and targets of cut cloth, by names and whole grids."""

import numpy as np
import pytest
from cut_cloth import SHAPES, paper
from sample_cloth import largest

import warp_fabric as wf
from warp_fabric.errors import TargetError
from warp_fabric.fitting.scales import learnable
from warp_fabric.fitting.targets import FramesTarget
from warp_fabric.fitting.targets.marker_files import Markers
from warp_fabric.fitting.targets.mesh_files import MeshSequence
from warp_fabric.inputs import differentiable_names, value_shape
from warp_fabric.topology import build_topology


def test_gradients_have_the_grids_shape():
    """And are 0 where there is no crossing, whatever is there."""
    scene = paper(SHAPES["ring"])
    names = differentiable_names(scene, with_forces=True)
    target = wf.simulate(scene.replace({"environment.gravity": [1.0, 2.0, -15.0]}))
    push = 1e-4 * np.random.default_rng(1).standard_normal((5, 9, 9, 3))
    loss, gradient = wf.loss_and_gradient(scene, target, names, forces=push)
    for name in names:
        value = np.asarray(gradient[name])
        assert value.shape == value_shape(scene, name)
        if name.startswith("initial.") or name == "forces":
            assert not value[..., ~SHAPES["ring"], :].any()
            assert value[..., SHAPES["ring"], :].any() or "sliding_velocity" in name
            free = np.zeros(value.shape, bool)
            free.flat[learnable(scene, name)] = True
            assert not free[..., ~SHAPES["ring"], :].any()
            assert free.any()
    elsewhere = push + 1.0 * ~SHAPES["ring"][..., None]
    again, _ = wf.loss_and_gradient(scene, target, ["contact.friction"], forces=elsewhere)
    assert again == loss


def test_targets_compare_what_is_there():
    """A run, markers and meshes of the cloth itself differ from it by nothing, wherever they are cut."""
    scene = paper(SHAPES["ring"])
    run = wf.simulate(scene)
    layout = run.fabric.layout
    assert wf.loss_and_gradient(scene, run, ["contact.friction"])[0] < 1e-30
    meshes = MeshSequence(run.position[:, layout.present], build_topology([layout]).triangle, run.time, "mesh.npz")
    assert wf.loss_and_gradient(scene, wf.MeshTarget(meshes), ["contact.friction"])[0] < 1e-30
    nodes = [layout.crossing[k].tolist() for k in (0, 20, 40)]
    tracks = run.position[:, [pick for pick, _ in nodes], [end for _, end in nodes]]
    markers = Markers(run.time, ["a", "b", "c"], tracks)
    assert wf.loss_and_gradient(scene, wf.MarkerTarget(markers), ["contact.friction"])[0] < 1e-30
    other = scene.replace({"environment.gravity": [0.0, 0.0, -5.0]})
    apart = wf.simulate(other)
    loss, _ = wf.loss_and_gradient(other, run, ["contact.friction"])
    away = ((apart.position - run.position)[1:, layout.present] ** 2).sum(-1)
    away += ((apart.sliding - run.sliding)[1:, layout.present] ** 2).sum(-1)
    assert loss == pytest.approx(away.mean(), rel=1e-9)


def test_targets_that_are_cut_away():
    scene = paper(SHAPES["ring"])
    run = wf.simulate(scene)
    markers = Markers(run.time, ["a"], run.position[:, 4, 4][:, None])
    with pytest.raises(TargetError, match=r"\[4, 4\] is cut away") as refused:
        wf.loss_and_gradient(scene, wf.MarkerTarget(markers, crossings={"a": (4, 4)}), ["contact.friction"])
    assert "nearest" in refused.value.fix
    with pytest.raises(TargetError, match="leaves no crossing"):
        wf.loss_and_gradient(scene, FramesTarget(run, mask=~SHAPES["ring"]), ["contact.friction"])
    whole = paper(np.ones((9, 9), bool))
    with pytest.raises(TargetError, match=r"no crossing \[0, 0\]"):
        wf.loss_and_gradient(whole, run, ["contact.friction"])
    assert wf.loss_and_gradient(whole, FramesTarget(run, mask=SHAPES["ring"]), ["contact.friction"])[0] > 0.0


def test_a_fit_pushes_directions_along():
    """Gauss-Newton, with its linearised rollout, finds what the cloth was made with."""
    scene = paper(SHAPES["L"], solver__tolerance=1e-12)
    run = wf.simulate(scene)
    start = scene.replace({"environment.wind_drag": 0.1, "yarns.y0.linear_density": 0.003})
    result = wf.fit(start, run, ["environment.wind_drag", "yarns.y0.linear_density"])
    assert result.values["environment.wind_drag"] == pytest.approx(0.3, rel=1e-5)
    assert result.values["yarns.y0.linear_density"] == pytest.approx(0.002, rel=1e-5)
    assert largest(result.values["environment.wind_drag"]) > 0.0

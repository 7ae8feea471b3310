"""How accurate a gradient is, as the transposed solves tell it: kept, warned of, and an error where it is worthless."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
from real_cloth import real_scene

import warp_fabric as wf
from warp_fabric.errors import GradientWarning, SolverError
from warp_fabric.solver.krylov import StepSolver
from warp_fabric.solver.rollout import Rollout

NAMES = ["yarns.cotton.bending_modulus", "environment.gravity"]


def spoil(monkeypatch, **left: float) -> None:
    """Let transposed solves leave so much of their right-hand sides, by their number from "s0" on."""
    solve, count = StepSolver.solve_transposed, []

    def spoiled(self, relative):
        report = solve(self, relative)
        count.append(report)
        share = left.get(f"s{len(count) - 1}")
        report.residual = report.residual if share is None else share * report.start
        return report

    monkeypatch.setattr(StepSolver, "solve_transposed", spoiled)


def displaced(run: wf.Trajectory) -> wf.Trajectory:
    """What might have been observed: the run, off by a tenth of a spacing here and there."""
    off = np.random.default_rng(1).standard_normal(run.position.shape)
    return replace(run, position=run.position + 0.1 * run.scene.fabric.end_spacing * off)


@pytest.fixture(scope="module")
def seen() -> tuple[wf.Scene, wf.Trajectory]:
    scene = real_scene("cotton", 4, "in wind", steps=4)
    return scene, displaced(wf.simulate(scene))


def test_the_worst_step_of_the_last_pass_counts(seen, monkeypatch):
    scene, target = seen
    spoil(monkeypatch, s1=3e-6, s2=5e-5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert wf.loss_and_gradient(scene, target, NAMES)[1].accuracy == pytest.approx(5e-5)
        assert 0.0 < wf.loss_and_gradient(scene, target, NAMES)[1].accuracy < 1e-7


def test_a_poor_one_is_warned_of_once(seen, monkeypatch):
    spoil(monkeypatch, s1=2e-4, s2=3e-4)
    with pytest.warns(GradientWarning, match="accurate to 2.0e-04 only; take a smaller time.step") as told:
        _, gradient = wf.loss_and_gradient(*seen, NAMES)
    assert len(told) == 1
    assert str(told[0].message).startswith("the step that ends at 0.003 s")
    assert gradient.accuracy == pytest.approx(3e-4)


@pytest.mark.parametrize("left", [0.011, np.inf, np.nan])
def test_a_worthless_one_is_an_error(seen, monkeypatch, left):
    spoil(monkeypatch, s0=left)
    with pytest.raises(SolverError, match="linear system cannot be solved") as told:
        wf.loss_and_gradient(*seen, NAMES)
    assert told.value.where == "the step that ends at 0.004 s"


def test_rollouts_know_theirs():
    rollout = Rollout(real_scene("cotton", 3, "in wind", steps=2))
    assert np.isnan(rollout.gradient_accuracy)
    recording = rollout.record()
    rollout.step()
    rollout.step()
    recording.backward(lambda k, gradient: gradient.position.fill_(float(k)))
    assert 0.0 < rollout.gradient_accuracy < 1e-7
    assert rollout.halved_steps == 0


def test_nothing_to_pull_back_is_exact():
    rollout = Rollout(real_scene("cotton", 3, "in wind", steps=2))
    recording = rollout.record()
    rollout.step()
    recording.backward(lambda k, gradient: None)
    assert rollout.gradient_accuracy == 0.0


def test_torch_says_it_too(monkeypatch):
    torch = pytest.importorskip("torch")
    from warp_fabric.torch_bridge import TorchRollout

    sim = TorchRollout(real_scene("cotton", 3, "in wind", steps=2))
    assert np.isnan(sim.gradient_accuracy)
    wind = torch.tensor([0.3, 2.0, 0.5], dtype=torch.float64, requires_grad=True)
    sim({"environment.wind": wind}).sum().backward()
    assert 0.0 < sim.gradient_accuracy < 1e-7
    spoil(monkeypatch, s1=2e-5)

    def by_steps() -> None:
        state = sim.step(sim.step(sim.start(), values={"environment.wind": wind}), values={"environment.wind": wind})
        state.position.sum().backward()

    by_steps()  # step after step: the pass is all of them
    assert sim.gradient_accuracy == pytest.approx(2e-5)
    by_steps()
    assert 0.0 < sim.gradient_accuracy < 1e-7
    assert sim.halved_steps == 0

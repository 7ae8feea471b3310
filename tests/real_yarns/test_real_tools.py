"""Whatever gives gradients gives those of real yarns: tapes, torch, linearised rollouts, and fits by both methods."""

from __future__ import annotations

import numpy as np
import pytest
import warp as wp
from real_cloth import STEP, Case, bent_start, directions, extrapolated, real_scene

import warp_fabric as wf
from warp_fabric.initial import initial_state
from warp_fabric.solver.rollout import Rollout

TOLERANCE = 1e-5


@wp.kernel
def drift(position: wp.array(dtype=wp.vec3d), loss: wp.array(dtype=wp.float64)):
    i = wp.tid()
    wp.atomic_add(loss, 0, wp.dot(position[i], position[i]) * wp.float64(1.0e6))


def taped(rollout: Rollout, steps: int) -> tuple[wp.Tape, wp.array]:
    loss = wp.zeros(1, dtype=wp.float64, device="cpu", requires_grad=True)
    rollout.restart()
    with wp.Tape() as tape:
        for _ in range(steps):
            rollout.step()
        wp.launch(drift, rollout.model.node_count, [rollout.state.position], [loss], device="cpu")
    return tape, loss


@pytest.mark.parametrize(("yarn", "situation"), [("cotton", "in wind"), ("wool", "sliding"), ("silk", "hanging")])
def test_tapes(yarn, situation):
    scene = real_scene(yarn, 4, situation, steps=5)
    start = bent_start(scene) if situation == "sliding" else {}
    initial = initial_state(scene) | {name.removeprefix("initial."): value for name, value in start.items()}
    rollout = Rollout(scene, initial=initial)
    tape, loss = taped(rollout, 5)
    tape.backward(loss)
    assert 0.0 < rollout.gradient_accuracy < 1e-7
    material = rollout.model.material
    arrays = [material.young_modulus, material.bending_modulus, material.linear_density, material.gravity]
    sizes = [np.array(array.numpy()) for array in arrays]
    slopes = [float(np.vdot(array.grad.numpy(), size)) for array, size in zip(arrays, sizes)]
    for array, size, slope in zip(arrays, sizes, slopes):

        def value(amount: float, array=array, size=size) -> float:
            array.assign((1.0 + amount) * size)
            _, loss = taped(rollout, 5)
            array.assign(size)
            return float(loss.numpy()[0])

        difference, doubt = extrapolated(value, 1e-4)
        assert doubt < 1e-6 * max(map(abs, slopes)), doubt / max(map(abs, slopes))
        assert abs(difference - slope) < TOLERANCE * max(map(abs, slopes))


def test_torch():
    """A directional derivative by everything at once, of a whole run and step by step."""
    torch = pytest.importorskip("torch")
    from warp_fabric.torch_bridge import TorchRollout

    sim = TorchRollout(real_scene("cotton", 4, "in wind", steps=5))
    names = ["yarns.cotton.bending_modulus", "yarns.cotton.linear_density", "environment.wind", "pins.1.path"]
    values = {name: np.array(sim.scene.get(name), float) for name in names}
    rng = np.random.default_rng(7)
    ways = {name: value * rng.uniform(0.5, 1.5, value.shape) for name, value in values.items()}
    weights = torch.tensor(1e3 * rng.standard_normal((6, 4, 4, 3)))

    def loss(amount: float, by_steps: bool):
        given = {n: torch.tensor(v + amount * ways[n], requires_grad=True) for n, v in values.items()}
        if not by_steps:
            return given, (weights * sim(given)).sum()
        state, total = sim.start(), 0.0
        for k in range(5):
            state = sim.step(state, values=given)
            total = total + (weights[k + 1] * state.position).sum()
        return given, total

    for by_steps in (False, True):
        given, total = loss(0.0, by_steps)
        total.backward()
        slope = sum(float((given[name].grad * torch.tensor(ways[name])).sum()) for name in names)
        difference, doubt = extrapolated(lambda a, by=by_steps: float(loss(a, by)[1].detach()), 1e-5)
        assert doubt < 1e-6 * abs(slope)
        assert slope == pytest.approx(difference, rel=TOLERANCE)
        assert 0.0 < sim.gradient_accuracy < 1e-7


@pytest.mark.parametrize(("yarn", "situation"), [("cotton", "in wind"), ("cotton", "sliding"), ("wool", "hanging")])
def test_linearised_rollouts_agree_with_the_reverse_pass(yarn, situation):
    """J'r is half the gradient of r.r."""
    case = Case(yarn, 5, situation, "bdf2", 6)
    problem, ways = case.problem, directions(case)
    _, gradient = problem.loss_and_gradient(case.values)
    expected = np.array([sum(float(np.vdot(gradient[n], way[n])) for n in way) for way in ways.values()])
    found = problem.linearise(case.values, list(ways.values()))
    assert problem.accuracy < 1e-6
    actual = 2.0 * sum(frame.jacobian.T @ frame.residual for frame in found.frames)
    assert np.abs(actual - expected).max() < 1e-6 * np.abs(expected).max()


@pytest.mark.parametrize(
    ("yarn", "method"),
    [
        ("cotton", "gauss-newton"),
        ("wool", "gauss-newton"),
        ("wool", "l-bfgs-b"),
        pytest.param("cotton", "l-bfgs-b", marks=pytest.mark.slow),
    ],
)
def test_fits_find_the_yarn_again(yarn, method):
    truth = real_scene(yarn, 5, "in wind", steps=12).replace({"time.frames_per_second": 0.25 / STEP})
    right = {f"yarns.{yarn}.{key}": truth.get(f"yarns.{yarn}.{key}") for key in ("bending_modulus", "linear_density")}
    factors = dict(zip(right, (1.3, 0.8)))
    guess = truth.replace({name: factors[name] * value for name, value in right.items()})
    result = wf.fit(guess, wf.simulate(truth), list(right), method=method)
    assert result.outcome == "converged"
    for name, value in right.items():
        assert result.values[name] == pytest.approx(value, rel=1e-4), name
    assert 0.0 < result.gradient_accuracy < 1e-6
    assert result.halved_steps == 0
    assert result.notes() == []


def test_jacobians_are_taken_as_rounding_lets_them(monkeypatch):
    """What linear solves leave of 1e-8 and more is kept, not refused."""
    from warp_fabric.solver.tangent import Tangents

    case = Case("cotton", 4, "in wind", "bdf2", 4, ["environment.wind"])
    monkeypatch.setattr(Tangents, "RELATIVE", 1e-20)
    found = case.problem.linearise(case.values, list(directions(case).values()))
    assert 0.0 < case.problem.accuracy < 1e-6
    assert all(np.isfinite(frame.jacobian).all() for frame in found.frames)

"""Runs and steps as torch functions: their gradients by torch's own check, shared memory, and what they refuse."""

from __future__ import annotations

import dataclasses
import gc
import weakref

import numpy as np
import pytest

import warp_fabric as wf

torch = pytest.importorskip("torch")

from torch_run import GRID, PATH, number, rollout, scene, zeros  # noqa: E402

from warp_fabric.solver.newton import NewtonReport  # noqa: E402
from warp_fabric.torch_bridge import TorchRollout, TorchState  # noqa: E402

TIGHT = {"eps": 1e-5, "atol": 1e-7, "rtol": 1e-6}
"""For values scaled such that their derivatives are about 1."""


def disturbed(sim: TorchRollout) -> TorchState:
    """The start, off by about a tenth of a spacing and moving."""
    rng, start = np.random.default_rng(4), sim.start()
    slides = scene().build().slides[..., None]

    def noise(size: float, width: int, where: np.ndarray | float = 1.0) -> torch.Tensor:
        return torch.tensor(size * where * rng.standard_normal((*GRID, width)), device=sim.device)

    return sim.start(
        position=start.position + noise(1e-4, 3),
        velocity=noise(0.3, 3),
        sliding=start.sliding + noise(1e-4, 2, slides),
        sliding_velocity=noise(0.1, 2, slides),
    )


PARAMETERS = [
    *(f"yarns.soft.{key}" for key in ("radius", "linear_density", "young_modulus", "bending_modulus")),
    *(f"contact.{key}" for key in ("shear_modulus", "friction", "friction_stiffness")),
    *(f"contact.{key}" for key in ("sliding_damping", "parallel_stiffness")),
    *(f"environment.{key}" for key in ("gravity", "wind", "wind_density", "wind_drag")),
    *("pins.0.stiffness", "pins.1.path"),
]
SIZES = {"position": 1e-4, "sliding": 1e-4, "velocity": 0.1, "sliding_velocity": 0.1, "anchor": 1e-4}


def values_at(sim: TorchRollout, relative: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Parameters that differ from the scene's by so many times themselves."""
    rest = {"pins.1.path": PATH}
    own = {name: number(rest.get(name) or scene().get(name), grad=False) for name in relative}
    return {name: own[name] * (1.0 + u.cpu()) for name, u in relative.items()}


def moved(state: TorchState, changes: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Parts of a state, off by so many of their natural sizes; the border does not slide."""
    slides = torch.tensor(scene().build().slides[..., None], device=state.position.device)
    return {
        name: getattr(state, name) + SIZES[name] * u * (slides if name not in ("position", "velocity") else 1.0)
        for name, u in changes.items()
    }


def relative_zeros(sim: TorchRollout, names: list[str]) -> list[torch.Tensor]:
    return [zeros(sim, *np.shape({"pins.1.path": PATH}.get(name) or scene().get(name))) for name in names]


@pytest.mark.parametrize("integrator", ["euler", "bdf2"])
@pytest.mark.parametrize("checkpoint", [1, 2])
def test_gradcheck_of_a_run_by_everything(integrator, checkpoint, device):
    sim = rollout(integrator, device, checkpoint)
    state, names = disturbed(sim), [name for name in SIZES if name != "anchor"]
    inputs = relative_zeros(sim, PARAMETERS) + [zeros(sim, *getattr(state, name).shape) for name in names]
    inputs.append(zeros(sim, 4, *GRID, 3))

    def run(*given):
        values = values_at(sim, dict(zip(PARAMETERS, given)))
        changed = moved(state, dict(zip(names, given[len(PARAMETERS) :])))
        values |= {f"initial.{name}": value for name, value in changed.items()} | {"forces": 1e-3 * given[-1]}
        return tuple(x / SIZES[name] for name, x in zip(names, sim(values, outputs=names)))

    gradients = torch.autograd.grad(sum(x.square().sum() for x in run(*inputs)), inputs)
    assert min(float(gradient.abs().max()) for gradient in gradients) > 1e-2  # so the check below means something
    assert torch.autograd.gradcheck(run, inputs, fast_mode=True, **TIGHT)


@pytest.mark.parametrize("integrator", ["euler", "bdf2"])
def test_gradcheck_of_steps_by_everything(integrator, device):
    sim = rollout(integrator, device)
    first = disturbed(sim)
    last = dataclasses.replace(sim.step(first), previous=None)
    inputs = relative_zeros(sim, PARAMETERS) + [zeros(sim, *x.shape) for x in (*first.tensors(), *last.tensors())]
    inputs.append(zeros(sim, *GRID, 3))
    assert len(PARAMETERS) == 15

    def two_steps(*given):
        values = values_at(sim, dict(zip(PARAMETERS, given)))
        before = dataclasses.replace(first, **moved(first, dict(zip(SIZES, given[15:20]))))
        state = dataclasses.replace(last, **moved(last, dict(zip(SIZES, given[20:25]))), previous=before)
        state = sim.step(sim.step(state, 1e-3 * given[25], values), None, values)
        return tuple(getattr(state, name) / SIZES[name] for name in SIZES)

    assert torch.autograd.gradcheck(two_steps, inputs, fast_mode=True, **TIGHT)


def test_gradcheck_entry_by_entry():
    sim = rollout()
    force, speed = zeros(sim, *GRID, 3), zeros(sim, *GRID, 3)

    def step(f, v):
        state = sim.step(sim.start(velocity=0.1 * v), 1e-3 * f)
        return 1e4 * state.position, 10.0 * state.velocity

    assert torch.autograd.gradcheck(step, (force, speed), **TIGHT)


def test_run_and_steps_agree_with_simulate(device):
    sim, expected = rollout("bdf2", device), wf.simulate(scene(), device=device)
    position, sliding_velocity = sim(outputs=["position", "sliding_velocity"])
    state = sim.start()
    for _ in range(sim.step_count):
        state = sim.step(state)
    tolerance = 0.0 if device == "cpu" else 1e-12
    np.testing.assert_allclose(position.cpu(), expected.position, rtol=0, atol=tolerance)
    np.testing.assert_allclose(sliding_velocity.cpu(), expected.sliding_velocity, rtol=0, atol=1e2 * tolerance)
    np.testing.assert_allclose(state.position.cpu(), expected.position[-1], rtol=0, atol=tolerance)
    np.testing.assert_allclose(state.anchor.cpu(), expected.anchor[-1], rtol=0, atol=tolerance)
    assert (state.steps, state.previous.steps, state.previous.previous) == (sim.step_count, sim.step_count - 1, None)


def test_a_controller_learns_through_steps():
    """The gradient of a closed loop is that of its parts: forces that look at the state."""
    sim = rollout()
    gain = number(0.02)

    def loss(gain):
        state = sim.start()
        for _ in range(3):
            state = sim.step(state, -gain * state.velocity)
        return 1e6 * state.velocity.square().sum()

    (gradient,) = torch.autograd.grad(loss(gain), gain)
    h = 1e-5
    with torch.no_grad():
        expected = (loss(gain + h) - loss(gain - h)) / (2 * h)
    assert abs(gradient - expected) < 1e-6 * abs(expected)


def test_two_runs_wait_for_their_gradients():
    sim = rollout()
    stiff, soft = number(4e4), number(2e4)
    alone = [torch.autograd.grad(sim({"yarns.soft.young_modulus": y})[-1].square().sum(), y)[0] for y in (stiff, soft)]
    runs = [sim({"yarns.soft.young_modulus": y})[-1].square().sum() for y in (stiff, soft)]
    stepped = sim.step(sim.start(), None, {"contact.friction": number(0.1)})
    sim({"environment.wind": number([0.0, 0.0, 0.0])})
    for run, value, expected in zip(runs, (stiff, soft), alone):
        (gradient,) = torch.autograd.grad(run, value)
        assert gradient == expected != 0.0
    assert stepped.position.requires_grad
    np.testing.assert_array_equal(sim().cpu(), wf.simulate(scene()).position)  # what is not given is the scene's again


def test_a_value_changed_in_place_later_does_not_count():
    """An optimiser writes to its parameters; the run remembers what they were."""
    sim, value = rollout(), number(4e4)
    (expected,) = torch.autograd.grad(sim({"yarns.soft.young_modulus": value})[-1].square().sum(), value)
    run = sim({"yarns.soft.young_modulus": 1.0 * value})[-1].square().sum()
    with torch.no_grad():
        value.mul_(2.0)
    assert torch.autograd.grad(run, value)[0] == expected


def test_memory_is_shared(device, monkeypatch):
    sim = rollout("bdf2", device)
    state, force = sim.start(), zeros(sim, *GRID, 3)
    forces, velocity = zeros(sim, 4, *GRID, 3), zeros(sim, *GRID, 3)
    stepper, seen = sim._engine.stepper, []
    step = stepper.step

    def watched(state, previous, out, start, external, *rest):
        seen.append((state, out, external))
        return step(state, previous, out, start, external, *rest)

    monkeypatch.setattr(stepper, "step", watched)
    after = sim.step(state, force)
    (given, out, external) = seen.pop()
    assert [array.ptr for array in given.arrays()] == [x.data_ptr() for x in state.tensors()]
    assert [array.ptr for array in out.arrays()] == [x.data_ptr() for x in after.tensors()]
    assert external.ptr == force.data_ptr()
    positions = sim({"forces": forces, "initial.velocity": velocity})
    assert seen[0][0].velocity.ptr == velocity.data_ptr()
    assert [external.ptr for _, _, external in seen] == [row.data_ptr() for row in forces]
    assert [out.position.ptr for _, out, _ in seen[1::2]] == [frame.data_ptr() for frame in positions[1:]]


def test_no_run_is_kept_longer_than_its_result():
    sim, force = rollout(), zeros(rollout(), 4, *GRID, 3)
    positions = sim({"forces": force})
    kept = weakref.ref(positions.grad_fn.recording)
    assert kept() is not None
    del positions
    gc.collect()
    assert kept() is None
    with torch.no_grad():
        assert not sim({"forces": force}).requires_grad
    assert not sim().requires_grad


def test_backward_twice():
    sim, force = rollout(), zeros(rollout(), 4, *GRID, 3)
    loss = sim({"forces": force})[-1].square().sum()
    first, second = (torch.autograd.grad(loss, force, retain_graph=True)[0] for _ in range(2))
    assert torch.equal(first, second)
    assert first.data_ptr() != second.data_ptr()
    loss.backward()
    assert torch.equal(force.grad, first)
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        loss.backward()
    (gradient,) = torch.autograd.grad(sim({"forces": force}).square().sum(), force, create_graph=True)
    total = gradient.sum()
    with pytest.raises(RuntimeError, match="once_differentiable"):
        total.backward()


def test_changing_a_result_in_place_is_noticed():
    sim, force = rollout(), zeros(rollout(), 4, *GRID, 3)
    positions = sim({"forces": force})
    loss = positions.sum()
    with torch.no_grad():
        positions.mul_(2.0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_start_gives_copies():
    sim = rollout()
    sim.start().position.zero_()
    assert sim.start().position.abs().max() > 0.0


def test_halved_steps_pass_gradients_on(monkeypatch):
    sim = rollout()
    newton, whole = sim._engine.stepper.newton, sim.step_size
    solve = newton.solve

    def refusing(scheme, reach):
        return NewtonReport(reason="refused") if scheme.h > 0.6 * whole else solve(scheme, reach)

    monkeypatch.setattr(newton, "solve", refusing)
    state = disturbed(sim)
    assert sim.step(state).previous is None
    inputs = [*relative_zeros(sim, PARAMETERS), zeros(sim, *GRID, 3), zeros(sim, *GRID, 3)]

    def step_and_run(*given):
        values, u, force = values_at(sim, dict(zip(PARAMETERS, given))), given[-2], 1e-3 * given[-1]
        changed = moved(state, {"position": u})
        after = sim.step(dataclasses.replace(state, **changed), force, values)
        forces = force.expand(4, *GRID, 3)
        run = sim(values | {"forces": forces, "initial.position": changed["position"]})
        return after.position / SIZES["position"], after.anchor / SIZES["anchor"], run / SIZES["position"]

    assert torch.autograd.gradcheck(step_and_run, inputs, fast_mode=True, **TIGHT)

"""Rollouts on a user's tape: a loss in the user's own kernels, and gradients wherever somebody may look for them."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import numpy as np
import pytest
import warp as wp
from gradient_check import STATE, Way, clear_gradients, halve, moving_start, scene_of, slope
from sample_cloth import difference, largest

from warp_fabric.solver.rollout import Rollout
from warp_fabric.state import State
from warp_fabric.types import f64, vec2, vec3

STEPS = 9
FRAMES = (2, 5, 6, 9)
STRIDES = (1, 2, 3, 4, STEPS)


@wp.kernel
def away(position: wp.array(dtype=vec3), target: wp.array(dtype=vec3), loss: wp.array(dtype=f64)):
    i = wp.tid()
    d = position[i] - target[i]
    wp.atomic_add(loss, 0, wp.dot(d, d))


@wp.kernel
def slid(sliding: wp.array(dtype=vec2), weight: wp.array(dtype=vec2), loss: wp.array(dtype=f64)):
    i = wp.tid()
    wp.atomic_add(loss, 0, f64(1e-3) * wp.dot(sliding[i], weight[i]))


@wp.kernel
def shift(position: wp.array(dtype=vec3)):
    i = wp.tid()
    position[i] = vec3()


class Taped:
    """A rollout of some steps with a loss over `FRAMES`, on a tape."""

    def __init__(self, device: str, checkpoint: str | int = 1, integrator: str = "bdf2", before: int = 0) -> None:
        scene, rng = scene_of("small", integrator, STEPS), np.random.default_rng(51)
        forces = 1e-5 * rng.standard_normal((STEPS, 5, 4, 3))
        self.rollout = Rollout(scene, device, forces=forces, checkpoint=checkpoint)
        model = self.rollout.model
        for name, values in moving_start(model, 52).items():
            getattr(self.rollout.initial, name).assign(values)
        moved = model.rest_position + 1e-4 * rng.standard_normal((model.node_count, 3))
        self.target = wp.array(moved, dtype=vec3, device=device)
        self.weight = wp.array(rng.standard_normal((model.node_count, 2)), dtype=vec2, device=device)
        self.before = before

    def run(self, hold: tuple[int, ...] = ()) -> wp.Tape:
        """Record from after the first `before` steps on; holds some states."""
        self.rollout.restart()
        for _ in range(self.before):
            self.rollout.step()
        self.loss = wp.zeros(1, dtype=f64, device=self.target.device, requires_grad=True)
        self.held: dict[int, State] = {}
        self.parts: list[int] = []
        with wp.Tape() as tape:
            for k in range(self.before + 1, STEPS + 1):
                self.rollout.step()
                self.parts.append(len(self.rollout.parts))
                self._observe(k)
                if k in hold:
                    self.held[k] = self.rollout.state
        return tape

    def _observe(self, k: int) -> None:
        state = self.rollout.state
        if k in FRAMES:  # whoever reads an array need not hold the state
            wp.launch(away, len(self.target), [state.position, self.target], [self.loss], device=self.loss.device)
        if k == 4:
            wp.launch(slid, len(self.weight), [state.sliding, self.weight], [self.loss], device=self.loss.device)

    def value(self) -> float:
        """The loss, off any tape."""
        self.run()
        return float(self.loss.numpy()[0])

    def gradients(self) -> dict[str, np.ndarray]:
        model, initial = self.rollout.model, self.rollout.initial
        arrays = {f"parameter {k}": array for k, array in enumerate(model.differentiable())}
        arrays |= {f"initial {name}": getattr(initial, name) for name in STATE} | {"forces": self.rollout.forces}
        arrays |= {f"{name} {k}": getattr(state, name) for k, state in self.held.items() for name in STATE}
        return {name: np.array(array.grad.numpy()) for name, array in arrays.items()}


def assert_same(actual: dict[str, np.ndarray], expected: dict[str, np.ndarray], tolerance: float = 1e-12) -> None:
    assert actual.keys() == expected.keys()
    for name, gradient in expected.items():
        assert difference(actual[name], gradient) < tolerance, name


def expected_by_seeds(taped: Taped) -> dict[str, np.ndarray]:
    """The same gradients without a tape: the loss's own are given to the recording as numbers."""
    rollout = taped.rollout
    rollout.restart()
    recording, states = rollout.record(), [rollout.initial]
    for _ in range(STEPS):
        rollout.step()
        states.append(rollout.state)
    clear_gradients(rollout)

    def seed(k: int, gradient: State) -> None:
        if k in FRAMES:
            pull = 2.0 * (states[k].position.numpy() - taped.target.numpy())
            gradient.position.assign(gradient.position.numpy() + pull)
        if k == 4:
            gradient.sliding.assign(gradient.sliding.numpy() + 1e-3 * taped.weight.numpy())

    recording.backward(seed)
    taped.held = {}
    return taped.gradients()


@pytest.mark.parametrize("integrator", ["euler", "bdf2"])
@pytest.mark.parametrize("stride", STRIDES)
def test_backward_through_a_users_loss(device, stride, integrator):
    taped = Taped(device, stride, integrator)
    expected = expected_by_seeds(taped)
    clear_gradients(taped.rollout)
    tape = taped.run()
    assert len(tape.launches) == STEPS + len(FRAMES) + 1  # an entry a step
    tape.backward(taped.loss)
    actual = taped.gradients()
    assert_same(actual, expected)
    # By all but the first keys of the pin's path, which is over before the first step ends.
    assert all(gradient.any() for gradient in actual.values())


def test_it_is_the_slope_of_the_loss(device):
    """Each way by central differences of the loss that the user's kernels sum up."""
    taped = Taped(device, checkpoint=3)
    taped.run().backward(taped.loss)
    found, rollout, rng = taped.gradients(), taped.rollout, np.random.default_rng(53)
    material, initial = rollout.model.material, rollout.initial
    ways = {
        "young": (material.young_modulus, material.young_modulus.numpy()),
        "gravity": (material.gravity, rng.standard_normal((1, 3))),
        "stiffness": (rollout.model.pins.stiffness, rollout.model.pins.stiffness.numpy()),
        "position": (initial.position, 1e-3 * rng.standard_normal((20, 3))),
        "velocity": (initial.velocity, 0.1 * rng.standard_normal((20, 3))),
        "forces": (rollout.forces, 1e-4 * rng.standard_normal((STEPS, 20, 3))),
    }
    assert any(gradient.any() for gradient in found.values())
    slopes = {name: float(np.vdot(array.grad.numpy(), change)) for name, (array, change) in ways.items()}
    scale = max(map(abs, slopes.values()))
    for name, (array, change) in ways.items():
        move = [Way(name, array, change)]
        errors = (abs(slope(move, taped.value, size) - slopes[name]) for size in (1e-6, 1e-5, 2e-7))
        assert any(error < 1e-7 * scale for error in errors), name


@pytest.mark.parametrize("stride", [1, 3])
def test_a_halved_step_is_one_entry(device, stride):
    taped = Taped(device, stride)
    halve(taped.rollout, (5,))
    expected = expected_by_seeds(taped)
    clear_gradients(taped.rollout)
    tape = taped.run()
    assert taped.parts == [1, 1, 1, 1, 4, 1, 1, 1, 1]
    assert len(tape.launches) == STEPS + len(FRAMES) + 1
    tape.backward(taped.loss)
    assert_same(taped.gradients(), expected)


@pytest.mark.parametrize("stride", STRIDES)
def test_zeroed_and_run_backward_again(device, stride):
    """Also by states that are held, whether kernels have read them (5) or not (3)."""
    taped = Taped(device, stride)
    tape = taped.run(hold=(3, 5))
    tape.backward(taped.loss)
    once = taped.gradients()
    assert once["position 3"].any()
    for _ in range(2):
        tape.zero()
        assert not any(gradient.any() for gradient in taped.gradients().values())
        tape.backward(taped.loss)
        assert_same(taped.gradients(), once)


def test_gradients_by_states_on_the_way(device):
    """Those held where checkpoints are: the same as where all states are kept; and the slope of a run from there."""
    everything, held = (Taped(device, stride) for stride in (1, 4))
    for taped in (everything, held):
        taped.run(hold=(3, 4, 7)).backward(taped.loss)
    expected = everything.gradients()
    assert_same(held.gradients(), expected)
    for k in (3, 4, 7):
        for name in ("position", "velocity", "sliding", "sliding_velocity"):
            assert expected[f"{name} {k}"].any(), (name, k)

    # From state 4 on, with state 3 as the one before: what is left of the loss.
    rollout, rng = everything.rollout, np.random.default_rng(54)
    before, start = everything.held[3].numpy(), everything.held[4].numpy()
    change = {"position": 1e-3 * rng.standard_normal((20, 3)), "velocity": 0.1 * rng.standard_normal((20, 3))}
    values = []
    for amount in (1e-6, -1e-6):
        moved = start | {name: start[name] + amount * part for name, part in change.items()}
        again = Rollout(rollout.scene, device, forces=rollout.forces.numpy().reshape(STEPS, 5, 4, 3), initial=moved)
        again.resume(before, 4)
        total = 0.0
        for k in range(5, STEPS + 1):
            again.step()
            if k in FRAMES:
                total += np.square(again.state.position.numpy() - everything.target.numpy()).sum()
        values.append(total)
    found = sum(float(np.vdot(expected[f"{name} 4"], part)) for name, part in change.items())
    assert found == pytest.approx((values[0] - values[1]) / 2e-6, rel=1e-6)


@pytest.mark.parametrize("stride", [1, 3])
def test_a_tape_that_starts_in_the_middle_of_a_run(device, stride):
    """Its first step is bdf2's, from two states that no tape has seen."""
    whole, late = Taped(device), Taped(device, stride, before=4)
    whole.run(hold=(4,)).backward(whole.loss)
    tape = late.run()
    assert len(tape.launches) == STEPS - 4 + 3
    tape.backward(late.loss)
    assert_same({"forces": late.gradients()["forces"][4:]}, {"forces": whole.gradients()["forces"][4:]})
    assert not late.gradients()["forces"][:4].any()
    assert not late.gradients()["initial position"].any()


def test_states_that_nobody_holds_are_freed(device):
    """Between checkpoints; the tape itself holds none, and no cycle keeps what is dropped."""
    taped = Taped(device, checkpoint=4)
    rollout = taped.rollout
    references: list[weakref.ref] = []
    gc.disable()
    try:
        with wp.Tape() as tape:
            for _ in range(STEPS):
                rollout.step()
                references.append(weakref.ref(rollout.state.position))
        alive = [k for k, reference in enumerate(references, 1) if reference() is not None]
        assert alive == [3, 4, 7, 8, 9]  # checkpoints, and the last two, which the next step starts from
        recording = weakref.ref(rollout.recording)
        rollout.restart()
        del tape
        assert recording() is None
        assert all(reference() is None for reference in references)
    finally:
        gc.enable()


def test_forces_given_step_by_step(device):
    """With gradients of their own, or without any."""
    taped = Taped(device)
    rollout, model = taped.rollout, taped.rollout.model
    rows = rollout.forces.numpy()
    taped.run().backward(taped.loss)
    expected = taped.gradients()["forces"]
    clear_gradients(rollout)
    rollout.restart()
    loss = wp.zeros(1, dtype=f64, device=device, requires_grad=True)
    given = [wp.array(row, dtype=vec3, device=device, requires_grad=k != 6) for k, row in enumerate(rows)]
    taped.loss = loss
    with wp.Tape() as tape:
        for k, row in enumerate(given, 1):
            rollout.step(row)
            taped._observe(k)
    tape.backward(loss)
    assert not rollout.forces.grad.numpy().any()
    for k, row in enumerate(given):
        assert row.grad is None if k == 6 else difference(row.grad.numpy(), expected[k]) < 1e-12
    assert largest(model.material.gravity.grad.numpy()) > 0.0


def test_nothing_else_is_recorded(device):
    """Neither making a rollout, nor looking at frames, nor numbers read on the way."""
    scene = scene_of("small", "bdf2", STEPS)
    with wp.Tape() as tape:
        rollout = Rollout(scene, device, initial={"velocity": np.full((5, 4, 3), 0.01)})
        assert not tape.launches
        first = rollout.frame()
        for _ in range(3):
            rollout.step()
            rollout.frame()
            rollout.state.numpy()
        assert len(tape.launches) == 3
    assert largest(rollout.frame().arrays["position"] - first.arrays["position"]) > 0.0


@pytest.fixture
def watched(monkeypatch) -> Iterator[None]:
    """Warp looks for arrays that are written after they were read. What it is to see of a kernel it learns when it
    translates it: kernels are compiled anew, as quickly as can be, and afterwards taken from the cache again."""

    def forget() -> None:
        for module in wp._src.context.user_modules.values():
            module.unload()

    gc.collect()
    forget()
    with monkeypatch.context() as during:
        during.setattr(wp.config, "verify_autograd_array_access", True)
        during.setattr(wp.config, "optimization_level", 0)
        yield
    forget()


def test_no_array_is_written_that_a_tape_has_read(device, watched, monkeypatch):
    """As Warp sees it, which is told to look."""
    warnings: list[str] = []
    for module in (wp._src.types, wp._src.tape):
        monkeypatch.setattr(module, "log_warning", lambda message, *args, **options: warnings.append(message))
    for stride in (1, 3):
        taped = Taped(device, stride)
        tape = taped.run(hold=(4,))
        for _ in range(3):
            tape.backward(taped.loss)
            tape.zero()
        assert warnings == []
    forces = wp.get_module("warp_fabric.forces.stretch").kernels.values()
    assert any(argument.is_read for kernel in forces for argument in kernel.adj.args)
    with wp.Tape():  # and it does look
        wp.launch(away, len(taped.target), [taped.target, taped.rollout.state.position], [taped.loss], device=device)
        wp.launch(shift, len(taped.target), [taped.rollout.state.position], device=device)
    assert any("already been read" in warning for warning in warnings)

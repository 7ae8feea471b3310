"""Recordings: gradients whatever the checkpoints, how much is kept, and steps that were halved."""

from __future__ import annotations

import functools
import math
from types import SimpleNamespace

import numpy as np
import pytest
from gradient_check import DT, STATE, Loss, clear_gradients, halve, moving_start, record, run, scene_of, slope, ways
from sample_cloth import difference, largest, sample_model

from warp_fabric.solver.adjoint import Part, StepAdjoint
from warp_fabric.solver.equation import Scheme
from warp_fabric.solver.recording import BYTES_PER_STATE, ROOM, Recording, stride_of
from warp_fabric.solver.rollout import Rollout
from warp_fabric.state import State

STEPS = 11


def rollout(device: str, integrator: str = "bdf2", steps: int = STEPS, checkpoint: str | int = 1) -> Rollout:
    scene = scene_of("small", integrator, steps)
    shape = (steps, scene.fabric.picks, scene.fabric.ends, 3)
    forces = 1e-5 * np.random.default_rng(31).standard_normal(shape)
    made = Rollout(scene, device, forces=forces, checkpoint=checkpoint)
    for name, values in moving_start(made.model, 32).items():
        getattr(made.initial, name).assign(values)
    return made


def gradients(made: Rollout) -> dict[str, np.ndarray]:
    """By all that entered a rollout."""
    arrays = {f"parameter {k}": array for k, array in enumerate(made.model.differentiable())}
    arrays |= {f"initial {name}": getattr(made.initial, name) for name in STATE} | {"forces": made.forces}
    return {name: np.array(array.grad.numpy()) for name, array in arrays.items()}


def assert_same(actual: dict[str, np.ndarray], expected: dict[str, np.ndarray], tolerance: float) -> None:
    for name, gradient in expected.items():
        assert difference(actual[name], gradient) <= tolerance, name


def loss_of(made: Rollout, steps: int = STEPS) -> Loss:
    return Loss.of(made.model, steps, 33)


@pytest.mark.parametrize(
    ("checkpoint", "steps", "crossings", "expected"),
    [
        (1, 10**6, 10**6, 1),
        (7, 10, 4, 7),
        ("auto", 100, 25, 1),
        ("auto", 0, 25, 1),
        ("auto", 1000, 10_000, 32),
        ("auto", 1024, 10_000, 32),
        ("auto", 1025, 10_000, 33),
        ("auto", ROOM // BYTES_PER_STATE // 100, 100, 1),
        ("auto", ROOM // BYTES_PER_STATE // 100 + 1, 100, math.ceil(math.sqrt(ROOM // BYTES_PER_STATE // 100 + 1))),
    ],
)
def test_stride(checkpoint, steps, crossings, expected):
    assert stride_of(checkpoint, steps, crossings) == expected


@pytest.mark.parametrize("integrator", ["euler", "bdf2"])
def test_checkpoints_do_not_change_gradients(device, integrator):
    everything = rollout(device, integrator)
    loss = loss_of(everything)
    record(everything, loss, STEPS)
    expected = gradients(everything)
    assert all(gradient.any() for name, gradient in expected.items() if "parameter" not in name)
    for stride in (2, 3, math.ceil(math.sqrt(STEPS)), 5, STEPS, STEPS + 1):
        other = rollout(device, integrator, checkpoint=stride)
        record(other, loss, STEPS)
        assert_same(gradients(other), expected, 1e-12)


@pytest.mark.parametrize("stride", [3, STEPS])
def test_states_are_simulated_again_bit_for_bit(device, stride, monkeypatch):
    seen: list[list[dict[str, np.ndarray]]] = []
    pull = StepAdjoint.pull

    def watched(self, part, *args):
        seen[-1].append({f"{k} {name}": array for k in ("state", "previous", "out") for name, array in of(part, k)})
        pull(self, part, *args)

    def of(part: Part, which: str):
        return getattr(part, which).numpy().items()

    monkeypatch.setattr(StepAdjoint, "pull", watched)
    for checkpoint in (1, stride):
        seen.append([])
        made = rollout(device, checkpoint=checkpoint)
        record(made, loss_of(made), STEPS)
    for expected, actual in zip(*seen, strict=True):
        for name, array in expected.items():
            np.testing.assert_array_equal(actual[name], array, err_msg=name)


def test_a_second_reverse_pass_adds_the_same_again(device):
    """Also where states must be simulated once more."""
    for stride in (1, 3):
        made = rollout(device, checkpoint=stride)
        recording = made.record()
        for _ in range(STEPS):
            made.step()
        weights = np.random.default_rng(34).standard_normal((made.model.node_count, 3))

        def seed(k: int, gradient: State, weights=weights) -> None:
            if k in (4, 9):
                gradient.position.assign(gradient.position.numpy() + weights)

        clear_gradients(made)
        recording.backward(seed)
        once = gradients(made)
        recording.backward(seed)
        assert_same(gradients(made), {name: 2.0 * gradient for name, gradient in once.items()}, 1e-12)
        clear_gradients(made)
        recording.backward(seed)
        assert_same(gradients(made), once, 1e-12)


class Walk:
    """A recording without physics, for counting: what is kept, and how often a step is made."""

    def __init__(self, steps: int, stride: int) -> None:
        self.model = sample_model("two_by_two", "cpu")
        self.made, self.peak = 0, 0
        stepper = SimpleNamespace(model=self.model, step=self._step)
        adjoint = SimpleNamespace(begin=lambda: None, pull=lambda *_: self._count())
        states = [State.empty(self.model)]
        self.recording = Recording(stepper, adjoint, states[0], stride)
        scheme = Scheme.bdf2(DT)
        for k in range(steps):
            out = State.empty(self.model)
            part = Part(scheme, (k + 1) * DT, states[-1], states[-2] if k else states[-1], out)
            self.recording.add([part], k > 0, k * DT, None)
            states = [states[-1], out]
            self._count()
        self.forward_peak = self.peak
        self.recording.backward(lambda k, gradient: None)

    def _step(self, state, previous, out, start, external, index, parts) -> None:
        self.made += 1
        parts.append(Part(Scheme.bdf2(DT), start + DT, state, previous or state, out))
        self._count()

    def _count(self) -> None:
        self.peak = max(self.peak, self.recording.states_kept)


@pytest.mark.parametrize("steps", [16, 64, 256])
def test_states_kept_grow_as_the_root_of_the_steps(steps):
    root = math.isqrt(steps)
    walk = Walk(steps, root)
    assert walk.forward_peak <= 2 * root + 3
    assert walk.peak <= 3 * root + 3
    assert walk.made <= steps  # one more rollout
    assert len(walk.recording._free) <= 4  # gradients on their way back


def test_without_checkpoints_all_states_are_kept_and_none_made_again():
    walk = Walk(64, 1)
    assert (walk.peak, walk.made) == (65, 0)


def bytes_of(state: State) -> int:
    arrays = [array for array in state.arrays() if array is not None]
    return sum(array.capacity + (array.grad.capacity if array.grad is not None else 0) for array in arrays)


def test_bytes_kept_of_a_crossing_and_step(device):
    """With the gradients that states on a tape have; `BYTES_PER_STATE` without them."""
    model = sample_model("twill", device)
    assert bytes_of(State.empty(model)) == BYTES_PER_STATE * model.node_count
    assert bytes_of(State.empty(model, requires_grad=True)) <= 200 * model.node_count
    made = rollout(device, checkpoint=1)
    recording = made.record()
    for _ in range(STEPS):
        made.step()
    kept = sum(map(bytes_of, list(recording._kept.values())[1:]))
    assert kept == STEPS * BYTES_PER_STATE * made.model.node_count


@pytest.mark.parametrize("stride", [1, 3])
def test_recording_from_the_middle_of_a_run(device, stride):
    """A bdf2 step then starts from a state before the first that is recorded, too."""
    whole, late = rollout(device), rollout(device, checkpoint=stride)
    weights = np.random.default_rng(35).standard_normal((STEPS + 1, whole.model.node_count, 3))

    def seed(k: int, gradient: State) -> None:
        gradient.position.assign(gradient.position.numpy() + weights[k])

    recording = whole.record()
    for _ in range(STEPS):
        whole.step()
    clear_gradients(whole)
    expected = []
    for k in range(STEPS, 4, -1):
        seed(k, recording.gradient(k))
        recording.pull(k)
    expected = [recording.gradient(4).numpy(), recording.gradient(3).numpy()]
    parameters = [np.array(array.grad.numpy()) for array in whole.model.differentiable()]

    for _ in range(4):
        late.step()
    recording = late.record()
    for _ in range(STEPS - 4):
        late.step()
    clear_gradients(late)
    found = recording.backward(lambda k, gradient: seed(k + 4, gradient) if k else None)
    for name in STATE:
        assert difference(found.numpy()[name], expected[0][name]) < 1e-12, name
        assert difference(recording.gradient(-1).numpy()[name], expected[1][name]) < 1e-12, name
    assert expected[1]["position"].any()
    for array, gradient in zip(late.model.differentiable(), parameters):
        assert difference(array.grad.numpy(), gradient) < 1e-12


def test_clear(device):
    made = rollout(device)
    recording = made.record()
    for _ in range(3):
        made.step()
    recording.gradient(2).position.fill_(1.0)
    recording.clear()
    assert (len(recording.steps), recording.states_kept) == (0, 1)
    made.restart()
    made.recording = recording
    made.step()
    assert not recording.gradient(1).position.numpy().any()


def test_halved_steps(device):
    """In four parts each, or after one another; against finite differences, with and without checkpoints."""
    steps = 7
    made = [rollout(device, steps=steps, checkpoint=stride) for stride in (1, 3)]
    loss = loss_of(made[0], steps)
    for each in made:
        halve(each, (3, 5, 6))
        record(each, loss, steps)
    assert_same(gradients(made[1]), gradients(made[0]), 1e-12)
    assert [len(parts) for parts in part_lists(made[0], steps)] == [1, 1, 4, 1, 4, 4, 1]
    value = functools.partial(run, made[0], loss, steps, (1, 4))
    found = {way.name: (way, float(np.vdot(way.array.grad.numpy(), way.change))) for way in ways(made[0], 36)}
    scale = largest(np.array([value for _, value in found.values()]))
    some = ("radius[0]", "friction[0]", "key_position[5]", "key_time[4]", "forces")
    for name in (*some, "initial position", "initial sliding", "initial velocity"):
        way, actual = found[name]
        errors = (abs(slope([way], value, size) - actual) for size in (1e-6, 1e-5, 2e-7))
        assert any(error < 1e-7 * scale for error in errors), name


def part_lists(made: Rollout, steps: int) -> list[list[Part]]:
    made.restart()
    lists = []
    for _ in range(steps):
        made.step()
        lists.append(made.parts)
    made.restart()
    return lists

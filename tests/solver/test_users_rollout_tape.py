"""Rollouts on a user's tape: what is recorded, written and freed."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import numpy as np
import pytest
import warp as wp
from gradient_check import clear_gradients, scene_of
from sample_cloth import difference, largest
from taped import STEPS, Taped, away

from warp_fabric.solver.rollout import Rollout
from warp_fabric.types import f64, vec3


@wp.kernel
def shift(position: wp.array(dtype=vec3)):
    i = wp.tid()
    position[i] = vec3()


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


@pytest.mark.slow
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

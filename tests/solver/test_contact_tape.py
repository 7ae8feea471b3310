"""A run through contact on a tape with a loss in a kernel of a user: the gradients are those of the rollout."""

import numpy as np
import pytest
import warp as wp
from sample_cloth import difference, golden_scene
from taped import away

from warp_fabric.solver.rollout import Rollout
from warp_fabric.types import f64, vec3

STEPS = {"contact_moving_sphere_euler": 12, "contact_fold_small_euler": 30}


def taken(name: str, device: str) -> Rollout:
    scene = golden_scene(name)
    changes = {"time.duration": STEPS[name] * scene.time.step, "solver.tolerance": 1e-12}
    return Rollout(scene.replace(changes), device)


@pytest.mark.parametrize("name", STEPS)
def test_gradients(device, name):
    made = taken(name, device)
    recording = made.record()
    for _ in range(STEPS[name]):
        made.step()
    target = made.model.rest_position
    gap = made.state.position.numpy() - target

    def seed(k, gradient) -> None:
        if k == STEPS[name]:
            gradient.position.assign(gradient.position.numpy() + 2.0 * gap)

    recording.backward(seed)
    expected = [np.array(array.grad.numpy()) for array in made.model.differentiable()]
    speed = np.array(made.initial.velocity.grad.numpy())

    other, loss = taken(name, device), wp.zeros(1, dtype=f64, device=device, requires_grad=True)
    goal = wp.array(target, dtype=vec3, device=device)
    with wp.Tape() as tape:
        for _ in range(STEPS[name]):
            other.step()
        wp.launch(away, len(goal), [other.state.position, goal], [loss], device=device)
    tape.backward(loss)
    assert float(loss.numpy()[0]) == pytest.approx((gap**2).sum(), rel=1e-12)
    assert difference(other.initial.velocity.grad.numpy(), speed) < 1e-9
    for array, wanted in zip(other.model.differentiable(), expected):
        assert difference(array.grad.numpy(), wanted, floor=1e-30) < 1e-9
    touched = other.model.material.collision_stiffness.grad.numpy()
    assert touched.any()

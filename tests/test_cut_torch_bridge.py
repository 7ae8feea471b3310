"""Torch functions of cut cloth: whole grids in and out, and the gradients of `loss_and_gradient`."""

import numpy as np
import pytest
from cut_cloth import SHAPES, paper
from sample_cloth import largest

import warp_fabric as wf
from warp_fabric.fitting.experiment import Experiment
from warp_fabric.fitting.targets import FramesTarget

torch = pytest.importorskip("torch")

PRESENT = SHAPES["ring"]


def scene_of(**changes) -> wf.Scene:
    return paper(PRESENT, solver__tolerance=1e-12, **changes)


def tensor(values) -> torch.Tensor:
    return torch.tensor(np.asarray(values), dtype=torch.float64, requires_grad=True)


@pytest.mark.parametrize("crimp", [0.0, 0.06])
def test_a_run(crimp):
    from warp_fabric.torch_bridge import TorchRollout

    scene = scene_of(fabric__end_crimp=crimp, fabric__pick_crimp=crimp)
    fabric, rng = scene.build(), np.random.default_rng(5)
    push = 1e-4 * rng.standard_normal((5, 9, 9, 3))
    velocity = 1e-2 * rng.standard_normal((9, 9, 3)) * PRESENT[..., None]
    values = {"initial.velocity": tensor(velocity), "forces": tensor(push), "contact.friction": tensor(0.2)}
    if crimp:
        values["fabric.end_crimp"] = tensor(crimp)
    position, sliding = TorchRollout(scene)(values, ["position", "sliding"])
    assert position.shape == (6, 9, 9, 3)
    away = ~PRESENT
    np.testing.assert_array_equal(position.detach()[-1].numpy()[away], fabric.position[away])
    np.testing.assert_allclose(sliding.detach()[-1].numpy()[away], fabric.sliding[away], rtol=1e-12)
    target = wf.simulate(scene.replace({"environment.gravity": [0.0, 1.0, -12.0]}))
    squares = ((position - torch.from_numpy(target.position)) ** 2).sum(-1)
    squares = squares + ((sliding - torch.from_numpy(target.sliding)) ** 2).sum(-1)
    squares[1:, torch.from_numpy(PRESENT)].mean().backward()
    experiment = Experiment(scene, [FramesTarget(target)], [*values], forces=push)
    _, expected = experiment.loss_and_gradient({name: each.detach().numpy() for name, each in values.items()})
    sizes = {"initial.velocity": 1e-2, "forces": 1e-4, "contact.friction": 0.2, "fabric.end_crimp": crimp}
    for name, value in values.items():
        assert value.grad is not None
        scale = max(largest(np.asarray(expected[each]) * sizes[each]) for each in values)
        assert largest(value.grad.numpy() - np.asarray(expected[name])) * sizes[name] < 1e-6 * scale, name


def test_single_steps_are_those_of_the_run():
    from warp_fabric.torch_bridge import TorchRollout

    scene = scene_of()
    rollout, run = TorchRollout(scene), wf.simulate(scene)
    velocity = tensor(np.zeros((9, 9, 3)))
    state = rollout.start(velocity=velocity)
    for _ in range(rollout.step_count):
        state = rollout.step(state)
    for name in ("position", "sliding", "velocity", "sliding_velocity", "anchor"):
        np.testing.assert_array_equal(getattr(state, name).detach().numpy(), getattr(run, name)[-1], err_msg=name)
    (state.position * torch.from_numpy(np.random.default_rng(6).standard_normal((9, 9, 3)))).sum().backward()
    assert velocity.grad is not None
    assert not velocity.grad.numpy()[~PRESENT].any()
    assert velocity.grad.numpy()[PRESENT].all()

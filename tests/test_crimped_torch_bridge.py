"""Torch gradients of crimped cloth, whose first state follows the crimp, against central differences."""

import numpy as np
import pytest
from textile_cloth import textile_scene

import warp_fabric as wf

torch = pytest.importorskip("torch")

FRAMES = {"time__duration": 0.004, "time__frames_per_second": 500.0, "solver__tolerance": 1e-13}
PINS = [{"crossing": [0, 0]}, {"crossing": [0, 5]}, {"crossing": [5, 0]}]


def crimped(yarn: str, **crimp) -> wf.Scene:
    return textile_scene(yarn, (6, 6), fabric__pose="flat", time__step=1e-3, pins=PINS, **FRAMES, **crimp)


CASES = {
    "fabric.end_crimp": crimped("cotton", fabric__end_crimp=0.05, fabric__pick_crimp=0.07),
    "yarns.yarn.radius": crimped("wool", fabric__crimp="touching"),
}


def slope(scene: wf.Scene, name: str, loss) -> float:
    value = float(scene.get(name))
    step = 1e-4 * value
    f = {k: loss(wf.simulate(scene.replace({name: value + k * step}))) for k in (1, -1, 2, -2)}
    return (8.0 * (f[1] - f[-1]) - (f[2] - f[-2])) / (12.0 * step)


@pytest.mark.parametrize("name", CASES)
def test_a_whole_run_follows_the_crimp(name):
    from warp_fabric.torch_bridge import TorchRollout

    scene = CASES[name]
    weights = np.random.default_rng(5).standard_normal((3, 6, 6, 5))

    def loss(run) -> float:
        return float((weights[..., :3] * run.position).sum() + (weights[..., 3:] * run.sliding).sum())

    value = torch.tensor(float(scene.get(name)), dtype=torch.float64, requires_grad=True)
    position, sliding = TorchRollout(scene)({name: value}, ["position", "sliding"])
    np.testing.assert_allclose(position.detach().numpy(), wf.simulate(scene).position, rtol=0.0, atol=1e-9)
    mine = torch.from_numpy(weights)
    ((mine[..., :3] * position).sum() + (mine[..., 3:] * sliding).sum()).backward()
    assert value.grad.item() == pytest.approx(slope(scene, name, loss), rel=1e-5)


@pytest.mark.parametrize("name", CASES)
def test_single_steps_follow_it_from_their_start(name):
    from warp_fabric.torch_bridge import TorchRollout

    scene, rollout = CASES[name], TorchRollout(CASES[name])
    weights = np.random.default_rng(6).standard_normal((6, 6, 3))
    values = {name: torch.tensor(float(scene.get(name)), dtype=torch.float64, requires_grad=True)}
    state = rollout.start(values)
    for _ in range(rollout.step_count):
        state = rollout.step(state, values=values)
    (torch.from_numpy(weights) * state.position).sum().backward()
    expected = slope(scene, name, lambda run: float((weights * run.position[-1]).sum()))
    assert values[name].grad.item() == pytest.approx(expected, rel=1e-5)


def test_a_given_start_has_no_gradient_at_the_border():
    from warp_fabric.torch_bridge import TorchRollout

    scene = CASES["fabric.end_crimp"]
    rollout, border = TorchRollout(scene), ~scene.build().slides
    sliding = torch.tensor(scene.build().sliding, requires_grad=True)
    rollout.step(rollout.start(sliding=sliding)).position.sum().backward()
    assert not sliding.grad.numpy()[border].any()
    assert sliding.grad.numpy()[~border].any()

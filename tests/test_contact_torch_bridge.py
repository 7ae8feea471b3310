"""Torch gradients through contact are those of `loss_and_gradient`."""

import numpy as np
import pytest
from moving_cloth import trajectory
from sample_cloth import golden_scene

import warp_fabric as wf

torch = pytest.importorskip("torch")

NAMES = ["collision.stiffness", "collision.slip_speed", "yarns.y0.radius"]
CASES = {
    "contact_moving_sphere_euler": [
        *("obstacles.0.center", "obstacles.0.radius", "obstacles.0.friction", "obstacles.0.thickness"),
        "obstacles.0.path",
    ],
    "contact_fold_small_euler": ["collision.friction"],
}


@pytest.mark.parametrize("name", CASES)
def test_gradients(name):
    from warp_fabric.torch_bridge import TorchRollout

    scene = golden_scene(name).replace({"time.duration": 0.012, "solver.tolerance": 1e-12})
    steps, names = scene.time.duration * scene.time.frames_per_second, [*NAMES, *CASES[name]]
    run = wf.simulate(scene, device="cpu")
    target = trajectory(scene, position=0.9 * run.position, sliding=0.0 * run.sliding)
    loss, expected = wf.loss_and_gradient(scene, target, names, device="cpu")
    values = {
        name: torch.tensor(np.asarray(scene.get(name), float), dtype=torch.float64, requires_grad=True)
        for name in names
    }
    position, sliding = TorchRollout(scene, "cpu")(values, ["position", "sliding"])
    away = (position - torch.from_numpy(target.position))[1:]
    mine = ((away**2).sum() + (sliding[1:] ** 2).sum()) / (round(steps) * position.shape[1] * position.shape[2])
    assert mine.item() == pytest.approx(loss, rel=1e-9)
    mine.backward()
    scale = max(np.abs(np.asarray(expected[name]) * scene.get(name)).max() for name in names)
    for name, value in values.items():
        wanted = np.asarray(expected[name])
        assert np.isfinite(wanted).all()
        error = np.abs((value.grad.numpy() - wanted) * np.asarray(scene.get(name), float)).max()
        assert error < 1e-8 * scale, name
        assert wanted.any() or name in ("collision.friction", "collision.slip_speed"), name

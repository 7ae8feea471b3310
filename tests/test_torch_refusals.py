"""What runs and steps as torch functions refuse, and what is said without torch."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import numpy as np
import pytest

import warp_fabric as wf

torch = pytest.importorskip("torch")

from torch_run import GRID, number, rollout, scene, zeros  # noqa: E402

from warp_fabric.torch_bridge import TorchRollout  # noqa: E402

BAD = [
    ({"yarns.soft.radius": number(-1e-4)}, "yarns.soft.radius", "above 0"),
    ({"yarns.soft.radius": number(1.0)}, None, "thick|sett|jam"),
    ({"yarns.silk.radius": number(1e-4)}, "yarns.silk.radius", "no such parameter"),
    ({"time.step": number(1e-4)}, "time.step", "no such parameter"),
    ({"contact.friction": 0.5}, "contact.friction", "no tensor"),
    ({"contact.friction": number([0.5])}, "contact.friction", r"shape \(1,\)"),
    ({"contact.friction": torch.tensor(0.5)}, "contact.friction", "float32"),
    ({"contact.friction": number(float("nan"))}, "contact.friction", "not finite"),
    ({"forces": number(np.zeros((3, *GRID, 3)))}, "forces", r"shape \(4, 4, 3, 3\)"),
    ({"forces": torch.zeros((4, *GRID, 3), dtype=torch.float64, device="meta")}, "forces", r"tensor.to\("),
    ({"initial.sliding": number(np.zeros((*GRID, 2)))}, "initial.sliding", "cannot slide"),
]


@pytest.mark.parametrize(("values", "where", "says"), BAD)
def test_what_does_not_fit_is_named(values, where, says):
    sim = rollout()
    with pytest.raises(wf.SceneError, match=says) as raised:
        sim(values)
    assert where is None or raised.value.where == where
    assert raised.value.fix
    np.testing.assert_array_equal(sim(), wf.simulate(scene()).position)  # nothing is left of it


def test_what_a_step_refuses():
    sim, state = rollout(), rollout().start()
    with pytest.raises(wf.SceneError, match="force: the tensor has shape"):
        sim.step(state, zeros(sim, 4, *GRID, 3))
    with pytest.raises(wf.SceneError, match=r"state.velocity: the tensor is torch.float32"):
        sim.step(dataclasses.replace(state, velocity=state.velocity.float()))
    with pytest.raises(wf.SceneError, match=r"state.sliding: border crossings cannot slide"):
        sim.step(dataclasses.replace(state, sliding=state.sliding + 1e-5))
    with pytest.raises(wf.SceneError, match="no parameter of a single step"):
        sim.step(state, None, {"forces": zeros(sim, 4, *GRID, 3)})
    with pytest.raises(wf.SceneError, match="no parameter of a single step"):
        sim.step(state, None, {"initial.velocity": zeros(sim, *GRID, 3)})
    with pytest.raises(wf.SceneError, match="has no 'speed'"):
        sim.start(speed=state.velocity)


def test_what_a_rollout_refuses():
    with pytest.raises(wf.SceneError, match="an equilibrium is no run"):
        TorchRollout(scene().replace({"time.integrator": "static", "environment.wind": [0.0, 0.0, 0.0]}))
    with pytest.raises(wf.SceneError, match="checkpoint"):
        TorchRollout(scene(), checkpoint=0)
    with pytest.raises(wf.SceneError, match="is not a scene"):
        TorchRollout("scene.toml")
    with pytest.raises(wf.SceneError, match="no output 'speed'"):
        rollout()(outputs=["speed"])


def test_it_is_imported_only_when_asked_for():
    code = "import sys, warp_fabric as wf; wf.simulate; print('torch' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_without_torch_it_says_what_to_install():
    code = "import sys; sys.modules['torch'] = None; import warp_fabric.torch_bridge"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode != 0
    assert 'pip install "warp-fabric[torch]"' in run.stderr

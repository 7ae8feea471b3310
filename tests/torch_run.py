"""A short run as a torch function. Import it where torch is there."""

from __future__ import annotations

from functools import cache

import torch
from small_run import small_scene

import warp_fabric as wf
from warp_fabric.torch_bridge import TorchRollout

GRID = (4, 3)
PATH = [[0.0, 0.002, 0.0, 0.0], [0.00033, 0.0019, 0.0, 0.0], [0.02, 0.0015, 0.0, 0.0]]
"""Its middle key is not at the end of a step, nor of half a step, where the target's motion has a kink."""


def number(value, grad: bool = True):
    return torch.tensor(value, dtype=torch.float64, requires_grad=grad)


@cache
def scene(integrator: str = "bdf2") -> wf.Scene:
    """Four steps, two a frame, of a cloth that presses, slips, and resists slipping."""
    contact = {"friction": 0.5, "friction_stiffness": 100.0, "sliding_damping": 10.0, "parallel_stiffness": 1e4}
    return small_scene(
        fabric__picks=GRID[0],
        fabric__ends=GRID[1],
        fabric__weave="plain",
        yarns__soft__bending_modulus=2e-2,
        contact=contact,
        pins=[{"crossing": [0, 0]}, {"crossing": [0, 2], "path": PATH}],
        time__duration=8e-4,
        time__frames_per_second=2500.0,
        time__step=2e-4,
        time__integrator=integrator,
        solver__tolerance=1e-12,
    )


@cache
def rollout(integrator: str = "bdf2", device: str = "cpu", checkpoint="auto") -> TorchRollout:
    return TorchRollout(scene(integrator), device, checkpoint)


def zeros(sim: TorchRollout, *shape: int) -> torch.Tensor:
    return torch.zeros(shape, dtype=torch.float64, device=sim.device, requires_grad=True)

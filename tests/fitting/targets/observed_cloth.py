"""Cloth that was never simulated, and checks of comparisons with it."""

from __future__ import annotations

import numpy as np
from small_run import small_scene

from warp_fabric import Scene, Trajectory
from warp_fabric.fitting.targets import Comparison
from warp_fabric.trajectory import COMPONENTS

SCENE = small_scene()
STATIC = small_scene(time__integrator="static", environment__wind=[0.0, 0.0, 0.0])
GRID = (SCENE.fabric.picks, SCENE.fabric.ends)
N = GRID[0] * GRID[1]
STEP = 1.0e-7  # m, of difference quotients


def somewhere(seed: int, size: float = 2.0e-4) -> tuple[np.ndarray, np.ndarray]:
    """A cloth near rest: position [N, 3], sliding [N, 2], m; border slidings stay."""
    rng = np.random.default_rng(seed)
    fabric = SCENE.build()
    position = fabric.position + rng.normal(scale=size, size=fabric.position.shape)
    sliding = fabric.sliding + rng.normal(scale=size, size=fabric.sliding.shape) * fabric.slides[..., None]
    return position.reshape(N, 3), sliding.reshape(N, 2)


def made_up_run(frames: int | None = None, scene: Scene = SCENE) -> Trajectory:
    """A run of as many frames, each `somewhere` else, or as many as the scene keeps."""
    count = scene.time.frame_count + 1 if frames is None else frames
    arrays = {name: np.zeros((count, *GRID, width) if width else (count, *GRID)) for name, width in COMPONENTS.items()}
    for k in range(count):
        for name, part in zip(("position", "sliding"), somewhere(100 + k)):
            arrays[name][k] = part.reshape(*GRID, -1)
    time = np.arange(count) / scene.time.frames_per_second
    return Trajectory(time=time, **arrays, scene=scene, version="0", device="cpu")


def loss(comparison: Comparison, seed: int = 0) -> float:
    """The sum of squared residuals, each frame at another state, `somewhere(seed + frame)`."""
    total = 0.0
    for frame in comparison.frames:
        r, derivative = comparison.residual(frame, *somewhere(seed + frame))
        assert derivative.shape == (len(r), 5 * N)
        total += float(r @ r)
    return total


def check_gradient(comparison: Comparison, seed: int = 0) -> None:
    """2 A'r is the derivative of r'r, coordinate by coordinate."""
    frame = comparison.frames[-1]
    state = np.concatenate(somewhere(seed + frame), axis=1)
    r, derivative = comparison.residual(frame, state[:, :3], state[:, 3:])
    quotient = np.zeros(5 * N)
    for k in range(5 * N):
        values = []
        for sign in (1.0, -1.0):
            moved = state.copy()
            moved.ravel()[k] += sign * STEP
            each, _ = comparison.residual(frame, moved[:, :3], moved[:, 3:])
            values.append(float(each @ each))
        quotient[k] = (values[0] - values[1]) / (2.0 * STEP)
    gradient = 2.0 * (derivative.T @ r)
    assert np.abs(gradient).max() > 0.0
    assert np.abs(quotient - gradient).max() < 1e-6 * np.abs(gradient).max()


def check_jacobian(comparison: Comparison, seed: int = 0) -> None:
    """A is the derivative of r, along some directions."""
    frame = comparison.frames[-1]
    state = np.concatenate(somewhere(seed + frame), axis=1)
    _, derivative = comparison.residual(frame, state[:, :3], state[:, 3:])
    for change in np.random.default_rng(seed).normal(size=(5, N, 5)):
        ahead, behind = (state + sign * STEP * change for sign in (1.0, -1.0))
        difference = comparison.residual(frame, ahead[:, :3], ahead[:, 3:])[0]
        difference = difference - comparison.residual(frame, behind[:, :3], behind[:, 3:])[0]
        expected = derivative @ change.ravel()
        assert np.abs(difference / (2.0 * STEP) - expected).max() < 1e-6 * np.abs(expected).max()

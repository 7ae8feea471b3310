"""Throw a cloth to a goal: the forces on its corners, found by gradient.

Forces on the four corners act during the first 6 steps of 1 ms; then the cloth flies on its own, folding and tumbling
through still air. A Warp tape records the flight, and its reverse pass tells how each of the 72 force components should
change to come nearer to the goal.

    python examples/throw_to_goal.py --plot throw.png
"""

# A kernel's types are values to a type checker.
# pyright: reportInvalidTypeForm=false

from __future__ import annotations

from pathlib import Path

import numpy as np
import warp as wp
from _throw import CORNERS, PUSHES, SCENE, draw, mass_shares, plot_argument
from scipy.optimize import OptimizeResult, minimize

import warp_fabric as wf

GOAL = np.array([0.12, 0.05, 0.04])  # m, where the centre of mass shall be at the end
ACCURACY = 1e-4  # m
MOST_GRADIENTS = 20
UNIT = 5e-3  # N, about how hard a corner has to be pushed


@wp.kernel
def add_up(position: wp.array(dtype=wp.vec3d), share: wp.array(dtype=wp.float64), centre: wp.array(dtype=wp.vec3d)):
    i = wp.tid()
    wp.atomic_add(centre, 0, share[i] * position[i])


@wp.kernel
def squared_distance(centre: wp.array(dtype=wp.vec3d), goal: wp.vec3d, out: wp.array(dtype=wp.float64)):
    out[0] = wp.length_sq(centre[0] - goal)


class Throw:
    """The squared distance from the goal as a function of the forces, with its gradient."""

    def __init__(self) -> None:
        self.forces = np.zeros((SCENE.time.frame_count, SCENE.fabric.picks, SCENE.fabric.ends, 3))  # a frame each step
        self.rollout = wf.Rollout(SCENE, device="cpu", forces=self.forces)
        self.share = wp.array(mass_shares(SCENE).ravel(), dtype=wp.float64, device="cpu")
        self.gradients = 0

    def __call__(self, u: np.ndarray) -> tuple[float, np.ndarray]:
        """[72] forces in `UNIT` -> the loss, 1 per square of the goal's distance from the start, and its gradient."""
        pushed = (slice(PUSHES), *CORNERS)
        self.forces[pushed] = UNIT * u.reshape(PUSHES, 4, 3)
        forces = self.rollout.forces
        assert forces is not None
        forces.assign(self.forces.reshape(len(self.forces), -1, 3))
        self.rollout.restart()
        centre = wp.zeros(1, dtype=wp.vec3d, device="cpu", requires_grad=True)
        loss = wp.zeros(1, dtype=wp.float64, device="cpu", requires_grad=True)
        with wp.Tape() as tape:
            for _ in range(len(self.forces)):
                self.rollout.step()
            position = self.rollout.state.position
            wp.launch(add_up, len(position), [position, self.share], [centre], device="cpu")
            wp.launch(squared_distance, 1, [centre, wp.vec3d(*GOAL)], [loss], device="cpu")
        tape.backward(loss)
        gradient = forces.grad.numpy().reshape(self.forces.shape)[pushed].copy()
        tape.zero()
        value, far = float(loss.numpy()[0]), float(GOAL @ GOAL)
        self.gradients += 1
        print(f"  throw {self.gradients:2}: {1e3 * value**0.5:8.3f} mm from the goal")
        return value / far, UNIT / far * gradient.ravel()


def stop_at_goal(intermediate_result: OptimizeResult) -> None:
    if intermediate_result.fun * (GOAL @ GOAL) < (0.5 * ACCURACY) ** 2:
        raise StopIteration


def main(plot: Path | None = None) -> None:
    throw, milliseconds = Throw(), 1e3 * SCENE.time.duration
    print(f"A cloth of 5 x 5 crossings shall fly {1e3 * np.linalg.norm(GOAL):.0f} mm in {milliseconds:.0f} ms.")
    options = {"maxfun": MOST_GRADIENTS, "ftol": 0.0, "gtol": 0.0}
    found = minimize(throw, np.zeros(72), jac=True, method="L-BFGS-B", callback=stop_at_goal, options=options)

    forces = np.zeros_like(throw.forces)
    forces[:PUSHES, *CORNERS] = UNIT * found.x.reshape(PUSHES, 4, 3)
    run = wf.simulate(SCENE, device="cpu", forces=forces)
    landing = (mass_shares(SCENE)[..., None] * run.position[-1]).sum((0, 1))
    off, strongest = np.linalg.norm(landing - GOAL), np.linalg.norm(forces, axis=-1).max()
    print(f"Simulated with the forces found, at most {1e3 * strongest:.1f} mN on a corner, it lands")
    print(f"{1e3 * off:.4f} mm from the goal, after {throw.gradients} gradients.")
    if plot is not None:
        draw(plot, [run.position], [GOAL])
    assert off < ACCURACY, "it misses the goal"
    assert throw.gradients <= MOST_GRADIENTS, "it took too many throws"


if __name__ == "__main__":
    main(plot_argument(__doc__))

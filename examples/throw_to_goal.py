"""Throw a cloth to a goal: find the forces on its corners by gradient.

Forces on the four corners act for the first 6 ms, then the cloth flies on its own, tumbling through still air. A Warp
tape records the flight; its reverse pass tells how each force should change to land nearer to the goal.

    python examples/throw_to_goal.py --plot throw.png
"""

from __future__ import annotations

import numpy as np
import warp as wp
from _throw import CORNERS, PUSHES, SCENE, mass_shares, plot_argument
from scipy.optimize import minimize

import warp_fabric as wf

GOAL = np.array([0.12, 0.05, 0.04])  # m, where the centre of mass shall be at the end
UNIT = 5e-3  # N, about how hard the corners have to be pushed
ACCURACY = 1e-4  # m
MOST_GRADIENTS = 20


@wp.kernel
def centre_of_mass(position: wp.array(dtype=wp.vec3d), share: wp.array(dtype=wp.float64), out: wp.array(dtype=wp.vec3d)):
    i = wp.tid()
    wp.atomic_add(out, 0, share[i] * position[i])


@wp.kernel
def squared_distance(centre: wp.array(dtype=wp.vec3d), goal: wp.vec3d, out: wp.array(dtype=wp.float64)):
    out[0] = wp.length_sq(centre[0] - goal)


class Throw:
    """A throw as a function of its forces, with its gradient."""

    def __init__(self) -> None:
        steps, picks, ends = SCENE.time.frame_count, SCENE.fabric.picks, SCENE.fabric.ends
        self.forces = np.zeros((steps, picks, ends, 3))
        self.rollout = wf.Rollout(SCENE, device="cpu", forces=self.forces)
        self.share = wp.array(mass_shares(SCENE).ravel(), dtype=wp.float64, device="cpu")
        self.gradients = 0

    def loss_and_gradient(self, u: np.ndarray) -> tuple[float, np.ndarray]:
        """Squared distance from the goal [m2], and its gradient by u, the forces in `UNIT`."""
        rollout = self.rollout
        assert rollout.forces is not None
        self.forces[:PUSHES, *CORNERS] = UNIT * u.reshape(PUSHES, 4, 3)
        rollout.forces.assign(self.forces.reshape(len(self.forces), -1, 3))
        rollout.restart()
        centre = wp.zeros(1, dtype=wp.vec3d, device="cpu", requires_grad=True)
        loss = wp.zeros(1, dtype=wp.float64, device="cpu", requires_grad=True)
        with wp.Tape() as tape:
            for _ in range(len(self.forces)):
                rollout.step()
            inputs = [rollout.state.position, self.share]
            wp.launch(centre_of_mass, len(self.share), inputs, [centre], device="cpu")
            wp.launch(squared_distance, 1, [centre, wp.vec3d(*GOAL)], [loss], device="cpu")
        tape.backward(loss)
        gradient = rollout.forces.grad.numpy().reshape(self.forces.shape)[:PUSHES, *CORNERS].ravel() * UNIT
        tape.zero()
        self.gradients += 1
        print(f"  gradient {self.gradients:2}: {1e3 * loss.numpy()[0] ** 0.5:9.4f} mm from the goal")
        return float(loss.numpy()[0]), gradient


def main() -> None:
    throw = Throw()
    print(f"A cloth of 5 x 5 crossings shall fly {1e3 * np.linalg.norm(GOAL):.0f} mm in {SCENE.time.duration} s.")
    scale = 1.0 / (GOAL @ GOAL)
    result = minimize(lambda u: [scale * x for x in throw.loss_and_gradient(u)], np.zeros(PUSHES * 4 * 3), jac=True, method="L-BFGS-B", options={"ftol":0,"gtol":0,"maxfun":12})
    print(np.abs(result.x).max()*UNIT)

if __name__ == "__main__":
    main()

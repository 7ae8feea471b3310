"""Going downhill to near an equilibrium: implicit steps of overdamped motion, as long as they can be made.

Each step minimises potential + |dq|^2 / (2 h^2) in the mass metric (a proximal step), so the potential falls at every
step and the way cannot jump a ridge; h doubles while Newton finds that easy and is cut where it does not. As h grows
a step becomes a Newton step for the equilibrium itself.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from warp_fabric.forces import POTENTIALS, Held
from warp_fabric.model import Model
from warp_fabric.solver.equation import Scheme, StepEquation
from warp_fabric.solver.newton import NewtonSolver
from warp_fabric.state import State


class Relaxation:
    """Relaxes a state in place; crossings, anchors and pin targets stay as `held`.

    Args:
        model: What to relax; only its potentials act.
        state: Its velocities are set to zero.
    """

    FIRST_STEP = 2.0**-8  # s
    LONGEST_STEP = 2.0**4
    SHORTEST_STEP = 2.0**-20
    ACCURACY = 1.0e-8  # m
    EASY = 8  # Newton iterations

    def __init__(self, model: Model, state: State, held: Held) -> None:
        self.state = state
        self.equation = StepEquation(model, held, POTENTIALS)
        self.newton = NewtonSolver(self.equation, tolerance=0.0)
        self._reach = float(np.abs(model.rest_position).max() + np.abs(model.rest_sliding).max())

    def run(self, done: Callable[[int], bool], max_steps: int) -> int:
        """Step until `done`, or until steps get too short; the number of steps taken."""
        h = self.FIRST_STEP
        for steps in range(max_steps):
            if done(steps) or h < self.SHORTEST_STEP:
                return steps
            # Velocities only measure the way; they do not carry on.
            self.state.velocity.zero_()
            self.state.sliding_velocity.zero_()
            scheme = Scheme.euler(h)
            self.newton.tolerance = self.ACCURACY / h
            self.equation.begin_at_rest(self.state)
            report = self.newton.solve(scheme, self._reach, limit=3 * self.EASY)
            if not report.converged:
                h *= 0.25
                continue
            self.equation.finish(self.state)
            if report.iterations <= self.EASY and h < self.LONGEST_STEP:
                h *= 2.0
        return max_steps
